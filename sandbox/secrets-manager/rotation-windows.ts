import type { Clock, Timer } from '../clock.ts'
import { type RotationWindow, windowAfter } from './schedule.ts'
import type { Secret } from './secrets.ts'

/** Waits for the window in which each secret is to be rotated, and says when it opens. */
export class RotationWindows {
  readonly #clock: Clock
  readonly #onOpen: (secret: Secret) => void
  /** By ARN of the secret. */
  readonly #timers = new Map<string, Timer>()
  #closed = false

  constructor(clock: Clock, onOpen: (secret: Secret) => void) {
    this.#clock = clock
    this.#onOpen = onOpen
  }

  /** Computes the next window from the rules and the last rotation, and waits for it. */
  schedule(secret: Secret): void {
    this.cancel(secret)
    secret.nextRotationAt = undefined
    const window = this.#nextWindow(secret)
    if (!window) return
    // "The next rotation is scheduled to occur on or before this date": the last second of the window.
    secret.nextRotationAt = window.closesAt - 1000
    this.#wait(secret, window.opensAt)
  }

  cancel(secret: Secret): void {
    this.#timers.get(secret.arn)?.cancel()
    this.#timers.delete(secret.arn)
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #nextWindow(secret: Secret): RotationWindow | undefined {
    const { rotation } = secret
    if (!rotation?.enabled || !rotation.rules || secret.deletionAt !== undefined) return undefined
    const since = Math.max(secret.rotatedAt ?? 0, secret.valueChangedAt)
    return windowAfter(rotation.rules, { since, after: this.#clock.now() })
  }

  #wait(secret: Secret, opensAt: number): void {
    if (this.#closed) return
    const timer = this.#clock.after(opensAt - this.#clock.now(), () => {
      this.#timers.delete(secret.arn)
      this.#onOpen(secret)
      // NextRotationDate stays: after a rotation that does not succeed it is a date in the past.
      const window = this.#timers.has(secret.arn) ? undefined : this.#nextWindow(secret)
      if (window) this.#wait(secret, window.opensAt)
    })
    this.#timers.set(secret.arn, timer)
  }
}
