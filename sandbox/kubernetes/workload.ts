import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'
import { type Health, Pod, type PodInfo, type PodPace } from './pod.ts'
import { nextSteps, type Steps } from './steps.ts'

export type WorkloadKind = 'deployment' | 'statefulset' | 'daemonset'
export type Annotations = Readonly<Record<string, string>>

export interface SeededWorkload {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  /** Of a DaemonSet: how many nodes there are. Default 3. */
  readonly replicas?: number
  /** Of the pod template. Default none. */
  readonly annotations?: Annotations
  /** Default RollingUpdate; a Deployment has no other here. */
  readonly strategy?: 'RollingUpdate' | 'OnDelete'
  /** Of a StatefulSet. Default 0. */
  readonly partition?: number
  /** Default 600. */
  readonly progressDeadlineSeconds?: number
  /** Of its pods. Default 2 s to start, 3 s to become ready and 2 s to stop. */
  readonly pace?: PodPace
  /** Its containers run: the moment at which an application reads its environment. Default: nobody hears of it. */
  readonly onPodStarted?: (pod: PodInfo) => void
  readonly onPodStopped?: (pod: PodInfo) => void
}

/** A template that the workload has or had, kept as a ReplicaSet or a ControllerRevision. */
export interface TemplateRevision {
  readonly id: string
  readonly uid: string
  readonly annotations: Annotations
  readonly createdAt: number
  number: number
}

/** Milliseconds until the controller takes note of a change. */
const NOTICING = 200
const defaultPace: PodPace = { startMs: 2_000, readyMs: 3_000, stopMs: 2_000 }
/** The API server keeps ten by default. */
const HISTORY_LIMIT = 10

/** A Deployment, StatefulSet or DaemonSet, and its controller, by the clock. */
export class Workload {
  readonly uid = randomUUID()
  readonly seeded: SeededWorkload
  readonly createdAt: number
  generation = 1
  observedGeneration = 0
  annotations: Annotations
  replicas: number
  paused = false
  partition: number
  health: Health = 'healthy'
  deadlineExceeded = false
  revisions: TemplateRevision[] = []
  pods: Pod[] = []
  /** Of a StatefulSet: what all of its pods had last. */
  settledRevision = ''
  readonly #clock: Clock
  #counter = 0
  #noticing: Timer | undefined
  #deadline: Timer | undefined

  constructor(seeded: SeededWorkload, clock: Clock) {
    this.seeded = seeded
    this.#clock = clock
    this.createdAt = clock.now()
    this.annotations = seeded.annotations ?? {}
    this.replicas = seeded.replicas ?? 3
    this.partition = seeded.partition ?? 0
    this.#changed()
  }

  /** The template that its new pods get. */
  get present(): TemplateRevision | undefined {
    return this.revisions.reduce<TemplateRevision | undefined>(
      (newest, one) => (newest === undefined || one.number > newest.number ? one : newest),
      undefined,
    )
  }

  get staying(): readonly Pod[] {
    return this.pods.filter((pod) => pod.staying)
  }

  /** Sets what is given. As with the API server, what is as it was makes no new generation. */
  change(wanted: Partial<Pick<Workload, 'annotations' | 'replicas' | 'paused' | 'partition'>>): void {
    const before = JSON.stringify([sorted(this.annotations), this.replicas, this.paused, this.partition])
    Object.assign(this, wanted)
    const after = JSON.stringify([sorted(this.annotations), this.replicas, this.paused, this.partition])
    if (before === after) return
    this.generation++
    this.#changed()
  }

  /** As `kubectl rollout undo`; default: to the one before. Throws when there is none. */
  undo(toRevision?: number): void {
    const older = this.revisions.toSorted((one, other) => other.number - one.number)
    const wanted = toRevision === undefined ? older[1] : older.find(({ number }) => number === toRevision)
    if (wanted === undefined)
      throw new Error(`unable to find specified revision ${toRevision ?? ''} in history`)
    this.change({ annotations: wanted.annotations })
  }

  /** As `kubectl rollout restart`. */
  restart(): void {
    const restartedAt = new Date(this.#clock.now()).toISOString()
    this.change({ annotations: { ...this.annotations, 'kubectl.kubernetes.io/restartedAt': restartedAt } })
  }

  /** Ends every pod at once; nothing happens any more. */
  discard(): void {
    this.#noticing?.cancel()
    this.#deadline?.cancel()
    for (const pod of this.pods) pod.discard()
    this.pods = []
  }

  #changed(): void {
    this.#noticing?.cancel()
    this.#noticing = this.#clock.after(NOTICING, () => {
      this.observedGeneration = this.generation
      if (!this.paused) this.#record()
      this.#progressed()
      this.#reconcile()
    })
  }

  /** A template that was there before gets the newest number, and stays the object that it was. */
  #record(): void {
    const text = JSON.stringify(sorted(this.annotations))
    const number = (this.present?.number ?? 0) + 1
    const known = this.revisions.find(({ annotations }) => JSON.stringify(sorted(annotations)) === text)
    if (known !== undefined) {
      if (known !== this.present) known.number = number
      return
    }
    const { annotations } = this
    const id = `${this.seeded.name}-${randomUUID().slice(0, 8)}`
    this.revisions.push({ id, uid: randomUUID(), annotations, createdAt: this.#clock.now(), number })
    const used = new Set(this.pods.map(({ options }) => options.revision))
    this.revisions = this.revisions
      .toSorted((one, other) => other.number - one.number)
      .filter((revision, index) => index <= HISTORY_LIMIT || used.has(revision.id))
    if (this.settledRevision === '') this.settledRevision = id
  }

  #reconcile(): void {
    for (;;) {
      const { create, remove } = this.#steps()
      for (const place of create) this.#create(place)
      for (const pod of remove) pod.delete()
      if (create.length === 0 && remove.length === 0) break
    }
    this.#settle()
  }

  #steps(): Steps<Pod> {
    const { present } = this
    if (present === undefined) return { create: [], remove: [] }
    const { kind, strategy = 'RollingUpdate' } = this.seeded
    return nextSteps({
      kind,
      wanted: this.replicas,
      rolling: strategy === 'RollingUpdate' && !this.paused,
      partition: this.partition,
      pods: this.pods.map((pod) => ({
        pod,
        place: pod.options.place,
        isNew: pod.options.revision === present.id,
        ready: pod.ready,
        staying: pod.staying,
      })),
    })
  }

  #create(place: number): void {
    const isLeftBehind = this.seeded.kind === 'statefulset' && place < this.partition
    const revision =
      this.revisions.find(({ id }) => id === this.settledRevision && isLeftBehind) ?? this.present
    if (revision === undefined) return
    const { namespace, name: workload, kind, pace = defaultPace } = this.seeded
    const name =
      kind === 'statefulset' ? `${workload}-${place}` : `${revision.id}-${(this.#counter++).toString(36)}`
    const pod = new Pod({
      clock: this.#clock,
      info: { namespace, name, workload, annotations: revision.annotations },
      health: this.health,
      pace,
      revision: revision.id,
      place,
      onStarted: (info) => this.seeded.onPodStarted?.(info),
      onStopped: (info) => this.seeded.onPodStopped?.(info),
      onChange: (changed) => {
        this.pods = this.pods.filter(({ gone }) => !gone)
        if (changed.ready) this.#progressed()
        this.#reconcile()
      },
    })
    this.pods.push(pod)
  }

  /** From the last progress on counts how long the next may take (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds). */
  #progressed(): void {
    this.#deadline?.cancel()
    this.deadlineExceeded = false
    const seconds = this.seeded.progressDeadlineSeconds ?? 600
    this.#deadline = this.#clock.after(seconds * 1000, () => {
      this.deadlineExceeded = this.seeded.kind === 'deployment' && !this.#complete() && !this.paused
    })
  }

  #complete(): boolean {
    const { staying, present, replicas } = this
    const isNew = (pod: Pod) => pod.options.revision === present?.id && pod.ready
    return staying.length === replicas && staying.every(isNew)
  }

  #settle(): void {
    if (!this.#complete()) return
    this.deadlineExceeded = false
    // The controller of a StatefulSet completes what it rolls out itself, and nothing else.
    if (this.seeded.strategy !== 'OnDelete') this.settledRevision = this.present?.id ?? ''
  }
}

function sorted(annotations: Annotations): readonly (readonly [string, string])[] {
  return Object.entries(annotations).toSorted(([one], [other]) => (one < other ? -1 : 1))
}
