import { LEAKED_TAG } from '../rotation/leaked.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { Action, Waiting } from './action.ts'
import { disabledSince, quietSince } from './drain.ts'
import { waitingIn } from './due.ts'
import { deadline, type Limits } from './lateness.ts'
import { lookIsDue } from './look-due.ts'
import type { Remembered } from './memory.ts'
import { overdueOf } from './overdue.ts'
import type { Sight } from './sight.ts'

/**
 * What a visit left that found nothing to do but to wait: until when no pass can find anything else, unless the secret is changed. Milliseconds since the epoch.
 * Most of the visits of a drain and a quarantine would be such, and each is a call that somebody pays for.
 */
export interface Rest {
  readonly until: number
  readonly lastChanged: number
}

/** Undefined: the next pass is to look again. */
export function restAfter(sight: Sight, action: Action, limits: Limits): Rest | undefined {
  const { secret, now } = sight
  const lastChanged = secret.lastChanged?.getTime()
  // What was put back works until somebody begins anew to retire it, and that is looked for with the next look.
  const waits = action.do === 'wait' || (action.do === 'put-back' && action.because === 'DRAINING')
  if (!waits || lastChanged === undefined) return undefined
  const over = overAt(sight, action.because)
  if (over === undefined) return undefined
  // What is to be told is told when it comes to that, or a day later.
  const tooOld = overdueOf({ ...sight, now: over }, false)?.since ?? over
  const late = action.because === 'DRAINING' ? deadline(sight, limits) : over
  const news = [late, tooOld].filter((at) => at > now)
  return { until: Math.min(over, ...news), lastChanged }
}

/** When the drain or the quarantine is over, if nothing happens. */
function overAt({ policy, state, ...sight }: Sight, because: Waiting): number | undefined {
  if (because === 'DRAINING') return quietSince({ policy, state, ...sight }) + policy.drainSeconds * 1000
  // Whoever is refused stands in a log that each pass reads.
  if (because !== 'QUARANTINE' || state.drain?.off === undefined || policy.loginLogs.length > 0)
    return undefined
  return disabledSince({ policy, state, ...sight }) + policy.quarantineSeconds * 1000
}

/**
 * Does nobody have to visit a listed secret before the next look at who uses what drains? A listing that is late names an older change, or none, and is then no reason
 * to rest; a label that moves makes a visit of its own.
 */
export function isAtRest(
  listed: SecretDescription,
  rememberedOf: (versionId: string) => Remembered,
  sampleEverySeconds: number,
  now: number,
): boolean {
  const version = versionWith(listed, 'DRAINING')
  if (version === undefined || waitingIn(listed) !== undefined || listed.tags.has(LEAKED_TAG)) return false
  const remembered = rememberedOf(version)
  const { rest } = remembered
  return (
    rest !== undefined &&
    now < rest.until &&
    listed.lastChanged?.getTime() === rest.lastChanged &&
    !lookIsDue(remembered, sampleEverySeconds, now)
  )
}
