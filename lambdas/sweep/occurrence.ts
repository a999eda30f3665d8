import { createHash } from 'node:crypto'
import { Cron } from 'croner'
import type { Schedule } from './due.ts'

/** As the deployment's configuration writes a schedule. */
export interface WrittenSchedule {
  /** Minute, hour, day of month, month, day of week (1 is Sunday), year: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
  readonly cron: string
  /** IANA name, such as `Europe/Berlin`. */
  readonly timezone: string
}

const fields = ['minute', 'hour', 'day of month', 'month', 'day of week', 'year'] as const
const allowed: readonly RegExp[] = [
  /^[\d,*/-]+$/,
  /^[\d,*/-]+$/,
  /^([\d,*/-]+|\?|L|LW|\d{1,2}W)$/,
  /^[A-Z\d,*/-]+$/,
  // 0 and 8 are no days of AWS's week.
  /^(([A-Z]|[1-7]|[,*/-])+|\?|([1-7]|[A-Z]{3})(L|#[1-5]))$/,
  /^[\d,*/-]+$/,
]

/**
 * A schedule in its time zone. A time that a clock change skips is taken at the end of the gap, one that comes twice is taken the first time;
 * with a step or `*` as minute or hour, skipped times are left out and those that come twice count twice. Throws RangeError saying what is
 * wrong with which field.
 */
export function scheduleOf({ cron, timezone }: WrittenSchedule): Schedule {
  const job = new Cron(pattern(cron), {
    timezone: knownZone(timezone),
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
    fixedTimeRule: 'no-wildcard',
    paused: true,
  })
  const spanAt = remembered((now) => {
    // What is found lies before the second that is given.
    const nextSecond = new Date((Math.floor(now / 1000) + 1) * 1000)
    return {
      run: job.previousRuns(1, nextSecond)[0]?.getTime(),
      until: job.nextRun(new Date(now))?.getTime(),
    }
  })
  return {
    digest: createHash('sha256').update(`${cron} ${timezone}`).digest('hex').slice(0, 8),
    latest: (now) => spanAt(now).run,
    next: (now) => spanAt(now).until,
  }
}

/** From one run of a schedule to the next. */
interface Span {
  /** undefined: there was none yet. */
  readonly run: number | undefined
  /** undefined: none comes any more. */
  readonly until: number | undefined
}

/** A pass asks the same for thousands of secrets, and the calendar is slow. */
function remembered(spanAt: (now: number) => Span): (now: number) => Span {
  let known: (Span & { readonly from: number }) | undefined
  return (now) => {
    if (known === undefined || now < known.from || now >= (known.until ?? Number.POSITIVE_INFINITY)) {
      const span = spanAt(now)
      known = { ...span, from: span.run ?? now }
    }
    return known
  }
}

function pattern(cron: string): string {
  const written = cron.trim().toUpperCase().split(/\s+/)
  if (written.length !== fields.length)
    throw new RangeError(`cron must have six fields (${fields.join(', ')}), and ${cron} does not`)
  written.forEach((text, at) => {
    if (!allowed[at]?.test(text)) throw new RangeError(`the ${fields[at]} of cron must not be ${text}`)
  })
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = written
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw new RangeError('exactly one of day of month and day of week must be ?')
  // Alone, it is the last day of the week.
  const weekday = dayOfWeek === 'L' ? '7' : dayOfWeek
  return ['0', minute, hour, dayOfMonth, month, weekday, year].join(' ')
}

function knownZone(timezone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return timezone
  } catch {
    throw new RangeError(`timezone ${timezone} is not known: it must be an IANA name such as Europe/Berlin`)
  }
}
