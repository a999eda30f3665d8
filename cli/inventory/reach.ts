import type { Entry } from '../../lambdas/inventory/entry.ts'
import type { Sources } from '../../lambdas/inventory/gather.ts'

/** How far a listing is. */
export interface Reach {
  listed: number
  /** Secrets whose versions' dates were asked for. */
  askedFurther: number
}

export function reachSoFar({ listed, askedFurther }: Reach): string {
  const further = askedFurther === 0 ? '' : `, asked for the exact age of ${askedFurther}`
  return `listed ${listed}${further}`
}

/** Who hears of what comes. */
export interface Hearing {
  onSecret(secret: Secret): void
  /** Why an age could not be had. */
  onDoubt(error: unknown): void
}

type Secret = ReturnType<Sources['secrets']> extends AsyncIterable<infer Listed> ? Listed : never

/** The same sources, whose use is counted. */
export function counted(sources: Sources, reach: Reach, { onSecret, onDoubt }: Hearing): Sources {
  async function* each<T>(elements: AsyncIterable<T>, hear: (element: T) => void = () => {}) {
    for await (const element of elements) {
      reach.listed += 1
      hear(element)
      yield element
    }
  }
  return {
    secrets: () => each(sources.secrets(), onSecret),
    accessKeys: () => each(sources.accessKeys()),
    async createdDates(secretArn) {
      reach.askedFurther += 1
      try {
        return await sources.createdDates(secretArn)
      } catch (error) {
        onDoubt(error)
        throw error
      }
    },
  }
}

/** The account's number, as ARNs tell it. */
export function accountOf(entries: readonly Entry[]): string {
  const [, , , , account] = entries.find(({ type }) => type === 'secret')?.id.split(':') ?? []
  return account ?? 'this account'
}
