import { describe, expect, it } from 'vitest'
import { byOwnClock } from '../../lambdas/rotation/own-clock.ts'
import type { RetireRequest } from '../../lambdas/rotation/retire-request.ts'

const NOW = Date.parse('2026-01-11T12:00:00.000Z')
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const request = (different: Partial<RetireRequest>): RetireRequest => ({
  action: 'disable',
  secretId: 'arn:shop',
  versionId: 'old',
  evenIfUsed: false,
  ...different,
})

describe('the clock of a retire function', () => {
  it.each([
    ['that agrees', -HOUR_MS, -HOUR_MS],
    ['that is a little behind', -HOUR_MS - 5 * MINUTE_MS, -HOUR_MS - 5 * MINUTE_MS],
    ['from whose view the asker’s is a day ahead', 23 * HOUR_MS, -HOUR_MS + 5 * MINUTE_MS],
    ['that knows of no other', undefined, -HOUR_MS + 5 * MINUTE_MS],
  ])('%s has the secret unchanged for the drain by both', (_what, asked, unchangedSince) => {
    const moment = asked === undefined ? {} : { unchangedSince: NOW + asked }
    const found = byOwnClock(request({ ...moment, quietForMs: HOUR_MS }), NOW)
    expect(found.unchangedSince).toBe(NOW + unchangedSince)
  })

  it.each([
    { minutes: 55, ends: true },
    { minutes: 54, ends: false },
  ])('after $minutes of 60 minutes of a quarantine: over $ends', ({ minutes, ends }) => {
    const removal = request({
      action: 'remove',
      quietForMs: HOUR_MS,
      disabledAt: NOW - minutes * MINUTE_MS,
    })
    if (ends) expect(byOwnClock(removal, NOW)).toEqual(removal)
    else
      expect(() => byOwnClock(removal, NOW)).toThrow(
        /by the clock of this function its quarantine is not over/,
      )
  })

  it('is nobody’s where nothing is to be waited for', () => {
    for (const action of ['disable', 'remove'] as const)
      expect(byOwnClock(request({ action }), NOW)).toEqual(request({ action }))
  })
})
