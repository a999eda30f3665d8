import { describe, expect, it } from 'vitest'
import { isTimezone, readCron } from '../../infra/cron.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('a cron expression', () => {
  it.each([
    ['0 3 ? * SUN *', 'UTC', 7 * DAY, 7 * DAY],
    // Clocks go forward and back on Sundays.
    ['0 3 ? * SUN *', 'Europe/Berlin', 7 * DAY - HOUR, 7 * DAY + HOUR],
    ['0 3 ? * 1 *', 'UTC', 7 * DAY, 7 * DAY],
    ['0 3 * * ? *', 'America/New_York', 23 * HOUR, 25 * HOUR],
    ['0 3 1 * ? *', 'UTC', 28 * DAY, 31 * DAY],
    ['0 3 L * ? *', 'UTC', 28 * DAY, 31 * DAY],
    ['0 3 ? * MON#1 *', 'UTC', 28 * DAY, 35 * DAY],
    ['0 3 ? * FRIL *', 'UTC', 28 * DAY, 35 * DAY],
    ['0 3 ? * MON-FRI *', 'UTC', DAY, 3 * DAY],
    ['0/30 * * * ? *', 'UTC', HOUR / 2, HOUR / 2],
    ['0 3 1 1,7 ? *', 'UTC', 181 * DAY, 184 * DAY],
  ])('%s in %s', (cron, timezone, shortestGapMs, longestGapMs) => {
    expect(readCron({ cron, timezone })).toMatchObject({ shortestGapMs, longestGapMs })
  })

  const written = [
    '0 3 ? * SUN *',
    '0 3 ? * sun *',
    '0 3 ? * 1 *',
    '0 3 ? * 0 *',
    '0 3 ? * 8 *',
    '0 3 ? * L *',
    '0 3 ? * 6L *',
    '0 3 ? * 2#1 *',
    '0 3 ? * 2#6 *',
    '0 3 L * ? *',
    '0 3 L-3 * ? *',
    '0 3 LW * ? *',
    '0 3 15W * ? *',
    '0 3 1/7 * ? *',
    '0 3 * * ? *',
    '0 3 * * * *',
    '0 3 ? * ? *',
    '0 3 1 * SUN *',
    '0 24 ? * SUN *',
    '60 3 ? * SUN *',
    '0 3 ? JAN-MAR MON-FRI *',
    '0 3 ? 13 SUN *',
    '0 3 ? * FUNDAY *',
    '0 3 ? * SUN',
    '0 0 3 ? * SUN *',
    '0 3 ? * SUN 2027-2031',
    '@weekly',
    '',
  ]
  it.each(written)('%j is taken here when the sweep can follow it', (cron) => {
    const followed = () => scheduleOf({ cron, timezone: 'Europe/Berlin' })
    const { problem } = readCron({ cron, timezone: 'Europe/Berlin' })
    if (problem === undefined) expect(followed).not.toThrow()
    else expect(followed).toThrow()
  })

  it('is taken here, or is not, in several of these', () => {
    const taken = written.filter(
      (cron) => readCron({ cron, timezone: 'Europe/Berlin' }).problem === undefined,
    )
    expect(taken.length).toBeGreaterThan(5)
    expect(written.length - taken.length).toBeGreaterThan(5)
  })
})

describe('a time zone', () => {
  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Asia/Kolkata', true],
    ['Etc/UTC', true],
    ['europe/berlin', false],
    ['EUROPE/BERLIN', false],
    ['utc', false],
    ['asia/kolkata', false],
    ['Europe/Atlantis', false],
    ['+02:00', false],
    ['', false],
  ])('%j: %s', (name, isKnown) => {
    expect(isTimezone(name)).toBe(isKnown)
    if (isKnown) expect(() => scheduleOf({ cron: '0 3 ? * SUN *', timezone: name })).not.toThrow()
  })
})
