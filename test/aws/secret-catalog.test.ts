import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterEach, describe, expect, it } from 'vitest'
import { secretCatalog } from '../../lambdas/aws/secret-catalog.ts'
import { secretStore } from '../../lambdas/aws/secret-store.ts'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { parseRotationEvent } from '../../lambdas/rotation/event.ts'
import { lineage } from '../../lambdas/rotation/lineage.ts'
import { versionWith } from '../../lambdas/rotation/secret-store.ts'
import { tokenOf } from '../../lambdas/sweep/due.ts'
import { sandboxClient } from '../../sandbox/aws-client.ts'
import { type SecretsManager, startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { directly } from '../fakes/process.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:rotate'
const signal = () => AbortSignal.timeout(10_000)
let service: SecretsManager

afterEach(() => service.close())

/** A secret whose rotation function is the engine; `gate` is waited for before anything is made. */
async function started(completedToken: 'no-op' | 'reattach', gate: Promise<void> = Promise.resolve()) {
  const target = twoSlotTarget(Date.now, { a: { password: 'one', stamp: undefined } })
  service = await startSecretsManager({
    completedToken,
    functions: {
      exists: () => true,
      invoke: async (_arn, payload) => {
        const event = parseRotationEvent(payload)
        if (event.step === 'createSecret') await gate
        await rotate(engine, event)
        return { ok: true, payload: null }
      },
    },
  })
  const client = sandboxClient(service.url, 'us-east-1')
  const store = secretStore(client, signal)
  const engine = {
    store,
    adapterFor: () => target.adapterFor(directly),
    lineage: lineage(Date.now),
    deployment: 'overlap',
    holdOf: () => undefined,
    sleep: async () => {},
  }
  const value = JSON.stringify({ host: 'db', user: 'a', password: 'one' })
  const created = await client.send(new CreateSecretCommand({ Name: 'app/db', SecretString: value }))
  const secretId = created.ARN ?? ''
  const rules = { RotationLambdaARN: FUNCTION, RotationRules: { AutomaticallyAfterDays: 90 } }
  await client.send(new RotateSecretCommand({ SecretId: secretId, ...rules, RotateImmediately: false }))
  await service.idle(secretId)
  const catalog = secretCatalog(client, signal)
  const rotations = () => service.rotations(secretId).filter(({ kind }) => kind === 'rotation')
  return { catalog, store, secretId, token: tokenOf(secretId, 0), target, rotations }
}

describe('a rotation that is asked for twice with the token of its run', () => {
  it('is one that is under way the second time', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { catalog, store, secretId, token } = await started('no-op', gate)
    await catalog.requestRotation(secretId, token)
    expect(versionWith(await store.describe(secretId), 'AWSPENDING')).toBe(token)
    await catalog.requestRotation(secretId, token)
    open()
    await service.idle(secretId)
    expect(versionWith(await store.describe(secretId), 'AWSCURRENT')).toBe(token)
    expect((await store.createdDates(secretId)).size).toBe(2)
  })

  it.each(['no-op', 'reattach'] as const)(
    'is one that has finished the second time, should the service answer with %s',
    async (completedToken) => {
      const { catalog, store, secretId, token, target, rotations } = await started(completedToken)
      await catalog.requestRotation(secretId, token)
      await service.idle(secretId)
      const before = [await store.read(secretId, token), target.slot('a'), target.slot('b')]
      await catalog.requestRotation(secretId, token)
      await service.idle(secretId)
      expect(rotations().map(({ outcome }) => outcome)).toEqual(
        completedToken === 'no-op' ? ['succeeded'] : ['succeeded', 'succeeded'],
      )
      const after = await store.describe(secretId)
      expect([await store.read(secretId, token), target.slot('a'), target.slot('b')]).toEqual(before)
      expect(versionWith(after, 'AWSCURRENT')).toBe(token)
      expect(versionWith(after, 'AWSPENDING')).toBeUndefined()
      expect((await store.createdDates(secretId)).size).toBe(2)
    },
  )
})

describe('the list', () => {
  it('tells of a secret what DescribeSecret tells, once it is up to date', async () => {
    const { catalog, store, secretId, token } = await started('no-op')
    await catalog.requestRotation(secretId, token)
    await service.idle(secretId)
    await catalog.saveState(secretId, { plan: { digest: '0a1b2c3d', from: 0 } })
    const listed = []
    for await (const secret of catalog.list()) listed.push(secret)
    expect(listed).toEqual([expect.objectContaining(await store.describe(secretId))])
    expect(listed[0]?.lastRotated).toBeInstanceOf(Date)
    expect(listed[0]?.created).toBeInstanceOf(Date)
  })
})
