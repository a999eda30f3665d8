import { setTimeout as sleep } from 'node:timers/promises'

/** What a middleware of an AWS client is given, as far as it matters here. */
type Step<Arguments, Result> = (step: Arguments) => Promise<Result>

export interface Patience {
  /** Milliseconds that one call may be asked to slow down for, before it fails. */
  readonly untilMs: number
  /** Hears that AWS asks to slow down, and what was called. */
  readonly onThrottled: () => void
  readonly wait: (milliseconds: number) => Promise<unknown>
}

export function patience(onThrottled: () => void): Patience {
  return { untilMs: 10 * 60_000, onThrottled, wait: (milliseconds) => sleep(milliseconds) }
}

const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 20_000]

/**
 * A middleware around everything that an AWS client does with a call, its own attempts included: a call that was throttled is made again after a while, so that a
 * listing goes on where it was and nothing that was listed is lost. Any other error is given on.
 */
export function patiently({ untilMs, onThrottled, wait }: Patience) {
  return <Arguments, Result>(next: Step<Arguments, Result>): Step<Arguments, Result> =>
    async (step) => {
      let waited = 0
      for (let delay = FIRST_WAIT_MS; ; delay = Math.min(2 * delay, LONGEST_WAIT_MS)) {
        try {
          return await next(step)
        } catch (error) {
          if (!isThrottling(error) || waited >= untilMs) throw error
          onThrottled()
          // Not in step with the other calls, nor with other programs.
          const pause = delay * (0.5 + Math.random() / 2)
          waited += pause
          await wait(pause)
        }
      }
    }
}

/** By the names that AWS's services have for it. */
export function isThrottling(error: unknown): boolean {
  return error instanceof Error && isThrottlingName(error.name)
}

export function isThrottlingName(name: string): boolean {
  return /^(Throttl\w*|RequestThrottled\w*|TooManyRequests\w*|RequestLimitExceeded|SlowDown)$/.test(name)
}
