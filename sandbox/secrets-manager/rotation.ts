import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'
import type { EventPublisher, TrailEventName } from './events.ts'
import { addPending } from './labels.ts'
import {
  failureMessage,
  isUnderWay,
  type Rotation,
  type RotationRecord,
  startedAttempt,
} from './rotation-record.ts'
import { type FunctionInvoker, runSteps } from './rotation-steps.ts'
import { RotationWindows } from './rotation-windows.ts'
import { type Secret, unfinishedVersion } from './secrets.ts'

/** What a secret's rotation is doing. At most one of `running` and `retry` is set. */
interface Progress {
  readonly secret: Secret
  running: Rotation | undefined
  retry: { readonly rotation: Rotation; readonly timer: Timer } | undefined
  /** Asked for while `running` was under way; begins when that ends. */
  queued: Rotation | undefined
  waiters: (() => void)[]
}

/**
 * The service's own side of a rotation
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html):
 *
 *   RotateSecret attaches AWSPENDING to a version with no value -> createSecret -> setSecret -> testSecret -> finishSecret
 *   -> AWSPENDING is taken away -> LastRotatedDate and the schedule move on.
 *
 * A step that fails ends the attempt, and all four steps are tried again with the same token. One secret has one invocation under
 * way at any time. How often and when AWS tries again is not documented: `retryDelaysMs` decides here.
 */
export class RotationRunner {
  readonly #clock: Clock
  readonly #events: EventPublisher
  readonly #functions: FunctionInvoker
  readonly #retryDelaysMs: readonly number[]
  readonly #progress = new Map<string, Progress>()
  readonly #history = new Map<string, RotationRecord[]>()
  readonly #attempts = new Set<Promise<void>>()
  readonly #windows: RotationWindows
  #closed = false

  constructor(options: {
    readonly clock: Clock
    readonly events: EventPublisher
    readonly functions: FunctionInvoker
    readonly retryDelaysMs: readonly number[]
  }) {
    this.#clock = options.clock
    this.#events = options.events
    this.#functions = options.functions
    this.#retryDelaysMs = options.retryDelaysMs
    this.#windows = new RotationWindows(options.clock, (secret) => this.#due(secret))
  }

  canInvoke(functionArn: string): boolean {
    return this.#functions.exists(functionArn)
  }

  /** Begins the rotation whose version, AWSPENDING and perhaps without a value, is there already. Returns at once. */
  start(secret: Secret, token: string, functionArn: string): void {
    this.#begin(secret, { kind: 'rotation', token, functionArn })
  }

  /** A lone testSecret; the version's AWSPENDING is taken away again afterwards. */
  startTest(secret: Secret, token: string, functionArn: string): void {
    this.#begin(secret, { kind: 'test', token, functionArn })
  }

  /** Tries an unfinished rotation again now, unless an attempt is under way or rotation was turned off. */
  reattempt(secret: Secret): void {
    const progress = this.#progressOf(secret)
    const version = unfinishedVersion(secret)
    if (!version || !secret.rotation?.enabled || progress.running) return
    this.#begin(secret, { kind: 'rotation', token: version.id, functionArn: secret.rotation.functionArn })
  }

  /** The RotationToken that a put of this version must bring, while its rotation is under way. */
  rotationToken(secret: Secret, versionId: string): string | undefined {
    const progress = this.#progress.get(secret.arn)
    const rotation = [progress?.running, progress?.retry?.rotation, progress?.queued].find(
      (candidate) => candidate?.token === versionId,
    )
    return rotation?.rotationToken
  }

  /** Ends a rotation after the step that is under way. Its AWSPENDING stays. */
  interrupt(secret: Secret, reason: 'cancelled' | 'deleted'): void {
    const progress = this.#progress.get(secret.arn)
    if (!progress) return
    if (progress.running) progress.running.interrupted = reason
    progress.queued = undefined
    this.#dropRetry(progress)
    this.#windows.cancel(secret)
    this.#settle(progress)
  }

  /** Must be told after labels moved: a retry of a version that is not AWSPENDING any more is dropped. */
  labelsMoved(secret: Secret): void {
    const progress = this.#progress.get(secret.arn)
    if (progress?.retry && !isUnderWay(secret, progress.retry.rotation.token)) {
      this.#dropRetry(progress)
      this.#settle(progress)
    }
  }

  /** Computes the next window from the rules and the last rotation, and waits for it. */
  schedule(secret: Secret): void {
    this.#windows.schedule(secret)
  }

  /** A rotation that was left unfinished is tried again instead of a new one being begun. */
  #due(secret: Secret): void {
    const { rotation } = secret
    if (!rotation) return
    if (unfinishedVersion(secret)) {
      this.reattempt(secret)
      return
    }
    const token = randomUUID()
    addPending(secret, token, this.#clock.now())
    this.start(secret, token, rotation.functionArn)
  }

  /** Resolves when no invocation for this secret is under way, queued, or going to be tried again. */
  idle(secret: Secret): Promise<void> {
    const progress = this.#progress.get(secret.arn)
    if (!progress || isIdle(progress)) return Promise.resolve()
    return new Promise((resolve) => progress.waiters.push(resolve))
  }

  /** Attempts that are under way now, of all secrets. */
  get attempts(): readonly Promise<void>[] {
    return [...this.#attempts]
  }

  /** Every attempt since the start, oldest first. Kept when the secret is deleted. */
  history(secretArn: string): readonly RotationRecord[] {
    return this.#history.get(secretArn) ?? []
  }

  /** Ends timers and forgets what the function of a step under way will answer. */
  close(): void {
    this.#closed = true
    this.#windows.close()
    for (const progress of this.#progress.values()) {
      if (progress.running) progress.running.interrupted = 'closed'
      progress.queued = undefined
      this.#dropRetry(progress)
      for (const resolve of progress.waiters.splice(0)) resolve()
    }
  }

  #progressOf(secret: Secret): Progress {
    const known = this.#progress.get(secret.arn)
    if (known) return known
    const progress: Progress = {
      secret,
      running: undefined,
      retry: undefined,
      queued: undefined,
      waiters: [],
    }
    this.#progress.set(secret.arn, progress)
    return progress
  }

  #begin(secret: Secret, what: Pick<Rotation, 'kind' | 'token' | 'functionArn'>): void {
    const progress = this.#progressOf(secret)
    const rotation: Rotation = {
      ...what,
      rotationToken: `${randomUUID()}-${randomUUID()}`,
      failures: 0,
      interrupted: undefined,
    }
    this.#dropRetry(progress)
    if (progress.running) progress.queued = rotation
    else this.#run(progress, rotation)
  }

  #run(progress: Progress, rotation: Rotation): void {
    progress.running = rotation
    const record = startedAttempt(rotation, this.#clock.now())
    const history = this.#history.get(progress.secret.arn) ?? []
    this.#history.set(progress.secret.arn, history)
    history.push(record)
    this.#trail(progress.secret, rotation, 'Started')
    const attempt = runSteps(this.#functions, progress.secret, rotation, record)
      .then(() => this.#ended(progress, rotation, record))
      .finally(() => this.#attempts.delete(attempt))
    this.#attempts.add(attempt)
  }

  #ended(progress: Progress, rotation: Rotation, record: RotationRecord): void {
    record.endedAt = this.#clock.now()
    progress.running = undefined
    if (this.#closed) return
    const { secret } = progress
    if (rotation.kind === 'test') this.#testEnded(secret, rotation, record)
    else if (record.outcome === 'succeeded') this.#succeeded(secret, rotation)
    else if (record.outcome === 'failed') this.#failed(progress, rotation, record)
    const { queued } = progress
    progress.queued = undefined
    if (queued) this.#run(progress, queued)
    else this.#settle(progress)
  }

  #succeeded(secret: Secret, rotation: Rotation): void {
    const now = this.#clock.now()
    secret.versions.get(rotation.token)?.labels.delete('AWSPENDING')
    secret.rotatedAt = now
    secret.changedAt = now
    this.#trail(secret, rotation, 'Succeeded')
    this.schedule(secret)
  }

  #failed(progress: Progress, rotation: Rotation, record: RotationRecord): void {
    const { secret } = progress
    this.#trail(secret, rotation, 'Failed', failureMessage(rotation, record))
    const delay = this.#retryDelaysMs[rotation.failures]
    rotation.failures++
    if (progress.queued || !isUnderWay(secret, rotation.token)) return
    if (delay === undefined) {
      // What AWS says when it gives up is not documented; AWSPENDING is known to stay, perhaps with no value.
      record.outcome = 'abandoned'
      this.#events.trail('RotationAbandoned', secret, {
        versionId: rotation.token,
        error: failureMessage(rotation, record),
      })
      return
    }
    const timer = this.#clock.after(delay, () => {
      progress.retry = undefined
      this.#run(progress, rotation)
    })
    progress.retry = { rotation, timer }
  }

  #testEnded(secret: Secret, rotation: Rotation, record: RotationRecord): void {
    const version = secret.versions.get(rotation.token)
    version?.labels.delete('AWSPENDING')
    if (version && version.value === undefined && version.labels.size === 0)
      secret.versions.delete(version.id)
    if (record.outcome === 'succeeded') this.#trail(secret, rotation, 'Succeeded')
    else if (record.outcome === 'failed')
      this.#trail(secret, rotation, 'Failed', failureMessage(rotation, record))
  }

  #trail(
    secret: Secret,
    rotation: Rotation,
    outcome: 'Started' | 'Succeeded' | 'Failed',
    error?: string,
  ): void {
    const name: TrailEventName = `${rotation.kind === 'test' ? 'Test' : ''}Rotation${outcome}`
    this.#events.trail(name, secret, {
      versionId: rotation.token,
      ...(error === undefined ? {} : { error }),
    })
  }

  #dropRetry(progress: Progress): void {
    progress.retry?.timer.cancel()
    progress.retry = undefined
  }

  #settle(progress: Progress): void {
    if (isIdle(progress)) for (const resolve of progress.waiters.splice(0)) resolve()
  }
}

function isIdle(progress: Progress): boolean {
  return !progress.running && !progress.retry && !progress.queued
}
