import type { Policy } from '../rotation/policy.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { SweepState } from './state.ts'

/** What the sweep does next for one secret. */
export type Action =
  /** The replaced version is seen for the first time: its clock starts now. */
  | { readonly do: 'start-drain'; readonly version: string }
  /** The version is AWSCURRENT again: when it is next replaced, its drain begins anew. */
  | { readonly do: 'stop-drain'; readonly version: string }
  | { readonly do: 'wait'; readonly because: 'DRAINING' | 'ROTATION_UNDER_WAY' }
  /** The drain is over: retire the version unless something still uses it, or the secret was changed since. */
  | { readonly do: 'retire'; readonly version: string; readonly evenIfUsed: boolean }
  /** DRAINING sits on AWSCURRENT and no rotation is about to finish: it belongs on AWSPREVIOUS. */
  | { readonly do: 'move-draining'; readonly from: string; readonly to: string | undefined }
  /** A rotation waits for a slot that has become free: ask Secrets Manager to try it again. */
  | { readonly do: 'resume'; readonly version: string }
  | { readonly do: 'note-pending'; readonly version: string }
  /** An AWSPENDING that no attempt will ever finish, or has finished for long: take the label away, so that the next rotation can begin. */
  | { readonly do: 'clear-pending'; readonly version: string }
  | { readonly do: 'nothing' }

export interface Sight {
  readonly secret: SecretDescription
  readonly policy: Policy
  readonly state: SweepState
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Seconds after which an AWSPENDING that did not become AWSCURRENT is given up. */
  readonly abandonSeconds: number
  /** Can the AWSPENDING version be given up without losing a password that only it holds? undefined: nobody has asked, or knows. */
  readonly pendingDispensable: boolean | undefined
  /** Is the AWSPENDING version older than AWSCURRENT? undefined: nobody has asked. */
  readonly pendingOvertaken: boolean | undefined
}

/** How long a rotation may be under way before the sweep thinks that it needs help. Well above a rotation's four steps. */
export const PATIENCE_MS = 10 * 60_000

/**
 * One action at a time, the most urgent first; the next pass sees what it led to. Clocks start, and stop, before anything is decided by
 * them. The drain comes before the waiting rotation, because the rotation waits for the drain; but one that can never finish is no reason
 * to wait.
 */
export function nextAction(sight: Sight): Action {
  const { secret, state } = sight
  const labelled = versionWith(secret, 'DRAINING')
  const current = versionWith(secret, 'AWSCURRENT')
  const waiting = waitingIn(secret)
  const draining = labelled === current ? undefined : labelled

  // Published before and rolled back: every step of its rotation is refused as stale.
  if (waiting !== undefined && wasPublished(secret, waiting)) return { do: 'clear-pending', version: waiting }
  if (state.drain !== undefined && state.drain.version === current)
    return { do: 'stop-drain', version: state.drain.version }
  // Beside a waiting rotation the label is that rotation's, about to finish.
  if (labelled !== undefined && labelled === current && waiting === undefined)
    return { do: 'move-draining', from: labelled, to: versionWith(secret, 'AWSPREVIOUS') }
  if (draining !== undefined && state.drain?.version !== draining) return drain(sight, draining)
  if (waiting !== undefined && state.pending?.version !== waiting)
    return { do: 'note-pending', version: waiting }
  if (waiting !== undefined && sight.pendingOvertaken === true)
    return { do: 'clear-pending', version: waiting }
  if (draining !== undefined) return drain(sight, draining)
  if (waiting !== undefined) return help(sight, waiting)
  return { do: 'nothing' }
}

/**
 * AWSCURRENT, when it drained or was going to: its retirement may have been cut off, or completed, just before somebody rolled back to it. Then it
 * must be made to work before anything else is done.
 */
export function perhapsDisabled({ secret, state }: Sight): string | undefined {
  const current = versionWith(secret, 'AWSCURRENT')
  return current === versionWith(secret, 'DRAINING') || current === state.drain?.version ? current : undefined
}

function wasPublished(secret: SecretDescription, version: string): boolean {
  const labels = secret.versions.get(version) ?? []
  return labels.includes('AWSPREVIOUS') || labels.includes('DRAINING')
}

function drain({ state, policy, now }: Sight, version: string): Action {
  if (policy.drainSeconds === 0) return { do: 'retire', version, evenIfUsed: true }
  if (state.drain?.version !== version) return { do: 'start-drain', version }
  if (now - state.drain.since < policy.drainSeconds * 1000) return { do: 'wait', because: 'DRAINING' }
  return { do: 'retire', version, evenIfUsed: false }
}

/** What is left to do when a retirement failed: the rotation that waits for the slot may be the very thing that heals it. */
export function afterFailedRetirement(sight: Sight): Action {
  const waiting = waitingIn(sight.secret)
  return waiting === undefined ? { do: 'nothing' } : help(sight, waiting)
}

function help({ state, now, secret, abandonSeconds, pendingDispensable }: Sight, version: string): Action {
  const age = now - (state.pending?.since ?? now)
  if (age < PATIENCE_MS) return { do: 'wait', because: 'ROTATION_UNDER_WAY' }
  if (pendingDispensable === true && age >= abandonSeconds * 1000) return { do: 'clear-pending', version }
  // RotateSecret would turn a cancelled rotation on again, which is for a person to do.
  return secret.rotationEnabled ? { do: 'resume', version } : { do: 'nothing' }
}

/** An AWSPENDING left on AWSCURRENT is a rotation that has finished. */
function waitingIn(secret: SecretDescription): string | undefined {
  const pending = versionWith(secret, 'AWSPENDING')
  return pending === versionWith(secret, 'AWSCURRENT') ? undefined : pending
}
