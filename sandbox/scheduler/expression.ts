import { Cron } from 'croner'

/** When a schedule runs. */
export interface Occurrences {
  /** The first one later than `moment`; undefined when none comes any more. Both in milliseconds since the epoch. */
  after(moment: number): number | undefined
}

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/**
 * `rate(value unit)` counted from `createdAt` (milliseconds since the epoch; the first occurrence is that very moment), or `cron(fields)` in a time
 * zone (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). A day of a rate has 24 hours whatever clocks do.
 *
 * @throws for anything else, `at(...)` included, and for a time zone that is none
 */
export function parseExpression(expression: string, timezone: string, createdAt: number): Occurrences {
  const rate = /^rate\((\d{1,9}) (minute|hour|day)s?\)$/.exec(expression)
  if (rate) return everyMs(Number(rate[1]) * (units[rate[2] ?? ''] ?? Number.NaN), createdAt, expression)
  const fields = /^cron\(([^()]+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/)
  if (fields?.length === 6) return cron(fields, timezone)
  throw new Error(`${expression} is neither rate(value unit) nor cron(minutes hours day month weekday year)`)
}

function everyMs(period: number, createdAt: number, expression: string): Occurrences {
  if (!(period > 0)) throw new Error(`${expression} needs a value above zero`)
  return {
    after: (moment) =>
      moment < createdAt ? createdAt : createdAt + (Math.floor((moment - createdAt) / period) + 1) * period,
  }
}

/** A pattern may ask for the gap year after year, as 02:30 on the last Sunday of March does: after this many there is no further run. */
const GAPS_IN_A_ROW = 400

function cron(fields: readonly string[], timezone: string): Occurrences {
  const pattern = new Cron(`0 ${fields.join(' ')}`, {
    timezone,
    alternativeWeekdays: true,
    // AWS allows `0/15`, which other crons do not.
    sloppyRanges: true,
    paused: true,
  })
  // The constructor does not look at the time zone.
  pattern.nextRun(new Date(0))
  return {
    after(moment) {
      let run = pattern.nextRun(new Date(moment))
      // A time that does not exist on that day is skipped there; croner gives the moment after the gap instead.
      for (let gaps = 0; run !== null && !pattern.match(run) && gaps < GAPS_IN_A_ROW; gaps++)
        run = pattern.nextRun(run)
      return run?.getTime()
    },
  }
}
