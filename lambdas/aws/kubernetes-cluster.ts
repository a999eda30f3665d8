import type { EKSClient } from '@aws-sdk/client-eks'
import type { KubernetesCluster, Place } from '../rollout/kubernetes-cluster.ts'
import { OverlapError } from '../rotation/errors.ts'
import { clusterEndpoint } from './eks-cluster.ts'
import { eksToken } from './eks-token.ts'
import { kubernetesConnection } from './kubernetes-connection.ts'
import { isNotFound, type KubernetesCall } from './kubernetes-failure.ts'
import {
  controllerRevision,
  daemonSetSight,
  deploymentSight,
  isOwnedBy,
  madeAt,
  replicaSetRevision,
  secretSight,
  statefulSetSight,
} from './kubernetes-sights.ts'

/**
 * Asks for metadata and nothing else: the API server leaves the rest out, and refuses where it cannot
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables, PartialObjectMetadata).
 */
const metadataOf = (kind: string) => ({ Accept: `application/json;as=${kind};g=meta.k8s.io;v=v1` })
const strategicMerge = { 'Content-Type': 'application/strategic-merge-patch+json' }

export interface EksWorkloads {
  readonly client: EKSClient
  /** Name of the cluster, which is in the client's Region. */
  readonly cluster: string
  /** Makes a signal that fires shortly before the function's time is up. */
  readonly signal: () => AbortSignal
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** One EKS cluster, for one invocation. */
export function eksWorkloads({ client, cluster, signal, now }: EksWorkloads): KubernetesCluster {
  const call = kubernetesConnection({
    cluster,
    signal,
    endpoint: () => clusterEndpoint(client, cluster, signal()),
    async token() {
      const { credentials, region } = client.config
      return eksToken({ cluster, region: await region(), credentials, now: new Date(now()) })
    },
  })
  return {
    workload: (place) =>
      call(callOf('get', place), {}, async ({ apps }, options) => {
        switch (place.workload) {
          case 'deployment':
            return deploymentSight(await apps.readNamespacedDeployment(objectOf(place), options))
          case 'statefulset':
            return statefulSetSight(await apps.readNamespacedStatefulSet(objectOf(place), options))
          case 'daemonset':
            return daemonSetSight(await apps.readNamespacedDaemonSet(objectOf(place), options))
        }
      }),
    annotate: (place, annotations) =>
      call(callOf('patch', place), strategicMerge, async ({ apps }, options) => {
        const body = { spec: { template: { metadata: { annotations } } } }
        const patch = { ...objectOf(place), body, fieldManager: 'overlap' }
        switch (place.workload) {
          case 'deployment':
            return void (await apps.patchNamespacedDeployment(patch, options))
          case 'statefulset':
            return void (await apps.patchNamespacedStatefulSet(patch, options))
          case 'daemonset':
            return void (await apps.patchNamespacedDaemonSet(patch, options))
        }
      }),
    async revisions({ namespace, workload }, { uid, selector }) {
      const query = { namespace, labelSelector: selector }
      const list = { verb: 'list', namespace, name: undefined } as const
      if (workload === 'deployment') {
        const { items } = await call({ ...list, resource: 'replicasets.apps' }, {}, ({ apps }, options) =>
          apps.listNamespacedReplicaSet(query, options),
        )
        return items.filter(isOwnedBy(uid)).map(replicaSetRevision)
      }
      const { items } = await call(
        { ...list, resource: 'controllerrevisions.apps' },
        {},
        ({ apps }, options) => apps.listNamespacedControllerRevision(query, options),
      )
      return items.filter(isOwnedBy(uid)).map(controllerRevision)
    },
    async pods({ namespace }, { selector }) {
      const query = {
        namespace,
        labelSelector: selector,
        fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      }
      const { items } = await call(
        { verb: 'list', resource: 'pods', namespace, name: undefined },
        metadataOf('PartialObjectMetadataList'),
        ({ core }, options) => core.listNamespacedPod(query, options),
      )
      return items.map(({ metadata }) => ({
        made: madeAt(metadata),
        ending: metadata?.deletionTimestamp !== undefined,
      }))
    },
    async secret(namespace, name) {
      try {
        const { kind, metadata } = await call(
          { verb: 'get', resource: 'secrets', namespace, name },
          metadataOf('PartialObjectMetadata'),
          ({ core }, options) => core.readNamespacedSecret({ namespace, name }, options),
        )
        if (kind === 'PartialObjectMetadata') return secretSight(metadata)
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
      throw new OverlapError(
        'KUBERNETES_FAILED',
        `get secrets ${name} in namespace ${namespace} of cluster ${cluster}: more than its metadata came, which nobody asked for`,
      )
    },
  }
}

function callOf(verb: KubernetesCall['verb'], { namespace, workload, name }: Place) {
  return { verb, resource: `${workload}s.apps`, namespace, name }
}

function objectOf({ namespace, name }: Place) {
  return { namespace, name }
}
