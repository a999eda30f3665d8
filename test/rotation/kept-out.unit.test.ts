import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CredentialAdapter } from '../../lambdas/adapters/adapter.ts'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { type ErrorCode, isDeferred, OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { rotationHandler } from '../../lambdas/rotation/handler.ts'
import { lineage } from '../../lambdas/rotation/lineage.ts'
import type { SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'
import { publishCommand } from '../../lambdas/rotation/way-out.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { type Password, singleSlotTarget } from '../fakes/single-slot-target.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN } from './secret.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const FIRST = 'version-1-'.padEnd(32, '0')
const gone = (code: ErrorCode = 'SECRETS_MANAGER_FAILED') => Promise.reject(new OverlapError(code, 'refused'))

interface Change {
  readonly store?: Partial<SecretStore>
  readonly adapter?: Partial<CredentialAdapter<Password>>
}

/** A single user whose rotation was asked for and has come as far as `done`. */
async function rotated(...done: readonly Step[]) {
  const target = singleSlotTarget('one')
  const value = (password: string) => JSON.stringify({ user: 'app', password })
  const clock = { now: 0 }
  const secret = fakeSecret(() => ++clock.now, [[['AWSCURRENT'], value('one')]])
  secret.rotate()
  const token = secret.holder('AWSPENDING') ?? ''
  const run = (step: Step, { store, adapter }: Change = {}) =>
    rotate(
      {
        store: { ...secret.storeFor(directly), ...store },
        adapterFor: () => ({ ...target.adapterFor(directly), ...adapter }),
        lineage: lineage(() => 0),
        deployment: 'overlap',
        holdOf: () => undefined,
        sleep: async () => {},
      },
      { step, secretId: SECRET_ARN, token, rotationToken: undefined },
    )
  const failed = (step: Step, change?: Change): Promise<OverlapError> =>
    run(step, change).then(
      () => expect.unreachable('it succeeded'),
      (error) => error,
    )
  for (const step of done) await run(step)
  return { secret, target, token, run, failed, value }
}

const applied = () => rotated('createSecret', 'setSecret')

describe('a single user whose new password is set and not published', () => {
  it.each<{ what: string; step: Step; change: Change; code?: ErrorCode }>([
    { what: 'cannot be published', step: 'finishSecret', change: { store: { moveLabel: () => gone() } } },
    {
      what: 'cannot be tested, because a server is silent',
      step: 'testSecret',
      change: { adapter: { test: () => gone('UNREACHABLE') } },
      code: 'UNREACHABLE',
    },
    {
      what: 'cannot be read',
      step: 'finishSecret',
      change: { store: { read: () => gone() } },
    },
    {
      what: 'is not looked at again',
      step: 'createSecret',
      change: { store: { createdDates: () => gone() } },
    },
  ])(
    'and $what keeps consumers out: that is a page',
    async ({ step, change, code = 'SECRETS_MANAGER_FAILED' }) => {
      const { failed, token } = await applied()
      const error = await failed(step, change)
      expect([error.code, severityOf(error)]).toEqual([code, 'page'])
      expect(error.message).toContain(publishCommand(SECRET_ARN, token, FIRST))
    },
  )

  it.each<{ what: string; code: ErrorCode; happens: 'cancel' | 'take away' | 'edit' }>([
    { what: 'was cancelled', code: 'ROTATION_DISABLED', happens: 'cancel' },
    { what: 'lost AWSPENDING', code: 'NOT_PENDING', happens: 'take away' },
    { what: 'was overtaken by the old password, stored again', code: 'STALE_TOKEN', happens: 'edit' },
  ])(
    'and whose rotation $what keeps consumers out: that is a page, in every step',
    async ({ code, happens }) => {
      const { secret, token, value, failed } = await applied()
      if (happens === 'cancel') secret.cancelRotation()
      if (happens === 'take away') secret.moveLabel('AWSPENDING', { from: token })
      if (happens === 'edit')
        secret.putByHand(JSON.stringify({ ...JSON.parse(value('one')), note: 'edited' }))
      for (const step of happens === 'edit' ? (['testSecret', 'finishSecret'] as const) : steps) {
        const error = await failed(step)
        expect([step, error.code, severityOf(error)]).toEqual([step, code, 'page'])
      }
    },
  )

  it('is no mere deferral when a label moved in that moment', async () => {
    const { failed } = await applied()
    const error = await failed('finishSecret', { store: { moveLabel: () => gone('LABELS_MOVED') } })
    expect([error.code, isDeferred(error), severityOf(error)]).toEqual(['LABELS_MOVED', false, 'page'])
  })

  it('is told as it was by whoever knew already that consumers are affected', async () => {
    const { failed } = await rotated('createSecret')
    const known = new OverlapError('UNREACHABLE', 'x', { detail: { consumersAffected: true } })
    expect(await failed('setSecret', { adapter: { set: () => Promise.reject(known) } })).toBe(known)
  })

  it('counts as a page in log and metric, however often and by whatever it fails', async () => {
    const recorded = recordedTelemetry()
    const { secret, target, token } = await applied()
    const handler = rotationHandler({
      kind: 'single-slot',
      telemetry: recorded.telemetry,
      lineage: lineage(() => 0),
      environment: {},
      storeFor: () => ({ ...secret.storeFor(directly), moveLabel: () => gone() }),
      adapterFor: () => target.adapterFor(directly),
    })
    const finish = () =>
      handler(
        { Step: 'finishSecret', SecretId: SECRET_ARN, ClientRequestToken: token },
        { getRemainingTimeInMillis: () => 60_000 },
      )
    await expect(finish()).rejects.toThrow()
    secret.cancelRotation()
    await expect(finish()).rejects.toThrow()
    expect(recorded.logs().map(({ reason, severity }) => [reason, severity])).toEqual([
      ['SECRETS_MANAGER_FAILED', 'page'],
      ['ROTATION_DISABLED', 'page'],
    ])
    expect(recorded.metrics().flatMap((line) => ('Failures' in line ? [line.severity] : []))).toEqual([
      'page',
      'page',
    ])
  })
})

describe('a rotation that fails where consumers feel nothing', () => {
  const tickets = async (error: OverlapError) =>
    expect([severityOf(error), error.detail]).toEqual([
      'ticket',
      expect.not.objectContaining({ consumersAffected: true }),
    ])

  it('is a ticket when the old password works: a test came before its time', async () => {
    const { failed } = await rotated('createSecret')
    await tickets(await failed('testSecret'))
    await tickets(await failed('finishSecret'))
  })

  it('is a ticket when the old password is back', async () => {
    const { failed, target, value } = await rotated('createSecret')
    const set = () => gone('PENDING_REFUSED')
    await tickets(await failed('setSecret', { adapter: { set } }))
    expect(target.works(JSON.parse(value('one')))).toBe(true)
  })

  it('is a ticket while a server is silent before anything was set', async () => {
    const { failed } = await rotated('createSecret')
    const silent = { set: () => gone('UNREACHABLE'), test: () => gone('UNREACHABLE') }
    await tickets(await failed('setSecret', { adapter: silent }))
  })

  it('is a ticket when the version was published, though the answer was lost', async () => {
    const { failed, secret } = await applied()
    const store = secret.storeFor(directly)
    const moveLabel: SecretStore['moveLabel'] = async (...given) => {
      await store.moveLabel(...given)
      return gone()
    }
    await tickets(await failed('finishSecret', { store: { moveLabel } }))
  })

  it.each([
    { which: 'no value of its own', stored: undefined },
    { which: 'AWSCURRENT’s value', stored: 'one' },
  ])('is a ticket when it is the preflight, which has $which', async ({ stored }) => {
    const { failed, secret, token, value } = await rotated()
    if (stored !== undefined)
      await secret.storeFor(directly).write(SECRET_ARN, {
        versionId: token,
        secretString: value(stored),
        labels: ['AWSPENDING'],
        rotationToken: undefined,
      })
    const silent = { preflight: () => gone('UNREACHABLE'), test: () => gone('UNREACHABLE') }
    await tickets(await failed('testSecret', { adapter: silent }))
  })
})
