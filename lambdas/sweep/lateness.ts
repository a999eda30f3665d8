import { lastHoldEnd } from '../rotation/hold.ts'
import { phaseOf } from './drain.ts'
import { GRACE_MS } from './overdue.ts'
import type { Deployment, Sight, Use } from './sight.ts'

export type Limits = Pick<Deployment, 'name' | 'rolloutLimitSeconds' | 'freezes'>

/** What whoever asks remembers, or was told, of the version that drains. */
export interface Known {
  /** The last use that anybody has seen. */
  readonly lastUse?: Use | undefined
  /** Is the secret changed again and again, so that its last change is no reason to wait any more? */
  readonly isEdited?: boolean
}

/** A note is written moments after what it notes, or says how long after. */
const NOTE_MS = 10 * 60_000

/** Should it have been over by now, whatever keeps it? */
export function isLate(sight: Sight, version: string, limits: Limits, known: Known = {}): boolean {
  const phase = phaseOf(sight, version)
  const canEnd = isToEnd(sight) && sight.policy.drainSeconds > 0
  return canEnd && phase !== 'unseen' && phase !== 'disabled' && sight.now > deadline(sight, limits, known)
}

/** When it should have been over; milliseconds since the epoch. */
export function deadline(sight: Sight, limits: Limits, known: Known = {}): number {
  const begun = known.isEdited ? beganAt(sight, limits) : clockOf(sight, limits)
  return begun + (limits.rolloutLimitSeconds + sight.policy.drainSeconds) * 1000 + GRACE_MS
}

/** When every consumer should have been on the new version; milliseconds since the epoch. */
export function rolloutDeadline(sight: Sight, limits: Limits): number {
  return clockOf(sight, limits) + limits.rolloutLimitSeconds * 1000
}

/** On hold, and in mode observe, nothing is late: somebody decided that it stays. */
export function isToEnd({ policy, hold }: Pick<Sight, 'policy' | 'hold'>): boolean {
  return policy.mode === 'enforce' && hold === undefined
}

function beganAt({ secret, state, now }: Sight, { freezes }: Limits): number {
  return Math.max(state.drain?.since ?? now, lastHoldEnd(secret.tags, freezes, now) ?? 0)
}

/**
 * What was replaced long ago may only just have become something to end: a hold was released, the mode was changed, consumers were declared. Each of these was a
 * change of the secret; the sweep's own note of a use was one, too, and is none of these.
 */
function clockOf(sight: Sight, limits: Limits): number {
  const changed = sight.secret.lastChanged?.getTime() ?? 0
  const { seen, noted = seen } = sight.state.drain ?? {}
  const isOwnNote = noted !== undefined && Math.abs(changed - noted) <= NOTE_MS
  return Math.max(beganAt(sight, limits), isOwnNote ? 0 : changed)
}
