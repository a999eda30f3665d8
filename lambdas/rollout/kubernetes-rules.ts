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
  const observed = sight.observedGeneration >= sight.generation
  if (observed && sight.workload === 'deployment' && sight.deadlineExceeded)
    return {
      state: 'failed',
      detail:
        'the Deployment exceeded its progress deadline: its new pods do not become available, and the old ones go on. Find out why from the events of its pods',
    }
  const missing = missingFrom(sight)
  return missing === undefined ? { state: 'done' } : { state: 'running', detail: missing }
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
  if (sight.observedGeneration < sight.generation)
    return 'the cluster has not taken note of the changed template yet'
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

/** kubectl does not compare the revisions of a set that has a partition, not even when that is 0. */
function missingFromStatefulSet(sight: StatefulSetSight) {
  const { wanted, updated, ready, currentRevision, updateRevision } = sight
  if (ready < wanted) return `${ready} of ${wanted} pods are ready`
  if (updated < wanted) return `${updated} of ${wanted} pods are new`
  if (currentRevision !== updateRevision) return `pods go from ${currentRevision} to ${updateRevision}`
  return undefined
}

function missingFromDaemonSet({ wanted, updated, available }: DaemonSetSight) {
  if (updated < wanted) return `${updated} of ${wanted} pods are new`
  if (available < wanted) return `${available} of ${wanted} pods are available`
  return undefined
}
