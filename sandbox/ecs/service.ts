import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type Health, Task, type TaskPace } from './task.ts'

/** A service, put in place without a call. Its tasks run from the start. */
export interface SeededService {
  readonly cluster: string
  readonly name: string
  /** How many tasks it keeps. Default 1. */
  readonly desiredCount?: number
  /** Default ECS. */
  readonly controller?: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL'
  /** What gives a deployment up whose tasks do not come to run. Default: nothing does. */
  readonly circuitBreaker?: { readonly rollback: boolean }
  /** Default 20 s to start and 5 s to stop. */
  readonly pace?: TaskPace
  /** A task runs: what reads a secret at its start reads it now. It may be called before `seed` has returned. */
  readonly onTaskStarted?: (taskId: string) => void
  /** A task that ran does not any more. */
  readonly onTaskStopped?: (taskId: string) => void
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html */
export interface ServiceDeployment {
  readonly id: string
  readonly revision: number
  readonly createdAt: number
  finishedAt: number | undefined
  status: 'IN_PROGRESS' | 'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_IN_PROGRESS' | 'ROLLBACK_SUCCESSFUL'
  statusReason: string | undefined
  failedTasks: number
}

/**
 * A service that ECS deploys by its default rules: new tasks come up beside the old ones, and those are stopped when as many run as are wanted
 * (minimumHealthyPercent 100, maximumPercent 200). A task that fails is replaced at once; ECS itself waits longer each time.
 */
export class Service {
  readonly seeded: SeededService
  readonly createdAt: number
  /** The newest last. */
  readonly deployments: ServiceDeployment[] = []
  /** Also those that have ended. */
  readonly tasks: Task[] = []
  desiredCount: number
  active = true
  /** Of the tasks of deployments from now on. */
  health: Health = 'healthy'
  readonly #clock: Clock
  readonly #healthOf = new Map<number, Health>()
  /** The revision that is to run. */
  #target = 1
  /** The one that ran before the deployment which is under way. */
  #stable = 1

  constructor(seeded: SeededService, clock: Clock) {
    this.seeded = seeded
    this.#clock = clock
    this.createdAt = clock.now()
    this.desiredCount = seeded.desiredCount ?? 1
    this.#healthOf.set(1, 'healthy')
    for (let made = 0; made < this.desiredCount; made++) this.#launch(true)
  }

  get underWay(): ServiceDeployment | undefined {
    const newest = this.deployments.at(-1)
    return newest?.status === 'IN_PROGRESS' || newest?.status === 'ROLLBACK_IN_PROGRESS' ? newest : undefined
  }

  deploy(): ServiceDeployment {
    const before = this.underWay
    if (before !== undefined) this.#finish(before, 'STOPPED', 'A newer service deployment took its place.')
    const deployment: ServiceDeployment = {
      id: randomUUID().replaceAll('-', '').slice(0, 22),
      revision: this.#healthOf.size + 1,
      createdAt: this.#clock.now(),
      finishedAt: undefined,
      status: 'IN_PROGRESS',
      statusReason: undefined,
      failedTasks: 0,
    }
    this.#healthOf.set(deployment.revision, this.health)
    this.#target = deployment.revision
    this.deployments.push(deployment)
    this.reconcile()
    return deployment
  }

  delete(): void {
    this.active = false
    this.desiredCount = 0
    this.reconcile()
  }

  discard(): void {
    for (const task of this.tasks) task.discard()
  }

  /** Brings what runs closer to what is wanted. Called whenever either changed. */
  reconcile(): void {
    const wanted = this.tasks.filter(
      (task) => task.revision === this.#target && task.desiredStatus === 'RUNNING',
    )
    for (let missing = this.desiredCount - wanted.length; missing > 0; missing--) this.#launch(false)
    for (const task of wanted.slice(this.desiredCount)) task.stop('Scaling activity initiated by deployment')
    if (wanted.filter((task) => task.runs).length < this.desiredCount) return
    const others = this.tasks.filter((task) => task.alive && task.revision !== this.#target)
    for (const task of others) task.stop('Scaling activity initiated by deployment')
    const deployment = this.underWay
    if (deployment === undefined || others.some((task) => task.alive)) return
    this.#stable = this.#target
    if (deployment.status === 'IN_PROGRESS') this.#finish(deployment, 'SUCCESSFUL', undefined)
    else this.#finish(deployment, 'ROLLBACK_SUCCESSFUL', deployment.statusReason)
  }

  #launch(running: boolean): void {
    const { pace = { startMs: 20_000, stopMs: 5_000 }, onTaskStarted, onTaskStopped } = this.seeded
    const task = new Task({
      clock: this.#clock,
      revision: this.#target,
      health: this.#healthOf.get(this.#target) ?? 'healthy',
      pace,
      running,
      events: {
        started: ({ id }) => {
          onTaskStarted?.(id)
          if (!running) this.reconcile()
        },
        stopped: (ended) => {
          if (ended.startedAt !== undefined) onTaskStopped?.(ended.id)
          this.#forget()
          if (ended.stoppedReason === 'Essential container in task exited') this.#failed(ended)
          this.reconcile()
        },
      },
    })
    this.tasks.push(task)
  }

  /** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
  #failed({ revision }: Task): void {
    const deployment = this.underWay
    if (deployment?.status !== 'IN_PROGRESS' || deployment.revision !== revision) return
    deployment.failedTasks++
    const { circuitBreaker } = this.seeded
    const threshold = Math.min(200, Math.max(3, Math.ceil(this.desiredCount / 2)))
    if (circuitBreaker === undefined || deployment.failedTasks < threshold) return
    this.#target = this.#stable
    for (const task of this.tasks)
      if (task.revision === revision) task.stop('Scaling activity initiated by deployment')
    if (circuitBreaker.rollback) {
      deployment.status = 'ROLLBACK_IN_PROGRESS'
      deployment.statusReason =
        'Service deployment rolled back because the circuit breaker threshold was exceeded.'
    } else {
      this.#finish(
        deployment,
        'STOPPED',
        'Service deployment stopped because the circuit breaker threshold was exceeded.',
      )
    }
  }

  #finish(deployment: ServiceDeployment, status: ServiceDeployment['status'], reason: string | undefined) {
    deployment.status = status
    deployment.statusReason = reason
    deployment.finishedAt = this.#clock.now()
  }

  /** ECS shows a task that has ended for about an hour. */
  #forget(): void {
    const gone = this.tasks.filter(({ stoppedAt }) => (stoppedAt ?? Infinity) < this.#clock.now() - 3_600_000)
    for (const task of gone) this.tasks.splice(this.tasks.indexOf(task), 1)
  }
}
