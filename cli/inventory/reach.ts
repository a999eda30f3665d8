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

/** The same sources, whose use is counted; `onDoubt` hears why an age could not be had. */
export function counted(sources: Sources, reach: Reach, onDoubt: (error: unknown) => void): Sources {
  async function* each<T>(elements: AsyncIterable<T>) {
    for await (const element of elements) {
      reach.listed += 1
      yield element
    }
  }
  return {
    secrets: () => each(sources.secrets()),
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
