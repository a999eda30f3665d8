/** What arrived at a service, and what it refuses because too much did. */
export interface CallControl {
  /** Calls of each operation that arrived since the start or the last reset, throttled ones too. */
  calls(): Readonly<Record<string, number>>
  resetCalls(): void
  /**
   * From now on every nth call of the operation is refused as one too many, as AWS does when calls come faster than it allows; 1 refuses each of them.
   * undefined: none any more.
   */
  throttle(operation: string, nth: number | undefined): void
}

/** Nothing is throttled until somebody asks for it: how much AWS allows differs from account to account, and a test must not depend on its pace. */
export class ServiceCalls implements CallControl {
  readonly #counts = new Map<string, number>()
  readonly #throttled = new Map<string, { readonly nth: number; seen: number }>()

  calls(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  resetCalls(): void {
    this.#counts.clear()
  }

  throttle(operation: string, nth: number | undefined): void {
    if (nth === undefined) this.#throttled.delete(operation)
    else if (Number.isInteger(nth) && nth >= 1) this.#throttled.set(operation, { nth, seen: 0 })
    else throw new Error(`every ${nth}th call of ${operation}: it must be a whole number of 1 or more`)
  }

  arrived(operation: string): void {
    this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + 1)
  }

  /** Asked once for each call that would be answered. */
  isOneTooMany(operation: string): boolean {
    const throttled = this.#throttled.get(operation)
    if (!throttled) return false
    throttled.seen++
    return throttled.seen % throttled.nth === 0
  }
}
