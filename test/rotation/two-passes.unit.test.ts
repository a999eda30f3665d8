import { describe, expect, it } from 'vitest'
import { stateOf } from '../../lambdas/sweep/state.ts'
import type { Functions } from '../fakes/functions.ts'
import { keyWorld } from '../fakes/key-world.ts'
import type { Process } from '../fakes/process.ts'
import type { FakeSecret } from '../fakes/secret.ts'
import { settle } from '../fakes/settle.ts'
import { HOUR_MS, MINUTE_MS } from '../fakes/world.ts'
import { iamLike } from '../fakes/written-key-events.ts'
import { on, stateOfOld } from './out-of-use.ts'

/** Longer than any drain here. */
const DAY_MS = 24 * HOUR_MS
/** Half an hour each: more than two drains and two quarantines take. */
const PASSES = 60

/** A secret whose drain is over: the next pass disables what was replaced. */
interface Drained extends Functions {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly violations: readonly string[]
  /** Is what was replaced out of use, and on record as that? */
  isDisabled(): boolean
  /** Consumers that still have sessions with what was replaced. */
  readonly sessions: { add(user: 'a'): unknown; clear(): void }
}

async function withTwoSlots(): Promise<Drained> {
  const played = await on('drained')
  return {
    ...played,
    isDisabled: () => stateOfOld(played) === 'disabled',
    sessions: played.target.sessions,
  }
}

async function withKeys(): Promise<Drained> {
  const played = keyWorld(iamLike, 'draining')
  const { secret, server, clock } = played
  const old = JSON.parse(secret.value(secret.holder('DRAINING') ?? '') ?? '{}')
  await played.sweep().run()
  clock.now += DAY_MS
  const isActive = () => server.keys(old.account).some(({ keyId, active }) => keyId === old.keyId && active)
  return {
    ...played,
    isDisabled: () => !isActive() && server.tags(old.account).get(old.keyId)?.state === 'disabled',
    sessions: new Set<'a'>(),
  }
}

interface Meeting {
  readonly begun: () => Promise<Drained>
  readonly begin?: (played: Drained) => Process
  readonly meanwhile?: (played: Drained) => Promise<unknown>
  /** When both are over. */
  readonly after?: (played: Drained) => Promise<unknown>
}

/**
 * A pass is paused before each of its calls in turn, and goes on when another one is over: what the sweep's tag says of the replaced version then, and what is so. In the end it is removed in any
 * case, and nobody was hurt.
 */
async function endsOf({
  begun,
  begin = (played) => played.sweep(),
  meanwhile = (played) => played.sweep().run(),
  after = async () => {},
}: Meeting): Promise<readonly string[]> {
  const ends: string[] = []
  let reached = true
  for (let k = 1; reached; k++) {
    const played = await begun()
    const { clock, secret, violations, sessions } = played
    const slow = begin(played)
    reached = (await slow.run(k)) === 'parked'
    clock.now += 1_000
    await meanwhile(played)
    clock.now += 1_000
    if (reached) await slow.run()
    await after(played)
    const isToldOff = stateOf(secret.describe(), clock.now).drain?.off !== undefined
    ends.push(`told as ${isToldOff ? 'disabled' : 'valid'}, is ${played.isDisabled() ? 'disabled' : 'valid'}`)
    sessions.clear()
    expect(await settle(played, () => secret.holder('DRAINING') === undefined, PASSES)).toBe(true)
    expect(violations).toEqual([])
  }
  return ends
}

const disabled = 'told as disabled, is disabled'
const valid = 'told as valid, is valid'

describe('a pass that is slower than another one', () => {
  it('undoes nothing when it is refused because that one has written that it is done', async () => {
    const ends = await endsOf({ begun: withTwoSlots })
    expect(ends.length).toBeGreaterThan(20)
    expect(new Set(ends)).toEqual(new Set([disabled]))
  })

  it('undoes, where there is no lock, what that one did between its own look at the record and its write', async () => {
    const ends = await endsOf({ begun: withKeys })
    expect(ends.length).toBeGreaterThan(20)
    // A look finds that out, and it drains anew.
    expect(ends.filter((end) => end !== disabled)).toEqual(['told as disabled, is valid'])
  })

  it('puts back what that one disabled when it sees somebody there, and says so', async () => {
    const ends = await endsOf({
      begun: withTwoSlots,
      async meanwhile(played) {
        await played.sweep().run()
        played.sessions.add('a')
      },
    })
    expect(new Set(ends)).toEqual(new Set([disabled, valid]))
  })

  it.each([
    { target: 'two slots', begun: withTwoSlots },
    { target: 'keys that are minted', begun: withKeys },
  ])(
    'puts nothing back that an attempt may have left, once that one has written that it is done: $target',
    async ({ begun }) => {
      const ends = await endsOf({
        begun,
        begin(played) {
          // As far as this one knows a drain begins anew.
          played.secret.tag('team', 'shop')
          return played.sweep()
        },
        meanwhile(played) {
          played.clock.now += DAY_MS
          return played.sweep().run()
        },
      })
      expect(ends.length).toBeGreaterThan(10)
      expect(new Set(ends)).toEqual(new Set([disabled]))
    },
  )

  it.each([
    { target: 'two slots', begun: withTwoSlots },
    { target: 'keys that are minted', begun: withKeys },
  ])(
    'whose word of what that one put back meanwhile is wrong is corrected by the next look: $target',
    async ({ begun }) => {
      const ends = await endsOf({
        begun,
        meanwhile(played) {
          // As far as that one knows a drain begins anew, and what was cut off is put back.
          played.secret.tag('team', 'shop')
          return played.sweep().run()
        },
        async after(played) {
          played.clock.now += 31 * MINUTE_MS
          await played.sweep().run()
        },
      })
      expect(ends.length).toBeGreaterThan(20)
      expect(ends.filter((end) => end !== disabled && end !== valid)).toEqual([])
    },
  )
})
