import { describe, expect, it } from 'vitest'
import type { PlacedKey } from '../../../lambdas/adapters/keys/place.ts'
import { keyRetirer } from '../../../lambdas/adapters/keys/retirer.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { passes as agrees, fence, refusal } from '../../contracts/fence.ts'
import type { FakeKey } from '../../fakes/key-server.ts'
import { rotated } from './rotated.ts'

/** What the place tells of the keys, and whom it takes them for, as a test has it. */
async function told(change: (key: PlacedKey) => PlacedKey | undefined) {
  const all = await rotated()
  const { place } = all.options()
  const keys = async (of: FakeKey) => (await place.keys(of)).flatMap((key) => change(key) ?? [])
  return { ...all, retirer: keyRetirer({ ...all.options(), place: { ...place, keys } }) }
}

describe('a key that two versions hold, since somebody has stored its value once more', () => {
  it.each([false, true])('is retired as the one that drains, leaked: %s', async (leaked) => {
    const { first, second, holds, drain, retirer, state, server } = await rotated()
    // v1, for which it is on record, has a label still.
    holds('v1-again', { ...first, note: 'another field' })
    const by = { current: second, fence: fence('v1-again', 'v2') }
    await retirer().disable(first, { ...drain(), ...by, leaked })
    expect(state()).toBe(`inactive, ${leaked ? 'leaked' : 'disabled'}`)
    expect(server.tags('robot').get(first.keyId)?.versionId).toBe('v1-again')
    if (!leaked) {
      expect(await retirer().enable(first, by)).toBe(true)
      await retirer().disable(first, { ...drain(), ...by })
    }
    await retirer().remove(first, by)
    expect(state()).toBe('gone')
  })
})

describe('a key that two versions call by two ids', () => {
  it('is one, and is not ended under either', async () => {
    for (const given of [{}, { disables: false, records: 'names' } as const]) {
      const { first, second, drain, retirer, server } = await rotated(given)
      const current = { ...first, keyId: second.keyId }
      const by = { ...drain(), current }
      expect(retirer().holdsSame?.(first, current)).toBe(true)
      expect(retirer().holdsSame?.(first, second)).toBe(false)
      for (const refused of [
        () => retirer().disable(first, by),
        () => retirer().disable(first, { ...by, leaked: true }),
        () => retirer().remove(first, by),
      ])
        await expect(refused()).rejects.toMatchObject({
          code: 'PRINCIPAL_IN_USE',
          message: expect.stringContaining(`is the key of AWSCURRENT, which calls it ${second.keyId}`),
          detail: { key: first.keyId },
        })
      expect(server.works(first)).toBe(true)
    }
  })
})

describe('what cannot be read', () => {
  const error = new OverlapError('STAMP_INVALID', 'garbled')
  const garbled = (id: string, what: 'record' | 'intent') =>
    told((key) =>
      key.id === id && (what === 'record' || key.record === undefined)
        ? { ...key, record: undefined, unreadable: { what, error } }
        : key,
    )

  it.each([
    ['another key', 'KEY0002', 'record'],
    ['calls that mint', 'KEY0001', 'intent'],
  ] as const)('of %s stops no retirement, and lets nothing be reclaimed', async (_of, id, what) => {
    const { first, second, by, drain, retirer, server, state } = await garbled(id, what)
    if (what === 'intent') server.untag('robot', id)
    await expect(retirer.reclaim?.(second, { check: agrees })).rejects.toBe(error)
    await expect(retirer.leave(second, { fence: fence('v2', 'v2') })).rejects.toBe(error)
    for (const _ of [1, 2]) {
      await retirer.disable(first, drain())
      expect(state()).toBe('inactive, disabled')
      expect(await retirer.enable(first, by)).toBe(true)
    }
    await retirer.disable(first, drain())
    await retirer.remove(first, by)
    expect(state()).toBe('gone')
  })

  it('of the key itself stops everything but the end of what leaked', async () => {
    const { first, by, drain, retirer, state } = await garbled('KEY0001', 'record')
    await expect(retirer.disable(first, drain())).rejects.toBe(error)
    await expect(retirer.enable(first, by)).rejects.toBe(error)
    await expect(retirer.remove(first, by)).rejects.toBe(error)
    expect(state()).toBe('active, live')
    await retirer.disable(first, { ...drain(), leaked: true })
    expect(state()).toBe('inactive, leaked')
  })
})

describe('nothing ends that could be put back, and nothing for ever', () => {
  it('while AWSCURRENT’s key is somebody else’s; what leaked ends first, and that is told then', async () => {
    const refused = new OverlapError('TARGET_NOT_ALLOWED', 'another user')
    const { first, by, drain, options, disable, state } = await rotated()
    const retirer = keyRetirer({
      ...options(),
      refuseCurrent: () => {
        throw refused
      },
    })
    await expect(retirer.disable(first, drain())).rejects.toBe(refused)
    expect(state()).toBe('active, live')
    await disable()
    await expect(retirer.remove(first, by)).rejects.toBe(refused)
    await expect(retirer.disable(first, { ...drain(), leaked: true })).rejects.toBe(refused)
    expect(state()).toBe('inactive, leaked')
  })

  it('while AWSCURRENT’s key is accepted and not listed', async () => {
    const { first, by, drain, retirer, disable, state } = await told((key) =>
      key.id === 'KEY0002' ? undefined : key,
    )
    await expect(retirer.disable(first, drain())).rejects.toEqual(refusal('PROVIDER_ANSWER_INVALID'))
    expect(state()).toBe('active, live')
    await disable()
    await expect(retirer.remove(first, by)).rejects.toEqual(refusal('PROVIDER_ANSWER_INVALID'))
    expect(state()).toBe('inactive, disabled')
  })

  it('but what leaked does, and then nobody is told that nothing was done', async () => {
    const { first, drain, retirer, state } = await told((key) => (key.id === 'KEY0002' ? undefined : key))
    const before = await retirer.disable(first, drain()).catch((error) => error)
    expect(before.message).toMatch(/Nothing is done before it is listed$/)
    const error = await retirer.disable(first, { ...drain(), leaked: true }).catch((thrown) => thrown)
    expect(error).toEqual(refusal('PROVIDER_ANSWER_INVALID'))
    expect(error.message).toMatch(/Key KEY0001, which leaked, was taken out of use all the same$/)
    expect(state()).toBe('inactive, leaked')
  })
})
