import { quoted } from '../rotation/way-out.ts'
import type { Consumer } from './consumer.ts'
import type { PodSight, Revision, WorkloadSight } from './kubernetes-cluster.ts'
import { brokenBy, FIND_OUT, isReplacing, missingFrom, obstacleTo } from './kubernetes-rules.ts'
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
  /** Those that are not over. Read last. */
  readonly pods: readonly PodSight[]
}

/** The template that was stamped for the goal; the newest when there are several. */
export function stampedRevision(revisions: readonly Revision[], goal: Goal): Revision | undefined {
  return revisions
    .filter(({ annotations }) => meets(readStamp(annotations, goal.secretId), goal))
    .toSorted((one, other) => other.number - one.number)[0]
}

/**
 * How far a workload is that is rolled out by the rules, with the stamp. Kubernetes does not count a pod that is to end, which may run on for as long as it takes.
 */
export function stampedProgress(
  { annotations }: WorkloadSight,
  pods: readonly PodSight[],
  goal: Goal,
): Progress {
  const synced = readStamp(annotations, goal.secretId)?.synced
  const leaving = pods.filter((pod) => pod.ending && !isNew(pod, goal, synced)).length
  return leaving === 0 ? { state: 'done' } : { state: 'running', detail: endingOf(leaving) }
}

/**
 * The pods tell: when none is left that was made before the version could be read, all of them have it, whoever restarted them. Otherwise a restart would do, unless
 * one is under way, or would only bring about what does not come up; or Overlap made one already and somebody took its stamp away, by `kubectl rollout undo` or with a tool
 * that replaces the whole template. To stamp it again then would be a quarrel in which pods restart every few minutes, so a person has to see to it.
 */
export function unstampedProgress(unstamped: Unstamped, goal: Goal): Progress {
  const { consumer, sight, takenBack, sync } = unstamped
  const unsynced = sync !== undefined && 'missing' in sync ? sync.missing : undefined
  const missing = missingFrom(sight)
  const { staying, older, leaving } = counted(unstamped, goal)
  const told = `${older} of ${staying} pods may have read an older version`
  // Without a pod, too: one that starts later would read what the Secret has.
  if (unsynced === undefined && older === 0 && missing === undefined)
    return leaving === 0
      ? { state: 'done', detail: `every pod was made after the version was there: ${staying}` }
      : { state: 'running', detail: endingOf(leaving) }
  const obstacle = obstacleTo(sight)
  if (obstacle !== undefined) return { state: 'failed', detail: obstacle }
  if (unsynced !== undefined)
    return { state: 'running', detail: `waits for Secret ${consumer.synced} to be synced: ${unsynced}` }
  const broken = brokenBy(sight)
  if (broken !== undefined)
    return {
      state: 'failed',
      detail: `${broken}, and a restart would come to the same; ${told}. ${FIND_OUT}, and roll out what works`,
    }
  if (missing !== undefined && (older === 0 || takenBack !== undefined || isReplacing(sight)))
    return { state: 'running', detail: missing }
  if (takenBack === undefined) return { state: 'absent', detail: `${told}; a restart replaces them` }
  return {
    state: 'failed',
    detail: `revision ${takenBack.number} restarted the pods for this version, and somebody took it back; ${told}. To restart them: ${stampCommand(consumer, takenBack, goal)}`,
  }
}

/** `older`, `leaving`: that may have read an older version, and are to stay or to end. */
function counted({ pods, takenBack, sync }: Unstamped, goal: Goal) {
  // A Secret that was used for a restart was written in time then, whenever it was written last.
  const recorded = takenBack && readStamp(takenBack.annotations, goal.secretId)?.synced
  const known = sync !== undefined && 'at' in sync ? sync.at : Number.POSITIVE_INFINITY
  const synced = sync === undefined ? undefined : (recorded ?? known)
  const old = pods.filter((pod) => !isNew(pod, goal, synced))
  return {
    staying: pods.filter(({ ending }) => !ending).length,
    older: old.filter(({ ending }) => !ending).length,
    leaving: old.filter(({ ending }) => ending).length,
  }
}

/** The API rounds times down to seconds: a pod of the second in which the Secret was written may have come first. */
function isNew({ made }: PodSight, goal: Goal, synced: number | undefined): boolean {
  return made >= goal.since && (synced === undefined || made > synced)
}

function endingOf(leaving: number): string {
  return `${leaving} old pods have not ended yet, and may use what they read until they have. One whose node is lost ends when somebody deletes it by force`
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
