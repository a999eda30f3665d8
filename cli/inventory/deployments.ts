import type { Entry } from '../../lambdas/inventory/entry.ts'
import { otherDeploymentOf } from '../../lambdas/inventory/ours.ts'

type Listed = Parameters<typeof otherDeploymentOf>[0]

/** Which deployments of Overlap rotate what an inventory is of, as the names of their rotation functions tell. */
export class Deployments {
  readonly #asked: string
  /** By the ARN of a secret whose entry is yet to come: no more than are judged at once. */
  readonly #heard = new Map<string, string>()
  readonly #listed = new Set<string>()
  #own = 0

  /** `asked`: name of the deployment by whose settings to judge. */
  constructor(asked: string) {
    this.#asked = asked
  }

  /** Before the secret's entry, which does not tell who rotates it. */
  hear(secret: Listed): void {
    const name = otherDeploymentOf(secret, isNobodys)
    if (name !== undefined) this.#heard.set(secret.arn, name)
  }

  /** `as`: what an inventory makes of it. What is of another state by the usual settings may be of one that was asked for by the deployment's own. */
  see({ id }: Pick<Entry, 'id'>, as: 'of another owner' | 'of another state' | 'listed'): void {
    const name = this.#heard.get(id)
    this.#heard.delete(id)
    if (name === undefined || as === 'of another owner') return
    if (name === this.#asked) this.#own += 1
    else if (as === 'listed') this.#listed.add(name)
  }

  /** Secrets that the deployment rotates which was asked for, listed or in another state. */
  get own(): number {
    return this.#own
  }

  /** A sentence that names the others of what is listed; undefined: there are none. */
  others(): string | undefined {
    const names = [...this.#listed].sort()
    const [first] = names
    if (first === undefined) return undefined
    const named = names.slice(0, MOST_NAMED).join(', ')
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
    return `some of these are rotated by ${named}${more}, whose settings were not asked for: --deployment ${first} judges by them`
  }
}

const MOST_NAMED = 5

/** So that the name of every deployment is told. */
const isNobodys = () => false
