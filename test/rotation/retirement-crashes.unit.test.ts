import { describe, expect, it } from 'vitest'
import { stateOf } from '../../lambdas/sweep/state.ts'
import { at } from '../fakes/blows.ts'
import { blows, type Process, type Strike } from '../fakes/process.ts'
import { MINUTE_MS, type World } from '../fakes/world.ts'
import { NOW, OLD } from './draining.ts'
import { asked, on, rest, rollBackByHand, type Stage, stateOfOld } from './out-of-use.ts'

interface Row {
  readonly what: string
  readonly stage: Stage
  /** What happens just before. */
  readonly before?: (played: World) => void
  readonly begin: (played: World, strike?: Strike) => Process
  /** What holds once it was asked for again without a fault. */
  readonly holds: (played: World) => void
  /** Which of the two is AWSCURRENT in the end, when all has come to rest. */
  readonly current: string
}

const rows: readonly Row[] = [
  {
    what: 'a pass that disables',
    stage: 'drained',
    begin: (played, strike) => played.sweep(strike),
    holds: (played) => expect(['disabled', 'live']).toContain(stateOfOld(played)),
    current: NOW,
  },
  {
    what: 'a pass that removes',
    stage: 'quarantined',
    begin: (played, strike) => played.sweep(strike),
    holds: (played) => expect(stateOfOld(played)).toBe('retired'),
    current: NOW,
  },
  {
    what: 'a pass that revokes what leaked',
    stage: 'drained',
    before: (played) => played.leak(OLD),
    begin: (played, strike) => played.sweep(strike),
    holds: (played) => expect(stateOfOld(played)).toBe('leaked'),
    current: NOW,
  },
  {
    what: 'putting back what is disabled',
    stage: 'disabled',
    begin: (played, strike) => played.retire(asked('enable'), strike),
    holds: (played) => expect(stateOfOld(played)).toBe('live'),
    current: NOW,
  },
  ...(['disabled', 'removed'] as const).map(
    (stage): Row => ({
      what: `restoring what is ${stage} and was made AWSCURRENT by hand`,
      stage,
      before: rollBackByHand,
      begin: (played, strike) => played.retire(asked('restore'), strike),
      holds: (played) => expect(played.target.works(played.current())).toBe(true),
      current: OLD,
    }),
  ),
  ...(['drained', 'disabled'] as const).map(
    (stage): Row => ({
      what: `a rollback to what is ${stage}`,
      stage,
      begin: (played, strike) => played.rollback({ to: OLD }, strike),
      holds: ({ secret, target, current }) =>
        expect([secret.holder('AWSCURRENT'), target.works(current())]).toEqual([OLD, true]),
      current: OLD,
    }),
  ),
  {
    what: 'a repair',
    stage: 'removed',
    before: (played) => {
      played.target.setPassword('b', 'from the snapshot')
      played.excuse()
    },
    begin: (played, strike) => played.repair(strike),
    holds: ({ target, current }) => expect(target.works(current())).toBe(true),
    current: NOW,
  },
]

async function callsOf({ stage, before, begin }: Row): Promise<number> {
  const played = await on(stage)
  before?.(played)
  const counting = at(0, 'killed before')
  await begin(played, counting).run()
  return counting.calls()
}

async function survive(row: Row, ...strikes: readonly Strike[]): Promise<void> {
  const played = await on(row.stage)
  row.before?.(played)
  for (const strike of [...strikes, undefined]) {
    await row.begin(played, strike).run()
    for (const loose of played.loose.splice(0)) await loose.run()
    played.clock.now += MINUTE_MS
  }
  row.holds(played)
  expect(played.violations).toEqual([])
  expect(await rest(played)).toBe(true)
  expect([played.secret.holder('AWSCURRENT'), played.violations]).toEqual([row.current, []])
}

describe.each(rows)('$what', (row) => {
  it.each(blows)(
    'is survived at every call %s',
    async (blow) => {
      const calls = await callsOf(row)
      expect(calls).toBeGreaterThan(4)
      for (let k = 1; k <= calls; k++) await survive(row, at(k, blow))
    },
    60_000,
  )

  it('is survived when each of two attempts is killed', async () => {
    const calls = await callsOf(row)
    for (let k1 = 1; k1 <= calls; k1++)
      for (let k2 = 1; k2 <= calls; k2 += 3)
        await survive(row, at(k1, 'killed after'), at(k2, 'killed after'))
  }, 60_000)

  it('may be delivered twice', async () => {
    const never = () => undefined
    await survive(row, never)
  })
})

describe('a pass that disables, and dies', () => {
  it.each([
    { what: 'drain is lengthened', tag: 'overlap:drain', value: '72h' },
    { what: 'consumers are declared', tag: 'overlap:consumers', value: 'manual:newsletters' },
  ])('is undone by the next one, or completed, although its $what before that', async ({ tag, value }) => {
    const row = rows[0] as Row
    const calls = await callsOf(row)
    const ends = new Set<string>()
    for (let k = 1; k <= calls; k++) {
      const played = await on('drained')
      await row.begin(played, at(k, 'killed after')).run()
      for (const loose of played.loose.splice(0)) await loose.run()
      played.secret.tag(tag, value)
      played.clock.now += 5 * MINUTE_MS
      await played.sweep().run()
      const { drain } = stateOf(played.secret.describe(), played.clock.now)
      ends.add(`${drain?.off === undefined ? 'told as valid' : 'told as disabled'}, ${stateOfOld(played)}`)
    }
    expect(ends).toEqual(new Set(['told as valid, live', 'told as disabled, disabled']))
  })
})
