import { afterEach, describe, expect, it, vi } from 'vitest'
import { DAY_MS, RUN, recordedFleet } from './recorded-fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** A secret under the weekly schedule, after one pass a year ahead of its time; then a pass a day for three weeks. */
async function threeWeeksOf(versions: Readonly<Record<string, readonly string[]>>) {
  const { swept } = recordedFleet()
  const tags = { 'overlap:mode': 'enforce', 'overlap:schedule': 'weekly', 'overlap:max-age': '30d' }
  const lastRotated = new Date(RUN - 60 * DAY_MS)
  swept.set('shop', { versions: new Map(Object.entries(versions)), lastRotated }, tags)
  const { now } = swept.clock
  swept.clock.now = now + 365 * DAY_MS
  await swept.pass()
  swept.clock.now = now
  const before = swept.calls.length
  let overdue = 0
  for (let day = 0; day < 21; day++) {
    overdue += (await swept.pass()).overdue
    swept.clock.now += DAY_MS
  }
  return { swept, overdue, calls: swept.calls.slice(before) }
}

describe('a pass whose clock was ahead', () => {
  it('does not keep a schedule from having its runs', async () => {
    const { swept } = await threeWeeksOf({ now: ['AWSCURRENT'] })
    expect(swept.begun).toHaveLength(1)
  })

  it('does not keep a rotation that waits from being helped, nor its secret from being overdue', async () => {
    const { calls, overdue } = await threeWeeksOf({ now: ['AWSCURRENT'], next: ['AWSPENDING'] })
    expect(calls).toContain('rotate shop')
    expect(overdue).toBeGreaterThan(10)
  })

  it('does not keep a replaced credential from being retired', async () => {
    const { calls } = await threeWeeksOf({ now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] })
    expect(calls).toContain('disable old of shop')
  })
})
