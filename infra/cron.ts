import { Cron } from 'croner'

/** When something recurs: EventBridge Scheduler's six fields in a time zone. */
export interface Recurrence {
  readonly cron: string
  /** IANA name. */
  readonly timezone: string
}

/** Of one expression: what is wrong with it, or how far apart its runs are. */
export type Reading =
  | { readonly problem: string }
  | { readonly problem?: undefined; readonly shortestGapMs: number; readonly longestGapMs: number }

/** From here on runs are counted: long enough for a leap year and every month's last day, and the same at every synth. */
const FROM = new Date('2027-01-01T00:00:00Z')
const UNTIL = new Date('2032-01-01T00:00:00Z').getTime()
/** More runs than a daily one has in that time say nothing new. */
const MOST_RUNS = 2_000

/**
 * EventBridge's rules: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html. `L-3` is not known to the sweep, so it is refused here, too.
 */
export function readCron({ cron, timezone }: Recurrence): Reading {
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 6)
    return {
      problem: `has ${fields.length} fields; six are needed: minutes hours day-of-month month day-of-week year`,
    }
  const [, , dayOfMonth, , dayOfWeek] = fields
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    return { problem: 'must have "?" in exactly one of day-of-month and day-of-week' }
  try {
    const runs = runsOf({ cron, timezone })
    if (runs.length < 2) return { problem: `fires fewer than twice after ${FROM.toISOString().slice(0, 10)}` }
    const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? run))
    return { shortestGapMs: Math.min(...gaps), longestGapMs: Math.max(...gaps) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function runsOf({ cron, timezone }: Recurrence): number[] {
  const expression = new Cron(`0 ${cron.trim()}`, {
    mode: '7-part',
    timezone,
    alternativeWeekdays: true,
    sloppyRanges: true,
    paused: true,
  })
  return expression
    .nextRuns(MOST_RUNS, FROM)
    .map((run) => run.getTime())
    .filter((run) => run < UNTIL)
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Intl takes offsets as well, which EventBridge Scheduler does not.
    return !/^[+-]/.test(name)
  } catch {
    return false
  }
}
