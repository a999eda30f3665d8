import { describe, expect, it } from 'vitest'
import { keyRetirer } from '../../lambdas/adapters/keys/retirer.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG, withLeaked } from '../../lambdas/rotation/leaked.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'
import { fakeKeyCodec } from '../fakes/key-place.ts'
import type { FakeKey } from '../fakes/key-server.ts'
import { NOW, OLD } from './draining.ts'
import { rotatedKey } from './rotated-key.ts'
import { SECRET_ARN } from './secret.ts'

const leak = { leaked: true, evenIfUsed: true } as const

function leaked(given?: Parameters<typeof rotatedKey>[1]) {
  const all = rotatedKey('live', given)
  all.secret.tag(LEAKED_TAG, OLD)
  const refused = (request = {}) => all.retires({ ...leak, ...request }).catch((error) => error)
  return { ...all, refused }
}

describe('a key that leaked', () => {
  it.each([{}, { disables: false, records: 'names' } as const])(
    'is out of use once it is not accepted any more: %j',
    async (given) => {
      const { retires, server, first } = leaked(given)
      expect(await retires(leak)).toEqual({ outcome: 'disabled' })
      expect(server.works(first)).toBe(false)
    },
  )

  it('and that another secret has on record is not said to be over: whoever can act is woken, and the label stays', async () => {
    const { refused, server, first, secret, clock } = leaked()
    server.tag('robot', first.keyId, { secret: 'another', versionId: 'v', state: 'live', since: 0 })
    for (const _ of [1, 2]) {
      const began = clock.now
      const error = await refused()
      // Nothing was changed, so there is nothing to wait for but several answers.
      expect(clock.now - began).toBe(2_000)
      expect([error.code, severityOf(error), secret.holder('DRAINING')]).toEqual(['LEAKED', 'page', OLD])
      expect(error.message).toMatch(/still accepted.*Delete it at the target by hand/)
    }
    server.setActive(first.keyId, false, true)
    expect(await refused()).toEqual({ outcome: 'superseded' })
    expect(secret.holder('DRAINING')).toBeUndefined()
  })

  const placed = (change: (place: ReturnType<Options>['place']) => Partial<ReturnType<Options>['place']>) => {
    const all = leaked()
    const run = () => {
      const options = all.options(all.timed())
      const retirer = keyRetirer({ ...options, place: { ...options.place, ...change(options.place) } })
      return retire(
        { store: all.store, retirerFor: () => retirer },
        { action: 'disable', secretId: SECRET_ARN, versionId: OLD, ...leak },
      ).catch((error) => error)
    }
    return { ...all, run }
  }
  type Options = ReturnType<typeof rotatedKey>['options']

  it('and that the list leaves out is not over, either, as long as it is accepted', async () => {
    const { run, secret } = placed((place) => ({
      keys: async (of) => (await place.keys(of)).filter(({ id }) => id !== 'KEY0001'),
    }))
    const error = await run()
    expect([error.code, severityOf(error), secret.holder('DRAINING')]).toEqual(['LEAKED', 'page', OLD])
  })

  it('is not over where the place only says so', async () => {
    const { run, secret } = placed(() => ({ deactivate: async () => {} }))
    const error = await run()
    expect([error.code, severityOf(error), secret.holder('DRAINING')]).toEqual(['LEAKED', 'page', OLD])
  })

  it('and that somebody has activated once more is on record since it was taken out of use for good', async () => {
    const { retires, server, first, clock } = leaked()
    await retires(leak)
    clock.now += 3_600_000
    server.setActive(first.keyId, true, true)
    const began = clock.now
    expect(await retires(leak)).toEqual({ outcome: 'disabled' })
    expect(server.tags('robot').get(first.keyId)).toMatchObject({ state: 'leaked', since: began })
    clock.now += 3_600_000
    await retires(leak)
    expect(server.tags('robot').get(first.keyId)).toMatchObject({ since: began })
  })

  it('is not over as long as nobody knows', async () => {
    const silent = new OverlapError('UNREACHABLE', 'no answer')
    let isOut = false
    const { run, secret, server, first } = placed((place) => ({
      deactivate: async (of, id) => {
        await place.deactivate(of, id)
        isOut = true
      },
      whoami: (key) => (isOut ? Promise.reject(silent) : place.whoami(key)),
    }))
    expect(await run()).toBe(silent)
    expect([server.works(first), secret.holder('DRAINING')]).toEqual([false, OLD])
  })

  it('and that AWSCURRENT holds once more, with another field, is told of AWSCURRENT', async () => {
    const { refused, secret, first } = leaked()
    const store = (note: string) => {
      secret.putByHand(JSON.stringify({ ...first, note }))
      return secret.holder('AWSCURRENT') ?? ''
    }
    const [versionId, current] = [store('one'), store('another')]
    secret.moveLabel('DRAINING', { from: OLD, to: versionId })
    secret.tag(LEAKED_TAG, versionId)
    const error = await refused({ versionId })
    expect([error.code, secret.holder('DRAINING')]).toEqual(['LEAKED', versionId])
    expect(error.message).toContain(`Mark version ${current} as leaked, too`)
    secret.tag(LEAKED_TAG, withLeaked(versionId, current))
    expect(await refused({ versionId })).toEqual({ outcome: 'superseded' })
  })
})

describe('a key whose id AWSCURRENT comes to have with another secret, while it is asked', () => {
  it('is not deleted: that would end what AWSCURRENT holds', async () => {
    const { options, timed, store, server, first, secret } = rotatedKey('disabled')
    const given = options(timed())
    const whoami: typeof given.place.whoami = (key) => {
      if (secret.holder('AWSCURRENT') === NOW)
        secret.putByHand(fakeKeyCodec.serialize({ ...first, key: 'rolled' }))
      return given.place.whoami(key)
    }
    const codec = { ...fakeKeyCodec, rollsInPlace: true }
    const retirer = keyRetirer({ ...given, codec, place: { ...given.place, whoami } })
    const error = await retire(
      { store, retirerFor: () => retirer },
      { action: 'remove', secretId: SECRET_ARN, versionId: OLD, evenIfUsed: false },
    ).catch((thrown) => thrown)
    expect(error.code).toBe('PRINCIPAL_IN_USE')
    expect(server.keys().map(({ keyId }) => keyId)).toContain(first.keyId)
  })
})

describe('a key that was rolled in place after it leaked', () => {
  const rolled = (rollsInPlace: boolean, oldWorks = false) => {
    const all = leaked({ disables: false, records: 'names' })
    const now = { ...all.first, key: 'rolled' }
    all.secret.putByHand(fakeKeyCodec.serialize(now))
    const options = all.options(all.timed())
    const place = {
      ...options.place,
      whoami: async ({ key }: FakeKey) =>
        key === 'rolled' || oldWorks
          ? ({ answer: 'accepted', as: 'robot' } as const)
          : ({ answer: 'wrong' } as const),
    }
    const retirer = keyRetirer({ ...options, place, codec: { ...fakeKeyCodec, rollsInPlace } })
    const asks = (action: 'disable' | 'restore', versionId: string) =>
      retire(
        { store: all.store, retirerFor: () => retirer },
        { action, secretId: SECRET_ARN, versionId, ...leak, leaked: action === 'disable' },
      ).catch((error) => error)
    return { ...all, asks, current: all.secret.holder('AWSCURRENT') ?? '' }
  }

  it('is over: what AWSCURRENT holds under its id did not leak', async () => {
    const { asks, current, secret, server, first } = rolled(true)
    expect(await asks('restore', current)).toEqual({ outcome: 'nothing' })
    expect(await asks('disable', OLD)).toEqual({ outcome: 'superseded' })
    expect([secret.holder('DRAINING'), server.works(first)]).toEqual([undefined, true])
  })

  it('is not over as long as it is accepted as well, and is not ended by an id that AWSCURRENT has, too', async () => {
    const { asks, secret, server, first } = rolled(true, true)
    const error = await asks('disable', OLD)
    expect([error.code, severityOf(error), secret.holder('DRAINING')]).toEqual(['LEAKED', 'page', OLD])
    expect(error.message).toMatch(/AWSCURRENT .* gives another key the same id, KEY0001/)
    expect(server.works(first)).toBe(true)
  })

  it('has leaked where an id is never given another secret', async () => {
    const { asks, current } = rolled(false)
    for (const error of [await asks('restore', current), await asks('disable', OLD)])
      expect([error.code, error.message]).toEqual([
        'LEAKED',
        expect.stringContaining(`Mark version ${current} as leaked, too`),
      ])
  })
})

describe('a key that is retired', () => {
  it.each([
    { given: {}, outcome: { outcome: 'disabled' } },
    { given: { disables: false, records: 'names' }, outcome: { outcome: 'disabled', works: true } },
  ] as const)('is said to work where its target cannot disable: $given', async ({ given, outcome }) => {
    const { retires, server, first } = rotatedKey('live', given)
    expect(await retires({})).toEqual(outcome)
    expect(server.works(first)).toBe('works' in outcome)
  })
})

describe('a key that another secret has on record', () => {
  it.each(['disable', 'remove'] as const)('keeps its label, and that is told: %s', async (action) => {
    const { retires, server, first, secret } = rotatedKey('disabled')
    server.tag('robot', first.keyId, { secret: 'another', versionId: 'v', state: 'live', since: 0 })
    const error = await retires({ action }).catch((thrown) => thrown)
    expect([error.code, secret.holder('DRAINING')]).toEqual(['FOREIGN_KEY', OLD])
    expect(error.message).toMatch(/Two secrets must not hold one key/)
  })
})

describe('a key that AWSCURRENT holds under another id', () => {
  it.each(['disable', 'remove'] as const)('is not retired: %s', async (action) => {
    const { retires, server, first, secret } = rotatedKey()
    secret.putByHand(fakeKeyCodec.serialize({ ...first, keyId: 'KEY9999' }))
    const error = await retires({ action }).catch((thrown) => thrown)
    expect(error.code).toBe('PRINCIPAL_IN_USE')
    expect(server.works(first)).toBe(true)
  })

  it('is not retired, either, where that comes to be while it is asked', async () => {
    const { retires, server, first, second, secret } = rotatedKey()
    const lastUse = server.lastUse
    server.lastUse = (keyId) => {
      if (secret.holder('AWSCURRENT') === NOW)
        secret.putByHand(fakeKeyCodec.serialize({ ...first, keyId: 'KEY9999' }))
      return lastUse(keyId)
    }
    const error = await retires({ unchangedSince: Number.MAX_SAFE_INTEGER }).catch((thrown) => thrown)
    expect(error.code).toBe('PRINCIPAL_IN_USE')
    expect([server.works(first), server.works(second)]).toEqual([true, true])
  })
})
