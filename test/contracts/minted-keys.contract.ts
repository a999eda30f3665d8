import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
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
}
