/** Keeps calls to at most so many in any span of so long. One for all that a function's process asks of a provider. */
export interface Pace {
  /** Milliseconds until the next call may be made; it counts as made then. */
  take(): number
}

/** `now` in milliseconds. */
export function pace(
  rate: { readonly calls: number; readonly seconds: number } | undefined,
  now: () => number,
): Pace {
  if (rate === undefined) return { take: () => 0 }
  const span = rate.seconds * 1000
  let made: readonly number[] = []
  return {
    take() {
      const at = now()
      const [first = Number.NEGATIVE_INFINITY] = made.length < rate.calls ? [] : made
      const when = Math.max(at, first + span)
      made = [...made, when].slice(-rate.calls)
      return when - at
    },
  }
}
