import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { MintedSubject, Rotated } from './adapter.contract.ts'
import { fence, passes, refusal } from './fence.ts'

const DAY_MS = 86_400_000

/** What the engine and the sweep rely on where the target mints the credential: nothing that is lost stays, and nothing that is somebody's is touched. */
export function mintedKeys<C>(rotated: () => Promise<Rotated<C>>, made: () => Promise<Rotated<C>>): void {
  const minted = async (given: Promise<Rotated<C>>) => {
    const all = await given
    const { subject } = all
    if (!subject.minted || !subject.retirer) throw new Error('what is minted can be told of, and is retired')
    const { retirer } = subject
    const reclaim = (check = passes, current = all.current) => retirer().reclaim?.(current, { check })
    return { ...all, target: subject.minted, retirer, reclaim }
  }
  /** Minted for a version, which does not hold it: whoever was to store it died. */
  const lost = async () => {
    const all = await minted(made())
    const reclaim = (check = passes) => all.retirer().reclaim?.(all.current, { check, waiting: all.second })
    return { ...all, orphan: all.pending, reclaim }
  }
  const untilGone = async (
    target: MintedSubject<C>,
    reclaim: () => Promise<'nothing' | 'waiting'> | undefined,
  ) => {
    for (let pass = 0; pass < 10; pass += 1) {
      if ((await reclaim()) === 'nothing') return
      target.passes(DAY_MS)
    }
    throw new Error('it is never gone')
  }

  it('is found when it is lost, waited for, and taken away', async () => {
    const { subject, current, orphan, target, reclaim } = await lost()
    const taking = () => subject.adapter().create(current, { versionId: randomUUID() })
    await expect(taking()).rejects.toEqual(refusal('ORPHAN_KEY'))
    await expect(subject.adapter().preflight(current)).rejects.toEqual(refusal('ORPHAN_KEY'))
    expect(await reclaim()).toBe('waiting')
    expect(await subject.works(orphan)).toBe(true)
    await untilGone(target, reclaim)
    expect([await subject.works(orphan), await subject.works(current)]).toEqual([false, true])
    await taking()
  })

  it('is not taken away when the labels moved', async () => {
    const { subject, current, orphan, target, reclaim } = await lost()
    target.passes(DAY_MS)
    const moved = new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')
    await expect(reclaim(() => Promise.reject(moved))).rejects.toBe(moved)
    expect([await subject.works(orphan), await subject.works(current)]).toEqual([true, true])
  })

  it('is never taken away while a version holds it', async () => {
    const { subject, current, pending, target, reclaim } = await minted(rotated())
    target.passes(DAY_MS)
    for (const known of [current, pending]) expect(await reclaim(passes, known)).toBe('nothing')
    expect([await subject.works(current), await subject.works(pending)]).toEqual([true, true])
  })

  it('is not touched when somebody made it by hand', async () => {
    const { subject, first, second, current, pending, target, retirer, reclaim } = await minted(rotated())
    const by = { current: pending, fence: fence(first, second) }
    const drain = { accepts: () => false, leaked: false, unusedSince: Number.MAX_SAFE_INTEGER }
    await retirer().disable(current, { ...by, ...drain })
    await retirer().remove(current, by)
    const foreign = await target.madeByHand()
    target.passes(DAY_MS)
    const id = retirer().principal(foreign)
    for (const step of ['create', 'preflight'] as const) {
      const refused =
        step === 'create'
          ? subject.adapter().create(pending, { versionId: randomUUID() })
          : subject.adapter().preflight(pending)
      await expect(refused).rejects.toMatchObject({
        code: 'FOREIGN_KEY',
        detail: { key: id },
        message: expect.stringContaining(id),
      })
    }
    expect(await reclaim(passes, pending)).toBe('nothing')
    expect([await subject.works(foreign), await subject.works(pending)]).toEqual([true, true])
  })

  describe('is not taken for gone because of a list without AWSCURRENT’s', () => {
    const incomplete = expect.objectContaining({
      code: expect.stringMatching(/^(PROVIDER_ANSWER_INVALID|IAM_FAILED)$/),
    })
    const draining = async () => {
      const all = await minted(rotated())
      const by = { current: all.pending, fence: fence(all.first, all.second) }
      const unused = { ...by, accepts: () => false, leaked: false, unusedSince: Number.MAX_SAFE_INTEGER }
      const retiring = {
        disable: (more = {}) => all.retirer().disable(all.current, { ...unused, ...more }),
        remove: () => all.retirer().remove(all.current, by),
      }
      /** While neither is listed. */
      const unlisted = async (asked: () => Promise<unknown>, refused: unknown = incomplete) => {
        all.target.unlists(all.current, all.pending)
        await expect(asked()).rejects.toEqual(refused)
        all.target.unlists()
      }
      return { ...all, by, ...retiring, unlisted }
    }

    it('when it drains, and when its quarantine is over', async () => {
      const { subject, current, pending, disable, remove, unlisted, target } = await draining()
      await unlisted(disable)
      expect(await subject.works(current)).toBe(true)
      await disable()
      await unlisted(disable)
      await unlisted(remove)
      await remove()
      target.passes(DAY_MS)
      await subject.adapter().create(pending, { versionId: randomUUID() })
    })

    it('when AWSCURRENT’s alone is listed, it is', async () => {
      const { current, disable, remove, target } = await draining()
      target.unlists(current)
      await expect(disable()).rejects.toEqual(refusal('SUPERSEDED'))
      await remove()
    })

    it('when it leaked: whoever has it can use it, or it is not yet known to be over', async () => {
      const { subject, current, disable, unlisted } = await draining()
      const leak = () => disable({ leaked: true, accepts: () => true })
      await unlisted(leak, refusal('LEAKED'))
      expect(await subject.works(current)).toBe(true)
      await disable()
      if (await subject.works(current)) return
      await unlisted(leak)
      await leak()
    })

    it('when it was lost, or all is handed back', async () => {
      const { subject, current, orphan, target, retirer, reclaim, first, second } = await lost()
      target.passes(DAY_MS)
      target.unlists(orphan, current)
      await expect(reclaim()).rejects.toEqual(incomplete)
      await expect(retirer().leave(current, { fence: fence(first, second) })).rejects.toEqual(incomplete)
      target.unlists()
      expect([await subject.works(orphan), await subject.works(current)]).toEqual([true, true])
      await untilGone(target, reclaim)
    })
  })
}
