import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import type { SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'
import { fakeKeyCodec } from '../fakes/key-place.ts'
import { directly } from '../fakes/process.ts'
import { NOW, OLD } from './draining.ts'
import { type RotatedKey, rotatedKey } from './rotated-key.ts'
import { SECRET_ARN } from './secret.ts'

describe('a rollback to a key', () => {
  it.each(['live', 'disabled'] as const)('that is %s makes it work, and drains the other', async (state) => {
    const { run, labels, server, first, second } = rotatedKey(state)
    expect(await run()).toEqual({ outcome: 'rolled-back', versionId: OLD, replaced: NOW })
    expect(labels()).toEqual([OLD, NOW])
    expect([server.works(first), server.works(second)]).toEqual([true, true])
    expect(server.tags('robot').get(first.keyId)).toMatchObject({ versionId: OLD, state: 'live' })
  })

  it('that is deleted moves nothing, and says why', async () => {
    const { run, labels, server, first } = rotatedKey('disabled')
    server.remove(first.keyId)
    await expect(run()).rejects.toMatchObject({
      code: 'NO_WAY_BACK',
      message: expect.stringMatching(/is deleted, and nothing brings it back/),
    })
    expect(labels()).toEqual([NOW, OLD])
  })

  it('is done, too, where the answer about the label got lost', async () => {
    const { run, labels, onMove, server, first } = rotatedKey('disabled')
    const lost = onMove(OLD, () => {
      throw new OverlapError('SECRETS_MANAGER_FAILED', 'no answer')
    })
    expect(await run(lost)).toMatchObject({ outcome: 'rolled-back', versionId: OLD })
    expect([server.works(first), labels()]).toEqual([true, [OLD, NOW]])
  })

  it('finds it taken out of use in the moment when AWSCURRENT moved, and makes it work again', async () => {
    const { run, onMove, server, first, clock } = rotatedKey()
    const meeting = onMove(OLD, () => {
      server.setActive(first.keyId, false)
      server.tag('robot', first.keyId, {
        secret: SECRET_ARN,
        versionId: OLD,
        state: 'disabled',
        since: clock.now,
      })
    })
    expect(await run(meeting)).toMatchObject({ outcome: 'rolled-back' })
    expect(server.works(first)).toBe(true)
  })

  it.each([
    {
      what: 'deleted',
      code: 'NO_WAY_BACK',
      happens: ({ server, first }: RotatedKey) => server.remove(first.keyId),
    },
    {
      what: 'told to have leaked, and taken out of use',
      code: 'LEAKED',
      happens: ({ server, first, secret }: RotatedKey) => {
        secret.tag(LEAKED_TAG, OLD)
        server.setActive(first.keyId, false)
      },
    },
  ])('finds it $what in that moment, and leaves AWSCURRENT where it was', async ({ code, happens }) => {
    const world = rotatedKey()
    await expect(world.run(world.onMove(OLD, () => happens(world)))).rejects.toMatchObject({ code })
    expect(world.secret.holder('AWSCURRENT')).toBe(NOW)
    expect(world.server.works(world.second)).toBe(true)
  })

  it('that runs out of time over that is in doubt, and pages', async () => {
    const { run, onMove, server, first, secret } = rotatedKey()
    let left = 60_000
    const meeting = onMove(OLD, () => {
      server.setActive(first.keyId, false)
      left = 4_000
    })
    const refused = await run(meeting, () => left).catch((error) => error)
    expect([refused.code, refused.detail.inDoubt, severityOf(refused)]).toEqual(['TIME_UP', true, 'page'])
    expect(secret.holder('AWSCURRENT')).toBe(OLD)
  })

  it('that AWSCURRENT names with a value that works has nowhere else to go', async () => {
    const { run, secret, first, labels } = rotatedKey()
    secret.putByHand(fakeKeyCodec.serialize(first))
    const current = secret.holder('AWSCURRENT')
    const broken = { ...first, key: 'a typing error' }
    const other: SecretStore = {
      ...secret.storeFor(directly),
      read: async (_id, versionId) => fakeKeyCodec.serialize(versionId === current ? first : broken),
    }
    const refused = await run(other).catch((error) => error)
    expect(refused).toMatchObject({
      code: 'NO_WAY_BACK',
      message: expect.stringMatching(/name the same key/),
    })
    expect(refused.message).not.toMatch(/password|repair/)
    expect(labels()[0]).toBe(current)
  })
})

describe('AWSCURRENT after its key was retired', () => {
  it('and before it was deleted works again', async () => {
    const { secret, server, first, retires } = rotatedKey('disabled')
    secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
    expect(await retires({ action: 'restore' })).toEqual({ outcome: 'restored' })
    expect(server.works(first)).toBe(true)
  })

  it('and deleted pages, with the version that works', async () => {
    const { secret, server, first, retires } = rotatedKey('disabled')
    server.remove(first.keyId)
    secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
    const refused = await retires({ action: 'restore' }).catch((error) => error)
    expect([refused.code, severityOf(refused)]).toEqual(['NO_WAY_BACK', 'page'])
    expect(refused.message).toMatch(
      new RegExp(`If AWSPREVIOUS works, publish it.*--move-to-version-id ${NOW}`),
    )
  })

  it('and stored once more in other words works again', async () => {
    const { secret, server, first, retires } = rotatedKey('disabled')
    secret.putByHand(
      JSON.stringify({ key: first.key, keyId: first.keyId, account: first.account, note: 'x' }),
    )
    const versionId = secret.holder('AWSCURRENT') ?? ''
    expect(await retires({ action: 'restore', versionId })).toEqual({
      outcome: 'restored',
      editedOutside: true,
    })
    expect(server.works(first)).toBe(true)
  })

  it('pages where somebody published it in the moment when it was deleted', async () => {
    const { secret, server, first, second, retires, store } = rotatedKey('disabled')
    const remove = server.remove
    server.remove = (keyId) => {
      remove(keyId)
      secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
    }
    const refused = await retires({ action: 'remove' }).catch((error) => error)
    expect([refused.code, severityOf(refused)]).toEqual(['NO_WAY_BACK', 'page'])
    expect(refused.message).toMatch(
      /was retired in the moment when AWSCURRENT came to hold it: key .* is deleted/,
    )
    expect(refused.message).not.toContain('next pass')
    expect([server.works(first), server.works(second)]).toEqual([false, true])
    expect(await store.read(SECRET_ARN, NOW)).toContain(second.keyId)
  })
})
