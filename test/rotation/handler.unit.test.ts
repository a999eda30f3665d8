import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
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

function wired(environment = {}, preflight?: () => Promise<void>) {
  const recorded = recordedTelemetry()
  const secret = fakeSecret(
    () => 0,
    [[['AWSCURRENT'], JSON.stringify({ host: 'db', user: 'a', password: PASSWORD })]],
  )
  const target = twoSlotTarget(() => 0, { a: { password: PASSWORD, stamp: undefined } })
  secret.rotate()
  const pasts: boolean[] = []
  const handler = rotationHandler({
    kind: 'two-slot',
    telemetry: recorded.telemetry,
    lineage: lineage(() => 0),
    environment,
    storeFor: () => secret.storeFor(directly),
    adapterFor: ({ rotated }) => {
      pasts.push(rotated)
      return { ...target.adapterFor(directly), ...(preflight ? { preflight } : {}) }
    },
  })
  const token = secret.holder('AWSPENDING') ?? ''
  const invoke = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 30_000 })
  const step = (name: string) => invoke({ Step: name, SecretId: SECRET_ARN, ClientRequestToken: token })
  return { recorded, secret, target, token, invoke, step, pasts }
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

  it('tells the adapter whether the secret was rotated before: a user who is refused is lost then, not new', async () => {
    const { secret, token, step, invoke, pasts } = wired()
    for (const name of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) await step(name)
    secret.rotated(token)
    await invoke({ action: 'check', secretId: SECRET_ARN })
    expect(pasts).toEqual([false, false, false, false, true])
  })

  it('refuses a malformed event by a code, and says so in log and metric', async () => {
    const { recorded, invoke } = wired()
    await expect(invoke({ Step: 'createSecret', SecretId: PASSWORD })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      name: 'EVENT_INVALID',
    })
    expect(recorded.logs()).toEqual([expect.objectContaining({ step: 'event', reason: 'EVENT_INVALID' })])
    expect(recorded.metrics()).toHaveLength(2)
    expect(recorded.text()).not.toContain(PASSWORD)
  })

  it('answers a check, ready or blocked, and neither is a failure', async () => {
    const { recorded, target, invoke } = wired()
    const check = () => invoke({ action: 'check', secretId: SECRET_ARN })
    expect(await check()).toMatchObject({ outcome: 'ready' })
    target.setPassword('a', 'changed')
    expect(await check()).toMatchObject({ outcome: 'blocked', code: 'CURRENT_REFUSED' })
    expect(recorded.logs()).toEqual([
      expect.objectContaining({ level: 'INFO', step: 'check', outcome: 'ready', secret: SECRET_ARN }),
      expect.objectContaining({ level: 'INFO', outcome: 'blocked', reason: 'CURRENT_REFUSED' }),
    ])
    expect(recorded.text()).not.toMatch(/Failures|severity/)
    expect(recorded.text()).not.toContain(PASSWORD)
  })

  it('says in a check that a window of the deployment freezes it', async () => {
    const { invoke } = wired({
      OVERLAP_FREEZES: '[{"from":"1969-12-31T00:00:00Z","until":"1970-01-02T00:00:00Z","reason":"new year"}]',
    })
    expect(await invoke({ action: 'check', secretId: SECRET_ARN })).toMatchObject({
      outcome: 'ready',
      information: expect.arrayContaining([expect.stringContaining('new year')]),
    })
  })

  it('refuses to make a user, as an answer to whoever asked and no failure', async () => {
    const { recorded, invoke } = wired()
    await expect(invoke({ action: 'provision', secretId: SECRET_ARN })).rejects.toMatchObject({
      name: 'NEW_USER_NOT_ALLOWED',
    })
    expect(recorded.logs()).toEqual([
      expect.objectContaining({ level: 'INFO', step: 'provision', outcome: 'refused' }),
    ])
    expect(recorded.text()).not.toMatch(/Failures|severity/)
  })

  it('rolls back, and says what it refuses as an answer to whoever asked and no failure', async () => {
    const { recorded, secret, token, step, invoke } = wired()
    const rollback = { action: 'rollback', secretId: SECRET_ARN }
    await expect(invoke(rollback)).rejects.toMatchObject({ name: 'NO_WAY_BACK' })
    const before = secret.holder('AWSCURRENT') ?? ''
    for (const name of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) await step(name)
    secret.rotated(token)
    expect(await invoke({ ...rollback, to: before, from: token })).toEqual({
      outcome: 'rolled-back',
      versionId: before,
      replaced: token,
    })
    expect(recorded.logs().filter(({ step }) => step === 'rollback')).toEqual([
      expect.objectContaining({ level: 'INFO', outcome: 'refused', reason: 'NO_WAY_BACK' }),
      expect.objectContaining({ level: 'INFO', outcome: 'rolled-back', version: before }),
    ])
    expect(recorded.text()).not.toMatch(/Failures|severity/)
    expect(recorded.text()).not.toContain(PASSWORD)
  })

  it('repairs, and says so', async () => {
    const { recorded, target, invoke } = wired()
    target.setPassword('a', 'from the snapshot')
    for (const outcome of ['repaired', 'works'])
      expect(await invoke({ action: 'repair', secretId: SECRET_ARN })).toMatchObject({ outcome })
    expect(recorded.logs()).toEqual(
      ['repaired', 'works'].map((outcome) => expect.objectContaining({ step: 'repair', outcome })),
    )
    expect(recorded.text()).not.toContain(PASSWORD)
  })

  it('fails by a defect in a check as by any other', async () => {
    const { recorded, invoke } = wired({}, () => Promise.reject(new TypeError('x is undefined')))
    await expect(invoke({ action: 'check', secretId: SECRET_ARN })).rejects.toMatchObject({
      name: 'UNEXPECTED',
    })
    expect(recorded.logs()).toEqual([expect.objectContaining({ level: 'ERROR', outcome: 'failed' })])
  })

  it('lets the preflight of a deployment pass that has yet to make the user, and says so', async () => {
    const missing = () => Promise.reject(new OverlapError('USER_MISSING', 'the server has no role a yet'))
    const { recorded, step, invoke } = wired(
      { AWS_LAMBDA_FUNCTION_NAME: 'green-rotate-two-slot-main' },
      missing,
    )
    await step('testSecret')
    expect(recorded.logs()).toEqual([
      expect.objectContaining({ level: 'INFO', outcome: 'preflight', reason: 'USER_MISSING' }),
    ])
    expect(recorded.text()).not.toMatch(/Failures|severity/)
    // Whoever asks for a check is told.
    expect(await invoke({ action: 'check', secretId: SECRET_ARN })).toMatchObject({
      outcome: 'blocked',
      code: 'USER_MISSING',
      run: 'npm run overlap -- provision app/db --deployment green',
    })
  })

  it('reports a refusal under its code, which Lambda shows as the error’s type', async () => {
    const { step } = wired()
    await expect(step('finishSecret')).rejects.toMatchObject({ name: 'PENDING_EMPTY' })
  })
})
