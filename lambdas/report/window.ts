import type { AlarmChange } from './alarm-change.ts'

/** What an alarm's change is about. Times in ms since the epoch. */
export interface Window {
  /** Log lines from here on are read, up to now. */
  readonly from: number
  /** Only what was first heard of after this is told; undefined: everything that is found. */
  readonly newSince: number | undefined
  /** The alarm rang for longer than is read. */
  readonly cut: boolean
}

/** An alarm rings at the end of a period of a minute to a quarter of an hour, of which its newest findings are enough. */
const BEFORE_ALARM_MS = 10 * 60_000
/** Of a gauge each pass of the sweep writes the lines anew, and one pass at least falls into a period. */
const BEFORE_GAUGE_MS = 20 * 60_000
const LONGEST_MS = 24 * 3600_000

/**
 * undefined where there is nothing to tell: an alarm that is new, or has data again, comes to OK without having rung.
 *
 * An alarm that rings does not ring again, so what fails meanwhile is told when it is over: what was first heard of since it began. What the message of
 * its beginning told is read once more, to know it from what is new.
 */
export function windowOf({ from, to }: AlarmChange, isGauge: boolean): Window | undefined {
  if (to.value === 'ALARM') {
    const before = isGauge ? BEFORE_GAUGE_MS : BEFORE_ALARM_MS
    return { from: to.since - before, newSince: undefined, cut: false }
  }
  if (to.value !== 'OK' || from.value !== 'ALARM') return undefined
  const told = from.since - BEFORE_ALARM_MS
  const furthest = to.since - LONGEST_MS
  return { from: Math.max(told, furthest), newSince: from.since, cut: told < furthest }
}
