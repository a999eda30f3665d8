/** Lets requests through one at a time, at an even pace, so that neither databases nor Secrets Manager meet them all at once. */
export interface Pace {
  /** Waits until a request may be sent. False when that would take longer than there is time. */
  turn(): Promise<boolean>
  /** May one be sent now? If so, this was it. */
  take(): boolean
}

export interface PaceOptions {
  readonly perMinute: number
  /** Milliseconds. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that may still be waited for. */
  readonly spare: () => number
}

/** The first request may be sent at once. */
export function pace({ perMinute, now, sleep, spare }: PaceOptions): Pace {
  const interval = 60_000 / perMinute
  let next = Number.NEGATIVE_INFINITY
  return {
    async turn() {
      for (let wait = next - now(); wait > 0; wait = next - now()) {
        if (wait > spare()) return false
        await sleep(wait)
      }
      return spare() > 0
    },
    take() {
      if (now() < next) return false
      next = now() + interval
      return true
    },
  }
}
