import { describe, expect, it } from 'vitest'
import { isDigest, versionWritten, writtenVersion } from '../../../lambdas/adapters/keys/written-version.ts'
import { passes as agrees, fence, refusal } from '../../contracts/fence.ts'
import { unrotated } from './unrotated.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('a version id that a place takes only as a digest', () => {
  const odd = 'release 7 of 2026-11-26, by hand'

  it('is told from every id, and a plain id is written as it is', () => {
    const plain = '5048b5d2-06ac-45cd-bd6e-1d0c3f5d9f10'
    const written = writtenVersion(odd)
    expect([writtenVersion(plain), isDigest(plain), isDigest(written)]).toEqual([plain, false, true])
    expect(versionWritten(written, [plain, odd])).toBe(odd)
    expect(versionWritten(written, [plain])).toBe(written)
  })

  it('is known by it', async () => {
    const all = unrotated({ records: 'names', writtenAs: writtenVersion })
    const { adapter, create, current, holds, ids, passes, retirer } = all
    const lost = await create(odd)
    expect(lost.keyId).toBe('KEY0002')
    await expect(create(odd)).rejects.toEqual(refusal('ORPHAN_KEY'))
    passes(HOUR_MS)
    for (const _ of [1, 2]) await retirer().reclaim?.(current, { check: agrees, waiting: odd })
    expect(ids()).toEqual([current.keyId])
    const pending = await create(odd)
    holds(odd, pending)
    await expect(create(odd)).rejects.toEqual(refusal('LABELS_MOVED'))
    await adapter().set(pending, current, fence(odd, 'v1'))
    await expect(create('v3')).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS', detail: { holder: odd } })
    // Without a label nobody can ask whether it holds the key.
    holds(odd, pending, false)
    await expect(create('v3')).rejects.toEqual(refusal('FOREIGN_KEY'))
    passes(30 * DAY_MS)
    expect(await retirer().reclaim?.(current, { check: agrees, waiting: 'v3' })).toBe('nothing')
    expect(all.server.works(pending)).toBe(true)
  })
})
