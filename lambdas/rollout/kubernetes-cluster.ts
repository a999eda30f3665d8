import type { Workload } from './consumer.ts'

/** Where a workload is in a cluster. */
export interface Place {
  readonly namespace: string
  readonly workload: Workload
  readonly name: string
}

export type Annotations = Readonly<Record<string, string>>

interface Sight {
  readonly uid: string
  /** Selects its pods, as a query takes it. */
  readonly selector: string
  /** Of the pod template. */
  readonly annotations: Annotations
  /** Of what is wanted, and of what the controller has taken note of. */
  readonly generation: number
  readonly observedGeneration: number
}

/** What the API says of a workload, as far as a rollout is read from it; its fields are those of https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/. */
export type WorkloadSight = DeploymentSight | StatefulSetSight | DaemonSetSight

export interface DeploymentSight extends Sight {
  readonly workload: 'deployment'
  readonly paused: boolean
  /** The condition `Progressing` has the reason `ProgressDeadlineExceeded`. */
  readonly deadlineExceeded: boolean
  readonly wanted: number
  readonly replicas: number
  readonly updated: number
  readonly available: number
}

export interface StatefulSetSight extends Sight {
  readonly workload: 'statefulset'
  /** `RollingUpdate` or `OnDelete`. */
  readonly strategy: string
  /** Pods with a lower ordinal keep their template. */
  readonly partition: number
  readonly wanted: number
  readonly updated: number
  readonly ready: number
  readonly currentRevision: string
  readonly updateRevision: string
}

export interface DaemonSetSight extends Sight {
  readonly workload: 'daemonset'
  /** `RollingUpdate` or `OnDelete`. */
  readonly strategy: string
  /** Nodes that are to run a pod. */
  readonly wanted: number
  readonly updated: number
  readonly available: number
}

/** A pod template that the workload has, or had: a ReplicaSet of a Deployment, or a ControllerRevision. */
export interface Revision {
  /** As `kubectl rollout history` numbers it. */
  readonly number: number
  /** Of the pod template. */
  readonly annotations: Annotations
  /** Milliseconds since the epoch, in whole seconds, by the clock of the cluster. */
  readonly created: number
}

export interface PodSight {
  /** Milliseconds since the epoch, in whole seconds, by the clock of the cluster. */
  readonly made: number
  /** It is to end. Until it has, its containers may run: for as long as they take, and where its node is lost until somebody deletes it. */
  readonly ending: boolean
}

/** A Secret as its metadata describe it. */
export interface SecretSight {
  /** Milliseconds since the epoch, in whole seconds, by the clock of the cluster. */
  readonly created: number
  /** When each owner of fields last wrote, and whether data are among its fields. */
  readonly writes: readonly { readonly at: number; readonly data: boolean }[]
}

/** One cluster. Every method rejects with `KUBERNETES_FAILED` or `TIME_UP`; then nothing is known. */
export interface KubernetesCluster {
  /** Rejects with `KUBERNETES_FAILED` naming the workload when there is none. */
  workload(place: Place): Promise<WorkloadSight>
  /** Adds annotations to the pod template, or sets them. With the values that they have already nothing happens. */
  annotate(place: Place, annotations: Annotations): Promise<void>
  /** In any order. */
  revisions(place: Place, sight: WorkloadSight): Promise<readonly Revision[]>
  /** Those that are not over, in any order. */
  pods(place: Place, sight: WorkloadSight): Promise<readonly PodSight[]>
  /** Undefined: there is none. Its data are not asked for. */
  secret(namespace: string, name: string): Promise<SecretSight | undefined>
}
