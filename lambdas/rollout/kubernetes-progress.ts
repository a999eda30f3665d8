import { quoted } from '../rotation/way-out.ts'
import type { Consumer } from './consumer.ts'
import type { Revision, WorkloadSight } from './kubernetes-cluster.ts'
import { missingFrom, obstacleTo } from './kubernetes-rules.ts'
import { meets, readStamp, writeStamp } from './kubernetes-stamp.ts'
import type { Synced, Unsynced } from './kubernetes-synced.ts'
import type { Goal, Progress } from './rollout.ts'

export type KubernetesConsumer = Extract<Consumer, { readonly kind: 'kubernetes' }>

/** A workload whose template does not have the stamp of the goal. */
export interface Unstamped {
  readonly consumer: KubernetesConsumer
  readonly sight: WorkloadSight
  /** The template that has the stamp, when there was one; it is not the present one. */
  readonly takenBack: Revision | undefined
  /** Of the Secret that has to come first; undefined where none is named. */
  readonly sync: Synced | Unsynced | undefined
  /** When each pod that is neither over nor ending was made, in milliseconds since the epoch. Read last. */
  readonly pods: readonly number[]
}

/** The template that was stamped for the goal; the newest when there are several. */
export function stampedRevision(revisions: readonly Revision[], goal: Goal): Revision | undefined {
  return revisions
    .filter(({ annotations }) => meets(readStamp(annotations, goal.secretId), goal))
    .toSorted((one, other) => other.number - one.number)[0]
}

/**
 * The pods tell: when none is left that was made before the version could be read, all of them have it, whoever restarted them. Otherwise a restart would do, unless
 * Overlap made one already and somebody took its stamp away, by `kubectl rollout undo` or with a tool that replaces the whole template.
 * To stamp it again then would be a quarrel in which pods restart every few minutes, so a person has to see to it.
 */
export function unstampedProgress(unstamped: Unstamped, goal: Goal): Progress {
  const { consumer, sight, takenBack, sync, pods } = unstamped
  const unsynced = sync !== undefined && 'missing' in sync ? sync.missing : undefined
  const missing = missingFrom(sight)
  const older = pods.filter((made) => !isNew(made, unstamped, goal)).length
  const told = `${older} of ${pods.length} pods may have read an older version`
  // Without a pod, too: one that starts later would read what the Secret has.
  if (unsynced === undefined && older === 0 && missing === undefined)
    return { state: 'done', detail: `every pod was made after the version was there: ${pods.length}` }
  const obstacle = obstacleTo(sight)
  if (obstacle !== undefined) return { state: 'failed', detail: obstacle }
  if (unsynced !== undefined)
    return { state: 'running', detail: `waits for Secret ${consumer.synced} to be synced: ${unsynced}` }
  if (missing !== undefined && (older === 0 || takenBack !== undefined))
    return { state: 'running', detail: missing }
  if (takenBack === undefined) return { state: 'absent', detail: `${told}; a restart replaces them` }
  return {
    state: 'failed',
    detail: `revision ${takenBack.number} restarted the pods for this version, and somebody took it back; ${told}. To restart them: ${stampCommand(consumer, takenBack, goal)}`,
  }
}

/**
 * The API rounds times down to seconds: a pod of the second in which the Secret was written may have come first. A Secret that was used for a restart was written in time
 * then, whenever it was written last.
 */
function isNew(made: number, { takenBack, sync }: Unstamped, goal: Goal): boolean {
  if (made < goal.since) return false
  if (sync === undefined) return true
  const recorded = takenBack && readStamp(takenBack.annotations, goal.secretId)?.synced
  const at = recorded ?? ('at' in sync ? sync.at : undefined)
  return at !== undefined && made > at
}

/** What stamps the present template for the goal. */
function stampCommand(
  { namespace, workload, name }: KubernetesConsumer,
  stamped: Revision,
  goal: Goal,
): string {
  const annotations = writeStamp(goal, readStamp(stamped.annotations, goal.secretId)?.synced)
  const patch = JSON.stringify({ spec: { template: { metadata: { annotations } } } })
  return `kubectl --namespace ${namespace} patch ${workload} ${name} --patch ${quoted(patch)}`
}
