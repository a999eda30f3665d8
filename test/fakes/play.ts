import { expect } from 'vitest'
import { perhapsDisabled } from '../../lambdas/sweep/next-action.ts'
import { stateOf } from '../../lambdas/sweep/state.ts'
import type { Event, History } from './events.ts'
import { playing, ZOMBIE_MS } from './playing.ts'
import { settle, unrest } from './settle.ts'
import { type TwoSlotSabotage, type World, world } from './world.ts'

/** Plays a history and returns the world as it left it, with every function ended. */
export async function play(
  { start, schedule, mode = 'enforce', events }: History,
  sabotage: TwoSlotSabotage = {},
  zombieMs = ZOMBIE_MS,
): Promise<World> {
  const played = world(sabotage, start)
  const going = playing(played, { schedule, mode }, zombieMs)
  let notes = 0
  for (const one of events) {
    await happen(one)
    going.settle()
  }
  await going.end()
  return played

  async function happen(one: Event): Promise<void> {
    const { secret, target } = played
    switch (one.do) {
      case 'a person stores a new password': {
        const { user, ...rest } = played.current()
        const [other, paired] = [user === 'a' ? 'b' : 'a', target.slot('b').stamp !== undefined] as const
        const chosen = one.other && paired ? other : user
        const password = target.newPassword()
        target.setPassword(chosen, password)
        secret.putByHand(JSON.stringify({ ...rest, user: chosen, password }))
        return played.excuse(chosen)
      }
      case 'a person edits the strategy':
        return target.editStrategy()
      case 'a person changes the password at the target':
        return target.setPassword(one.user, target.newPassword())
      case 'a client connects':
        if (target.slot(one.user).password !== undefined) target.sessions.add(one.user)
        return
      case 'all clients leave':
        return target.sessions.clear()
      case 'a person stores the value of AWSPREVIOUS': {
        const previous = secret.value(secret.holder('AWSPREVIOUS') ?? '')
        if (previous === undefined) return
        notes += 1
        secret.putByHand(JSON.stringify({ ...JSON.parse(previous), [`note${notes}`]: 'by hand' }))
        played.excuse()
        return target.works(played.current()) ? undefined : played.disown(secret.holder('AWSCURRENT') ?? '')
      }
      default:
        return going.happen(one)
    }
  }
}

/**
 * Faults and holds are over, and somebody asks every six hours: a rotation must finish, and what it replaces must drain. One that can never finish
 * is given up after a day.
 */
export async function recover(played: World): Promise<void> {
  const { secret, target, current } = played
  target.sessions.clear()
  const works = () => target.works(current())
  played.hold()
  played.mode('enforce')
  // As LEAKED asks whoever stored a leaked value once more.
  if (played.holdsLeaked(secret.holder('AWSCURRENT') ?? '')) played.leak(secret.holder('AWSCURRENT') ?? '')
  if (!works() && played.owed()) {
    // The sweep's tag remembers one version. Going back to another one is seen only when its event comes.
    const known = perhapsDisabled({
      secret: secret.describe(),
      state: stateOf(secret.describe(), played.clock.now),
    })
    if (known === undefined) await played.visit().run()
    expect(await settle(played, works, 12)).toBe(true)
  }
  if (!works()) {
    // A person broke it by hand and repairs it by hand.
    const password = target.newPassword()
    target.setPassword(current().user, password)
    secret.putByHand(JSON.stringify({ ...current(), password }))
    played.excuse(current().user)
  }
  const pending = secret.holder('AWSPENDING')
  if (pending !== undefined && pending !== secret.holder('AWSCURRENT')) {
    // After a rollback to the user that a rotation was about to take, TARGET_CHANGED tells a person to do this.
    const value = secret.value(pending)
    const ownPlace = value !== undefined && JSON.parse(value).user === current().user
    if (ownPlace) secret.moveLabel('AWSPENDING', { from: pending })
  }
  const before = secret.holder('AWSCURRENT')
  const rotated = () => secret.holder('AWSCURRENT') !== before
  const rested = () => rotated() && unrest(played).length === 0
  for (let schedule = 0; schedule < 10 && !rested(); schedule++) {
    if (!rotated()) secret.rotate()
    await settle(played, rested, 12)
  }
  expect(unrest(played)).toEqual([])
  expect(secret.holder('AWSCURRENT')).not.toBe(before)
  expect(played.violations).toEqual([])
}
