import { ServiceError } from './errors.ts'

/**
 * When Secrets Manager rotates by itself. Everything is UTC. A window is a span in which the rotation happens at any time; the
 * sandbox takes its first moment. Rules and examples:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export interface RotationRules {
  readonly automaticallyAfterDays: number | undefined
  /** `rate(...)` or `cron(...)`. */
  readonly scheduleExpression: string | undefined
  /** Length of the window, such as `3h`. */
  readonly duration: string | undefined
}

/** Milliseconds since the epoch. */
export interface RotationWindow {
  readonly opensAt: number
  readonly closesAt: number
}

type Schedule =
  | { readonly every: 'days'; readonly days: number }
  | { readonly every: 'hours'; readonly hours: number }
  | { readonly every: 'cron'; readonly hours: readonly number[]; readonly onDay: (day: Date) => boolean }

const HOUR = 3600 * 1000
const DAY = 24 * HOUR
const SHORTEST_HOURS = 4
const LONGEST_DAYS = 999
/** A window that does not come within this time never comes: 29 February is at most eight years away. */
const HORIZON_DAYS = 8 * 366

function refused(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message)
}

/** Throws InvalidParameterException for what the rules forbid. The sentences other than the first two are the sandbox's own. */
export function checkRules(rules: RotationRules): void {
  const { automaticallyAfterDays: days, scheduleExpression, duration } = rules
  if (days !== undefined && scheduleExpression !== undefined)
    throw refused('You cannot specify both rotation frequency and schedule expression together.')
  if (days !== undefined && (days < 1 || days > 1000))
    throw refused('RotationRules.AutomaticallyAfterDays must be within 1-1000.')
  if (days === undefined && scheduleExpression === undefined)
    throw refused('RotationRules must have either AutomaticallyAfterDays or ScheduleExpression.')
  if (duration !== undefined && !/^[0-9]{1,2}h$/.test(duration))
    throw refused('RotationRules.Duration must be a number of hours, such as 3h.')
  checkDuration(scheduleOf(rules), duration)
}

function checkDuration(schedule: Schedule, duration: string | undefined): void {
  if (duration === undefined) return
  const hours = Number.parseInt(duration, 10)
  if (hours < 1 || hours > 24) throw refused('RotationRules.Duration must be within 1h-24h.')
  if (schedule.every === 'hours' && hours > schedule.hours)
    throw refused('The rotation window must not extend into the next rotation window.')
  if (schedule.every !== 'cron') return
  if (schedule.hours.some((hour) => hour + hours > 24))
    throw refused('The rotation window must not extend into the next UTC day.')
  if (gaps(schedule.hours).some((gap) => hours > gap))
    throw refused('The rotation window must not extend into the next rotation window.')
}

/**
 * The first window that opens after `after`, when the secret was last rotated at `since`. Undefined when a cron expression never
 * matches.
 */
export function windowAfter(
  rules: RotationRules,
  { since, after }: { readonly since: number; readonly after: number },
): RotationWindow | undefined {
  const schedule = scheduleOf(rules)
  const opensAt = opening(schedule, since, after)
  if (opensAt === undefined) return undefined
  const hourly = schedule.every === 'hours' || (schedule.every === 'cron' && schedule.hours.length > 1)
  const endOfDay = midnight(opensAt) + DAY
  const closesAt =
    rules.duration !== undefined
      ? Math.min(opensAt + Number.parseInt(rules.duration, 10) * HOUR, endOfDay)
      : hourly
        ? opensAt + HOUR
        : endOfDay
  return { opensAt, closesAt }
}

/** What DescribeSecret shows as AutomaticallyAfterDays of a schedule expression: the days between its windows, rounded up. */
export function intervalDays(rules: RotationRules, at: number): number | undefined {
  if (rules.automaticallyAfterDays !== undefined) return rules.automaticallyAfterDays
  const first = windowAfter(rules, { since: at, after: at })
  const second = first && windowAfter(rules, { since: first.opensAt, after: first.opensAt })
  return first && second && Math.ceil((second.opensAt - first.opensAt) / DAY)
}

const midnight = (time: number): number => Math.floor(time / DAY) * DAY

function opening(schedule: Schedule, since: number, after: number): number | undefined {
  if (schedule.every === 'days') return firstAfter(midnight(since), schedule.days * DAY, after)
  if (schedule.every === 'hours')
    return firstAfter(Math.floor(since / HOUR) * HOUR, schedule.hours * HOUR, after)
  for (let day = midnight(after), left = HORIZON_DAYS; left > 0; day += DAY, left--)
    if (schedule.onDay(new Date(day)))
      for (const hour of schedule.hours) if (day + hour * HOUR > after) return day + hour * HOUR
  return undefined
}

function firstAfter(start: number, step: number, after: number): number {
  return start + Math.max(1, Math.floor((after - start) / step) + 1) * step
}

function scheduleOf(rules: RotationRules): Schedule {
  if (rules.scheduleExpression === undefined)
    return { every: 'days', days: rules.automaticallyAfterDays ?? 1 }
  const expression = rules.scheduleExpression
  const rate = /^rate\((\d{1,4}) (hour|hours|day|days)\)$/.exec(expression)
  if (rate) return rateSchedule(Number(rate[1]), rate[2] === 'day' || rate[2] === 'days')
  const cron = /^cron\(([^()]*)\)$/.exec(expression)
  if (cron?.[1] !== undefined) return cronSchedule(cron[1])
  throw refused('RotationRules.ScheduleExpression must be rate(value unit) or cron(fields).')
}

function rateSchedule(value: number, inDays: boolean): Schedule {
  if (inDays) {
    if (value < 1 || value > LONGEST_DAYS) throw refused('A rate in days must be within 1-999 days.')
    return { every: 'days', days: value }
  }
  if (value < SHORTEST_HOURS || value > LONGEST_DAYS * 24)
    throw refused('A secret can be rotated as often as every four hours.')
  return { every: 'hours', hours: value }
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

function cronSchedule(text: string): Schedule {
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year, ...rest] = text.trim().split(/ +/)
  if (!minutes || !hours || !dayOfMonth || !month || !dayOfWeek || !year || rest.length > 0)
    throw refused(
      'A cron expression has six fields: minutes, hours, day of month, month, day of week and year.',
    )
  if (minutes !== '0') throw refused('The minutes of a cron expression must be 0.')
  if (year !== '*') throw refused('The year of a cron expression must be *.')
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw refused('Exactly one of day of month and day of week must be ? in a cron expression.')
  const hourSet = values('hours', hours, { min: 0, max: 23, names: [] })
  const monthSet = values('month', month, { min: 1, max: 12, names: monthNames })
  if (gaps(hourSet).some((gap) => gap < SHORTEST_HOURS))
    throw refused('A secret can be rotated as often as every four hours.')
  const matchesDay = dayOfMonth === '?' ? onWeekday(dayOfWeek) : onDayOfMonth(dayOfMonth)
  const schedule: Schedule = {
    every: 'cron',
    hours: hourSet,
    onDay: (day) => monthSet.includes(day.getUTCMonth() + 1) && matchesDay(day),
  }
  if (opening(schedule, 0, 0) === undefined) throw refused('The cron expression never matches.')
  return schedule
}

/** Hours from each window to the next one, over midnight too. A single window has a day. */
function gaps(hours: readonly number[]): readonly number[] {
  return hours.map((hour, index) => (hours[index + 1] ?? (hours[0] ?? hour) + 24) - hour)
}

function lastDayOfMonth(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
}

function onDayOfMonth(field: string): (day: Date) => boolean {
  if (field === 'L') return (day) => day.getUTCDate() === lastDayOfMonth(day)
  const days = values('day of month', field, { min: 1, max: 31, names: [] })
  return (day) => days.includes(day.getUTCDate())
}

function onWeekday(field: string): (day: Date) => boolean {
  const limits = { min: 1, max: 7, names: dayNames }
  const nth = /^([1-7]|[A-Z]{3})#([1-5])$/.exec(field)
  if (nth) {
    const weekday = number('day of week', nth[1] ?? '', limits)
    return (day) => day.getUTCDay() + 1 === weekday && Math.ceil(day.getUTCDate() / 7) === Number(nth[2])
  }
  const last = /^([1-7]|[A-Z]{3})L$/.exec(field)
  if (last || field === 'L') {
    const weekday = last ? number('day of week', last[1] ?? '', limits) : 7
    return (day) => day.getUTCDay() + 1 === weekday && day.getUTCDate() + 7 > lastDayOfMonth(day)
  }
  const weekdays = values('day of week', field, limits)
  return (day) => weekdays.includes(day.getUTCDay() + 1)
}

interface FieldLimits {
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

/** Lists, ranges, steps and `*`. Sorted, without repeats. Throws for anything else, naming the field and the part. */
function values(field: string, text: string, limits: FieldLimits): readonly number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', step, ...rest] = part.split('/')
    const [from = '', to, ...more] = range.split('-')
    if (rest.length > 0 || more.length > 0) throw unreadable(field, part)
    const first = from === '*' ? limits.min : number(field, from, limits)
    const stepSize = step === undefined ? 1 : number(field, step, { min: 1, max: limits.max, names: [] })
    const last =
      to !== undefined ? number(field, to, limits) : from === '*' || step !== undefined ? limits.max : first
    if (last < first) throw unreadable(field, part)
    for (let value = first; value <= last; value += stepSize) found.add(value)
  }
  return [...found].sort((one, other) => one - other)
}

function number(field: string, text: string, limits: FieldLimits): number {
  const named = limits.names.indexOf(text.toUpperCase())
  const value = named >= 0 ? named + limits.min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= limits.min && value <= limits.max)) throw unreadable(field, text)
  return value
}

function unreadable(field: string, part: string): ServiceError {
  return refused(`'${part}' is not supported as ${field} of a cron expression.`)
}
