import { ProviderRefusal } from './refusal.ts'

/** At most so many calls in any span of so long, in real time, since callers wait in it. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

export class RateLimit {
  readonly #rate: Rate | undefined
  #admitted: readonly number[] = []

  /** undefined: no limit. */
  constructor(rate: Rate | undefined) {
    this.#rate = rate
  }

  /** Throws `rate_limited` with the whole seconds to wait. `now` in ms, of a clock that never jumps. */
  admit(now: number): void {
    const rate = this.#rate
    if (rate === undefined) return
    this.#admitted = this.#admitted.filter((at) => now - at < rate.perMs)
    const [first = now] = this.#admitted
    if (this.#admitted.length >= rate.calls)
      throw new ProviderRefusal(
        429,
        'rate_limited',
        'Too many requests.',
        Math.ceil((first + rate.perMs - now) / 1000),
      )
    this.#admitted = [...this.#admitted, now]
  }
}
