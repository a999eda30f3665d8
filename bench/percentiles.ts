/** Of any number of samples; of 99 or fewer, `p99` is the largest. */
export interface Spread {
  readonly samples: number
  readonly min: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Percentiles by nearest rank, so each is a value that was measured. Throws without any sample. */
export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (percent: number): number => {
    const value = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1]
    if (value === undefined) throw new Error('there are no percentiles of nothing')
    return value
  }
  return { samples: sorted.length, min: at(0), p50: at(50), p99: at(99), max: at(100) }
}
