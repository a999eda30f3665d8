import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'

/** What becomes of a task that is started: it runs, its container ends at once, or it never gets as far as to run. */
export type Health = 'healthy' | 'crashing' | 'stuck'

export interface TaskPace {
  /** From creation to running. */
  readonly startMs: number
  /** From the request to stop until the container has ended. */
  readonly stopMs: number
}

export interface TaskEvents {
  /** Its containers run. What a container reads at its start it reads now. */
  started(task: Task): void
  /** Nothing of it runs any more. */
  stopped(task: Task): void
}

/**
 * One task, by the clock of the sandbox.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
export class Task {
  readonly id = randomUUID().replaceAll('-', '')
  readonly revision: number
  readonly createdAt: number
  lastStatus: 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'STOPPED' = 'PROVISIONING'
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'
  startedAt: number | undefined
  stoppedAt: number | undefined
  stoppedReason: string | undefined
  readonly #clock: Clock
  readonly #pace: TaskPace
  readonly #events: TaskEvents
  #timer: Timer | undefined

  constructor(made: {
    clock: Clock
    revision: number
    health: Health
    pace: TaskPace
    events: TaskEvents
    /** As one that has been running since it was made. */
    running: boolean
  }) {
    this.#clock = made.clock
    this.#pace = made.pace
    this.#events = made.events
    this.revision = made.revision
    this.createdAt = this.#clock.now()
    if (made.running) this.#run()
    else this.#timer = this.#clock.after(made.pace.startMs / 2, () => this.#pending(made.health))
  }

  get alive(): boolean {
    return this.lastStatus !== 'STOPPED'
  }

  get runs(): boolean {
    return this.lastStatus === 'RUNNING' && this.desiredStatus === 'RUNNING'
  }

  /** Does nothing to a task that is to end already. */
  stop(reason: string): void {
    if (this.desiredStatus === 'STOPPED') return
    this.desiredStatus = 'STOPPED'
    this.stoppedReason = reason
    this.#timer?.cancel()
    // What runs goes on while the load balancer lets go of it and until it heeds SIGTERM.
    if (this.startedAt === undefined) this.#end()
    else this.#timer = this.#clock.after(this.#pace.stopMs, () => this.#end())
  }

  /** Without telling anybody: the sandbox ends. */
  discard(): void {
    this.#timer?.cancel()
  }

  #pending(health: Health): void {
    this.lastStatus = 'PENDING'
    if (health === 'stuck') return
    this.#timer = this.#clock.after(this.#pace.startMs / 2, () => {
      if (health === 'healthy') return this.#run()
      this.startedAt = this.#clock.now()
      this.desiredStatus = 'STOPPED'
      this.stoppedReason = 'Essential container in task exited'
      this.#end()
    })
  }

  #run(): void {
    this.lastStatus = 'RUNNING'
    this.startedAt = this.#clock.now()
    this.#events.started(this)
  }

  #end(): void {
    this.lastStatus = 'STOPPED'
    this.stoppedAt = this.#clock.now()
    this.#events.stopped(this)
  }
}
