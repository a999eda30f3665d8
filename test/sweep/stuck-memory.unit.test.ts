import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import type { Remembered } from '../../lambdas/sweep/memory.ts'
import type { Sight } from '../../lambdas/sweep/sight.ts'
import { isEdited, stuckSince } from '../../lambdas/sweep/stuck-memory.ts'
import { secretWith } from '../rotation/secret.ts'

const HOUR_MS = 3600_000
const NOW = Date.parse('2026-01-11T12:00:00Z')
const limits = { name: 'overlap', rolloutLimitSeconds: 3600, freezes: [] }
const failed = { reason: 'ROLLOUT_FAILED', since: undefined, sentence: '' } as const
const fresh = (): Remembered => ({ told: new Map() })

function sightAt(now: number, since: number, changed = since): Sight {
  return {
    secret: secretWith({ old: ['DRAINING'], now: ['AWSCURRENT'] }, { lastChanged: new Date(changed) }),
    policy: parsePolicy(new Map(), 0),
    state: { drain: { version: 'old', since } },
    now,
    abandonSeconds: 86_400,
    hold: undefined,
    run: undefined,
    pendingDispensable: false,
    pendingOvertaken: undefined,
  }
}

describe('a consumer that failed', () => {
  it('is news when it fails under the eyes of a sweep, however old the drain', () => {
    const [remembered, since] = [fresh(), NOW - 99 * HOUR_MS]
    stuckSince(remembered, sightAt(NOW - HOUR_MS, since), limits, undefined)
    expect(stuckSince(remembered, sightAt(NOW, since), limits, failed)).toBe(NOW)
    expect(stuckSince(remembered, sightAt(NOW + HOUR_MS, since), limits, failed)).toBe(NOW)
  })

  it('is news to a sweep that has just started while consumers of that drain may still come, and was told after that', () => {
    expect(stuckSince(fresh(), sightAt(NOW, NOW - HOUR_MS), limits, failed)).toBe(NOW)
    expect(stuckSince(fresh(), sightAt(NOW, NOW - HOUR_MS - 1), limits, failed)).toBe(NOW - HOUR_MS - 1)
  })
})

describe('a secret that drains', () => {
  it('is edited again and again when it was changed several times under the eyes of a sweep', () => {
    const remembered = fresh()
    const seen = (changed: number) => isEdited(remembered, sightAt(NOW, NOW - 99 * HOUR_MS, changed), 'old')
    expect([1, 1, 2, 3, 3].map((at) => seen(NOW - 10 + at))).toEqual([false, false, false, false, false])
    expect(seen(NOW)).toBe(true)
  })
})
