import type { Step } from '../../lambdas/rotation/event.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import { encodeState, STATE_TAG, stateOf } from '../../lambdas/sweep/state.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { at } from './blows.ts'
import type { EventOfAnyKind } from './events-of-any-kind.ts'
import type { Functions, WarmFunction } from './functions.ts'
import type { People } from './people.ts'
import type { blows, Process, Strike } from './process.ts'
import type { FakeSecret } from './secret.ts'
import { schedules } from './sweep-process.ts'

const MINUTE_MS = 60_000

/**
 * A call that a function sent before it was paused is refused by AWS when it arrives later than this: the function's own time-out,
 * 15 minutes at most, and five minutes for which a signature is good. Shorter than the shortest drain that a deployment allows.
 */
export const ZOMBIE_MS = 20 * MINUTE_MS

/** What a history needs of the world in which it is played. */
export interface Playable extends Functions, People {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  /** Call after labels were edited by hand: what that broke is its own doing. */
  excuse(): void
}

export interface Playing {
  happen(one: EventOfAnyKind): Promise<void>
  /** Call after each event: what it left running by itself is paused. */
  settle(): void
  /** Every function ends. */
  end(): Promise<void>
}

interface Paused {
  readonly process: Process
  readonly since: number
}

/** `schedule` is one that the sweep has seen for long. */
export function playing(
  played: Playable,
  { schedule, mode }: { readonly schedule: string | undefined; readonly mode: Mode },
  zombieMs: number,
): Playing {
  const { clock, secret } = played
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

  const happen = async (one: EventOfAnyKind): Promise<void> => {
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
      case 'a retire function is told to': {
        const versionId = secret.holder('DRAINING') ?? ''
        const request = { action: one.action, secretId: SECRET_ARN, versionId, evenIfUsed: false } as const
        return run(played.retire(request), Number.POSITIVE_INFINITY)
      }
      case 'the tag of what leaked gets lost':
        return secret.tag(LEAKED_TAG, undefined)
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

  return {
    happen,
    settle: () => {
      paused.push(...played.loose.splice(0).map((process) => ({ process, since: clock.now })))
    },
    end: async () => {
      while (paused.length > 0) await resume(0, Number.POSITIVE_INFINITY)
    },
  }
}
