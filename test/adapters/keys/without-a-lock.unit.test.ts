import { describe, expect, it } from 'vitest'
import { fence, passes, refusal } from '../../contracts/fence.ts'
import { type Call, processOf, type Strike } from '../../fakes/process.ts'
import type { RigOptions } from './rig.ts'
import { rotated } from './rotated.ts'

const calls = Array.from({ length: 9 }, (_, k) => k)
const HOUR_MS = 3_600_000
const withoutDisabling = { disables: false, records: 'names' } as const

/** A removal that is let go `before` calls, then a rollback of which so many are made, then both to their end. */
async function meeting(
  before: number,
  amid: number,
  given: RigOptions = {},
  { pauseMs = 0, withdraws = true }: { readonly pauseMs?: number; readonly withdraws?: boolean } = {},
) {
  const all = await rotated(given)
  const { first, second, by, disable, adapter, retirer, server } = all
  await disable()
  all.passes(48 * HOUR_MS)
  let [isCurrent, isWithdrawn] = [false, false]
  // As labels are told by whoever reads them.
  const stillDrains = async () => {
    if (isCurrent || isWithdrawn) throw new Error('it does not drain any more')
  }
  const removal = processOf((call) =>
    retirer(call).remove(first, {
      ...by,
      fence: fence('v1', 'v2', () => call('DescribeSecret', stillDrains).then()),
    }),
  )
  const backBy = (call: Call) => ({
    ...fence('v1', 'v2'),
    ...(withdraws && {
      withdraw: () =>
        call('withdraw', () => {
          isWithdrawn = true
        }),
    }),
  })
  const rollback = processOf(
    (call) =>
      adapter(call).reinstate?.(first, second, backBy(call), () =>
        call('publish', () => {
          isCurrent = true
        }),
      ) ?? Promise.resolve(),
  )
  await removal.run(before)
  await rollback.run(amid)
  all.passes(pauseMs)
  await removal.run()
  await rollback.run()
  return { isCurrent, works: server.works(first), removal: removal.failure(), rollback: rollback.failure() }
}

const meetings = calls.flatMap((before) => [...calls, 99].map((amid) => [before, amid] as const))

describe('a rollback and a removal that meet', () => {
  it.each(meetings)(
    'after %i calls of one and %i of the other: what is published works',
    async (before, amid) => {
      const { isCurrent, works, removal, rollback } = await meeting(before, amid)
      expect(works).toBe(isCurrent)
      // One of them is refused.
      expect([removal, rollback].filter((error) => error !== undefined)).toHaveLength(1)
    },
  )

  it.each(meetings)(
    'the same with a pause of minutes in between, after %i and %i calls',
    async (before, amid) => {
      const { isCurrent, works } = await meeting(before, amid, {}, { pauseMs: 10 * 60_000 })
      expect(works || !isCurrent).toBe(true)
    },
  )

  it.each(meetings)(
    'where nothing can be disabled, after %i and %i calls, what is published works, too',
    async (before, amid) => {
      const { isCurrent, works, removal, rollback } = await meeting(before, amid, withoutDisabling)
      expect(works).toBe(isCurrent)
      expect([removal, rollback].filter((error) => error !== undefined)).toHaveLength(1)
    },
  )

  it.each([
    { without: 'the label being taken off', given: {}, how: { withdraws: false } },
    { without: 'a wait after that', given: { patience: { settleMs: 0 } }, how: {} },
  ])('there would publish what is deleted without $without', async ({ given, how }) => {
    const ends = []
    for (const [before, amid] of meetings)
      ends.push(await meeting(before, amid, { ...withoutDisabling, ...given }, how))
    expect(ends).toContainEqual(expect.objectContaining({ isCurrent: true, works: false }))
  })

  it('would publish what is deleted, if what comes back were published at once', async () => {
    const ends = []
    for (const [before, amid] of meetings)
      ends.push(await meeting(before, amid, { patience: { settleMs: 0 } }))
    expect(ends).toContainEqual(expect.objectContaining({ isCurrent: true, works: false }))
  })

  it.each(calls)(
    'is safe, too, for a rollback after one that died, with %i calls of the removal before',
    async (before) => {
      const { first, second, by, disable, adapter, retirer, server } = await rotated()
      await disable()
      const removal = processOf((call) => retirer(call).remove(first, by))
      await removal.run(before)
      const rollback = (strike?: Strike) =>
        processOf(
          (call) => adapter(call).reinstate?.(first, second, fence('v1', 'v2'), passes) ?? Promise.resolve(),
          strike === undefined ? {} : { strike },
        )
      await rollback((name) => (name === 'activate key' ? 'killed after' : undefined)).run()
      const again = rollback()
      await again.run()
      await removal.run()
      expect(server.works(first)).toBe(again.failure() === undefined)
    },
  )
})

describe('a disabling that somebody puts back meanwhile', () => {
  it.each(calls)('after %i calls leaves it so that whoever comes next can put it back', async (before) => {
    const { first, by, drain, retirer, state, second, server } = await rotated()
    const disabling = processOf((call) => retirer(call).disable(first, drain()))
    await disabling.run(before)
    await retirer().enable(first, by)
    await disabling.run()
    if (disabling.failure() === undefined) expect(state()).toMatch(/, disabled$/)
    await retirer().enable(first, by)
    expect(state()).toBe('active, live')
    expect(server.works(second)).toBe(true)
  })
})

describe('a rollback that is cut off', () => {
  it.each(['list keys', 'record key', 'activate key', 'whoami'])(
    'at a call of %s leaves a key that whoever comes next puts back, and that nobody removes',
    async (name) => {
      for (const blow of ['killed before', 'killed after', 'error before', 'error after'] as const)
        for (let at = 1; at <= 4; at++) {
          const { first, second, by, disable, adapter, retirer, state } = await rotated()
          await disable()
          let calls = 0
          const strike: Strike = (called) => {
            if (called === name) calls += 1
            return called === name && calls === at ? blow : undefined
          }
          const rollback = (call: Call) =>
            adapter(call).reinstate?.(first, second, fence('v1', 'v2'), passes) ?? Promise.resolve()
          await processOf(rollback, { strike }).run()
          if (state() !== 'inactive, disabled')
            await expect(retirer().remove(first, by)).rejects.toEqual(refusal('STILL_USED'))
          await retirer().enable(first, by)
          expect(state()).toBe('active, live')
        }
    },
  )
})

describe('a rollback', () => {
  const back = async (given: RigOptions) => {
    const all = await rotated(given)
    await all.disable()
    const run = () => all.adapter().reinstate?.(all.first, all.second, fence('v1', 'v2'), passes)
    return { ...all, run }
  }

  it('touches nothing when there is too little time to wait after it', async () => {
    const { run, state } = await back({ remaining: () => 17_000 })
    await expect(run()).rejects.toEqual(refusal('TIME_UP'))
    expect(state()).toBe('inactive, disabled')
  })

  it('does not wait longer than there is time for what another one has put back', async () => {
    let left = Number.POSITIVE_INFINITY
    const { run, state, first, by, retirer } = await back({ remaining: () => left })
    await retirer().enable(first, by)
    left = 14_000
    await expect(run()).rejects.toEqual(refusal('TIME_UP'))
    expect(state()).toBe('active, live')
  })

  it('takes nothing from its retirement that is deleted already', async () => {
    const { first, second, adapter, server } = await rotated(withoutDisabling)
    server.remove(first.keyId)
    let isWithdrawn = false
    const by = {
      ...fence('v1', 'v2'),
      withdraw: async () => {
        isWithdrawn = true
      },
    }
    await expect(adapter().reinstate?.(first, second, by, passes)).rejects.toEqual(refusal('NO_WAY_BACK'))
    expect(isWithdrawn).toBe(false)
  })

  it('goes back to a key that is on record for another version of the secret, and has it on record for this one', async () => {
    const { holds, first, second, adapter, server } = await rotated()
    holds('v1', first)
    holds('v3', { ...first, note: 'stored once more' })
    await adapter().reinstate?.(first, second, fence('v3', 'v2'), passes)
    expect(server.tags(first.account).get(first.keyId)).toMatchObject({ versionId: 'v3', state: 'live' })
  })

  it('goes back to no key that another secret has on record', async () => {
    const { first, second, adapter, server } = await rotated()
    server.tag(first.account, first.keyId, { secret: 'another', versionId: 'v9', state: 'live', since: 0 })
    await expect(adapter().reinstate?.(first, second, fence('v1', 'v2'), passes)).rejects.toEqual(
      refusal('NO_WAY_BACK'),
    )
  })

  it('publishes nothing that is taken out of use while it is tried', async () => {
    const { server, first, second, adapter } = await rotated()
    const published: boolean[] = []
    const check = async () => {
      const disabling = { secret: 'shop/robot', versionId: 'v1', state: 'disabling', since: 0 } as const
      server.tag(first.account, first.keyId, disabling)
    }
    const publish = async () => void published.push(true)
    await expect(adapter().reinstate?.(first, second, fence('v1', 'v2', check), publish)).rejects.toEqual(
      refusal('LABELS_MOVED'),
    )
    expect(published).toEqual([])
  })
})
