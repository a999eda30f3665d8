import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { Action } from './action.ts'
import { drainAction } from './drain.ts'
import { dueOf, waitingIn } from './due.ts'
import { isCurrentLeaked } from './leak.ts'
import type { Sight } from './sight.ts'

/** How long a rotation may be under way before the sweep thinks that it needs help. Well above a rotation's four steps. */
export const PATIENCE_MS = 10 * 60_000

/**
 * One action at a time, the most urgent first; the next pass sees what it led to. Clocks start, and stop, before anything is decided by
 * them. The drain comes before the waiting rotation, because the rotation waits for the drain; but one that can never finish is no reason
 * to wait. A new rotation comes last.
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
  if (draining !== undefined && state.drain?.version !== draining) return drainAction(sight, draining)
  if (waiting !== undefined && state.pending?.version !== waiting && !isHeld(sight))
    return { do: 'note-pending', version: waiting }
  if (waiting !== undefined && sight.pendingOvertaken === true && mayBeGivenUp(sight))
    return { do: 'clear-pending', version: waiting }
  if (draining !== undefined) return drainAction(sight, draining)
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

/** What is left to do when a retirement failed: the rotation that waits for the slot may be the very thing that heals it. */
export function afterFailedRetirement(sight: Sight): Action {
  const waiting = waitingIn(sight.secret)
  return waiting === undefined ? { do: 'nothing' } : help(sight, waiting)
}

/** Its AWSPENDING is all that leads to a key that a crash lost: it stays until that is known to be gone. */
function mayBeGivenUp({ pendingDispensable, pendingOrphan = false }: Sight): boolean {
  return pendingDispensable && pendingOrphan === false
}

/** No hold keeps the replacement of what leaked waiting. */
export function isHeld({ hold, secret }: Sight): boolean {
  return hold !== undefined && !isCurrentLeaked(secret)
}

function help(sight: Sight, version: string): Action {
  const { state, now, secret, abandonSeconds } = sight
  if (isHeld(sight))
    return state.pending?.version === version
      ? { do: 'forget-pending', version }
      : { do: 'wait', because: 'ON_HOLD' }
  const age = now - (state.pending?.since ?? now)
  if (age < PATIENCE_MS) return { do: 'wait', because: 'ROTATION_UNDER_WAY' }
  if (sight.pendingOrphan === true) return { do: 'wait', because: 'ORPHAN_KEY' }
  if (mayBeGivenUp(sight) && age >= abandonSeconds * 1000) return { do: 'clear-pending', version }
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
