import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RunningClock, runningClock } from '../../../sandbox/running-clock.ts'
import { type Schedule, type Scheduler, startScheduler } from '../../../sandbox/scheduler/scheduler.ts'

const HOUR = 3_600_000
const saturday = Date.UTC(2027, 2, 27, 12)
/** 03:00 in Berlin on the day on which clocks are put forward. */
const sunday = Date.UTC(2027, 2, 28, 1)

const weekly: Schedule = {
  arn: 'arn:aws:scheduler:us-east-1:123456789012:schedule/overlap/weekly',
  name: 'weekly',
  expression: 'cron(0 3 ? * SUN *)',
  timezone: 'Europe/Berlin',
  target: 'sweep',
  input: '{"at":"<aws.scheduler.scheduled-time>","attempt":"<aws.scheduler.attempt-number>"}',
  retry: { attempts: 0, maximumAgeSeconds: 86_400 },
  deadLetterQueue: undefined,
}
const everyFiveMinutes: Schedule = { ...weekly, name: 'passes', expression: 'rate(5 minutes)', input: '{}' }

let clock: RunningClock
let scheduler: Scheduler
let delivered: { readonly target: string; readonly payload: unknown; readonly at: number }[]
let buried: (readonly [queue: string, payload: unknown, reason: string])[]
/** Deliveries that the target refuses before it takes one. */
let refusals: number

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  clock = runningClock(saturday)
  delivered = []
  buried = []
  refusals = 0
  scheduler = startScheduler({
    clock,
    accountId: '123456789012',
    region: 'us-east-1',
    deliver: async (target, payload) => {
      delivered.push({ target, payload, at: clock.now() })
      if (refusals-- > 0) throw new Error('Function not found: sweep')
    },
    bury: (...letter) => buried.push(letter),
  })
})

afterEach(() => {
  scheduler.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const moments = () => delivered.map(({ at }) => new Date(at).toISOString())

/** Until what was refused has been told to the scheduler. */
async function advance(ms: number): Promise<void> {
  clock.advance(ms)
  await setImmediate()
}

describe('a weekly schedule', () => {
  it('runs at 03:00 local time, to the minute, and says when it runs next', async () => {
    scheduler.create(weekly)
    expect(scheduler.list().map(({ name, nextRun }) => [name, nextRun])).toEqual([['weekly', sunday]])

    await advance(sunday - saturday - 1)
    expect(delivered).toEqual([])
    vi.advanceTimersByTime(1)

    expect(delivered).toEqual([
      { target: 'sweep', payload: { at: '2027-03-28T01:00:00Z', attempt: '1' }, at: sunday },
    ])
    expect(scheduler.list()[0]?.nextRun).toBe(sunday + 7 * 24 * HOUR)
  })

  it('runs once for a jump over several Sundays, at the end of the jump', async () => {
    scheduler.create(weekly)
    await advance(30 * 24 * HOUR)
    expect(delivered).toMatchObject([
      { payload: { at: '2027-03-28T01:00:00Z' }, at: saturday + 30 * 24 * HOUR },
    ])
  })

  it('loses what falls due while the service is out of order', async () => {
    scheduler.create(weekly)
    scheduler.suspend()
    scheduler.create({ ...weekly, name: 'made meanwhile' })
    await advance(2 * 24 * HOUR)
    scheduler.resume()
    await advance(2 * 24 * HOUR)

    expect(delivered).toEqual([])
    expect(scheduler.list()[0]?.nextRun).toBe(sunday + 7 * 24 * HOUR)
  })
})

describe('a rate', () => {
  it('begins at once and keeps its beat across a jump', async () => {
    scheduler.create(everyFiveMinutes)
    vi.advanceTimersByTime(0)
    await advance(HOUR + 60_000)
    vi.advanceTimersByTime(4 * 60_000)

    expect(moments()).toEqual([
      '2027-03-27T12:00:00.000Z',
      '2027-03-27T13:01:00.000Z',
      '2027-03-27T13:05:00.000Z',
    ])
  })

  it('ends when it is deleted', async () => {
    scheduler.create(everyFiveMinutes)
    scheduler.delete('passes')
    await advance(HOUR)
    expect(delivered).toEqual([])
  })
})

describe('a delivery that is refused', () => {
  it('is tried again with the same scheduled time, at growing intervals', async () => {
    refusals = 2
    scheduler.create({ ...weekly, retry: { attempts: 2, maximumAgeSeconds: 3600 } })
    await advance(sunday - saturday)
    await advance(2_000)
    await advance(3_999)
    expect(delivered).toHaveLength(2)
    await advance(1)

    expect(delivered.map(({ payload }) => payload)).toEqual(
      ['1', '2', '3'].map((attempt) => ({ at: '2027-03-28T01:00:00Z', attempt })),
    )
    expect(buried).toEqual([])
  })

  it.each([
    ['its attempts are used up', { attempts: 1, maximumAgeSeconds: 3600 }, 2],
    ['it would be too old', { attempts: 185, maximumAgeSeconds: 60 }, 5],
  ])('goes to the dead-letter queue when %s', async (_, retry, attempts) => {
    refusals = Number.POSITIVE_INFINITY
    scheduler.create({ ...weekly, retry, deadLetterQueue: 'letters' })
    await advance(sunday - saturday)
    for (let n = 0; n < 60; n++) await advance(2_000)

    expect(delivered).toHaveLength(attempts)
    expect(buried).toEqual([
      ['letters', { at: '2027-03-28T01:00:00Z', attempt: String(attempts) }, 'Function not found: sweep'],
    ])
  })

  it('is forgotten with its schedule', async () => {
    refusals = Number.POSITIVE_INFINITY
    scheduler.create({
      ...weekly,
      retry: { attempts: 185, maximumAgeSeconds: 3600 },
      deadLetterQueue: 'letters',
    })
    await advance(sunday - saturday)
    await advance(2_000)
    scheduler.delete('weekly')
    await advance(HOUR)
    expect([delivered.length, buried.length]).toEqual([2, 0])
  })
})

describe('an input', () => {
  it('is the event of the service when the schedule has none', async () => {
    scheduler.create({ ...weekly, input: undefined })
    await advance(sunday - saturday)
    expect(delivered[0]?.payload).toMatchObject({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      time: '2027-03-28T01:00:00Z',
      resources: [weekly.arn],
    })
  })
})

describe('a schedule that cannot be made', () => {
  it.each([
    ['with an expression that is none', { ...weekly, name: 'other', expression: 'cron(soon)' }, 'cron(soon)'],
    ['under a name that is taken', weekly, 'weekly already'],
  ])('%s', (_, schedule, named) => {
    scheduler.create(weekly)
    expect(() => scheduler.create(schedule)).toThrow(named)
    expect(scheduler.list()).toHaveLength(1)
  })
})
