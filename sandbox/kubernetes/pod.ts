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

/** Milliseconds. */
export interface PodPace {
  /** From creation to running containers. */
  readonly startMs: number
  /** From there to readiness. */
  readonly readyMs: number
  /** From deletion to its end. */
  readonly stopMs: number
}

export interface PodOptions {
  readonly clock: Clock
  readonly info: PodInfo
  readonly health: Health
  readonly pace: PodPace
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
    this.#timer = options.clock.after(options.pace.startMs, () => {
      this.#started = true
      options.onStarted(options.info)
      this.#timer = options.clock.after(options.pace.readyMs, () => {
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
    const { clock, pace, onChange } = this.options
    this.deletedAt = clock.now()
    this.ready = false
    this.#timer?.cancel()
    this.#timer = clock.after(pace.stopMs, () => {
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
