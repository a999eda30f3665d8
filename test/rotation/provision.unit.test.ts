import { describe, expect, it } from 'vitest'
import type { CredentialAdapter, Fence } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { provision } from '../../lambdas/rotation/provision.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import type { Credential } from '../fakes/two-slot-server.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

const value = JSON.stringify({ host: 'db', user: 'a', password: 'one' })

type Provision = NonNullable<CredentialAdapter<Credential>['provision']>

function asked(make?: Provision, tag = 'true') {
  const secret = fakeSecret(() => 0, [[['AWSCURRENT'], value]])
  secret.tag('overlap:new-user', tag)
  const target = twoSlotTarget(() => 0, {})
  const run = (store = secret.storeFor(directly)) =>
    provision(
      {
        store,
        adapterFor: () => ({ ...target.adapterFor(directly), ...(make ? { provision: make } : {}) }),
      },
      SECRET_ARN,
    )
  return { secret, run }
}

/** An adapter that asks the fence and then says that it made somebody, after whatever happens meanwhile. */
const making =
  (meanwhile: () => void = () => {}): Provision =>
  async (_current, fence: Fence) => {
    meanwhile()
    await fence.check()
    return 'provisioned'
  }

describe('provision', () => {
  it.each(['provisioned', 'exists'] as const)('answers that the user is %s', async (outcome) => {
    const seen: unknown[] = []
    const { run } = asked(async (current, { versionId, currentVersionId }) => {
      seen.push(current, versionId === currentVersionId)
      return outcome
    })
    expect(await run()).toEqual({ outcome })
    expect(seen).toEqual([JSON.parse(value), true])
  })

  it('is refused for a kind that makes nobody', async () => {
    await expect(asked().run()).rejects.toMatchObject({ code: 'NEW_USER_NOT_ALLOWED' })
  })

  it('passes on what the adapter refuses', async () => {
    const { run } = asked(() => Promise.reject(new OverlapError('USER_EXISTS', 'x')))
    await expect(run()).rejects.toMatchObject({ code: 'USER_EXISTS' })
  })

  it('makes nobody for a version that AWSCURRENT has left meanwhile', async () => {
    const { run, secret } = asked(making(() => secret.putByHand(value.replace('one', 'two'))))
    await expect(run()).rejects.toMatchObject({ code: 'LABELS_MOVED' })
  })

  it('makes nobody when the tag was taken away meanwhile', async () => {
    const { run, secret } = asked(making(() => secret.tag('overlap:new-user', 'false')))
    await expect(run()).rejects.toMatchObject({ code: 'NEW_USER_NOT_ALLOWED' })
    await expect(asked(making()).run()).resolves.toEqual({ outcome: 'provisioned' })
  })

  it('needs a value, and a secret that is there', async () => {
    const { run, secret } = asked(making())
    const store = secret.storeFor(directly)
    await expect(run({ ...store, read: async () => undefined })).rejects.toMatchObject({
      code: 'NO_CURRENT_VERSION',
    })
    const deleted = async () => ({ ...(await store.describe(SECRET_ARN)), deleted: true })
    await expect(run({ ...store, describe: deleted })).rejects.toMatchObject({ code: 'SECRET_DELETED' })
  })
})
