import type { SecretSight } from './kubernetes-cluster.ts'
import type { Stamp } from './kubernetes-stamp.ts'
import type { Goal } from './rollout.ts'

/** Milliseconds since the epoch: whoever reads the Secret gets what was written then, at least. */
export interface Synced {
  readonly at: number
}

/** What is still waited for, as the end of a sentence. */
export interface Unsynced {
  readonly missing: string
}

/**
 * Does a pod that starts now find the goal's version in a Secret that is synced from it? Without a look at its data, the API server's own record of who wrote which
 * fields when is what tells (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management):
 * the time of whoever owns the field `data`, which moves when one of the owner's fields gets another value, and not when it is written once more as it is.
 *
 * It relies on a writer that updates the Secret in place when its data change, and then. The External Secrets Operator does, at its `refreshInterval`; so does the
 * Secrets Store CSI driver's rotation for a Secret of its `secretObjects`. Where that driver only mounts files there is no Secret to name: a pod
 * that starts gets what is there. A writer that changes only a label, or another key of the same Secret, moves that time as well, so a restart may come too early:
 * the replaced credential is then seen in use, and stays.
 *
 * After a rollback the version is older than what the Secret was last written with. Where the workload was stamped with the version that is rolled back, whatever was written
 * after what it read then is taken for synced, since nobody knows when the rollback was. Otherwise it has to be newer than `created`.
 *
 * `stamp`: what the workload's template has.
 */
export function syncedFor(
  secret: SecretSight | undefined,
  stamp: Stamp | undefined,
  goal: Goal,
): Synced | Unsynced {
  if (secret === undefined) return { missing: 'there is no such Secret' }
  const at = lastWritten(secret)
  const wrong = stamp !== undefined && stamp.versionId === goal.rolledBack ? stamp.synced : undefined
  if (wrong !== undefined && at > wrong) return { at }
  if (at < goal.created) return { missing: `its data were last written at ${iso(at)}` }
  if (stamp?.synced !== undefined && at <= stamp.synced && stamp.versionId !== goal.versionId)
    return { missing: `its data were last written at ${iso(at)}, with version ${stamp.versionId}` }
  return { at }
}

/** Whoever strips the record of owners leaves the time at which the Secret was made: its data are no older. */
function lastWritten({ created, writes }: SecretSight): number {
  return Math.max(created, ...writes.filter(({ data }) => data).map(({ at }) => at))
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
