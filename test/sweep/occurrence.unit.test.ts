import { Cron } from 'croner'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'

const at = (text: string) => Date.parse(text)
const latest = (cron: string, timezone: string, now: string) => {
  const found = scheduleOf({ cron, timezone }).latest(at(now))
  return found === undefined ? undefined : new Date(found).toISOString().replace(':00.000Z', 'Z')
}

interface Row {
  readonly when: string
  readonly cron: string
  readonly timezone: string
  readonly now: string
  readonly run: string | undefined
}

const SUNDAY_3 = '0 3 ? * SUN *'
const [berlin, newYork] = ['Europe/Berlin', 'America/New_York']
const utc = (when: string, cron: string, now: string, run: string | undefined): Row => ({
  when,
  cron,
  timezone: 'UTC',
  now,
  run,
})

describe('the latest run of a schedule', () => {
  it.each<Row>([
    {
      when: 'it is Sunday 03:00 in Berlin to the millisecond',
      cron: SUNDAY_3,
      timezone: berlin,
      now: '2026-01-04T02:00:00.000Z',
      run: '2026-01-04T02:00Z',
    },
    {
      when: 'a millisecond is missing',
      cron: SUNDAY_3,
      timezone: berlin,
      now: '2026-01-04T01:59:59.999Z',
      run: '2025-12-28T02:00Z',
    },
    {
      when: 'half a second has passed',
      cron: SUNDAY_3,
      timezone: berlin,
      now: '2026-01-04T02:00:00.500Z',
      run: '2026-01-04T02:00Z',
    },
    {
      when: 'it is Saturday: nearly a week ago',
      cron: SUNDAY_3,
      timezone: berlin,
      now: '2026-01-10T23:00:00Z',
      run: '2026-01-04T02:00Z',
    },
    {
      when: 'it is the same moment in New York, where Sunday 03:00 is to come',
      cron: SUNDAY_3,
      timezone: newYork,
      now: '2026-01-04T02:00:00Z',
      run: '2025-12-28T08:00Z',
    },
    {
      when: 'the time zone is half an hour off',
      cron: SUNDAY_3,
      timezone: 'Asia/Kolkata',
      now: '2026-01-04T02:00:00Z',
      run: '2026-01-03T21:30Z',
    },

    {
      when: 'Berlin has summer time since an hour',
      cron: SUNDAY_3,
      timezone: berlin,
      now: '2026-03-29T02:00:00Z',
      run: '2026-03-29T01:00Z',
    },
    {
      when: 'Berlin skipped 02:30 this morning: it runs where the gap ends',
      cron: '30 2 ? * SUN *',
      timezone: berlin,
      now: '2026-03-29T01:00:00Z',
      run: '2026-03-29T01:00Z',
    },
    {
      when: 'the gap in Berlin is about to come',
      cron: '30 2 ? * SUN *',
      timezone: berlin,
      now: '2026-03-29T00:59:59Z',
      run: '2026-03-22T01:30Z',
    },
    {
      when: 'New York skipped 02:00 this morning: it runs where the gap ends',
      cron: '0 2 ? * SUN *',
      timezone: newYork,
      now: '2026-03-08T07:00:00Z',
      run: '2026-03-08T07:00Z',
    },
    {
      when: 'one of several hours is skipped: it runs as well',
      cron: '0 2,14 * * ? *',
      timezone: berlin,
      now: '2026-03-29T03:00:00Z',
      run: '2026-03-29T01:00Z',
    },
    {
      when: 'a time of a step is skipped: it is left out',
      cron: '0/30 2 ? * SUN *',
      timezone: berlin,
      now: '2026-03-29T03:00:00Z',
      run: '2026-03-22T01:30Z',
    },
    {
      when: 'Berlin has 02:30 for the first time',
      cron: '30 2 ? * SUN *',
      timezone: berlin,
      now: '2026-10-25T00:30:00Z',
      run: '2026-10-25T00:30Z',
    },
    {
      when: 'Berlin has 02:30 for the second time: it is not another run',
      cron: '30 2 ? * SUN *',
      timezone: berlin,
      now: '2026-10-25T01:30:00Z',
      run: '2026-10-25T00:30Z',
    },
    {
      when: 'Berlin has had 03:00 in winter time',
      cron: SUNDAY_3,
      timezone: berlin,
      now: '2026-10-25T02:00:00Z',
      run: '2026-10-25T02:00Z',
    },
    {
      when: 'New York has 01:30 for the second time: it is not another run',
      cron: '30 1 ? * SUN *',
      timezone: newYork,
      now: '2026-11-01T06:30:00Z',
      run: '2026-11-01T05:30Z',
    },
    {
      when: 'every hour has a run, an hour that comes twice has two',
      cron: '30 * * * ? *',
      timezone: berlin,
      now: '2026-10-25T01:30:00Z',
      run: '2026-10-25T01:30Z',
    },
    {
      when: 'midnight does not exist that day in São Paulo',
      cron: '0 0 ? * SUN *',
      timezone: 'America/Sao_Paulo',
      now: '2018-11-04T12:00:00Z',
      run: '2018-11-04T03:00Z',
    },

    utc('1 is Sunday', '0 3 ? * 1 *', '2026-03-05T00:00:00Z', '2026-03-01T03:00Z'),
    utc('7 is Saturday', '0 3 ? * 7 *', '2026-03-05T00:00:00Z', '2026-02-28T03:00Z'),
    utc('L alone is the last day of the week', '0 3 ? * L *', '2026-03-05T00:00:00Z', '2026-02-28T03:00Z'),
    utc('6L is the last Friday of the month', '0 3 ? * 6L *', '2026-03-05T00:00:00Z', '2026-02-27T03:00Z'),
    utc('SUNL is its last Sunday', '0 3 ? * SUNL *', '2026-03-05T00:00:00Z', '2026-02-22T03:00Z'),
    utc('2#1 is its first Monday', '0 3 ? * 2#1 *', '2026-03-05T00:00:00Z', '2026-03-02T03:00Z'),
    utc(
      'SUN#5 is a Sunday that few months have',
      '0 3 ? * SUN#5 *',
      '2026-03-05T00:00:00Z',
      '2025-11-30T03:00Z',
    ),
    utc('L is the last day of the month', '0 3 L * ? *', '2026-03-05T00:00:00Z', '2026-02-28T03:00Z'),
    utc('L is that in a leap year', '0 3 L * ? *', '2028-03-05T00:00:00Z', '2028-02-29T03:00Z'),
    utc('LW is its last working day', '0 3 LW * ? *', '2026-03-05T00:00:00Z', '2026-02-27T03:00Z'),
    utc(
      '15W is the working day nearest the 15th',
      '0 3 15W * ? *',
      '2026-03-05T00:00:00Z',
      '2026-02-16T03:00Z',
    ),
    utc('1W stays in its month', '0 3 1W * ? *', '2026-08-31T00:00:00Z', '2026-08-03T03:00Z'),
    utc('days may be a list', '0 3 ? * MON,WED,FRI *', '2026-03-05T00:00:00Z', '2026-03-04T03:00Z'),
    utc('days may be a range', '0 3 ? * MON-FRI *', '2026-03-08T00:00:00Z', '2026-03-06T03:00Z'),
    utc('hours may be a list', '0 3,15 * * ? *', '2026-03-05T14:59:00Z', '2026-03-05T03:00Z'),
    utc('months may be names', '0 3 1 JAN,JUL ? *', '2026-03-05T00:00:00Z', '2026-01-01T03:00Z'),
    utc('months may be a range with a step', '0 3 1 1-12/3 ? *', '2026-03-05T00:00:00Z', '2026-01-01T03:00Z'),
    utc('a number may have a step', '0 3 1/10 * ? *', '2026-03-05T00:00:00Z', '2026-03-01T03:00Z'),
    utc('names may be small', '0 3 ? * sun *', '2026-03-05T00:00:00Z', '2026-03-01T03:00Z'),
    utc('there may be more space', '  0  3 ? *\tSUN * ', '2026-03-05T00:00:00Z', '2026-03-01T03:00Z'),
    utc('a day comes every four years', '0 3 29 2 ? *', '2027-03-05T00:00:00Z', '2024-02-29T03:00Z'),
    utc('its years are to come', '0 3 1 * ? 2027-2028', '2026-03-05T00:00:00Z', undefined),
    utc('its years are over', '0 3 1 * ? 2024', '2026-03-05T00:00:00Z', '2024-12-01T03:00Z'),
    utc('its day never comes', '0 3 31 2 ? *', '2026-03-05T00:00:00Z', undefined),
  ])('when $when ($cron, $timezone, $now): $run', ({ cron, timezone, now, run }) => {
    expect(latest(cron, timezone, now)).toBe(run)
  })

  it('is never after now, and no run lies between the two', () => {
    const when = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
    const cron = fc.constantFrom(SUNDAY_3, '30 2 * * ? *', '0 2,14 * * ? *', '15 1 L * ? *', '0 0 ? * 2#1 *')
    fc.assert(
      fc.property(
        when.map(Number),
        cron,
        fc.constantFrom(berlin, newYork, 'UTC', 'Australia/Lord_Howe'),
        (now, text, timezone) => {
          const found = scheduleOf({ cron: text, timezone }).latest(now) ?? Number.NaN
          expect(found).toBeLessThanOrEqual(now)
          const next = new Cron(`0 ${text}`, {
            timezone,
            mode: '7-part',
            alternativeWeekdays: true,
            fixedTimeRule: 'no-wildcard',
            paused: true,
          })
            .nextRun(new Date(found))
            ?.getTime()
          expect(next).toBeGreaterThan(now)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('a schedule that is asked again and again', () => {
  const moment = fc
    .date({ min: new Date('2026-03-20'), max: new Date('2026-04-10'), noInvalidDate: true })
    .map(Number)

  it('answers as one that is asked for the first time, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 2, maxLength: 20 }), (moments) => {
        const written = { cron: '30 2 * * ? *', timezone: berlin }
        const schedule = scheduleOf(written)
        for (const now of moments) expect(schedule.latest(now)).toBe(scheduleOf(written).latest(now))
      }),
      { numRuns: 40 },
    )
  })

  it('answers to the millisecond when its next run comes', () => {
    const schedule = scheduleOf({ cron: SUNDAY_3, timezone: berlin })
    const sunday = at('2026-01-11T02:00:00Z')
    expect(schedule.latest(sunday - 1)).toBe(at('2026-01-04T02:00:00Z'))
    expect(schedule.latest(sunday)).toBe(sunday)
    expect(schedule.latest(sunday - 1)).toBe(at('2026-01-04T02:00:00Z'))
  })

  it('says when its next run comes, which is never now', () => {
    const schedule = scheduleOf({ cron: SUNDAY_3, timezone: berlin })
    const sunday = at('2026-01-11T02:00:00Z')
    expect(schedule.next(sunday - 1)).toBe(sunday)
    expect(schedule.next(sunday)).toBe(at('2026-01-18T02:00:00Z'))
    expect(schedule.next(sunday - 1)).toBe(sunday)
    expect(scheduleOf({ cron: '0 3 1 * ? 2024', timezone: 'UTC' }).next(sunday)).toBeUndefined()
  })

  it('has no run between the latest and the next one', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 2, maxLength: 20 }), (moments) => {
        const schedule = scheduleOf({ cron: '30 2 * * ? *', timezone: berlin })
        for (const now of moments) {
          const next = schedule.next(now) ?? Number.NaN
          expect(next).toBeGreaterThan(now)
          expect(schedule.latest(next - 1)).toBe(schedule.latest(now))
          expect(schedule.latest(next)).toBe(next)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('answers when it has no run before its first one', () => {
    const schedule = scheduleOf({ cron: '0 3 1 1 ? 2027', timezone: 'UTC' })
    expect(schedule.latest(at('2026-12-31T00:00:00Z'))).toBeUndefined()
    expect(schedule.latest(at('2026-12-01T00:00:00Z'))).toBeUndefined()
    expect(schedule.latest(at('2027-01-01T03:00:00Z'))).toBe(at('2027-01-01T03:00:00Z'))
  })
})

describe('a schedule', () => {
  it('is told from others by its times and its time zone', () => {
    const digests = [
      { cron: SUNDAY_3, timezone: berlin },
      { cron: SUNDAY_3, timezone: newYork },
      { cron: '0 4 ? * SUN *', timezone: berlin },
    ].map((written) => scheduleOf(written).digest)
    expect(new Set(digests).size).toBe(3)
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{8}$/)
    expect(scheduleOf({ cron: SUNDAY_3, timezone: berlin }).digest).toBe(digests[0])
  })

  it.each([
    { what: 'five fields', cron: '0 3 * * SUN', says: 'six fields (minute, hour, day of month' },
    { what: 'seven fields', cron: '0 0 3 ? * SUN *', says: 'six fields' },
    { what: 'a nickname', cron: '@weekly', says: 'six fields' },
    { what: 'a rate', cron: 'rate(7 days)', says: 'six fields' },
    { what: 'its AWS wrapping', cron: 'cron(0 3 ? * SUN *)', says: 'minute' },
    { what: 'an hour too many', cron: '0 24 ? * SUN *', says: 'hour' },
    { what: 'a minute too many', cron: '60 3 ? * SUN *', says: 'minute' },
    { what: 'day 0 of the week', cron: '0 3 ? * 0 *', says: 'day of week' },
    { what: 'day 8 of the week', cron: '0 3 ? * 8 *', says: 'day of week' },
    { what: 'a day that no language knows', cron: '0 3 ? * SON *', says: 'SON' },
    { what: 'two days of the week by number', cron: '0 3 ? * 3#1,6#3 *', says: 'day of week' },
    { what: 'no day left open', cron: '0 3 1 * SUN *', says: 'exactly one of day of month and day of week' },
    { what: 'both days open', cron: '0 3 ? * ? *', says: 'exactly one of day of month and day of week' },
    { what: 'a question mark for an hour', cron: '0 ? ? * SUN *', says: 'hour' },
    { what: 'the 32nd', cron: '0 3 32 * ? *', says: 'day' },
  ])('with $what is refused, and what is wrong is said', ({ cron, says }) => {
    expect(() => scheduleOf({ cron, timezone: berlin })).toThrow(says)
  })

  it.each(['', 'Berlin', 'Europe/Berln', 'CEST+1'])('in the time zone %o is refused by name', (timezone) => {
    expect(() => scheduleOf({ cron: SUNDAY_3, timezone })).toThrow(/timezone .*IANA name/)
  })
})
