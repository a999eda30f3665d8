import { Cron } from 'croner'

/** When something recurs, as EventBridge Scheduler and the sweep read it. */
export interface Recurrence {
  /** Minute, hour, day of month, month, day of week (1 is Sunday), year; one of the two days is `?`. */
  readonly cron: string
  /** IANA name. */
  readonly timezone: string
}

/** Of one expression: what is wrong with it, or how far apart its runs are. */
export type Reading =
  | { readonly problem: string }
  | {
      readonly problem?: undefined
      readonly shortestGapMs: number
      readonly longestGapMs: number
      readonly meanGapMs: number
    }

/** Fixed, so that every synth gives the same answer; long enough for both clock changes and every month's last day. */
const FROM = new Date('2027-01-01T00:00:00Z')
const UNTIL = Date.parse('2032-01-01T00:00:00Z')
/** Both clock changes of a year, even of a schedule with two runs a day. */
const MOST_RUNS = 800

const fieldNames = ['minute', 'hour', 'day of month', 'month', 'day of week', 'year'] as const
const fieldForms: readonly RegExp[] = [
  /^[\d,*/-]+$/,
  /^[\d,*/-]+$/,
  /^([\d,*/-]+|\?|L|LW|\d{1,2}W)$/,
  /^[A-Z\d,*/-]+$/,
  // 0 and 8 are no days of AWS's week.
  /^(([A-Z]|[1-7]|[,*/-])+|\?|([1-7]|[A-Z]{3})(L|#[1-5]))$/,
  /^[\d,*/-]+$/,
]

/**
 * EventBridge Scheduler's rules (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html), as far as the sweep can follow
 * them: it must know of each run by itself.
 */
export function readCron(recurrence: Recurrence): Reading {
  const key = `${recurrence.cron} ${recurrence.timezone}`
  const reading = readings.get(key) ?? read(recurrence)
  readings.set(key, reading)
  return reading
}

/** Every secret asks for its schedule's. */
const readings = new Map<string, Reading>()

function read({ cron, timezone }: Recurrence): Reading {
  const written = cron.trim().toUpperCase().split(/\s+/)
  if (written.length !== fieldNames.length)
    return { problem: `must have six fields: ${fieldNames.join(', ')}` }
  const wrong = written.findIndex((text, at) => !fieldForms[at]?.test(text))
  if (wrong >= 0) return { problem: `must not have ${written[wrong]} as ${fieldNames[wrong]}` }
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = written
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    return { problem: 'must have "?" as exactly one of day of month and day of week' }
  // Alone, it is the last day of the week.
  const weekday = dayOfWeek === 'L' ? '7' : dayOfWeek
  try {
    return gapsOf(runsOf(['0', minute, hour, dayOfMonth, month, weekday, year].join(' '), timezone))
  } catch (error) {
    return { problem: `must be readable: ${error instanceof Error ? error.message : error}` }
  }
}

/** Milliseconds since the epoch, in order. */
function runsOf(pattern: string, timezone: string): number[] {
  const job = new Cron(pattern, {
    timezone,
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
    fixedTimeRule: 'no-wildcard',
    paused: true,
  })
  return job
    .nextRuns(MOST_RUNS, FROM)
    .map((run) => run.getTime())
    .filter((run) => run < UNTIL)
}

function gapsOf(runs: readonly number[]): Reading {
  if (runs.length < 2) return { problem: `must run at least twice from ${FROM.getUTCFullYear()} on` }
  const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? run))
  return {
    shortestGapMs: Math.min(...gaps),
    longestGapMs: Math.max(...gaps),
    meanGapMs: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length,
  }
}

/** Spelt as the IANA database spells it, which Intl does not ask for and EventBridge Scheduler may. Of an alias Intl knows only what it stands for. */
export function isTimezone(name: string): boolean {
  const known = canonical(name)
  if (known === undefined) return false
  if (known.toLowerCase() === name.toLowerCase()) return known === name
  return name.split('/').every((part) => /^[A-Z]/.test(part))
}

function canonical(timezone: string): string | undefined {
  // Intl takes offsets as well, which EventBridge Scheduler does not.
  if (/^[+-]/.test(timezone)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
