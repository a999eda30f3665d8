import type { Age } from '../../lambdas/inventory/entry.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Whole days, never negative. `now` in ms since the epoch. */
export function daysOf({ since }: Age, now: number): number {
  return Math.max(0, Math.floor((now - since) / DAY_MS))
}

/** `412 d`; `>412 d` when it may be older, `<12 d` when it may be younger; hours on its first day; `?` when nobody knows. */
export function shownAge(age: Age | undefined, now: number): string {
  if (age === undefined) return '?'
  const sign = { exact: '', 'at least': '>', 'at most': '<' }[age.precision]
  const whole = age.precision === 'at most' ? Math.ceil : Math.floor
  const milliseconds = Math.max(0, now - age.since)
  return milliseconds < DAY_MS
    ? `${sign}${whole(milliseconds / HOUR_MS)} h`
    : `${sign}${whole(milliseconds / DAY_MS)} d`
}
