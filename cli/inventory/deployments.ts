import { otherDeploymentOf } from '../../lambdas/inventory/ours.ts'

type Listed = Parameters<typeof otherDeploymentOf>[0]

/** Which deployments of Overlap rotate what is listed, as the names of their rotation functions tell. */
export class Deployments {
  readonly #asked: string
  readonly #secrets = new Map<string, number>()

  /** `asked`: name of the deployment by whose settings to judge. */
  constructor(asked: string) {
    this.#asked = asked
  }

  see(secret: Listed): void {
    const name = otherDeploymentOf(secret, isNobodys)
    if (name !== undefined) this.#secrets.set(name, (this.#secrets.get(name) ?? 0) + 1)
  }

  /** Secrets that the deployment rotates which was asked for. */
  get own(): number {
    return this.#secrets.get(this.#asked) ?? 0
  }

  /** A sentence that names the others; undefined: there are none. */
  others(): string | undefined {
    const names = [...this.#secrets.keys()].filter((name) => name !== this.#asked).sort()
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
