import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { fakeKeyCodec } from '../fakes/key-place.ts'
import { type KeyWorld, keyWorld } from '../fakes/key-world.ts'
import { settle } from '../fakes/settle.ts'
import { NOW, OLD } from './draining.ts'
import { rotatedKey } from './rotated-key.ts'

/* Where a target cannot disable, a key works until it is deleted, and only labels keep it from that. */

const provider = { disables: false, records: 'names' } as const
const calls = Array.from({ length: 14 }, (_, k) => k)
const meetings = calls.flatMap((before) => [...calls, 99].map((amid) => [before, amid] as const))

/** A removal that is let go `before` calls, then a rollback of which so many are made, then both to their end. */
async function meeting(before: number, amid: number, given = {}) {
  const all = rotatedKey('live', { ...provider, ...given })
  const { secret, server, first, second, processes } = all
  const removal = processes.retires({ action: 'remove' })
  const rollback = processes.rollback()
  await removal.run(before)
  await rollback.run(amid)
  await removal.run()
  await rollback.run()
  const current = secret.holder('AWSCURRENT')
  const works = server.works(current === OLD ? first : second)
  return { ...all, current, works, removal: removal.failure(), rollback: rollback.failure() }
}

describe('a rollback and the deletion of what it goes back to', () => {
  it.each(meetings)('after %i calls of one and %i of the other: AWSCURRENT works', async (before, amid) => {
    const { works, current, removal, rollback, secret } = await meeting(before, amid)
    expect(works).toBe(true)
    expect([removal, rollback].filter((error) => error !== undefined)).toHaveLength(1)
    expect([current, secret.holder('DRAINING')]).toEqual(
      rollback === undefined ? [OLD, NOW] : [NOW, undefined],
    )
  })

  it('would end with a deleted AWSCURRENT if what was withdrawn were not waited for', async () => {
    const ends = []
    for (const [before, amid] of meetings)
      ends.push((await meeting(before, amid, { patience: { settleMs: 0 } })).works)
    expect(ends).toContain(false)
  })
})

describe('a rollback that fails', () => {
  it('leaves the version draining as it was', async () => {
    const { processes, labels, server, first, secret } = rotatedKey('live', provider)
    const rollback = processes.rollback()
    await rollback.run('whoami')
    expect(secret.holder('DRAINING')).toBeUndefined()
    server.setActive(first.keyId, false, true)
    await rollback.run()
    expect(rollback.failure()).toMatchObject({ code: 'PENDING_REFUSED' })
    expect(labels()).toEqual([NOW, OLD])
  })

  it('because AWSCURRENT could not be moved leaves it draining, too', async () => {
    const { run, labels, store } = rotatedKey('live', provider)
    const failing: SecretStore = {
      ...store,
      moveLabel: async (id, label, move) => {
        if (label === 'AWSCURRENT') throw new OverlapError('SECRETS_MANAGER_FAILED', 'no answer')
        await store.moveLabel(id, label, move)
      },
    }
    await expect(run(failing)).rejects.toMatchObject({ code: 'SECRETS_MANAGER_FAILED' })
    expect(labels()).toEqual([NOW, OLD])
  })

  it('since somebody has it drain anew publishes nothing, and leaves the label where it is', async () => {
    const { secret, processes, labels } = rotatedKey('live', provider)
    const rollback = processes.rollback()
    await rollback.run('whoami')
    expect(secret.holder('DRAINING')).toBeUndefined()
    secret.moveLabel('DRAINING', { to: OLD })
    await rollback.run()
    expect(rollback.failure()).toMatchObject({ code: 'LABELS_MOVED' })
    expect(labels()).toEqual([NOW, OLD])
  })

  it('publishes nothing, either, where that was in the very moment of moving AWSCURRENT', async () => {
    const { run, labels, store, secret } = rotatedKey('live', provider)
    const racing: SecretStore = {
      ...store,
      moveLabel: async (id, label, move) => {
        if (label === 'DRAINING' && move.to === NOW) secret.moveLabel('DRAINING', { to: OLD })
        await store.moveLabel(id, label, move)
      },
    }
    await expect(run(racing)).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(labels()).toEqual([NOW, OLD])
  })
})

describe('a version whose key was deleted, and whose label was lifted, before a rollback takes that off', () => {
  it('does not drain again, though the rollback fails without knowing', async () => {
    const { secret, processes, labels, server, first } = rotatedKey('live', provider)
    let lists = 0
    const rollback = processes.rollback((name) =>
      name === 'list keys' && ++lists === 2 ? 'error before' : undefined,
    )
    await rollback.run('list keys')
    await rollback.run(1)
    secret.moveLabel('DRAINING', { from: OLD })
    server.remove(first.keyId)
    await rollback.run()
    expect(labels()).toEqual([NOW, undefined])
    expect(rollback.failure()).toMatchObject({ code: 'LABELS_MOVED' })
  })
})

describe('a rollback to another value of the key that is AWSCURRENT', () => {
  it('has nothing to drain, and none of it made to', async () => {
    const { secret, store, run, labels, second } = rotatedKey('live', provider)
    secret.moveLabel('DRAINING', { from: OLD })
    secret.putByHand(fakeKeyCodec.serialize(second))
    const copy = secret.holder('AWSCURRENT')
    secret.moveLabel('DRAINING', { to: NOW })
    const moved: string[] = []
    const watched: SecretStore = {
      ...store,
      moveLabel: async (id, label, move) => {
        moved.push(`${label} ${move.from ?? '-'} ${move.to ?? '-'}`)
        await store.moveLabel(id, label, move)
      },
    }
    expect(await run(watched)).toMatchObject({ versionId: NOW, replaced: copy })
    expect([moved, labels()]).toEqual([[`AWSCURRENT ${copy} ${NOW}`], [NOW, NOW]])
  })
})

describe('a rollback that dies', () => {
  const start = () => keyWorld({ ...provider, tellsLastUse: true, mostKeys: 2, propagationMs: 0 }, 'draining')

  it.each(['killed before', 'killed after'] as const)(
    'at any call, %s it, leaves an AWSCURRENT that works, and the other to be retired',
    async (blow) => {
      let isReached = true
      for (let at = 1; isReached; at++) {
        const world = start()
        const { secret } = world
        let made = 0
        const rollback = world.rollback({}, () => {
          made += 1
          return made === at ? blow : undefined
        })
        isReached = (await rollback.run()) === 'killed'
        await retires(world)
        expect([world.works(), world.violations]).toEqual([true, []])
        expect(secret.holder('DRAINING')).toBeUndefined()
        expect(world.server.keys()).toHaveLength(1)
      }
    },
  )

  it('between label and label has the next rotation pin what it went back to', async () => {
    const world = start()
    const { secret } = world
    const [draining, current] = [secret.holder('DRAINING'), secret.holder('AWSCURRENT')]
    await world.rollback({}, (name) => (name === 'wait' ? 'killed before' : undefined)).run()
    expect([secret.holder('DRAINING'), secret.holder('AWSPREVIOUS')]).toEqual([undefined, draining])
    secret.rotate()
    const creating = world.deliver('createSecret', secret.holder('AWSPENDING') ?? '', world.coldStart())
    await creating.run()
    expect(creating.failure()).toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
    expect([secret.holder('DRAINING'), secret.holder('AWSCURRENT')]).toEqual([draining, current])
  })

  /** The next rotation, which waits until the place is free, and what it leaves. */
  async function retires(world: KeyWorld): Promise<void> {
    const before = world.secret.holder('AWSCURRENT')
    if (world.secret.holder('DRAINING') === undefined) world.secret.rotate()
    const isOver = () =>
      world.secret.holder('DRAINING') === undefined &&
      world.server.keys().length === 1 &&
      world.secret.holder('AWSPENDING') === undefined
    expect(await settle(world, isOver, 200)).toBe(true)
    expect(before).toBeDefined()
  }
})
