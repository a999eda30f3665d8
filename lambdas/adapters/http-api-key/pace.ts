/** Keeps calls to at most so many in any span of so long. One for all that a function's process asks of a provider. */
export interface Pace {
  /** Milliseconds until the next call may be made; it counts as made then. Undefined: not `within` so many milliseconds, and then none was made. */
  take(within: number): number | undefined
}

/** `now` in milliseconds. */
export function pace(
  rate: { readonly calls: number; readonly seconds: number } | undefined,
  now: () => number,
): Pace {
  if (rate === undefined) return { take: (within) => (within > 0 ? 0 : undefined) }
  const span = rate.seconds * 1000
  let made: readonly number[] = []
  return {
    take(within) {
      const at = now()
      const [first = Number.NEGATIVE_INFINITY] = made.length < rate.calls ? [] : made
      const when = Math.max(at, first + span)
      if (when - at >= within) return undefined
      made = [...made, when].slice(-rate.calls)
      return when - at
    },
  }
}
