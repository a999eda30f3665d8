import { describe, expect, it } from 'vitest'
import { parseExpression } from '../../../sandbox/scheduler/expression.ts'

const runs = (expression: string, timezone: string, since: string, count: number): readonly string[] => {
  const occurrences = parseExpression(expression, timezone, Date.parse(since))
  const found: string[] = []
  let moment: number | undefined = Date.parse(since)
  for (let n = 0; n < count && moment !== undefined; n++) {
    moment = occurrences.after(moment)
    if (moment !== undefined) found.push(new Date(moment).toISOString().replace(':00.000Z', 'Z'))
  }
  return found
}

describe('cron in a time zone', () => {
  it.each([
    {
      what: 'Sunday 03:00 in Berlin is an hour earlier in UTC from the day on which clocks are put forward',
      cron: 'cron(0 3 ? * SUN *)',
      zone: 'Europe/Berlin',
      since: '2027-03-20T00:00Z',
      comes: ['2027-03-21T02:00Z', '2027-03-28T01:00Z', '2027-04-04T01:00Z'],
    },
    {
      what: 'and an hour later from the day on which they are put back',
      cron: 'cron(0 3 ? * SUN *)',
      zone: 'Europe/Berlin',
      since: '2027-10-23T00:00Z',
      comes: ['2027-10-24T01:00Z', '2027-10-31T02:00Z', '2027-11-07T02:00Z'],
    },
    {
      what: 'a time in the gap of spring is skipped on that day',
      cron: 'cron(30 2 ? * SUN *)',
      zone: 'Europe/Berlin',
      since: '2027-03-20T00:00Z',
      comes: ['2027-03-21T01:30Z', '2027-04-04T00:30Z', '2027-04-11T00:30Z'],
    },
    {
      what: 'and so is its very first moment, 02:00',
      cron: 'cron(0 2 ? * SUN *)',
      zone: 'Europe/Berlin',
      since: '2027-03-20T00:00Z',
      comes: ['2027-03-21T01:00Z', '2027-04-04T00:00Z'],
    },
    {
      what: 'of two times one of which is in the gap, the other runs',
      cron: 'cron(30 2,3 28 3 ? 2027)',
      zone: 'Europe/Berlin',
      since: '2027-03-20T00:00Z',
      comes: ['2027-03-28T01:30Z'],
    },
    {
      what: 'a time that comes twice in autumn runs once',
      cron: 'cron(30 2 ? * SUN *)',
      zone: 'Europe/Berlin',
      since: '2027-10-24T12:00Z',
      comes: ['2027-10-31T00:30Z', '2027-11-07T01:30Z'],
    },
    {
      what: 'New York changes its clocks two weeks before Berlin',
      cron: 'cron(0 3 ? * SUN *)',
      zone: 'America/New_York',
      since: '2027-03-06T00:00Z',
      comes: ['2027-03-07T08:00Z', '2027-03-14T07:00Z', '2027-03-21T07:00Z'],
    },
    {
      what: 'Kathmandu is 5 hours and 45 minutes ahead, always',
      cron: 'cron(0 3 ? * 1 *)',
      zone: 'Asia/Kathmandu',
      since: '2027-03-20T00:00Z',
      comes: ['2027-03-20T21:15Z', '2027-03-27T21:15Z'],
    },
    {
      what: 'on Lord Howe Island clocks are put forward by half an hour',
      cron: 'cron(15 2 ? * SUN *)',
      zone: 'Australia/Lord_Howe',
      since: '2027-09-20T00:00Z',
      comes: ['2027-09-25T15:45Z', '2027-10-09T15:15Z'],
    },
    {
      what: 'the last day of each month',
      cron: 'cron(0 3 L * ? *)',
      zone: 'UTC',
      since: '2027-01-31T12:00Z',
      comes: ['2027-02-28T03:00Z', '2027-03-31T03:00Z'],
    },
    {
      what: 'the second Tuesday, by number as AWS counts weekdays',
      cron: 'cron(0 3 ? * 3#2 *)',
      zone: 'UTC',
      since: '2027-01-01T00:00Z',
      comes: ['2027-01-12T03:00Z', '2027-02-09T03:00Z'],
    },
    {
      what: 'every quarter of an hour, written from a minute on',
      cron: 'cron(0/15 3 * * ? *)',
      zone: 'UTC',
      since: '2027-01-01T03:20Z',
      comes: ['2027-01-01T03:30Z', '2027-01-01T03:45Z', '2027-01-02T03:00Z'],
    },
    {
      what: 'a year that is over has no further run',
      cron: 'cron(0 3 ? * SUN 2026)',
      zone: 'UTC',
      since: '2027-01-01T00:00Z',
      comes: [],
    },
  ])('$what', ({ cron, zone, since, comes }) => {
    expect(runs(cron, zone, since, Math.max(1, comes.length))).toEqual(comes)
  })
})

describe('a rate', () => {
  it('begins when the schedule is made and counts from there', () => {
    const occurrences = parseExpression('rate(5 minutes)', 'UTC', 1_000)
    expect([0, 1_000, 301_000, 400_000].map(occurrences.after)).toEqual([1_000, 301_000, 601_000, 601_000])
  })

  it('has days of 24 hours, also when clocks are put forward', () => {
    expect(runs('rate(1 day)', 'Europe/Berlin', '2027-03-27T02:00Z', 2)).toEqual([
      '2027-03-28T02:00Z',
      '2027-03-29T02:00Z',
    ])
  })
})

describe('an expression that is refused', () => {
  it.each([
    ['cron(0 3 ? * SUN)', 'UTC', 'cron(0 3 ? * SUN) is neither'],
    ['at(2027-01-01T00:00:00)', 'UTC', 'is neither'],
    ['rate(5 weeks)', 'UTC', 'is neither'],
    ['rate(0 minutes)', 'UTC', 'above zero'],
    ['cron(0 25 ? * SUN *)', 'UTC', 'hour'],
    ['cron(0 3 ? * SUN *)', 'Mars/Olympus', 'Mars/Olympus'],
  ])('%s in %s', (expression, zone, named) => {
    expect(() => parseExpression(expression, zone, 0)).toThrow(named)
  })
})
