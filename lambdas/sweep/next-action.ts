import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { dueOf, type Obstacle, waitingIn } from './due.ts'
import type { Sight } from './sight.ts'
import type { SweepState } from './state.ts'

/** What the sweep does next for one secret. */
export type Action =
  /** The replaced version is seen for the first time: its clock starts now. */
  | { readonly do: 'start-drain'; readonly version: string }
  /** The version is AWSCURRENT again: when it is next replaced, its drain begins anew. */
  | { readonly do: 'stop-drain'; readonly version: string }
  /** `OBSERVING`: the drain is over, and the policy does not let anything be disabled. `ON_HOLD` puts off what would begin or end something. */
  | { readonly do: 'wait'; readonly because: 'DRAINING' | 'ROTATION_UNDER_WAY' | 'OBSERVING' | 'ON_HOLD' }
  /** The drain is over: retire the version unless something still uses it, or the secret was changed since. */
  | { readonly do: 'retire'; readonly version: string; readonly evenIfUsed: boolean }
  /** As `wait`, but an attempt to retire the version may have been cut off just before: what that left is put back, and nothing is retired. */
  | { readonly do: 'put-back'; readonly version: string; readonly because: 'OBSERVING' | 'ON_HOLD' }
  /** DRAINING sits on AWSCURRENT and no rotation is about to finish: it belongs on AWSPREVIOUS. */
  | { readonly do: 'move-draining'; readonly from: string; readonly to: string | undefined }
  /** A rotation waits for a slot that has become free: ask Secrets Manager to try it again. */
  | { readonly do: 'resume'; readonly version: string }
  | { readonly do: 'note-pending'; readonly version: string }
  /** A rotation waits for a hold to end: its clock starts again after that, so that it is not given up for having waited. */
  | { readonly do: 'forget-pending'; readonly version: string }
  /** An AWSPENDING that no attempt will ever finish, or has finished for long: take the label away, so that the next rotation can begin. */
  | { readonly do: 'clear-pending'; readonly version: string }
  /** The secret's schedule is seen for the first time, or is none any more: runs before this are made up by nobody. */
  | { readonly do: 'record-plan'; readonly plan: SweepState['plan'] }
  /** A rotation is due: ask for it with this token. */
  | { readonly do: 'request'; readonly token: string }
  | { readonly do: 'nothing'; readonly because?: Obstacle }

/** How long a rotation may be under way before the sweep thinks that it needs help. Well above a rotation's four steps. */
export const PATIENCE_MS = 10 * 60_000

/**
 * One action at a time, the most urgent first; the next pass sees what it led to. Clocks start, and stop, before anything is decided by
 * them. The drain comes before the waiting rotation, because the rotation waits for the drain; but one that can never finish is no reason
 * to wait. A new rotation comes last.
 */
export function nextAction(sight: Sight): Action {
  const { secret, state, hold } = sight
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
  if (waiting !== undefined && state.pending?.version !== waiting && hold === undefined)
    return { do: 'note-pending', version: waiting }
  if (waiting !== undefined && sight.pendingOvertaken === true && sight.pendingDispensable)
    return { do: 'clear-pending', version: waiting }
  if (draining !== undefined) return drain(sight, draining)
  if (waiting !== undefined) return help(sight, waiting)
  return begin(sight)
}

/** Is a rotation asked for by this action, or has it only just begun? Then it is not late. */
export function isUnderWay(action: Action): boolean {
  return (
    action.do === 'request' ||
    action.do === 'note-pending' ||
    (action.do === 'wait' && action.because === 'ROTATION_UNDER_WAY')
  )
}

/**
 * AWSCURRENT, when it drained or was going to: its retirement may have been cut off, or completed, before somebody rolled back to it. Then it must be
 * made to work before anything else is done.
 */
export function perhapsDisabled({ secret, state }: Pick<Sight, 'secret' | 'state'>): string | undefined {
  const current = versionWith(secret, 'AWSCURRENT')
  return current === versionWith(secret, 'DRAINING') || current === state.drain?.version ? current : undefined
}

function wasPublished(secret: SecretDescription, version: string): boolean {
  const labels = secret.versions.get(version) ?? []
  return labels.includes('AWSPREVIOUS') || labels.includes('DRAINING')
}

function drain(sight: Sight, version: string): Action {
  const { state, policy, now, hold } = sight
  const swap = policy.drainSeconds === 0
  if (!swap && state.drain?.version !== version) return { do: 'start-drain', version }
  if (!swap && now - (state.drain?.since ?? now) < policy.drainSeconds * 1000)
    return { do: 'wait', because: 'DRAINING' }
  // Nothing is riskier than to take away a credential that worked.
  const because = hold !== undefined ? 'ON_HOLD' : policy.mode === 'observe' ? 'OBSERVING' : undefined
  if (because === undefined) return { do: 'retire', version, evenIfUsed: swap }
  return mayHaveBegun(sight) ? { do: 'put-back', version, because } : { do: 'wait', because }
}

/** How long after a retirement had to wait each pass still looks whether one was cut off. */
const LOOK_BACK_MS = 3600_000

/** May a pass have begun to retire what this one must not? A tag that forbids it was a change of the secret. */
function mayHaveBegun({ secret, policy, hold, now }: Sight): boolean {
  const since = Math.max(secret.lastChanged?.getTime() ?? now, hold?.since ?? 0)
  return now - since < policy.drainSeconds * 1000 + LOOK_BACK_MS
}

/** What is left to do when a retirement failed: the rotation that waits for the slot may be the very thing that heals it. */
export function afterFailedRetirement(sight: Sight): Action {
  const waiting = waitingIn(sight.secret)
  return waiting === undefined ? { do: 'nothing' } : help(sight, waiting)
}

function help(sight: Sight, version: string): Action {
  const { state, now, secret, abandonSeconds, pendingDispensable, hold } = sight
  if (hold !== undefined)
    return state.pending?.version === version
      ? { do: 'forget-pending', version }
      : { do: 'wait', because: 'ON_HOLD' }
  const age = now - (state.pending?.since ?? now)
  if (age < PATIENCE_MS) return { do: 'wait', because: 'ROTATION_UNDER_WAY' }
  if (pendingDispensable && age >= abandonSeconds * 1000) return { do: 'clear-pending', version }
  // RotateSecret would turn a cancelled rotation on again, which is for a person to do.
  return secret.rotationEnabled ? { do: 'resume', version } : { do: 'nothing' }
}

/**
 * Nothing drains and nothing waits. The plan is written down now and not before, since a tag that is written is a change of the secret, from which a
 * drain would count anew.
 */
function begin(sight: Sight): Action {
  const { state, run, now } = sight
  if (state.plan?.digest !== run?.plan)
    return { do: 'record-plan', plan: run === undefined ? undefined : { digest: run.plan, from: now } }
  const due = dueOf(sight)
  if (due.due) return { do: 'request', token: due.token }
  if (due.because === 'ON_HOLD') return { do: 'wait', because: 'ON_HOLD' }
  return due.because === undefined ? { do: 'nothing' } : { do: 'nothing', because: due.because }
}
