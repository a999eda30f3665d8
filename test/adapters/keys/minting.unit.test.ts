import { describe, expect, it } from 'vitest'
import { keyAdapter } from '../../../lambdas/adapters/keys/adapter.ts'
import { setting } from '../../../lambdas/adapters/keys/setting.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { passes as agrees, fence, refusal } from '../../contracts/fence.ts'
import { at, blowsOn } from '../../fakes/blows.ts'
import type { FakeKey } from '../../fakes/key-server.ts'
import { type Call, directly, processOf } from '../../fakes/process.ts'
import { unrotated } from './unrotated.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('a key of somebody', () => {
  it('is named with its age and its last use, and is not touched', async () => {
    const { create, madeByHand, passes, server, ids } = unrotated()
    const foreign = madeByHand()
    passes(40 * DAY_MS)
    server.use(foreign)
    passes(3 * HOUR_MS)
    await expect(create()).rejects.toMatchObject({
      code: 'FOREIGN_KEY',
      message:
        "key KEY0002 of the target (fake-key: 2 keys at most) is not this secret's: active, made 40 d ago, last used 3 h ago by s3 from eu-central-1. " +
        'It is not touched. Find out whose it is; when nothing needs it, delete it',
      detail: { key: 'KEY0002' },
    })
    expect(ids()).toEqual(['KEY0001', 'KEY0002'])
    expect(server.works(foreign)).toBe(true)
  })

  it('is named also where its last use cannot be found out', async () => {
    const { adapter, current, madeByHand } = unrotated()
    madeByHand()
    const failing: Call = (name, effect) =>
      name === 'last use'
        ? Promise.reject(new OverlapError('IAM_FAILED', 'throttled'))
        : directly(name, effect)
    await expect(adapter(failing).create(current, { versionId: 'v2' })).rejects.toMatchObject({
      code: 'FOREIGN_KEY',
      message: expect.stringContaining('when it was last used could not be found out (IAM_FAILED)'),
    })
  })

  it('that another secret has on record is not to be deleted by anybody', async () => {
    const { create, madeByHand, server } = unrotated()
    const anothers = madeByHand()
    const tag = { secret: 'another', versionId: 'v7', state: 'live', since: 0 } as const
    server.tag('robot', anothers.keyId, tag)
    await expect(create()).rejects.toMatchObject({
      code: 'FOREIGN_KEY',
      message: expect.stringMatching(/Another secret .* has it on record: .* Do not delete it$/),
    })
  })

  it('is no obstacle where there is room for more', async () => {
    const { create, madeByHand, ids } = unrotated({ mostKeys: 4 })
    madeByHand()
    await create()
    expect(ids()).toHaveLength(3)
    madeByHand()
    await expect(create('v3')).rejects.toEqual(refusal('ORPHAN_KEY'))
  })
})

describe('a place that allows one key', () => {
  it('overlaps nothing, and says so', async () => {
    const { adapter, create, current } = unrotated({ mostKeys: 1 })
    expect(adapter().overlap).toBe(false)
    for (const refused of [create(), adapter().preflight(current)])
      await expect(refused).rejects.toMatchObject({
        code: 'TARGET_UNSUITABLE',
        message: expect.stringContaining('that is a swap'),
      })
  })
})

describe('a lost key', () => {
  it.each([
    [
      'sure',
      /^key KEY0002 was minted for version v2, .* takes it out of use 1 h after it was made, and removes it with its next pass, unless it was used; then /,
    ],
    [
      'unsure',
      /^key KEY0002 was probably minted for version v2, .* for its first 24 h, .* for 24 h, and removes it unless it was used; then /,
    ],
  ] as const)(
    'is said to be gone after how long, %s as it may be, and what a person may do',
    async (how, says) => {
      const { create, server, passes } = unrotated()
      const { keyId } = await create()
      if (how === 'unsure') server.untag('robot', keyId)
      passes(31_000)
      const { message } = await create().catch((error) => error)
      expect(message).toMatch(says)
      expect(message).toMatch(/If you know that nobody made it by hand, you may delete it now$/)
    },
  )

  const untold = { records: 'names', tellsLastUse: false, mostKeys: 100 } as const
  it.each([
    ['does not touch it', { ...untold, disables: false }],
    ['takes it out of use 1 h after it was made, and may do no more', untold],
  ])('is not said to be removed where a person has to: the retire function %s', async (does, traits) => {
    const { create, retirer, current, passes } = unrotated(traits)
    await create('v2')
    const { code, message } = await create('v3').catch((error) => error)
    expect(code).toBe('ORPHAN_KEY')
    expect(message).toContain(
      `the retire function ${does} (FOREIGN_KEY). When nothing needs the key, delete it`,
    )
    // And that it is so.
    passes(3 * HOUR_MS)
    const reclaim = () => retirer().reclaim?.(current, { check: agrees, waiting: 'v3' })
    if (!('disables' in traits)) expect(await reclaim()).toBe('waiting')
    await expect(reclaim()).rejects.toEqual(refusal('FOREIGN_KEY'))
  })

  it('is said to be removed where the place tells of no uses and its version waits, and it is', async () => {
    const { create, reclaim, passes } = unrotated({ ...untold, disables: false })
    await create()
    const { message } = await create().catch((error) => error)
    expect(message).toContain(
      'The retire function removes it 1 h after it was made, unless it was used; then ',
    )
    passes(HOUR_MS)
    expect(await reclaim()).toBe('nothing')
  })

  it('is said to be removed where its version holds another key, and it is, and the rotation goes on', async () => {
    const { create, current, adapter, retirer, server, passes, holds, place } = unrotated({
      ...untold,
      disables: false,
    })
    const next = await create()
    await place().mint(current, 'v2', [])
    holds('v2', next)
    server.remove(current.keyId)
    const again = () => adapter().create(next, { versionId: 'v3' })
    const { code, message } = await again().catch((error) => error)
    expect(code).toBe('ORPHAN_KEY')
    expect(message).toContain(
      'The retire function removes it 1 h after it was made, unless it was used; then ',
    )
    passes(HOUR_MS)
    expect(await retirer().reclaim?.(next, { check: agrees, waiting: 'v3' })).toBe('nothing')
    await again()
  })
})

describe('minting', () => {
  it('is refused where another delivery of the step has stored its key', async () => {
    const { create, holds } = unrotated()
    holds('v2', await create())
    await expect(create()).rejects.toEqual(refusal('LABELS_MOVED'))
  })

  it('waits for a version that lost its label and has its key still', async () => {
    const { create, holds } = unrotated()
    holds('v2', await create(), false)
    await expect(create('v3')).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS', detail: { holder: 'v2' } })
  })

  it('is refused when the current key is somebody else', async () => {
    const refused = new OverlapError('TARGET_NOT_ALLOWED', 'another user')
    const { create, ids } = unrotated({
      refuseCurrent: () => {
        throw refused
      },
    })
    await expect(create()).rejects.toBe(refused)
    expect(ids()).toHaveLength(1)
  })

  it('has its own on record once, and the current one for the version that holds it by now', async () => {
    const { adapter, create, current, server, holds, passes } = unrotated()
    const pending = await create()
    holds('v2', pending)
    const tags = () => [...server.tags('robot')].map(([id, { versionId, state }]) => [id, versionId, state])
    await adapter().set(pending, current, fence('v2', 'v1'))
    const both = [
      ['KEY0002', 'v2', 'live'],
      ['KEY0001', 'v1', 'live'],
    ]
    expect(tags()).toEqual(both)
    await expect(adapter().set(pending, current, fence('v3', 'v1'))).rejects.toMatchObject({
      code: 'DRAIN_IN_PROGRESS',
      detail: { holder: 'v2' },
    })
    // Somebody has stored the value of v1 once more, with another field.
    const since = server.tags('robot').get('KEY0001')?.since
    passes(HOUR_MS)
    await adapter().set(pending, current, fence('v2', 'v1-again'))
    expect(tags()).toEqual([
      ['KEY0002', 'v2', 'live'],
      ['KEY0001', 'v1-again', 'live'],
    ])
    expect(server.tags('robot').get('KEY0001')?.since).toBe(since)
  })

  it('leaves the record alone of what does not work', async () => {
    const { adapter, create, current, server, holds } = unrotated()
    const pending = await create()
    holds('v2', pending)
    for (const state of ['disabling', 'disabled', 'leaked', 'orphan'] as const) {
      const tag = { secret: 'shop/robot', versionId: 'v0', state, since: 0 }
      server.tag('robot', current.keyId, tag)
      await adapter().set(pending, current, fence('v2', 'v1'))
      expect(server.tags('robot').get(current.keyId)).toEqual(tag)
    }
  })

  it('has nothing recorded where a record cannot be read', async () => {
    const { adapter, options, create, current, holds, server } = unrotated()
    const pending = await create()
    holds('v2', pending)
    const error = new OverlapError('STAMP_INVALID', 'garbled')
    const { place } = options()
    const garbled = (what: 'record' | 'intent') => ({
      ...options(),
      place: {
        ...place,
        keys: async (of: FakeKey) =>
          (await place.keys(of)).map((key) =>
            key.id === current.keyId ? { ...key, record: undefined, unreadable: { what, error } } : key,
          ),
      },
    })
    await expect(setting(garbled('record'))(pending, current, fence('v2', 'v1'))).rejects.toBe(error)
    await expect(keyAdapter(garbled('intent')).preflight(current)).rejects.toBe(error)
    expect([...server.tags('robot').keys()]).toEqual([pending.keyId])
    await setting(garbled('intent'))(pending, current, fence('v2', 'v1'))
    expect(server.tags('robot').size).toBe(2)
    expect(adapter().kind).toBe('fake-key')
  })

  it('has nothing recorded of a key that another secret has on record', async () => {
    const { adapter, current, madeByHand, server } = unrotated()
    const anothers = madeByHand()
    const tag = { secret: 'another', versionId: 'v7', state: 'live', since: 0 } as const
    server.tag('robot', anothers.keyId, tag)
    await expect(adapter().set(anothers, current, fence('v2', 'v1'))).rejects.toEqual(refusal('FOREIGN_KEY'))
    expect([...server.tags('robot')]).toEqual([[anothers.keyId, tag]])
  })
})

describe('a rotation that dies between minting and storing', () => {
  const calls = Array.from({ length: 12 }, (_, k) => k + 1)
  const blown = calls.flatMap((k) => blowsOn(k).map((blow) => [k, blow] as const))

  for (const records of ['tags', 'names'] as const)
    it.each(blown)(`(${records}) at call %i, %s, leaves nothing once it was reclaimed`, async (k, blow) => {
      const { adapter, create, current, passes, reclaim, server, ids } = unrotated({ records })
      const strike = at(k, blow)
      await processOf((call) => adapter(call).create(current, { versionId: 'v2' }), { strike }).run()
      passes(5 * HOUR_MS)
      const isLost = ids().length > 1
      if (isLost) await expect(create()).rejects.toEqual(refusal('ORPHAN_KEY'))
      for (let pass = 0; pass < 6 && (await reclaim()) !== 'nothing'; pass += 1) passes(DAY_MS)
      expect(ids()).toEqual(['KEY0001'])
      expect(server.works(current)).toBe(true)
      await create()
      expect(ids()).toHaveLength(2)
    })

  it.each(blown)(
    'at call %i, %s, has nothing deleted that an engineer makes just then, and uses',
    async (k, blow) => {
      const { adapter, current, passes, reclaim, server } = unrotated()
      const strike = at(k, blow)
      await processOf((call) => adapter(call).create(current, { versionId: 'v2' }), { strike }).run()
      const foreign = server.mint('robot', '', true)
      passes(HOUR_MS / 2)
      if (foreign) server.use(foreign)
      for (let pass = 0; pass < 6; pass += 1) {
        passes(DAY_MS)
        await reclaim()?.catch((error) => expect(error).toEqual(refusal('FOREIGN_KEY')))
        for (const needed of [current, ...(foreign ? [foreign] : [])]) expect(server.works(needed)).toBe(true)
      }
    },
  )

  it('is reclaimed whatever befalls the reclaiming', async () => {
    for (const [k, blow] of blown) {
      const { create, current, passes, reclaim, retirer, ids, server } = unrotated()
      await create()
      passes(5 * HOUR_MS)
      const strike = at(k, blow)
      const cutOff = async (call: Call) => void (await retirer(call).reclaim?.(current, { check: agrees }))
      await processOf(cutOff, { strike }).run()
      for (let pass = 0; pass < 6 && (await reclaim()) !== 'nothing'; pass += 1) passes(DAY_MS)
      expect([k, blow, ids()]).toEqual([k, blow, ['KEY0001']])
      expect(server.works(current)).toBe(true)
    }
  })
})
