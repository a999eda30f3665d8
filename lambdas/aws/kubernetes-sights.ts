import type { V1ControllerRevision } from '@kubernetes/client-node/dist/gen/models/V1ControllerRevision.js'
import type { V1DaemonSet } from '@kubernetes/client-node/dist/gen/models/V1DaemonSet.js'
import type { V1Deployment } from '@kubernetes/client-node/dist/gen/models/V1Deployment.js'
import type { V1LabelSelector } from '@kubernetes/client-node/dist/gen/models/V1LabelSelector.js'
import type { V1ObjectMeta } from '@kubernetes/client-node/dist/gen/models/V1ObjectMeta.js'
import type { V1PodTemplateSpec } from '@kubernetes/client-node/dist/gen/models/V1PodTemplateSpec.js'
import type { V1ReplicaSet } from '@kubernetes/client-node/dist/gen/models/V1ReplicaSet.js'
import type { V1StatefulSet } from '@kubernetes/client-node/dist/gen/models/V1StatefulSet.js'
import type {
  Annotations,
  DaemonSetSight,
  DeploymentSight,
  Revision,
  SecretSight,
  StatefulSetSight,
} from '../rollout/kubernetes-cluster.ts'

/** A count that is absent is 0: the API leaves those out. `spec.replicas` is always there, since the API fills in 1. */
export function deploymentSight({ metadata, spec, status }: V1Deployment): DeploymentSight {
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing')
  return {
    workload: 'deployment',
    ...sight(metadata, spec, status?.observedGeneration),
    paused: spec?.paused ?? false,
    deadlineExceeded: progressing?.reason === 'ProgressDeadlineExceeded',
    wanted: spec?.replicas ?? 1,
    replicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
  }
}

export function statefulSetSight({ metadata, spec, status }: V1StatefulSet): StatefulSetSight {
  return {
    workload: 'statefulset',
    ...sight(metadata, spec, status?.observedGeneration),
    strategy: spec?.updateStrategy?.type ?? 'RollingUpdate',
    partition: spec?.updateStrategy?.rollingUpdate?.partition ?? 0,
    wanted: spec?.replicas ?? 1,
    updated: status?.updatedReplicas ?? 0,
    ready: status?.readyReplicas ?? 0,
    currentRevision: status?.currentRevision ?? '',
    updateRevision: status?.updateRevision ?? '',
  }
}

export function daemonSetSight({ metadata, spec, status }: V1DaemonSet): DaemonSetSight {
  return {
    workload: 'daemonset',
    ...sight(metadata, spec, status?.observedGeneration),
    strategy: spec?.updateStrategy?.type ?? 'RollingUpdate',
    wanted: status?.desiredNumberScheduled ?? 0,
    updated: status?.updatedNumberScheduled ?? 0,
    available: status?.numberAvailable ?? 0,
  }
}

interface Spec {
  readonly selector: V1LabelSelector
  readonly template: V1PodTemplateSpec
}

function sight(metadata: V1ObjectMeta | undefined, spec: Spec | undefined, observed: number | undefined) {
  return {
    uid: metadata?.uid ?? '',
    selector: selectorQuery(spec?.selector),
    annotations: spec?.template.metadata?.annotations ?? {},
    generation: metadata?.generation ?? 0,
    observedGeneration: observed ?? 0,
  }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function selectorQuery({ matchLabels = {}, matchExpressions = [] }: Partial<V1LabelSelector> = {}): string {
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const further = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
  })
  return [...equal, ...further].join(',')
}

export function replicaSetRevision({ metadata, spec }: V1ReplicaSet): Revision {
  return revision(
    metadata,
    Number(metadata?.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
    spec?.template?.metadata?.annotations,
  )
}

/** Its `data` are the part of the workload that it restores: `{spec: {template}}`. */
export function controllerRevision({ metadata, revision: number, data }: V1ControllerRevision): Revision {
  const { spec } = (data ?? {}) as { readonly spec?: { readonly template?: V1PodTemplateSpec } }
  return revision(metadata, number, spec?.template?.metadata?.annotations)
}

function revision(
  metadata: V1ObjectMeta | undefined,
  number: number,
  annotations: Annotations | undefined,
): Revision {
  return { number, annotations: annotations ?? {}, created: madeAt(metadata) }
}

export function secretSight(metadata: V1ObjectMeta | undefined): SecretSight {
  const writes = (metadata?.managedFields ?? []).flatMap(({ time, fieldsV1 }) =>
    time === undefined ? [] : [{ at: time.getTime(), data: 'f:data' in (fieldsV1 ?? {}) }],
  )
  return { created: madeAt(metadata), writes }
}

export function isOwnedBy(uid: string) {
  return ({ metadata }: { readonly metadata?: V1ObjectMeta }) =>
    metadata?.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true
}

/** Milliseconds since the epoch. */
export function madeAt(metadata: V1ObjectMeta | undefined): number {
  return metadata?.creationTimestamp?.getTime() ?? 0
}
