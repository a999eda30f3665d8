import { describe, expect, it } from 'vitest'
import { STATE_TAG } from '../../lambdas/sweep/state.ts'
import { settle, unrest } from '../fakes/settle.ts'
import { schedules } from '../fakes/sweep-process.ts'
import { DRAIN_MS, HOUR_MS, MINUTE_MS, type World, world } from '../fakes/world.ts'

/**
 * A secret as an earlier release left it: its sweep knew neither modes nor schedules, and wrote the state tag without a plan. The owner has said `enforce`
 * before the upgrade, as the release notes ask.
 */
function leftBy(start: 'steady' | 'draining', note: (world: World) => string): World {
  const left = world({}, start)
  left.secret.tag(STATE_TAG, note(left))
  return left
}

const iso = (ms: number) => new Date(ms).toISOString()
const stateTag = ({ secret }: World) => secret.describe().tags.get(STATE_TAG)

/** In mid-drain: seen replaced an hour ago. */
const inMidDrain = () =>
  leftBy('draining', ({ secret, clock }) => {
    const draining = secret.holder('DRAINING')
    const tag = `v=1 draining=${draining} since=${iso(clock.now)}`
    clock.now += HOUR_MS
    return tag
  })

describe('an upgrade in mid-drain', () => {
  it('goes on with the clock that runs, and disables when that says so', async () => {
    const left = inMidDrain()
    // The note itself was the last change of the secret.
    const since = left.secret.describe().lastChanged?.getTime() ?? 0
    const before = stateTag(left)
    await left.sweep().run()
    expect(stateTag(left)).toBe(before)
    const disabled = () => left.target.slot('a').stamp?.state === 'disabled'
    left.clock.now = since + DRAIN_MS - MINUTE_MS
    await left.sweep().run()
    expect(disabled()).toBe(false)
    left.clock.now = since + DRAIN_MS + MINUTE_MS
    await left.sweep().run()
    expect([disabled(), left.violations]).toEqual([true, []])
  })

  it('writes its plan only after the drain, which a write would begin anew', async () => {
    const left = inMidDrain()
    left.secret.tag('overlap:schedule', 'daily')
    await settle(left, () => left.secret.holder('DRAINING') === undefined, 10)
    expect(stateTag(left)).not.toContain('plan=')
    await left.sweep().run()
    expect(stateTag(left)).toContain(`plan=${schedules.get('daily')?.digest} from=`)
    expect(left.violations).toEqual([])
  })

  it('retires nothing as long as nobody has said enforce', async () => {
    const left = inMidDrain()
    left.mode('observe')
    await settle(left, () => false, 12)
    expect(left.target.slot('a').stamp?.state).toBe('live')
    left.mode('enforce')
    expect(await settle(left, () => unrest(left).length === 0, 12)).toBe(true)
    expect(left.violations).toEqual([])
  })
})

describe('an upgrade in mid-rotation', () => {
  const inMidRotation = () => {
    const left = world({}, 'steady')
    left.secret.rotate()
    const waiting = left.secret.holder('AWSPENDING')
    left.secret.tag(STATE_TAG, `v=1 pending=${waiting} waiting=${iso(left.clock.now)}`)
    return { left, waiting }
  }

  it('knows the rotation that waits, and resumes that very one', async () => {
    const { left, waiting } = inMidRotation()
    while (left.secret.takeTry());
    left.clock.now += 15 * MINUTE_MS
    await left.sweep().run()
    expect(left.secret.takeTry()).toBe(true)
    await left.attempt()
    expect([left.secret.holder('AWSCURRENT'), left.violations]).toEqual([waiting, []])
  })

  it('goes on from any of its steps', async () => {
    for (const done of [0, 1, 2, 3] as const) {
      const { left, waiting = '' } = inMidRotation()
      const warm = left.coldStart()
      for (const step of (['createSecret', 'setSecret', 'testSecret'] as const).slice(0, done))
        await left.deliver(step, waiting, warm).run()
      left.secret.tag('overlap:schedule', 'daily')
      const rested = () => left.secret.holder('AWSCURRENT') === waiting && unrest(left).length === 0
      expect(await settle(left, rested, 20)).toBe(true)
      expect(left.violations).toEqual([])
    }
  })

  it('asks for nothing else while it waits, and for the next run of its new schedule after that', async () => {
    const { left, waiting } = inMidRotation()
    left.secret.tag('overlap:schedule', 'twice-a-day')
    await settle(left, () => unrest(left).length === 0, 30)
    expect(left.secret.holder('AWSCURRENT')).toBe(waiting)
    const before = left.secret.versionIds().length
    await settle(left, () => left.secret.versionIds().length > before, 60)
    await settle(left, () => unrest(left).length === 0, 30)
    expect([left.secret.versionIds().length, left.violations]).toEqual([before + 1, []])
  })
})
