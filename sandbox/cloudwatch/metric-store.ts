/** What tells one metric from another. A dimension more, less or spelled differently is another metric. */
export interface MetricIdentity {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

export interface Datum extends MetricIdentity {
  /** A unit of CloudWatch, such as `Count` or `Milliseconds`; `None` when the publisher gave none. */
  readonly unit: string
  readonly values: readonly number[]
  /** Milliseconds since the epoch. */
  readonly at: number
}

export const statistics = ['Sum', 'Maximum', 'Minimum', 'Average', 'SampleCount'] as const
export type Statistic = (typeof statistics)[number]

/** The values of one minute, which is what a metric of standard resolution keeps. */
interface Minute {
  sum: number
  count: number
  highest: number
  lowest: number
}

interface Series {
  readonly identity: MetricIdentity
  /** Unit to minute to what was measured. */
  readonly units: Map<string, Map<number, Minute>>
}

const MINUTE_MS = 60_000

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html */
export class MetricStore {
  readonly #series = new Map<string, Series>()

  put({ namespace, name, dimensions, unit, values, at }: Datum): void {
    const identity = { namespace, name, dimensions }
    const key = keyOf(identity)
    const series = this.#series.get(key) ?? { identity, units: new Map() }
    this.#series.set(key, series)
    const minutes = series.units.get(unit) ?? new Map<number, Minute>()
    series.units.set(unit, minutes)
    const minute = Math.floor(at / MINUTE_MS)
    for (const value of values) {
      const known = minutes.get(minute) ?? { sum: 0, count: 0, highest: value, lowest: value }
      known.sum += value
      known.count += 1
      known.highest = Math.max(known.highest, value)
      known.lowest = Math.min(known.lowest, value)
      minutes.set(minute, known)
    }
  }

  /**
   * One data point: the statistic from `from` to before `to`, whole minutes in milliseconds since the epoch. undefined when nothing was measured.
   * Without a unit, of whatever units there are.
   */
  statistic(
    metric: MetricIdentity,
    statistic: Statistic,
    unit: string | undefined,
    from: number,
    to: number,
  ): number | undefined {
    const units = this.#series.get(keyOf(metric))?.units
    const chosen = unit === undefined ? [...(units?.values() ?? [])] : [units?.get(unit) ?? new Map()]
    const found: Minute[] = []
    for (let minute = from / MINUTE_MS; minute < to / MINUTE_MS; minute++)
      for (const minutes of chosen) found.push(...[minutes.get(minute) ?? []].flat())
    return found.length === 0 ? undefined : aggregated(found, statistic)
  }

  /** Every metric that was ever published, in the order of its first value. */
  list(): readonly MetricIdentity[] {
    return [...this.#series.values()].map(({ identity }) => identity)
  }
}

function aggregated(minutes: readonly Minute[], statistic: Statistic): number {
  const sum = minutes.reduce((total, minute) => total + minute.sum, 0)
  const count = minutes.reduce((total, minute) => total + minute.count, 0)
  switch (statistic) {
    case 'Sum':
      return sum
    case 'SampleCount':
      return count
    case 'Average':
      return sum / count
    case 'Maximum':
      return Math.max(...minutes.map(({ highest }) => highest))
    case 'Minimum':
      return Math.min(...minutes.map(({ lowest }) => lowest))
  }
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  const sorted = Object.entries(dimensions).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([namespace, name, sorted])
}
