import type { Age, Thresholds } from './entry.ts'

const DAY_MS = 86_400_000

/** How old a credential is at `now` (ms since the epoch), in whole days: never more than proven, and never less where the most is told. */
export function ageWords({ since, precision }: Age, now: number): string {
  const days = Math.max(0, now - since) / DAY_MS
  const whole = precision === 'at most' ? Math.ceil(days) : Math.floor(days)
  const told = whole === 0 ? 'less than a day' : dayWords(whole)
  return precision === 'exact' || whole === 0 ? told : `${precision} ${told}`
}

/** What is that old, where its name and state do not tell. */
export function ageOfWords(age: Age | undefined): string | undefined {
  return age?.of === 'DRAINING' ? 'the replaced one, which still works' : undefined
}

export function thresholdWords({ warningSeconds, criticalSeconds }: Thresholds): string {
  return `due from ${secondsWords(warningSeconds)}, stale from ${secondsWords(criticalSeconds)}`
}

export function secondsWords(seconds: number): string {
  const days = seconds / 86_400
  return Number.isInteger(days) ? dayWords(days) : `${Math.round(seconds / 3_600)} hours`
}

function dayWords(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

/** A moment (ms since the epoch) in UTC, such as `2026-11-25` or `2026-11-25 03:00`; undefined for what is none. */
export function dayOf(moment: number | undefined): string | undefined {
  return isoOf(moment)?.slice(0, 10)
}

export function minuteOf(moment: number | undefined): string | undefined {
  return isoOf(moment)?.slice(0, 16).replace('T', ' ')
}

function isoOf(moment: number | undefined): string | undefined {
  const date = new Date(moment ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
