/** Time as the sandbox sees it. Passed in everywhere, so that a test can let a week pass in no time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs `run` once, `ms` milliseconds from now. A timer never keeps the process alive. */
  after(ms: number, run: () => void): Timer
  /**
   * Was the whole of this span jumped over, so that nothing can have happened in it? Both in milliseconds since the epoch, `until` exclusive. A clock
   * without this never jumps.
   */
  jumpedOver?(from: number, until: number): boolean
}

export interface Timer {
  cancel(): void
}

/** setTimeout fires at once when its delay does not fit into 31 bits, which is less than a 30-day rotation schedule. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const due = Date.now() + ms
    let handle: NodeJS.Timeout
    const arm = (): void => {
      const left = Math.max(0, due - Date.now())
      handle = setTimeout(left > LONGEST_DELAY_MS ? arm : run, Math.min(left, LONGEST_DELAY_MS))
      handle.unref()
    }
    arm()
    return { cancel: () => clearTimeout(handle) }
  },
}

export interface MovableClock extends Clock {
  /** Moves time forward by `ms`, running every timer that falls due on the way, in order, each at its own moment. */
  advance(ms: number): void
  /** How many timers are waiting. */
  pending(): number
}

/** A clock that stands still until it is moved. `start` is in milliseconds since the epoch. */
export function movableClock(start: number): MovableClock {
  let now = start
  let timers: { due: number; run: () => void }[] = []
  return {
    now: () => now,
    after(ms, run) {
      const timer = { due: now + Math.max(0, ms), run }
      timers.push(timer)
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const next = timers.reduce<(typeof timers)[number] | undefined>(
          (first, timer) => (timer.due <= end && (!first || timer.due < first.due) ? timer : first),
          undefined,
        )
        if (!next) break
        timers = timers.filter((other) => other !== next)
        now = next.due
        next.run()
      }
      now = end
    },
    pending: () => timers.length,
  }
}
