import { spanWords } from './age-words.ts'
import type { Age, Thresholds } from './entry.ts'

/** What is that old, where its name and state do not tell. */
export function ageOfWords(age: Age | undefined): string | undefined {
  return age?.of === 'DRAINING' ? 'the replaced one, which still works' : undefined
}

export function thresholdWords({ warningSeconds, criticalSeconds }: Thresholds): string {
  return `due from ${spanWords(warningSeconds)}, stale from ${spanWords(criticalSeconds)}`
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
