import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clockCommand } from '../../sandbox/clock-command.ts'
import { localTime } from '../../sandbox/local-time.ts'
import { type RunningClock, runningClock } from '../../sandbox/running-clock.ts'
import { type Scheduler, startScheduler } from '../../sandbox/scheduler/scheduler.ts'

let clock: RunningClock
let scheduler: Scheduler
let runs: number

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2027, 2, 27, 12) })
  runs = 0
  clock = runningClock()
  scheduler = startScheduler({
    clock,
    accountId: '123456789012',
    region: 'us-east-1',
    deliver: async () => {
      runs += 1
    },
    bury: () => {},
  })
  const base = {
    arn: 'arn',
    timezone: 'Europe/Berlin',
    target: 'sweep',
    input: '{}',
    retry: { attempts: 0, maximumAgeSeconds: 60 },
    deadLetterQueue: undefined,
  }
  scheduler.create({ ...base, name: 'monthly', expression: 'cron(0 4 1 * ? *)' })
  scheduler.create({ ...base, name: 'weekly', expression: 'cron(0 3 ? * SUN *)' })
})

afterEach(() => {
  scheduler.close()
  vi.useRealTimers()
})

const command = (line: string) => clockCommand(line, { clock, scheduler, settled: async () => {} })

describe('a command to the clock', () => {
  it('next: to the next run, on the day on which clocks are put forward', async () => {
    expect((await command('next')).split('\n')).toEqual([
      'It is Sun 28 Mar 2027 03:00:00 (Europe/Berlin), 01:00:00 UTC',
      '  monthly runs next on Thu 01 Apr 2027 04:00:00 (Europe/Berlin)',
      '  weekly runs next on Sun 04 Apr 2027 03:00:00 (Europe/Berlin)',
    ])
    expect(runs).toBe(1)
  })

  it('next: waits for what is at work, and arrives at the very second all the same', async () => {
    let work = 6_000
    const settled = async () => {
      vi.advanceTimersByTime(work)
      work = 0
    }
    const [time] = (await clockCommand('next', { clock, scheduler, settled })).split('\n')
    expect(time).toBe('It is Sun 28 Mar 2027 03:00:00 (Europe/Berlin), 01:00:00 UTC')
  })

  it.each([
    ['advance 24h', 'It is Sun 28 Mar 2027 14:00:00 (Europe/Berlin), 12:00:00 UTC'],
    ['  advance   90s ', 'It is Sat 27 Mar 2027 13:01:30 (Europe/Berlin), 12:01:30 UTC'],
    ['advance 7d', 'It is Sat 03 Apr 2027 14:00:00 (Europe/Berlin), 12:00:00 UTC'],
    ['time', 'It is Sat 27 Mar 2027 13:00:00 (Europe/Berlin), 12:00:00 UTC'],
  ])('%s', async (line, answer) => {
    expect((await command(line)).split('\n')[0]).toBe(answer)
  })

  it.each(['', 'advance', 'advance 1y', 'advance -1h', 'next week', 'exit'])('%j is none', async (line) => {
    expect(await command(line)).toContain('advance 24h')
    expect(clock.now()).toBe(Date.now())
  })
})

it('a month has three letters everywhere', () => {
  expect(localTime(Date.UTC(2027, 8, 5, 1), 'UTC')).toBe('Sun 05 Sep 2027 01:00:00')
})
