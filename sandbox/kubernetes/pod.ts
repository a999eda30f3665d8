import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'

/** `broken`: its containers never become ready. */
export type Health = 'healthy' | 'broken'

/** What a container's environment may be made of. */
export interface PodInfo {
  readonly namespace: string
  readonly name: string
  /** Name of the workload. */
  readonly workload: string
  readonly annotations: Readonly<Record<string, string>>
}

export interface PodOptions {
  readonly clock: Clock
  readonly info: PodInfo
  readonly health: Health
  /** Which of its workload's templates it has. */
  readonly revision: string
  /** Ordinal, or node: who of its workload's pods it stands for. */
  readonly place: number
  /** Its containers run. */
  readonly onStarted: (pod: PodInfo) => void
  /** Its containers have ended. */
  readonly onStopped: (pod: PodInfo) => void
  /** It became ready, or is gone. */
  readonly onChange: (pod: Pod) => void
}

/** Milliseconds from creation to running containers, and from there to readiness; and from deletion to its end. */
const STARTING = 2_000
const WARMING = 3_000
const ENDING = 2_000

/** A pod's life by the clock (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/). */
export class Pod {
  readonly uid = randomUUID()
  readonly createdAt: number
  ready = false
  /** Undefined until it is to end. */
  deletedAt: number | undefined
  gone = false
  readonly options: PodOptions
  #started = false
  #timer: Timer | undefined

  constructor(options: PodOptions) {
    this.options = options
    this.createdAt = options.clock.now()
    if (options.health === 'broken') return
    this.#timer = options.clock.after(STARTING, () => {
      this.#started = true
      options.onStarted(options.info)
      this.#timer = options.clock.after(WARMING, () => {
        this.ready = true
        options.onChange(this)
      })
    })
  }

  get staying(): boolean {
    return this.deletedAt === undefined
  }

  delete(): void {
    if (!this.staying) return
    const { clock, onChange } = this.options
    this.deletedAt = clock.now()
    this.ready = false
    this.#timer?.cancel()
    this.#timer = clock.after(ENDING, () => {
      this.discard()
      onChange(this)
    })
  }

  /** Ends at once. */
  discard(): void {
    this.#timer?.cancel()
    if (this.gone) return
    this.gone = true
    if (this.#started) this.options.onStopped(this.options.info)
  }
}
