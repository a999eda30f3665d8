import { describe, expect, it } from 'vitest'
import type { Remembered } from '../../lambdas/sweep/memory.ts'
import { isAtRest } from '../../lambdas/sweep/rest.ts'
import { secretWith } from '../rotation/secret.ts'

const NOW = Date.parse('2026-01-11T12:00:00Z')
const MINUTE_MS = 60_000
const CHANGED = NOW - 600 * MINUTE_MS
const versions = { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] }
const rest = { until: NOW + 600 * MINUTE_MS, lastChanged: CHANGED }
const lookedAt = NOW - 5 * MINUTE_MS

const resting = (
  different: Parameters<typeof secretWith>[1] = {},
  remembered: Omit<Remembered, 'told'> = { rest, lookedAt },
  labels: Readonly<Record<string, string[]>> = versions,
) =>
  isAtRest(
    secretWith(labels, { lastChanged: new Date(CHANGED), ...different }),
    () => ({ told: new Map(), ...remembered }),
    900,
    NOW,
  )

describe('a secret that drains', () => {
  it('rests between two looks, as long as it is unchanged', () => {
    expect(resting()).toBe(true)
  })

  it.each([
    ['was changed since', resting({ lastChanged: new Date(CHANGED + 1) })],
    ['is listed as it was before the visit', resting({ lastChanged: new Date(CHANGED - 1) })],
    ['was changed when nobody knows', resting({ lastChanged: undefined })],
    ['leaked', resting({ tags: new Map([['overlap:leaked', 'other']]) })],
    ['was not visited by this function', resting({}, {})],
    ['was visited, and something was done', resting({}, { lookedAt })],
    ['is to be looked at', resting({}, { rest, lookedAt: NOW - 15 * MINUTE_MS })],
    ['was never looked at', resting({}, { rest })],
    ['is at the end of its drain', resting({}, { rest: { ...rest, until: NOW }, lookedAt })],
    ['is in a rotation', resting({}, { rest, lookedAt }, { ...versions, next: ['AWSPENDING'] })],
    ['does not drain any more', resting({}, { rest, lookedAt }, { now: ['AWSCURRENT'] })],
  ])('does not when it %s', (_when, rests) => {
    expect(rests).toBe(false)
  })
})
