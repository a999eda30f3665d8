import { describe, expect, it } from 'vitest'
import { passes as agrees, refusal } from '../../contracts/fence.ts'
import { type RigOptions, rig } from './rig.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A key that no version holds. `unsure`: it was made in the time of an intent, and nothing more is known of it. */
async function lost(how: 'sure' | 'unsure', given: RigOptions = {}) {
  const all = rig(given)
  const { server, adapter, retirer, clock } = all
  const current = all.madeByHand()
  all.holds('v1', current)
  all.passes(30 * DAY_MS)
  const orphan = await adapter().create(current, { versionId: 'v2' })
  if (how === 'unsure') server.untag('robot', orphan.keyId)
  const minted = clock.now
  const reclaim = (waiting = false) =>
    retirer().reclaim?.(current, { check: agrees, ...(waiting ? { waiting: 'v2' } : {}) })
  const state = () => {
    const key = server.keys().find(({ keyId }) => keyId === orphan.keyId)
    if (key === undefined) return 'gone'
    const tag = server.tags('robot').get(orphan.keyId)
    return `${key.active ? 'active' : 'inactive'}, ${tag?.state ?? 'no record'}`
  }
  const until = (ms: number) => {
    clock.now = minted + ms
  }
  return { ...all, current, orphan, reclaim, state, until }
}

describe('a lost key', () => {
  it('is left alone as long as whoever minted it may be about to store it', async () => {
    const { reclaim, state, until } = await lost('sure')
    until(HOUR_MS - 1)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('active, live')
  })

  it('is not lost any more once a version holds it', async () => {
    const { reclaim, state, until, holds, orphan } = await lost('sure')
    holds('v2', orphan, false)
    until(2 * HOUR_MS)
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe('active, live')
  })

  it('is taken out of use, and gone the next time, where it is on record', async () => {
    const { reclaim, state, until } = await lost('sure')
    until(HOUR_MS)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('inactive, disabled')
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe('gone')
  })

  it('is left alone for a day, and taken out of use for another one, where only an intent fits', async () => {
    const { reclaim, state, until } = await lost('unsure')
    until(DAY_MS - 1)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('active, no record')
    until(DAY_MS)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('inactive, orphan')
    until(2 * DAY_MS - 1)
    expect(await reclaim()).toBe('waiting')
    until(2 * DAY_MS)
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe('gone')
  })

  it('has its day out of use also where it was found inactive', async () => {
    const { reclaim, state, until, server, orphan } = await lost('unsure')
    server.setActive(orphan.keyId, false)
    until(3 * DAY_MS)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('inactive, orphan')
    expect(await reclaim()).toBe('waiting')
    until(4 * DAY_MS)
    expect(await reclaim()).toBe('nothing')
  })
})

describe('what is in use is never removed', () => {
  it('when it was used at once by whoever made it by hand, and that is told hours later', async () => {
    const { reclaim, state, until, server, orphan } = await lost('unsure', { lagMs: 12 * HOUR_MS })
    server.use(orphan)
    for (const hours of [1, 6, 11]) {
      until(hours * HOUR_MS)
      expect(await reclaim()).toBe('waiting')
    }
    until(DAY_MS)
    await expect(reclaim()).rejects.toEqual(refusal('FOREIGN_KEY'))
    expect(state()).toBe('active, no record')
  })

  it('when its use is told days later, and it is left alone for as long', async () => {
    const { reclaim, state, until, server, orphan } = await lost('unsure', {
      lagMs: 60 * HOUR_MS,
      patience: { reclaimUnsureAfterMs: 60 * HOUR_MS },
    })
    server.use(orphan)
    for (const hours of [24, 49, 59]) {
      until(hours * HOUR_MS)
      expect(await reclaim()).toBe('waiting')
    }
    until(60 * HOUR_MS)
    await expect(reclaim()).rejects.toEqual(refusal('FOREIGN_KEY'))
    expect(state()).toBe('active, no record')
  })

  it('when its use is told that late that it is out of use by then: it is put back', async () => {
    const { reclaim, state, until, server, orphan } = await lost('unsure', { lagMs: 30 * HOUR_MS })
    until(23 * HOUR_MS)
    server.use(orphan)
    until(DAY_MS)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('inactive, orphan')
    until(54 * HOUR_MS)
    await expect(reclaim()).rejects.toMatchObject({
      code: 'FOREIGN_KEY',
      message: expect.stringContaining('may be in use: active, '),
    })
    expect(state()).toBe('active, orphan')
    // From then on it is somebody's.
    until(90 * HOUR_MS)
    expect(await reclaim()).toBe('nothing')
    expect(server.works(orphan)).toBe(true)
  })

  it('nor put back where whoever used it meanwhile has taken it out of use again', async () => {
    const { reclaim, state, until, server, orphan } = await lost('unsure')
    until(DAY_MS)
    await reclaim()
    until(DAY_MS + HOUR_MS)
    server.setActive(orphan.keyId, true, true)
    server.use(orphan)
    server.setActive(orphan.keyId, false, true)
    await expect(reclaim()).rejects.toEqual(refusal('FOREIGN_KEY'))
    expect(state()).toBe('inactive, orphan')
  })

  it.each(['sure', 'unsure'] as const)('when it was used, %s as it may be that it was lost', async (how) => {
    const { reclaim, state, until, server, orphan } = await lost(how)
    server.use(orphan)
    until(30 * DAY_MS)
    const before = state()
    await expect(reclaim()).rejects.toMatchObject({ code: 'FOREIGN_KEY', detail: { key: orphan.keyId } })
    expect(state()).toBe(before)
  })

  it.each(['sure', 'unsure'] as const)('when somebody activates it again, %s as it may be', async (how) => {
    const { reclaim, state, until, server, orphan, adapter, current } = await lost(how)
    until(DAY_MS)
    await reclaim()
    server.setActive(orphan.keyId, true, true)
    const before = state()
    until(30 * DAY_MS)
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe(before)
    await expect(adapter().create(current, { versionId: 'v2' })).rejects.toEqual(refusal('FOREIGN_KEY'))
  })

  it('when it is used while the labels are looked at', async () => {
    const { until, server, orphan, retirer, current, state } = await lost('sure')
    until(DAY_MS)
    const check = async () => void server.use(orphan)
    await expect(retirer().reclaim?.(current, { check })).rejects.toEqual(refusal('FOREIGN_KEY'))
    expect(state()).toBe('active, live')
  })

  it('when it is stored while the labels are looked at', async () => {
    const { until, orphan, retirer, current, state, holds } = await lost('sure')
    until(DAY_MS)
    const check = async () => holds('v2', orphan)
    expect(await retirer().reclaim?.(current, { check })).toBe('nothing')
    expect(state()).toBe('active, live')
  })

  it('when it is made by hand, in the time of an intent that another key fits', async () => {
    const { server, current, retirer, adapter, passes, holds } = await lost('sure', { mostKeys: 4 })
    const foreign = server.mint('robot', '', true)
    const [, orphan] = server.keys()
    if (!foreign || !orphan) throw new Error('there are keys')
    holds('v2', { account: 'robot', keyId: orphan.keyId, key: orphan.key })
    passes(30 * DAY_MS)
    expect(await retirer().reclaim?.(current, { check: agrees })).toBe('nothing')
    expect(server.works(foreign)).toBe(true)
    expect(
      await adapter()
        .create(current, { versionId: 'v3' })
        .catch(({ code }) => code),
    ).toBe('DRAIN_IN_PROGRESS')
  })
})

describe('a place that tells of no uses', () => {
  const names = { records: 'names', tellsLastUse: false } as const

  it('has removed at once what the version that waits never held', async () => {
    const { reclaim, state, until } = await lost('sure', { ...names, disables: false })
    until(HOUR_MS)
    expect(await reclaim(true)).toBe('nothing')
    expect(state()).toBe('gone')
  })

  it.each([
    ['has a label', true],
    ['has none any more', false],
  ])('has removed what a version never held that holds another key and %s', async (_which, labelled) => {
    const { reclaim, state, until, holds, place, current, server } = await lost('sure', {
      ...names,
      disables: false,
      mostKeys: 100,
    })
    holds('v2', await place().mint(current, 'v2', []), labelled)
    until(HOUR_MS - 1)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('active, no record')
    until(HOUR_MS)
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe('gone')
    expect(server.keys()).toHaveLength(2)
  })

  it('has removed what was taken out of use there, and no version ever held', async () => {
    const { reclaim, state, until, holds, place, current } = await lost('sure', { ...names, mostKeys: 100 })
    holds('v2', await place().mint(current, 'v2', []))
    until(HOUR_MS)
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('inactive, no record')
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe('gone')
  })

  it('has nothing removed that a version holds whose value cannot be read', async () => {
    const { reclaim, state, until, versions, orphan } = await lost('sure', { ...names, disables: false })
    versions.set('v2', { value: `${orphan.keyId}, as an engineer wrote it`, labelled: true })
    until(30 * DAY_MS)
    expect(await reclaim()).toBe('nothing')
    expect(state()).toBe('active, no record')
  })

  it('has nothing removed whose version may have held it once, where that cannot be tried out', async () => {
    const { reclaim, state, until } = await lost('sure', { ...names, disables: false })
    until(30 * DAY_MS)
    await expect(reclaim()).rejects.toEqual(refusal('FOREIGN_KEY'))
    expect(state()).toBe('active, no record')
  })

  it('nor since when a key is out of use has nothing removed, however long that is', async () => {
    const { reclaim, state, until } = await lost('sure', names)
    until(30 * DAY_MS)
    expect(await reclaim()).toBe('waiting')
    for (const days of [30, 60, 300]) {
      until(days * DAY_MS + HOUR_MS)
      await expect(reclaim()).rejects.toEqual(refusal('FOREIGN_KEY'))
      expect(state()).toBe('inactive, no record')
    }
  })

  it('has taken out of use for a while what can be put back', async () => {
    const { reclaim, state, until } = await lost('sure', { tellsLastUse: false })
    until(HOUR_MS)
    expect(await reclaim()).toBe('waiting')
    expect(await reclaim()).toBe('waiting')
    expect(state()).toBe('inactive, disabled')
    until(HOUR_MS + DAY_MS)
    expect(await reclaim()).toBe('nothing')
  })
})
