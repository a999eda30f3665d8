import { describe, expect, it } from 'vitest'
import {
  checkRules,
  intervalDays,
  type RotationRules,
  windowAfter,
} from '../../../sandbox/secrets-manager/schedule.ts'

const rules = (given: Partial<RotationRules>): RotationRules => ({
  automaticallyAfterDays: undefined,
  scheduleExpression: undefined,
  duration: undefined,
  ...given,
})
const at = (text: string): number => Date.parse(`${text}Z`)
const shown = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString().slice(0, 16)

describe('the next window', () => {
  // 2026-03-02 is a Monday.
  const rows: readonly {
    readonly rule: string
    readonly given: Partial<RotationRules>
    readonly since?: string
    readonly after: string
    readonly opens: string
    readonly closes: string
  }[] = [
    {
      rule: 'AutomaticallyAfterDays counts whole days from the last rotation and ends with the day',
      given: { automaticallyAfterDays: 30 },
      since: '2026-03-02T15:20',
      after: '2026-03-02T15:20',
      opens: '2026-04-01T00:00',
      closes: '2026-04-02T00:00',
    },
    {
      rule: 'a window that was missed is followed by the one an interval later',
      given: { automaticallyAfterDays: 7 },
      since: '2026-03-02T15:20',
      after: '2026-03-09T00:00',
      opens: '2026-03-16T00:00',
      closes: '2026-03-17T00:00',
    },
    {
      rule: 'a rate in days starts at midnight',
      given: { scheduleExpression: 'rate(10 days)' },
      since: '2026-02-20T23:59',
      after: '2026-02-20T23:59',
      opens: '2026-03-02T00:00',
      closes: '2026-03-03T00:00',
    },
    {
      rule: 'a rate in hours starts on the hour and ends after one',
      given: { scheduleExpression: 'rate(4 hours)' },
      since: '2026-03-02T15:20',
      after: '2026-03-02T15:20',
      opens: '2026-03-02T19:00',
      closes: '2026-03-02T20:00',
    },
    {
      rule: 'a Duration sets the length of the window',
      given: { scheduleExpression: 'rate(1 day)', duration: '3h' },
      since: '2026-03-02T15:20',
      after: '2026-03-02T15:20',
      opens: '2026-03-03T00:00',
      closes: '2026-03-03T03:00',
    },
    {
      rule: 'every 8 hours from 08:00',
      given: { scheduleExpression: 'cron(0 8/8 * * ? *)' },
      after: '2026-03-02T16:00',
      opens: '2026-03-03T08:00',
      closes: '2026-03-03T09:00',
    },
    {
      rule: 'the window that opens now is not the next one',
      given: { scheduleExpression: 'cron(0 3 * * ? *)' },
      after: '2026-03-02T03:00',
      opens: '2026-03-03T03:00',
      closes: '2026-03-04T00:00',
    },
    {
      rule: 'Sundays at 03:00',
      given: { scheduleExpression: 'cron(0 3 ? * SUN *)' },
      after: '2026-03-02T00:00',
      opens: '2026-03-08T03:00',
      closes: '2026-03-09T00:00',
    },
    {
      rule: 'weekdays by number, 1 being Sunday',
      given: { scheduleExpression: 'cron(0 3 ? * 2-6 *)' },
      after: '2026-03-06T12:00',
      opens: '2026-03-09T03:00',
      closes: '2026-03-10T00:00',
    },
    {
      rule: 'the first Sunday of a month',
      given: { scheduleExpression: 'cron(0 0 ? * SUN#1 *)' },
      after: '2026-03-01T00:00',
      opens: '2026-04-05T00:00',
      closes: '2026-04-06T00:00',
    },
    {
      rule: 'the last Friday of a month',
      given: { scheduleExpression: 'cron(0 0 ? * 6L *)' },
      after: '2026-03-02T00:00',
      opens: '2026-03-27T00:00',
      closes: '2026-03-28T00:00',
    },
    {
      rule: 'the last day of a month',
      given: { scheduleExpression: 'cron(0 16 L * ? *)' },
      after: '2026-02-01T00:00',
      opens: '2026-02-28T16:00',
      closes: '2026-03-01T00:00',
    },
    {
      rule: 'every seventh day from the first, in named months',
      given: { scheduleExpression: 'cron(0 8 1/7 JAN,APR ? *)' },
      after: '2026-03-02T00:00',
      opens: '2026-04-01T08:00',
      closes: '2026-04-02T00:00',
    },
    {
      rule: '29 February waits for the next leap year',
      given: { scheduleExpression: 'cron(0 0 29 2 ? *)' },
      after: '2026-03-02T00:00',
      opens: '2028-02-29T00:00',
      closes: '2028-03-01T00:00',
    },
  ]

  it.each(rows)('$rule', ({ given, since, after, opens, closes }) => {
    checkRules(rules(given))
    const window = windowAfter(rules(given), { since: at(since ?? after), after: at(after) })

    expect([shown(window?.opensAt), shown(window?.closesAt)]).toEqual([opens, closes])
  })

  it('DescribeSecret shows the days between two windows of an expression, rounded up', () => {
    const days = ['rate(10 days)', 'rate(36 hours)', 'cron(0 8/8 * * ? *)', 'cron(0 3 ? * SUN *)'].map(
      (scheduleExpression) => intervalDays(rules({ scheduleExpression }), at('2026-03-02T00:00')),
    )
    expect(days).toEqual([10, 2, 1, 7])
  })
})

describe('rules that are refused', () => {
  const rows: readonly [string, Partial<RotationRules>, RegExp][] = [
    [
      'days and an expression together',
      { automaticallyAfterDays: 1, scheduleExpression: 'rate(1 day)' },
      /^You cannot specify both rotation frequency and schedule expression together\.$/,
    ],
    ['no days', { automaticallyAfterDays: 0 }, /within 1-1000/],
    ['more than 1000 days', { automaticallyAfterDays: 1001 }, /within 1-1000/],
    ['a duration alone', { duration: '3h' }, /either AutomaticallyAfterDays or ScheduleExpression/],
    ['a rate below four hours', { scheduleExpression: 'rate(3 hours)' }, /every four hours/],
    ['a rate of no days', { scheduleExpression: 'rate(0 days)' }, /1-999/],
    ['a rate in minutes', { scheduleExpression: 'rate(500 minutes)' }, /rate\(value unit\)/],
    ['five cron fields', { scheduleExpression: 'cron(0 3 ? * SUN)' }, /six fields/],
    ['minutes other than 0', { scheduleExpression: 'cron(30 3 ? * SUN *)' }, /minutes .* must be 0/],
    ['a year', { scheduleExpression: 'cron(0 3 ? * SUN 2027)' }, /year .* must be \*/],
    ['both kinds of day', { scheduleExpression: 'cron(0 3 1 * SUN *)' }, /Exactly one/],
    ['neither kind of day', { scheduleExpression: 'cron(0 3 ? * ? *)' }, /Exactly one/],
    ['every hour', { scheduleExpression: 'cron(0 * * * ? *)' }, /every four hours/],
    ['two hours across midnight', { scheduleExpression: 'cron(0 1,23 * * ? *)' }, /every four hours/],
    ['W, which EventBridge knows', { scheduleExpression: 'cron(0 3 15W * ? *)' }, /'15W' is not supported/],
    ['L with an offset', { scheduleExpression: 'cron(0 3 L-3 * ? *)' }, /'L' is not supported/],
    ['hour 24', { scheduleExpression: 'cron(0 24 * * ? *)' }, /'24' is not supported as hours/],
    ['a step of 0', { scheduleExpression: 'cron(0 0/0 * * ? *)' }, /'0' is not supported as hours/],
    ['a date that never comes', { scheduleExpression: 'cron(0 0 31 2 ? *)' }, /never matches/],
    ['a duration in minutes', { automaticallyAfterDays: 1, duration: '90' }, /number of hours/],
    ['a duration of 0', { automaticallyAfterDays: 1, duration: '0h' }, /1h-24h/],
    [
      'a window into the next day',
      { scheduleExpression: 'cron(0 22 * * ? *)', duration: '3h' },
      /next UTC day/,
    ],
    [
      'a window into the next window',
      { scheduleExpression: 'cron(0 2/6 * * ? *)', duration: '7h' },
      /next rotation window|next UTC day/,
    ],
    [
      'a window longer than the rate',
      { scheduleExpression: 'rate(4 hours)', duration: '5h' },
      /next rotation window/,
    ],
  ]

  it.each(rows)('%s', (_name, given, message) => {
    expect(() => checkRules(rules(given))).toThrow(message)
    expect(() => checkRules(rules(given))).toThrow(
      expect.objectContaining({ type: 'InvalidParameterException' }),
    )
  })
})
