import { LEAKED_TAG } from '../rotation/leaked.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { Action } from './action.ts'
import { quietSince } from './drain.ts'
import { waitingIn } from './due.ts'
import type { Remembered } from './memory.ts'
import type { Sight } from './sight.ts'
import { lookIsDue } from './watch.ts'

/**
 * What a visit left that found nothing to do but to wait: until when no pass can find anything else, unless the secret is changed. Milliseconds since the epoch.
 * Most of the visits of a drain and a quarantine would be such, and each is a call that somebody pays for.
 */
export interface Rest {
  readonly until: number
  readonly lastChanged: number
}

/** Undefined: the next pass is to look again. */
export function restAfter({ secret, policy, state, ...sight }: Sight, action: Action): Rest | undefined {
  const lastChanged = secret.lastChanged?.getTime()
  if (action.do !== 'wait' || lastChanged === undefined) return undefined
  if (action.because === 'DRAINING')
    return {
      until: quietSince({ secret, policy, state, ...sight }) + policy.drainSeconds * 1000,
      lastChanged,
    }
  if (action.because === 'QUARANTINE' && state.drain?.off !== undefined)
    return { until: state.drain.off + policy.quarantineSeconds * 1000, lastChanged }
  return undefined
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
