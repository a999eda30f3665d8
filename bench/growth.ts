/** From one size of account to the next, what each further secret costs, in milliseconds. */
export interface Growth {
  readonly from: number
  readonly to: number
  readonly ms: number
}

/** Twice what it was: where the cost grew with the square of the size, each further secret would take five times as much. */
const MOST_GROWTH = 2

/** `costs`: of accounts of one size after another, the smallest first. What all of them cost, such as the start of a process, is in none of it. */
export function growth(
  costs: readonly { readonly secrets: number; readonly ms: number }[],
): readonly Growth[] {
  return costs.slice(1).map((large, at) => {
    const { secrets: from, ms } = costs[at] ?? large
    return { from, to: large.secrets, ms: (large.ms - ms) / (large.secrets - from) }
  })
}

/** Where a further secret costs more than twice what it did in the smallest accounts, as sentences. */
export function tooMuch([before, ...after]: readonly Growth[], what: string): readonly string[] {
  if (before === undefined) return []
  return after
    .filter(({ ms }) => ms > MOST_GROWTH * before.ms)
    .map(
      ({ from, to, ms }) =>
        `from ${from} to ${to} secrets ${what}: ${ms.toFixed(2)} ms for each further one, ` +
        `${(MOST_GROWTH * before.ms).toFixed(2)} promised, which is ${MOST_GROWTH} times what it was up to ${before.to}`,
    )
}
