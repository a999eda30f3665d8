import type { Pod } from './pod.ts'
import type { Secret } from './secret.ts'
import type { TemplateRevision, Workload } from './workload.ts'

type Json = Readonly<Record<string, unknown>>

export const plurals = {
  deployment: 'deployments',
  statefulset: 'statefulsets',
  daemonset: 'daemonsets',
} as const
const kinds = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' } as const

/** The API tells whole seconds, rounded down. */
export function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** Labels of a workload's pods. */
export function labelsOf({ seeded }: Workload): Readonly<Record<string, string>> {
  return { app: seeded.name }
}

/** A workload as the API tells of it; counts that are 0 are left out, as it does. */
export function workloadObject(workload: Workload): Json {
  const { seeded, generation, observedGeneration, uid, createdAt } = workload
  const { kind, namespace, name } = seeded
  return {
    apiVersion: 'apps/v1',
    kind: kinds[kind],
    metadata: { name, namespace, uid, generation, creationTimestamp: time(createdAt) },
    spec: {
      ...(kind === 'daemonset' ? {} : { replicas: workload.replicas }),
      selector: { matchLabels: labelsOf(workload) },
      template: template(workload, workload.annotations),
      ...strategyOf(workload),
    },
    status: withoutZeros({ observedGeneration, ...statusOf(workload) }),
  }
}

function strategyOf({ seeded, paused, partition }: Workload): Json {
  const { kind, strategy: type = 'RollingUpdate', progressDeadlineSeconds = 600 } = seeded
  if (kind === 'deployment')
    return {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds,
      ...(paused ? { paused } : {}),
    }
  const rollingUpdate = kind === 'statefulset' ? { partition } : { maxSurge: 0, maxUnavailable: 1 }
  return { updateStrategy: type === 'RollingUpdate' ? { type, rollingUpdate } : { type } }
}

function statusOf(workload: Workload): Json {
  const { staying, present, seeded } = workload
  const fresh = staying.filter(({ options }) => options.revision === present?.id)
  const ready = staying.filter((pod) => pod.ready).length
  switch (seeded.kind) {
    case 'deployment':
      return {
        replicas: staying.length,
        updatedReplicas: fresh.length,
        readyReplicas: ready,
        availableReplicas: ready,
        unavailableReplicas: Math.max(0, workload.replicas - ready),
        conditions: [progressing(workload)],
      }
    case 'statefulset':
      return {
        replicas: staying.length,
        updatedReplicas: fresh.length,
        readyReplicas: ready,
        availableReplicas: ready,
        currentRevision: workload.settledRevision,
        updateRevision: present?.id,
      }
    case 'daemonset':
      return {
        desiredNumberScheduled: workload.replicas,
        currentNumberScheduled: staying.length,
        updatedNumberScheduled: fresh.length,
        numberReady: ready,
        numberAvailable: ready,
      }
  }
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status */
function progressing({ deadlineExceeded, present }: Workload): Json {
  const type = 'Progressing'
  return deadlineExceeded
    ? {
        type,
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `ReplicaSet "${present?.id}" has timed out progressing.`,
      }
    : {
        type,
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: `ReplicaSet "${present?.id}" is progressing.`,
      }
}

function template(workload: Workload, annotations: Json): Json {
  return {
    metadata: { labels: labelsOf(workload), annotations },
    spec: { containers: [{ name: 'main', image: `${workload.seeded.name}:1` }] },
  }
}

export function replicaSetObject(workload: Workload, revision: TemplateRevision): Json {
  const replicas = workload.staying.filter(({ options }) => options.revision === revision.id).length
  return {
    metadata: {
      ...revisionMetadata(workload, revision),
      annotations: { 'deployment.kubernetes.io/revision': `${revision.number}` },
    },
    spec: {
      replicas,
      selector: { matchLabels: labelsOf(workload) },
      template: template(workload, revision.annotations),
    },
    status: { replicas },
  }
}

export function controllerRevisionObject(workload: Workload, revision: TemplateRevision): Json {
  return {
    metadata: revisionMetadata(workload, revision),
    revision: revision.number,
    data: { spec: { template: { $patch: 'replace', ...template(workload, revision.annotations) } } },
  }
}

function revisionMetadata(workload: Workload, { id, uid, createdAt }: TemplateRevision): Json {
  const { kind, namespace, name } = workload.seeded
  return {
    name: id,
    namespace,
    uid,
    labels: labelsOf(workload),
    creationTimestamp: time(createdAt),
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: kinds[kind], name, uid: workload.uid, controller: true },
    ],
  }
}

export function podMetadata(workload: Workload, { options, uid, createdAt, deletedAt }: Pod): Json {
  return {
    name: options.info.name,
    namespace: options.info.namespace,
    uid,
    labels: labelsOf(workload),
    annotations: options.info.annotations,
    creationTimestamp: time(createdAt),
    ...(deletedAt === undefined ? {} : { deletionTimestamp: time(deletedAt) }),
  }
}

export function secretMetadata({ namespace, name, uid, createdAt, writes }: Secret): Json {
  return {
    name,
    namespace,
    uid,
    creationTimestamp: time(createdAt),
    managedFields: writes.map(({ manager, at, fields }) => ({
      manager,
      operation: 'Update',
      apiVersion: 'v1',
      time: time(at),
      fieldsType: 'FieldsV1',
      fieldsV1: fields,
    })),
  }
}

function withoutZeros(status: Json): Json {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0 && value !== undefined))
}
