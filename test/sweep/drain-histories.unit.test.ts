import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sweepMemory } from '../../lambdas/sweep/memory.ts'
import { at, blowsOn } from '../fakes/blows.ts'
import { type Blow, blows, type Process } from '../fakes/process.ts'
import { type DrainWorld, drainWorld, type Laxity, MINUTE_MS } from './drain-world.ts'

/** Calls that a pass makes at most; a blow beyond the last one never falls. */
const CALLS = 14

type Event =
  | { readonly do: 'pass' }
  | { readonly do: 'pass, struck'; readonly k: number; readonly blow: Blow }
  | { readonly do: 'two passes'; readonly turns: readonly number[] }
  | { readonly do: 'time passes'; readonly minutes: number }
  /** So many passes, a quarter of an hour apart. */
  | { readonly do: 'it goes on'; readonly passes: number }
  /** Nothing stands in the way of what drains. */
  | { readonly do: 'all is well' }
  | { readonly do: 'use' | 'session begins' | 'session ends' | 'cold start' | 'roll back' | 'there and back' }
  | { readonly do: 'consumer'; readonly state: 'absent' | 'running' | 'done' | 'failed' }
  | { readonly do: 'tag'; readonly name: string; readonly value: string | undefined }

const tags: readonly (readonly [string, string | undefined])[] = [
  ['overlap:hold', '2999-01-01T00:00:00Z close'],
  ['overlap:hold', undefined],
  ['overlap:mode', 'observe'],
  ['overlap:mode', 'enforce'],
  ['overlap:mode', 'nonsense'],
  ['overlap:consumers', 'ecs:shop/api'],
  ['overlap:consumers', undefined],
  ['overlap:login-log', 'logs:/shop'],
  ['overlap:login-log', undefined],
  ['overlap:evidence', 'logged'],
  ['overlap:evidence', undefined],
  ['overlap:state', undefined],
]

/** What a secret may have from the beginning. */
const beginnings: Event[] = [
  { do: 'tag', name: 'overlap:login-log', value: 'logs:/shop' },
  { do: 'tag', name: 'overlap:consumers', value: 'ecs:shop/api' },
]

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Event>({ do: 'pass' }) },
  { weight: 4, arbitrary: fc.constant<Event>({ do: 'all is well' }) },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant('it goes on' as const), passes: fc.integer({ min: 4, max: 12 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass, struck' as const),
      k: fc.integer({ min: 1, max: CALLS }),
      blow: fc.constantFrom(...blows),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('two passes' as const),
      turns: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('time passes' as const),
      minutes: fc.constantFrom(1, 5, 15, 30, 60, 90, 120, 180, 600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('use', 'session begins', 'session ends', 'cold start', 'roll back', 'there and back')
      .map((what): Event => ({ do: what })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('absent', 'running', 'done', 'failed')
      .map((state): Event => ({ do: 'consumer', state })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...tags).map(([name, value]): Event => ({ do: 'tag', name, value })),
  },
)

async function interleaved(one: Process, other: Process, turns: readonly number[]): Promise<void> {
  let both = [one, other]
  for (const calls of turns) {
    await both[0]?.run(calls)
    both = [...both].reverse()
  }
  for (const process of both) await process.run()
}

async function happen(world: DrainWorld, one: Event): Promise<void> {
  switch (one.do) {
    case 'pass': {
      const policy = world.secret.describe().tags.get('overlap:mode')
      await world.sweep().run()
      // Whatever a tag says that cannot be read, nothing is looked at.
      if (policy !== 'nonsense')
        for (const what of world.owed()) world.violations.push(`after a pass: ${what}`)
      return
    }
    case 'pass, struck':
      await world.sweep(at(one.k, one.blow)).run()
      return world.coldStart()
    case 'two passes':
      return interleaved(world.sweep(), world.sweep(), one.turns)
    case 'time passes':
      world.clock.now += one.minutes * MINUTE_MS
      return
    case 'it goes on':
      for (let passed = 0; passed < one.passes; passed++) {
        world.clock.now += 15 * MINUTE_MS
        await happen(world, { do: 'pass' })
      }
      return
    case 'all is well':
      return clear(world)
    case 'use':
      return world.use()
    case 'session begins':
    case 'session ends':
      world.sessions.open = one.do === 'session begins'
      return
    case 'cold start':
      return world.coldStart()
    case 'roll back':
      return world.rollBack()
    case 'there and back':
      world.rollBack()
      return world.rollBack()
    case 'consumer':
      world.consumer.state = one.state
      return
    case 'tag':
      return world.secret.tag(one.name, one.value)
  }
}

function clear(world: DrainWorld): void {
  const { tags } = world.secret.describe()
  const wanted = { 'overlap:hold': undefined, 'overlap:mode': 'enforce', 'overlap:evidence': undefined }
  // What is written is a change, from which a drain counts anew.
  for (const [name, value] of Object.entries(wanted))
    if (tags.get(name) !== value) world.secret.tag(name, value)
  world.sessions.open = false
  world.consumer.state = 'done'
}

/** Nothing stands in its way, and nobody uses it: then it goes. */
async function settle(world: DrainWorld): Promise<boolean> {
  clear(world)
  for (let pass = 0; pass < 60; pass++) {
    world.clock.now += 20 * MINUTE_MS
    world.consumer.state = 'done'
    await world.sweep().run()
    if (world.secret.holder('DRAINING') === undefined) return true
  }
  return false
}

async function lived(events: readonly Event[], laxity: Laxity = {}): Promise<DrainWorld> {
  const world = drainWorld(laxity)
  for (const one of events) await happen(world, one)
  return world
}

describe('whatever happens to what drains', () => {
  it('is disabled on proof alone, put back for whoever needs it, removed after its quarantine, and goes at last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(beginnings), fc.array(event, { maxLength: 40 }), async (first, events) => {
        const world = await lived([...first, ...events])
        const rested = await settle(world)
        expect({ rested, violations: world.violations, owed: world.owed() }).toEqual({
          rested: true,
          violations: [],
          owed: [],
        })
      }),
      { numRuns: 400 },
    )
  }, 120_000)
})

const wait = (minutes: number): Event => ({ do: 'time passes', minutes })
const pass: Event = { do: 'pass' }
const passes = (howMany: number, minutes: number): readonly Event[] =>
  Array(howMany)
    .fill([wait(minutes), pass])
    .flat()
const tag = (name: string, value: string): Event => ({ do: 'tag', name, value })

describe('without a guard the invariants fail', () => {
  it.each<{ guard: string; events: readonly Event[]; laxity: Laxity; violation: string }>([
    {
      guard: 'the proof of the quiet time',
      events: [
        tag('overlap:login-log', 'logs:/shop'),
        pass,
        ...passes(6, 15),
        { do: 'use' },
        ...passes(6, 15),
      ],
      laxity: {
        watcher: (watcher) => ({
          ...watcher,
          prove: async (question) => ({ ...(await watcher.prove(question)), lastUse: undefined }),
        }),
      },
      violation: 'disabled what the log shows in use',
    },
    {
      guard: 'the look at consumers',
      events: [tag('overlap:consumers', 'ecs:shop/api'), pass, ...passes(14, 15)],
      laxity: { rollout: () => async () => ({ state: 'done' }) },
      violation: 'disabled before its consumers',
    },
    {
      guard: 'the question whether somebody was refused',
      events: [
        tag('overlap:login-log', 'logs:/shop'),
        pass,
        ...passes(10, 15),
        { do: 'use' },
        ...passes(8, 15),
      ],
      laxity: { watcher: (watcher) => ({ ...watcher, refused: async () => undefined }) },
      violation: 'removed what somebody needs',
    },
  ])('$guard', async ({ events, laxity, violation }) => {
    const { violations } = await lived(events, laxity)
    expect(violations).toContainEqual(expect.stringContaining(violation))
    expect((await lived(events)).violations).toEqual([])
  })
})

/** From the first sight to the free slot, with a consumer and a log; what a blow leaves the next pass finds. */
async function life(struck: number, blow: Blow): Promise<{ calls: number; world: DrainWorld }> {
  const world = drainWorld()
  const strike = at(struck, blow)
  world.secret.tag('overlap:consumers', 'ecs:shop/api')
  world.secret.tag('overlap:login-log', 'logs:/shop')
  for (let passed = 0; passed < 40 && world.secret.holder('DRAINING') !== undefined; passed++) {
    const process = world.sweep(strike)
    if ((await process.run()) === 'killed') world.coldStart()
    world.clock.now += 15 * MINUTE_MS
    if (passed === 2) world.consumer.state = 'done'
  }
  return { calls: strike.calls(), world }
}

describe('the life of what drains', () => {
  it.each(blows)(
    'comes to its end, whatever call is %s',
    async (blow) => {
      const { calls } = await life(0, blow)
      expect(calls).toBeGreaterThan(80)
      for (let k = 1; k <= calls; k++) {
        if (!blowsOn(k).includes(blow)) continue
        const { world } = await life(k, blow)
        expect({ k, draining: world.secret.holder('DRAINING'), violations: world.violations }).toEqual({
          k,
          draining: undefined,
          violations: [],
        })
      }
    },
    60_000,
  )

  it('comes to its end, wherever two sweeps meet', async () => {
    for (const first of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      for (const second of [0, 2, 4, 6, 8]) {
        const world = drainWorld()
        world.secret.tag('overlap:login-log', 'logs:/shop')
        for (let passed = 0; passed < 40 && world.secret.holder('DRAINING') !== undefined; passed++) {
          const one = world.sweep()
          world.coldStart()
          await interleaved(one, world.sweep(), [first, second])
          world.clock.now += 15 * MINUTE_MS
        }
        expect({
          first,
          second,
          left: world.secret.holder('DRAINING'),
          violations: world.violations,
        }).toEqual({
          first,
          second,
          left: undefined,
          violations: [],
        })
      }
  }, 60_000)
})

describe('what a warm function remembers', () => {
  it('is of one version of a secret, and of so many secrets at most', () => {
    const memory = sweepMemory(2)
    memory.of('a', 'old').lookedAt = 1
    memory.of('b', 'old').lookedAt = 2
    expect(memory.of('a', 'old').lookedAt).toBe(1)
    memory.of('c', 'old').lookedAt = 3
    expect(memory.of('b', 'old').lookedAt).toBeUndefined()
    memory.of('c', 'newer')
    expect(memory.of('c', 'old').lookedAt).toBeUndefined()
  })
})
