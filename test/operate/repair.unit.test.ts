import { describe, expect, it, vi } from 'vitest'
import { repair } from '../../lambdas/operate/repair.ts'
import type { AskedRotation } from '../../lambdas/rotation/asked-rotation.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { draining, NOW, OLD } from './draining.ts'

function restored(different: Partial<AskedRotation> = {}, tags: Readonly<Record<string, string>> = {}) {
  const world = draining(tags)
  const asked = vi.fn<AskedRotation['repair']>(async () => ({ outcome: 'repaired', versionId: NOW }))
  const check: AskedRotation['check'] = async () => ({
    outcome: 'blocked',
    code: 'CURRENT_REFUSED',
    message: 'the server refused app',
  })
  const run = (confirm?: string) => {
    const { operating, subject } = world.by()
    const functions = {
      ...subject.functions,
      rotate: { ...world.rotate, check, repair: asked, ...different },
    }
    return repair(
      operating,
      { ...subject, functions },
      { action: 'repair', target: { secret: 'app/db' }, confirm, by: 'ann@desk' },
    )
  }
  return { ...world, run, repairAsked: asked }
}

describe('repair', () => {
  it('says what it would do, to which version, and what is wrong now; and does nothing', async () => {
    const { run, repairAsked } = restored()
    expect(await run()).toMatchObject({
      outcome: 'unconfirmed',
      code: 'NOT_CONFIRMED',
      confirm: NOW,
      message: expect.stringMatching(
        new RegExp(`^This would give the user of version ${NOW}.*by hand is lost by it`),
      ),
      information: [
        'right now the value does not work: the server refused app',
        expect.stringMatching(new RegExp(`version ${OLD}, which drains, is left`)),
      ],
    })
    expect(repairAsked).not.toHaveBeenCalled()
  })

  it.each([
    [async () => ({ outcome: 'ready' as const }), /nothing is wrong/],
    [() => Promise.reject(new OverlapError('UNREACHABLE', 'db is silent')), /is not known: db is silent/],
    [
      async () => ({ outcome: 'blocked' as const, code: 'DRAIN_IN_PROGRESS' as const, message: 'it drains' }),
      /is not known; what a rotation would meet is DRAIN_IN_PROGRESS: it drains/,
    ],
  ])('knows what it knows of now, and no more', async (check, says) => {
    const { run } = restored({ check })
    expect((await run()).information?.[0]).toMatch(says)
  })

  it('confirmed has the value applied, and keeps the word', async () => {
    const { run, records } = restored()
    expect(await run(NOW)).toMatchObject({
      outcome: 'repaired',
      information: [expect.stringMatching(/works: its value was applied/)],
    })
    expect(records).toEqual([expect.objectContaining({ event: 'repaired', version: NOW, by: 'ann@desk' })])
  })

  it('of what works writes nothing', async () => {
    const { run, records } = restored({ repair: async () => ({ outcome: 'works', versionId: NOW }) })
    expect(await run(NOW)).toMatchObject({
      outcome: 'works',
      information: [expect.stringMatching(/nothing was written/)],
    })
    expect(records).toEqual([])
  })

  it('of a version that is not AWSCURRENT any more is asked anew', async () => {
    const { run, repairAsked } = restored()
    expect(await run(OLD)).toMatchObject({
      outcome: 'unconfirmed',
      confirm: NOW,
      message: expect.stringMatching(
        new RegExp(`^version ${OLD} was confirmed, and it is not AWSCURRENT\\. Nothing was done\\.`),
      ),
    })
    expect(repairAsked).not.toHaveBeenCalled()
  })

  it('that a rotation overtakes says which version it was', async () => {
    const { run } = restored({ repair: async () => ({ outcome: 'repaired', versionId: 'newer' }) })
    expect((await run(NOW)).information).toContainEqual(expect.stringMatching(/a rotation was faster/))
  })

  it('of what leaked is refused', async () => {
    const { run, repairAsked } = restored({}, { [LEAKED_TAG]: NOW })
    await expect(run(NOW)).rejects.toMatchObject({ code: 'LEAKED' })
    expect(repairAsked).not.toHaveBeenCalled()
  })
})
