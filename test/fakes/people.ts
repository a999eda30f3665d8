import { formatHold, HOLD_TAG } from '../../lambdas/rotation/hold.ts'
import { LEAKED_TAG, withLeaked } from '../../lambdas/rotation/leaked.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import type { Promises } from './promised.ts'
import type { FakeSecret } from './secret.ts'

/** What people tell a deployment about a secret. */
export interface People {
  /** Puts the secret on hold; without hours, releases it. */
  hold(hours?: number): void
  mode(mode: Mode): void
  /** Tells that a version leaked. */
  leak(version: string): void
}

export function peopleAround(clock: { now: number }, secret: FakeSecret, promised: Promises): People {
  return {
    hold: (hours) => {
      const until = hours === undefined ? undefined : clock.now + hours * 3600_000
      promised.hold(until)
      secret.tag(HOLD_TAG, until === undefined ? undefined : formatHold({ until, reason: 'a test' }))
      clock.now += 1
    },
    mode: (mode) => {
      promised.mode(mode)
      secret.tag('overlap:mode', mode)
      clock.now += 1
    },
    leak: (version) => {
      secret.tag(LEAKED_TAG, withLeaked(secret.describe().tags.get(LEAKED_TAG), version))
      promised.leaked(version)
    },
  }
}
