import { OverlapError } from '../rotation/errors.ts'
import type { Consumer } from './consumer.ts'
import type { KubernetesCluster } from './kubernetes-cluster.ts'
import {
  progressAfterTakingBack,
  progressBeforeStamp,
  progressOfStamped,
  takenBack,
} from './kubernetes-progress.ts'
import { meets, readStamp, type Stamp, writeStamp } from './kubernetes-stamp.ts'
import { type Synced, syncedFor, type Unsynced } from './kubernetes-synced.ts'
import type { Goal, Rollout } from './rollout.ts'

type KubernetesConsumer = Extract<Consumer, { readonly kind: 'kubernetes' }>

/**
 * Deployments, StatefulSets and DaemonSets of one cluster, restarted by the workload's own strategy, as `kubectl rollout restart` does: the pod template is stamped (kubernetes-stamp.ts), and the
 * controller replaces the pods. Where a Secret is named that is synced from this one, nothing restarts before it is synced; that it will be is up to whoever syncs it,
 * so the consumer is `running` meanwhile. `absent` only where a restart would do.
 */
export function kubernetesRollout(
  clusterName: string,
  cluster: KubernetesCluster,
): Rollout<KubernetesConsumer> {
  const synced = async (consumer: KubernetesConsumer, stamp: Stamp | undefined, goal: Goal) =>
    consumer.synced === undefined
      ? undefined
      : syncedFor(await cluster.secret(consumer.namespace, consumer.synced), stamp, goal)
  return {
    async start(consumer, goal) {
      refuseOther(consumer, clusterName)
      const { annotations } = await cluster.workload(consumer)
      const stamp = readStamp(annotations, goal.secretId)
      if (meets(stamp, goal)) return
      const sync = await synced(consumer, stamp, goal)
      if (isMissing(sync)) return
      await cluster.annotate(consumer, writeStamp(goal, sync?.at))
    },
    async progress(consumer, goal) {
      refuseOther(consumer, clusterName)
      const before = await cluster.workload(consumer)
      if (meets(readStamp(before.annotations, goal.secretId), goal)) return progressOfStamped(before)
      const stamped = takenBack(await cluster.revisions(consumer, before), goal)
      // A stamp that another pass wrote meanwhile is in the history by now: only a template that is read later than the history can lack it.
      const sight = stamped === undefined ? before : await cluster.workload(consumer)
      const stamp = readStamp(sight.annotations, goal.secretId)
      if (meets(stamp, goal)) return progressOfStamped(sight)
      if (stamped !== undefined)
        return progressAfterTakingBack(consumer, sight, stamped, await cluster.pods(consumer, sight), goal)
      const progress = progressBeforeStamp(sight)
      if (progress.state === 'failed') return progress
      const sync = await synced(consumer, stamp, goal)
      if (!isMissing(sync)) return progress
      return { state: 'running', detail: `waits for Secret ${consumer.synced} to be synced: ${sync.missing}` }
    },
  }
}

function isMissing(sync: Synced | Unsynced | undefined): sync is Unsynced {
  return sync !== undefined && 'missing' in sync
}

function refuseOther({ cluster }: KubernetesConsumer, clusterName: string): void {
  if (cluster !== clusterName)
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      `this function serves the cluster ${clusterName} and was asked about ${cluster}: OVERLAP_ROLLOUTS names another function for it`,
    )
}
