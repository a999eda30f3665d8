import { afterEach, describe, expect, it, vi } from 'vitest'
import { rotationHandler } from '../../lambdas/rotation/handler.ts'
import { lineage } from '../../lambdas/rotation/lineage.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const PASSWORD = 'hunter2-canary'

function wired() {
  const recorded = recordedTelemetry()
  const secret = fakeSecret(
    () => 0,
    [[['AWSCURRENT'], JSON.stringify({ host: 'db', user: 'a', password: PASSWORD })]],
  )
  const target = twoSlotTarget(() => 0, { a: { password: PASSWORD, stamp: undefined } })
  secret.rotate()
  const handler = rotationHandler({
    kind: 'two-slot',
    telemetry: recorded.telemetry,
    lineage: lineage(() => 0),
    storeFor: () => secret.storeFor(directly),
    adapterFor: () => target.adapterFor(directly),
  })
  const token = secret.holder('AWSPENDING') ?? ''
  const invoke = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 30_000 })
  const step = (name: string) => invoke({ Step: name, SecretId: SECRET_ARN, ClientRequestToken: token })
  return { recorded, secret, target, token, invoke, step }
}

describe('a rotation function', () => {
  it('rotates, and says one line for each step, with no value in any', async () => {
    const { recorded, secret, token, step } = wired()
    for (const name of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) await step(name)
    expect(secret.holder('AWSCURRENT')).toBe(token)
    expect(
      recorded.logs().map(({ step, outcome, secret, version }) => ({ step, outcome, secret, version })),
    ).toEqual(
      ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((step) => ({
        step,
        outcome: 'done',
        secret: SECRET_ARN,
        version: token,
      })),
    )
    expect(recorded.text()).not.toContain(PASSWORD)
    expect(recorded.text()).not.toContain('password-1')
  })

  it('refuses a malformed event by a code, and says so in log and metric', async () => {
    const { recorded, invoke } = wired()
    await expect(invoke({ Step: 'createSecret', SecretId: PASSWORD })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      name: 'EVENT_INVALID',
    })
    expect(recorded.logs()).toEqual([expect.objectContaining({ step: 'event', reason: 'EVENT_INVALID' })])
    expect(recorded.metrics()).toHaveLength(1)
    expect(recorded.text()).not.toContain(PASSWORD)
  })

  it('reports a refusal under its code, which Lambda shows as the error’s type', async () => {
    const { step } = wired()
    await expect(step('finishSecret')).rejects.toMatchObject({ name: 'PENDING_EMPTY' })
  })
})
