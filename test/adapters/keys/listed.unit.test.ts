import { describe, expect, it } from 'vitest'
import { keyAdapter } from '../../../lambdas/adapters/keys/adapter.ts'
import type { FakeKey } from '../../fakes/key-server.ts'
import { unrotated } from './unrotated.ts'

describe('a key of AWSCURRENT that is accepted', () => {
  /** The list, as it is told from the n-th time on. */
  const listedFrom = (all: ReturnType<typeof unrotated>, nth: number) => {
    let looks = 0
    const { place } = all.options()
    const keys = async (of: FakeKey) => {
      looks += 1
      return (await place.keys(of)).filter(({ id }) => looks >= nth || id !== all.current.keyId)
    }
    return keyAdapter({ ...all.options(), place: { ...place, keys } })
  }

  it('and not listed lets nothing be minted: the list may be another account’s', async () => {
    const all = unrotated()
    const never = listedFrom(all, Number.POSITIVE_INFINITY)
    for (const refused of [never.preflight(all.current), never.create(all.current, { versionId: 'v2' })])
      await expect(refused).rejects.toMatchObject({
        code: 'PROVIDER_ANSWER_INVALID',
        detail: { key: all.current.keyId },
      })
    expect(all.ids()).toHaveLength(1)
  })

  it('and listed a moment later is waited for', async () => {
    const all = unrotated()
    await listedFrom(all, 3).create(all.current, { versionId: 'v2' })
    expect(all.slept).toEqual([2_500, 2_500])
  })

  it('and that another version calls otherwise is neither one’s: nobody can tell which id is right', async () => {
    const { adapter, current, madeByHand, holds, ids } = unrotated({ mostKeys: 3 })
    const other = madeByHand()
    holds('v0', { ...current, keyId: other.keyId })
    for (const refused of [adapter().preflight(current), adapter().create(current, { versionId: 'v2' })])
      await expect(refused).rejects.toMatchObject({
        code: 'SECRET_INVALID',
        message: expect.stringContaining(`${current.keyId} and ${other.keyId}`),
        detail: { holder: 'v0' },
      })
    holds('v0', { ...current, keyId: 'KEY9999' })
    await adapter().create(current, { versionId: 'v2' })
    expect(ids()).toHaveLength(3)
  })
})
