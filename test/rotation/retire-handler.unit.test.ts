import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { retireHandler } from '../../lambdas/rotation/retire-handler.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import type { Credential } from '../fakes/two-slot-server.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

type Retirer = CredentialRetirer<Credential>

const PASSWORD = 'hunter2-canary'
const OLD = 'version-1-'.padEnd(32, '0')
const NEW = 'version-2-'.padEnd(32, '0')
const value = (user: string) => JSON.stringify({ host: 'db', user, password: PASSWORD })

function wired(change: (retirer: Retirer) => Retirer = (retirer) => retirer) {
  const recorded = recordedTelemetry()
  const secret = fakeSecret(
    () => 0,
    [
      [['AWSCURRENT', 'DRAINING'], value('a')],
      [['AWSCURRENT'], value('b')],
    ],
  )
  const target = twoSlotTarget(() => 0, {
    a: { password: PASSWORD, stamp: { version: OLD, state: 'live' } },
    b: { password: PASSWORD, stamp: { version: NEW, state: 'live' } },
  })
  const handler = retireHandler({
    kind: 'two-slot',
    telemetry: recorded.telemetry,
    storeFor: () => secret.storeFor(directly),
    retirerFor: () => change(target.retirerFor(directly)),
  })
  const invoke = (request: unknown) => handler(request, { getRemainingTimeInMillis: () => 30_000 })
  return { recorded, secret, target, invoke }
}

const disable = { action: 'disable', secretId: SECRET_ARN, versionId: OLD }

describe('a retire function', () => {
  it('disables, and says so in one line without a value', async () => {
    const { recorded, target, invoke } = wired()
    expect(await invoke(disable)).toEqual({ outcome: 'disabled', at: expect.any(Number) })
    expect(target.slot('a').password).toBeUndefined()
    expect(recorded.logs()).toEqual([
      expect.objectContaining({ step: 'disable', outcome: 'disabled', secret: SECRET_ARN, version: OLD }),
    ])
    expect(recorded.text()).not.toContain(PASSWORD)
  })

  it('that has another clock than whoever asks takes the later of two ends', async () => {
    const { secret, target, invoke } = wired()
    secret.tag('note', 'it was changed at 0 by the clock of the service')
    const early = { ...disable, unchangedSince: Number.MAX_SAFE_INTEGER, quietForMs: Number.MAX_SAFE_INTEGER }
    await expect(invoke(early)).rejects.toMatchObject({ name: 'DRAIN_IN_PROGRESS' })
    expect(target.slot('a').password).toBe(PASSWORD)
  })

  it('that finds sessions is deferred: a warning under its code', async () => {
    const { recorded, target, invoke } = wired()
    target.sessions.add('a')
    await expect(invoke(disable)).rejects.toMatchObject({ name: 'STILL_USED' })
    expect(recorded.logs()).toEqual([expect.objectContaining({ level: 'WARN', outcome: 'deferred' })])
    expect(target.slot('a').password).toBe(PASSWORD)
  })

  it('that asks a target which tells of no uses rings nothing, however often it asks', async () => {
    const silent = new OverlapError('LAST_USE_UNKNOWN', 'it does not tell')
    const { recorded, invoke } = wired((retirer) => ({
      ...retirer,
      sightings: () => Promise.reject(silent),
    }))
    await expect(invoke({ ...disable, action: 'inspect' })).rejects.toMatchObject({
      name: 'LAST_USE_UNKNOWN',
    })
    expect(recorded.logs()).toEqual([expect.objectContaining({ level: 'WARN', outcome: 'deferred' })])
    expect(recorded.text()).not.toMatch(/Failures|severity/)
  })

  it('that may not hand a user back yet answers so: nothing failed', async () => {
    const { recorded, invoke } = wired()
    const leave = { action: 'leave', secretId: SECRET_ARN, versionId: NEW }
    await expect(invoke(leave)).rejects.toMatchObject({ name: 'LEAVE_TOO_SOON' })
    expect(recorded.logs()).toEqual([
      expect.objectContaining({
        level: 'INFO',
        step: 'leave',
        outcome: 'refused',
        reason: 'LEAVE_TOO_SOON',
        version: NEW,
      }),
    ])
    expect(recorded.text()).not.toMatch(/Failures|severity/)
  })

  it('refuses a malformed request, and says so in log and metric', async () => {
    const { recorded, invoke } = wired()
    await expect(invoke({ ...disable, action: PASSWORD })).rejects.toMatchObject({ name: 'EVENT_INVALID' })
    expect(recorded.logs()).toEqual([expect.objectContaining({ level: 'ERROR', reason: 'EVENT_INVALID' })])
    expect(recorded.metrics()).toHaveLength(2)
    expect(recorded.text()).not.toContain(PASSWORD)
  })
})
