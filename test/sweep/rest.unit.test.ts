import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import type { Remembered } from '../../lambdas/sweep/memory.ts'
import { isAtRest, restAfter } from '../../lambdas/sweep/rest.ts'
import type { Drain } from '../../lambdas/sweep/state.ts'
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

describe('a visit that found nothing to do but to wait', () => {
  const HOUR_MS = 60 * MINUTE_MS
  const tags = { 'overlap:drain': '24h', 'overlap:quarantine': '48h', 'overlap:mode': 'enforce' }

  const restOf = (because: 'DRAINING' | 'QUARANTINE', drain: Partial<Drain>, further = {}) => {
    const secret = secretWith(versions, {
      lastChanged: new Date(CHANGED),
      lastRotated: new Date(NOW - 30 * HOUR_MS),
    })
    const policy = parsePolicy(new Map(Object.entries({ ...tags, ...further })), 0)
    const state = { drain: { version: 'old', since: CHANGED, ...drain } }
    const sight = {
      secret,
      policy,
      state,
      now: NOW,
      hold: undefined,
      run: undefined,
      abandonSeconds: 86_400,
      pendingDispensable: false,
      pendingOvertaken: undefined,
    }
    const found = restAfter(
      sight,
      { do: 'wait', because },
      { name: 'overlap', rolloutLimitSeconds: 3600, freezes: [] },
    )
    return found && (found.until - NOW) / HOUR_MS
  }

  it.each([
    ['the drain is over', restOf('DRAINING', {}), 14],
    ['the quarantine is over', restOf('QUARANTINE', { off: NOW - HOUR_MS }), 47],
    [
      'the drain should be over, of which people are told within minutes',
      restOf('DRAINING', { since: NOW - 30 * HOUR_MS, seen: CHANGED }),
      1,
    ],
    [
      'the drain is over, where it should have been long before',
      restOf('DRAINING', { since: NOW - 40 * HOUR_MS, seen: CHANGED }),
      14,
    ],
    [
      'the next one, where a log of logins tells who is refused',
      restOf('QUARANTINE', { off: NOW - HOUR_MS }, { 'overlap:login-log': 'logs:/shop' }),
      undefined,
    ],
    ['the credential is too old', restOf('QUARANTINE', { off: NOW }, { 'overlap:max-age': '36h' }), 6],
  ])('lets the next passes rest until %s', (_until, hours, expected) => {
    expect(hours).toBe(expected)
  })
})
