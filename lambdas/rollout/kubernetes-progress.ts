import type { Place, Revision, WorkloadSight } from './kubernetes-cluster.ts'
import { obstacleTo, rolledOut } from './kubernetes-rules.ts'
import { meets, readStamp, writeStamp } from './kubernetes-stamp.ts'
import type { Goal, Progress } from './rollout.ts'

/** The template has the stamp of this goal: how far the cluster is with it. */
export function progressOfStamped(sight: WorkloadSight): Progress {
  return rolledOut(sight)
}

/** The stamp of this goal is nowhere: what a restart would do. */
export function progressBeforeStamp(sight: WorkloadSight): Progress {
  const obstacle = obstacleTo(sight)
  return obstacle === undefined ? { state: 'absent' } : { state: 'failed', detail: obstacle }
}

/** The template that has the stamp of this goal, when it is not the present one. */
export function takenBack(revisions: readonly Revision[], goal: Goal): Revision | undefined {
  return revisions
    .filter(({ annotations }) => meets(readStamp(annotations, goal.secretId), goal))
    .toSorted((one, other) => other.number - one.number)[0]
}

/**
 * Overlap restarted the workload, and then somebody took its stamp away: by `kubectl rollout undo`, or by a tool that replaces the whole template with each of its
 * own rollouts. To stamp it again would be a quarrel, in which pods restart every few minutes. What counts is what the pods
 * have read: when each of them was made after the stamped template, by the same clock, they are all there. Otherwise a person has to see to it.
 *
 * `pods`: when each pod was made; like the template's time in whole seconds, so that one of the same second may have come first.
 */
export function progressAfterTakingBack(
  place: Place,
  sight: WorkloadSight,
  stamped: Revision,
  pods: readonly number[],
  goal: Goal,
): Progress {
  const progress = rolledOut(sight)
  const older = pods.filter((made) => made <= stamped.created).length
  const happened = `the template was stamped for this version (revision ${stamped.number}), and somebody took that back`
  if (older === 0)
    return progress.state === 'done'
      ? { state: 'done', detail: `${happened}; every pod was made later` }
      : progress
  if (progress.state === 'running') return progress
  return {
    state: 'failed',
    detail: `${happened}; ${older} of ${pods.length} pods are older. To restart them: ${stampCommand(place, stamped, goal)}`,
  }
}

/** What stamps the present template for the goal. */
function stampCommand({ namespace, workload, name }: Place, stamped: Revision, goal: Goal): string {
  const annotations = writeStamp(goal, readStamp(stamped.annotations, goal.secretId)?.synced)
  const patch = JSON.stringify({ spec: { template: { metadata: { annotations } } } })
  return `kubectl --namespace ${namespace} patch ${workload} ${name} --patch '${patch.replaceAll("'", "'\\''")}'`
}
