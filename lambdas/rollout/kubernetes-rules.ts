import type {
  DaemonSetSight,
  DeploymentSight,
  StatefulSetSight,
  WorkloadSight,
} from './kubernetes-cluster.ts'
import type { Progress } from './rollout.ts'

/**
 * How far the workload is with the pod template that it has, by the rules of `kubectl rollout status`
 * (https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go), and stricter where that is content with less: here no pod may be left behind.
 */
export function rolledOut(sight: WorkloadSight): Progress {
  const obstacle = obstacleTo(sight)
  if (obstacle !== undefined) return { state: 'failed', detail: obstacle }
  const broken = brokenBy(sight)
  if (broken !== undefined) return { state: 'failed', detail: `${broken}. ${FIND_OUT}` }
  const missing = missingFrom(sight)
  return missing === undefined ? { state: 'done' } : { state: 'running', detail: missing }
}

export const FIND_OUT = 'Find out why from the events of its pods'

/** What became of the present template where the cluster has given it up. */
export function brokenBy(sight: WorkloadSight): string | undefined {
  return isObserved(sight) && sight.workload === 'deployment' && sight.deadlineExceeded
    ? 'the Deployment exceeded its progress deadline: its new pods do not become available, and the old ones go on'
    : undefined
}

/** Are pods being replaced that have an older template? Then nothing has to begin that. */
export function isReplacing(sight: WorkloadSight): boolean {
  if (!isObserved(sight) || sight.updated < sight.wanted) return true
  if (sight.workload === 'deployment') return sight.replicas > sight.updated
  return sight.workload === 'statefulset' && isBetweenRevisions(sight)
}

function isObserved({ observedGeneration, generation }: WorkloadSight): boolean {
  return observedGeneration >= generation
}

/** Why a changed template would not restart every pod, and what to do; undefined when it would. */
export function obstacleTo(sight: WorkloadSight): string | undefined {
  if (sight.workload === 'deployment')
    return sight.paused
      ? 'the Deployment is paused, so nothing restarts its pods: resume it with kubectl rollout resume'
      : undefined
  if (sight.strategy !== 'RollingUpdate')
    return `its update strategy is ${sight.strategy}, so a changed template restarts nothing: delete its pods one after another, or set RollingUpdate`
  if (sight.workload === 'statefulset' && sight.partition > 0)
    return `its update strategy has the partition ${sight.partition}, which leaves pods behind: set it to 0`
  return undefined
}

/** What of the present template is not up yet; undefined when all of it is. */
export function missingFrom(sight: WorkloadSight): string | undefined {
  if (!isObserved(sight)) return 'the cluster has not taken note of the changed template yet'
  switch (sight.workload) {
    case 'deployment':
      return missingFromDeployment(sight)
    case 'statefulset':
      return missingFromStatefulSet(sight)
    case 'daemonset':
      return missingFromDaemonSet(sight)
  }
}

function missingFromDeployment({ wanted, replicas, updated, available }: DeploymentSight) {
  if (updated < wanted) return `${updated} of ${wanted} pods are new`
  if (replicas > updated) return `${replicas - updated} old pods are about to end`
  if (available < updated) return `${available} of ${updated} new pods are available`
  return undefined
}

function missingFromStatefulSet(sight: StatefulSetSight) {
  const { wanted, updated, ready, currentRevision, updateRevision } = sight
  if (ready < wanted) return `${ready} of ${wanted} pods are ready`
  if (updated < wanted) return `${updated} of ${wanted} pods are new`
  if (isBetweenRevisions(sight)) return `pods go from ${currentRevision} to ${updateRevision}`
  return undefined
}

/**
 * kubectl does not compare the revisions of a set that has a partition, not even when that is 0. Where pods are only replaced by whoever deletes them, the controller
 * leaves the current revision as it was (https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/statefulset/stateful_set_utils.go, completeRollingUpdate).
 */
function isBetweenRevisions({ strategy, currentRevision, updateRevision }: StatefulSetSight): boolean {
  return strategy === 'RollingUpdate' && currentRevision !== updateRevision
}

function missingFromDaemonSet({ wanted, updated, available }: DaemonSetSight) {
  if (updated < wanted) return `${updated} of ${wanted} pods are new`
  if (available < wanted) return `${available} of ${wanted} pods are available`
  return undefined
}
