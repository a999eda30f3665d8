import { expect } from 'vitest'
import type { Step } from '../../lambdas/rotation/event.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { perhapsDisabled } from '../../lambdas/sweep/next-action.ts'
import { encodeState, STATE_TAG, stateOf } from '../../lambdas/sweep/state.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { at } from './blows.ts'
import type { Event, History } from './events.ts'
import type { blows, Process } from './process.ts'
import { settle, unrest } from './settle.ts'
import {
  MINUTE_MS,
  type Sabotage,
  type Strike,
  schedules,
  type WarmFunction,
  type World,
  world,
} from './world.ts'

/**
 * A call that a function sent before it was paused is refused by AWS when it arrives later than this: the function's own time-out,
 * 15 minutes at most, and five minutes for which a signature is good. Shorter than the shortest drain that a deployment allows.
 */
const ZOMBIE_MS = 20 * MINUTE_MS

interface Paused {
  readonly process: Process
  readonly since: number
}

/** Plays a history and returns the world as it left it, with every function ended. */
export async function play(
  { start, schedule, mode = 'enforce', events }: History,
  sabotage: Sabotage = {},
  zombieMs = ZOMBIE_MS,
): Promise<World> {
  const played = world(sabotage, start)
  const { clock, secret, target } = played
  const digest = schedules.get(schedule ?? '')?.digest
  if (digest !== undefined) {
    secret.tag('overlap:schedule', schedule)
    const known = stateOf(secret.describe(), clock.now)
    secret.tag(STATE_TAG, encodeState({ ...known, plan: { digest, from: 0 } }))
  }
  played.mode(mode)
  const paused: Paused[] = []
  const warm: { function: WarmFunction; busy: Process | undefined }[] = []

  const run = async (process: Process, budget: number | string) => {
    const since = clock.now
    if ((await process.run(budget)) === 'parked') paused.push({ process, since })
  }
  const resume = async (at: number, budget: number | string) => {
    const [found] = paused.splice(at % paused.length, 1)
    if (found === undefined) return
    if (clock.now - found.since > zombieMs) found.process.kill()
    else if ((await found.process.run(budget)) === 'parked') paused.push(found)
  }
  const functionFor = () => {
    const idle = warm.find(({ busy }) => busy === undefined || busy.state() === 'ended')
    const found = idle ?? { function: played.coldStart(), busy: undefined }
    if (!idle) warm.push(found)
    return found
  }
  const deliver = async (step: Step, token: string, budget: number | string, strike?: Strike) => {
    for (const dead of warm.filter(({ busy }) => busy?.state() === 'killed'))
      warm.splice(warm.indexOf(dead), 1)
    const used = functionFor()
    used.busy = played.deliver(step, token, used.function, strike)
    await run(used.busy, budget)
  }
  let notes = 0
  const version = (index: number) => {
    const ids = secret.versionIds()
    return ids.at(-1 - (index % ids.length)) ?? ''
  }
  const strikeOf = (given: { at: number; how: (typeof blows)[number] } | undefined) =>
    given === undefined ? undefined : at(given.at, given.how)

  const swapBack = () => {
    const [from, to] = [secret.holder('AWSCURRENT'), secret.holder('AWSPREVIOUS')]
    if (from !== undefined && to !== undefined) secret.moveLabel('AWSCURRENT', { from, to })
    played.excuse()
  }

  const happen = async (one: Event): Promise<void> => {
    switch (one.do) {
      case 'the service tries the rotation':
        await played.attempt(strikeOf(one.blow))
        return
      case 'a rotation is asked for':
        return secret.rotate()
      case 'a step is delivered':
        return deliver(one.step, version(one.token), one.calls, strikeOf(one.blow))
      case 'the sweep runs':
        return run(played.sweep(strikeOf(one.blow)), one.calls)
      case 'the sweep runs to its end':
        return run(played.sweep(strikeOf(one.blow)), Number.POSITIVE_INFINITY)
      case 'the sweep hears of a label':
        return run(played.visit(strikeOf(one.blow)), one.calls)
      case 'a paused function goes on':
        return resume(one.which, one.calls)
      case 'a paused function dies':
        paused.splice(one.which % paused.length, 1)[0]?.process.kill()
        return
      case 'time passes':
        clock.now += one.minutes * MINUTE_MS
        return
      case 'a person stores a new password': {
        const { user, ...rest } = played.current()
        const [other, paired] = [user === 'a' ? 'b' : 'a', target.slot('b').stamp !== undefined] as const
        const chosen = one.other && paired ? other : user
        const password = target.newPassword()
        target.setPassword(chosen, password)
        secret.putByHand(JSON.stringify({ ...rest, user: chosen, password }))
        return played.excuse(chosen)
      }
      case 'a person takes AWSPENDING away': {
        const from = secret.holder('AWSPENDING')
        if (from !== undefined) secret.moveLabel('AWSPENDING', { from })
        return
      }
      case 'a person cancels the rotation':
        return secret.cancelRotation()
      case 'a person rolls back':
        return swapBack()
      case 'a person rolls back and forward':
        swapBack()
        return swapBack()
      case 'a person edits the strategy':
        return target.editStrategy()
      case 'a person edits a tag':
        return secret.tag('team', 'shop')
      case 'a person puts it on hold':
        return played.hold(one.hours)
      case 'a person releases it':
        return played.hold()
      case 'a person edits the schedule':
        return secret.tag('overlap:schedule', one.schedule)
      case 'a person edits the mode':
        return played.mode(one.mode)
      case 'a person changes the password at the target':
        return target.setPassword(one.user, target.newPassword())
      case 'a retire function is told to': {
        const versionId = secret.holder('DRAINING') ?? ''
        const request = { action: one.action, secretId: SECRET_ARN, versionId, evenIfUsed: false } as const
        return run(played.retire(request), Number.POSITIVE_INFINITY)
      }
      case 'the tag of what leaked gets lost':
        return secret.tag(LEAKED_TAG, undefined)
      case 'a client connects':
        if (target.slot(one.user).password !== undefined) target.sessions.add(one.user)
        return
      case 'all clients leave':
        return target.sessions.clear()
      case 'a person asks for a rollback': {
        const to = {
          'the version that drains': undefined,
          AWSPREVIOUS: secret.holder('AWSPREVIOUS'),
          any: version(one.which),
        }[one.to]
        return run(played.rollback(to === undefined ? {} : { to }, strikeOf(one.blow)), one.calls)
      }
      case 'a version is told to have leaked': {
        const holder = secret.holder(one.label)
        return holder === undefined ? undefined : played.leak(holder)
      }
      case 'a person stores the value of AWSPREVIOUS': {
        const previous = secret.value(secret.holder('AWSPREVIOUS') ?? '')
        if (previous === undefined) return
        notes += 1
        secret.putByHand(JSON.stringify({ ...JSON.parse(previous), [`note${notes}`]: 'by hand' }))
        played.excuse()
        return target.works(played.current()) ? undefined : played.disown(secret.holder('AWSCURRENT') ?? '')
      }
      case 'a person asks for a repair':
        return run(played.repair(strikeOf(one.blow)), one.calls)
      case 'a retire function is asked': {
        const label = one.action === 'restore' ? 'AWSCURRENT' : 'DRAINING'
        const versionId = secret.holder(label) ?? version(one.which)
        const request = { action: one.action, secretId: SECRET_ARN, versionId, evenIfUsed: false } as const
        return run(played.retire(request, strikeOf(one.blow)), one.calls)
      }
    }
  }

  for (const one of events) {
    await happen(one)
    paused.push(...played.loose.splice(0).map((process) => ({ process, since: clock.now })))
  }
  while (paused.length > 0) await resume(0, Number.POSITIVE_INFINITY)
  return played
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
