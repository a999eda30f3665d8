import { describe, expect, it } from 'vitest'
import type { CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import { parseRetireRequest } from '../../lambdas/rotation/retire-request.ts'
import type { Credential } from '../fakes/two-slot-server.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

type Reclaim = NonNullable<CredentialRetirer<Credential>['reclaim']>

/** A rotation waits without a value, as one does whose first step died, and the target answers thus. */
function waiting(reclaim: Reclaim | undefined) {
  const all = draining('retired')
  all.secret.moveLabel('DRAINING', { from: OLD })
  all.secret.rotate()
  const pending = all.secret.holder('AWSPENDING') ?? ''
  const retirer: CredentialRetirer<Credential> =
    reclaim === undefined ? all.retirer : { ...all.retirer, reclaim }
  const run = (versionId = pending) =>
    retire(
      { store: all.store, retirerFor: () => retirer },
      parseRetireRequest({ action: 'reclaim', secretId: SECRET_ARN, versionId }),
    )
  return { ...all, pending, run }
}

describe('reclaiming', () => {
  it('goes on until nothing is left', async () => {
    const answers: ('waiting' | 'nothing')[] = ['waiting', 'waiting', 'nothing']
    const { run } = waiting(async () => answers.shift() ?? 'nothing')
    const outcomes = [await run(), await run(), await run()].map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['reclaiming', 'reclaiming', 'nothing'])
  })

  it('asks as AWSCURRENT, whoever waits', async () => {
    const asked: Credential[] = []
    const { run } = waiting(async (current) => {
      asked.push(current)
      return 'nothing'
    })
    await run()
    expect(asked).toEqual([JSON.parse(value('b', 'two'))])
  })

  it('has nothing to do for a kind whose target mints nothing', async () => {
    expect(await waiting(undefined).run()).toEqual({ outcome: 'nothing' })
  })

  it('keeps no rotation waiting that has a value: only another delivery of its first step lost something', async () => {
    const reclaimed: string[] = []
    const { run, store, pending } = waiting(async () => {
      reclaimed.push('asked')
      return 'waiting'
    })
    await store.write(SECRET_ARN, {
      versionId: pending,
      secretString: value('a', 'three'),
      labels: ['AWSPENDING'],
      rotationToken: undefined,
    })
    expect(await run()).toEqual({ outcome: 'nothing' })
    expect(reclaimed).toEqual(['asked'])
  })

  it.each<{ what: string; versionId: (pending: string) => string; prepare?: (all: Waiting) => void }>([
    { what: 'is AWSCURRENT', versionId: () => NOW },
    { what: 'has no label', versionId: () => OLD },
    {
      what: 'was published meanwhile',
      versionId: (pending) => pending,
      prepare: ({ secret, pending }) => secret.moveLabel('AWSCURRENT', { from: NOW, to: pending }),
    },
    {
      what: 'was given up',
      versionId: (pending) => pending,
      prepare: ({ secret, pending }) => secret.moveLabel('AWSPENDING', { from: pending }),
    },
  ])('asks nobody for a version that $what', async ({ versionId, prepare }) => {
    const all = waiting(() => Promise.reject(new Error('it was asked')))
    prepare?.(all)
    await expect(all.run(versionId(all.pending))).rejects.toMatchObject({ code: 'LABELS_MOVED' })
  })

  it.each<{ what: string; move: (all: Waiting) => void }>([
    {
      what: 'AWSCURRENT moved',
      move: ({ secret }) => secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD }),
    },
    { what: 'a value was stored by hand', move: ({ secret }) => secret.putByHand(value('a', 'by hand')) },
    {
      what: 'DRAINING was put on a version',
      move: ({ secret }) => secret.moveLabel('DRAINING', { to: OLD }),
    },
    {
      what: 'the rotation was given up',
      move: ({ secret, pending }) => secret.moveLabel('AWSPENDING', { from: pending }),
    },
  ])('writes nothing when $what since it looked', async ({ move }) => {
    let written = false
    const all: Waiting = waiting(async (_current, { check }) => {
      move(all)
      await check()
      written = true
      return 'waiting'
    })
    await expect(all.run()).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(written).toBe(false)
  })

  it('may write while labels are as they were', async () => {
    const { run } = waiting(async (_current, { check }) => {
      await check()
      return 'waiting'
    })
    expect(await run()).toEqual({ outcome: 'reclaiming' })
  })

  it('says whose it is that cannot be reclaimed', async () => {
    const used = new OverlapError('FOREIGN_KEY', 'key AKIA2 was used')
    await expect(waiting(() => Promise.reject(used)).run()).rejects.toBe(used)
  })
})

type Waiting = ReturnType<typeof waiting>
