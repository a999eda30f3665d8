import { OverlapError } from '../rotation/errors.ts'
import type { KubernetesCluster, WorkloadSight } from './kubernetes-cluster.ts'
import {
  type KubernetesConsumer,
  stampedProgress,
  stampedRevision,
  unstampedProgress,
} from './kubernetes-progress.ts'
import { rolledOut } from './kubernetes-rules.ts'
import { meets, readStamp, type Stamp, writeStamp } from './kubernetes-stamp.ts'
import { syncedFor } from './kubernetes-synced.ts'
import type { Goal, Rollout } from './rollout.ts'

/**
 * Deployments, StatefulSets and DaemonSets of one cluster, restarted by the workload's own strategy, as `kubectl rollout restart` does it: the pod template is
 * stamped (kubernetes-stamp.ts), and the controller replaces the pods. How far that is, it tells by kubectl's own rules; of a workload that is not stamped the pods tell.
 * Nothing else of the template changes. But a pod that starts pulls its image anew where `imagePullPolicy` is Always, so under a tag that was moved it gets another image, as with
 * every pod that is replaced for whatever reason.
 *
 * Where a Secret is named that is synced from this one, nothing restarts before it is synced. That it will be is up to whoever syncs it, so the consumer is
 * `running` meanwhile. A workload with the strategy Recreate, or with a single pod that may not be doubled, is down while it restarts, as with each of its own rollouts.
 */
export function kubernetesRollout(
  clusterName: string,
  cluster: KubernetesCluster,
): Rollout<KubernetesConsumer> {
  const syncOf = async (consumer: KubernetesConsumer, stamp: Stamp | undefined, goal: Goal) =>
    consumer.synced === undefined
      ? undefined
      : syncedFor(await cluster.secret(consumer.namespace, consumer.synced), stamp, goal)
  const stamped = async (consumer: KubernetesConsumer, sight: WorkloadSight, goal: Goal) => {
    const progress = rolledOut(sight)
    return progress.state === 'done'
      ? stampedProgress(sight, await cluster.pods(consumer, sight), goal)
      : progress
  }
  return {
    async start(consumer, goal) {
      refuseOther(consumer, clusterName)
      const { annotations } = await cluster.workload(consumer)
      const stamp = readStamp(annotations, goal.secretId)
      if (meets(stamp, goal)) return undefined
      const sync = await syncOf(consumer, stamp, goal)
      if (sync !== undefined && 'missing' in sync) return undefined
      await cluster.annotate(consumer, writeStamp(goal, sync?.at))
      return undefined
    },
    async progress(consumer, goal) {
      refuseOther(consumer, clusterName)
      const before = await cluster.workload(consumer)
      if (meets(readStamp(before.annotations, goal.secretId), goal)) return stamped(consumer, before, goal)
      const takenBack = stampedRevision(await cluster.revisions(consumer, before), goal)
      // A stamp that another pass wrote meanwhile is among the revisions by now: only a template that is read later than they are can lack it.
      const sight = takenBack === undefined ? before : await cluster.workload(consumer)
      const stamp = readStamp(sight.annotations, goal.secretId)
      if (meets(stamp, goal)) return stamped(consumer, sight, goal)
      const sync = await syncOf(consumer, stamp, goal)
      const pods = await cluster.pods(consumer, sight)
      return unstampedProgress({ consumer, sight, takenBack, sync, pods }, goal)
    },
  }
}

function refuseOther({ cluster }: KubernetesConsumer, clusterName: string): void {
  if (cluster !== clusterName)
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      `this function serves the cluster ${clusterName}, not ${cluster}: OVERLAP_ROLLOUTS has to name another one for it`,
    )
}
