import type { Clock, Timer } from './clock.ts'

export interface Sweeper {
  /** Asks for a pass soon: at once, or right after the one that is under way. Calls that come meanwhile are one pass. */
  wake(): void
  /** No further pass begins; resolves when the one under way has ended. */
  stop(): Promise<void>
}

/**
 * What EventBridge does for the deployed sweep: a pass every `everyMs`, and one when a label has moved. Never two at a time. `pass` must
 * not reject.
 */
export function startSweeper(options: {
  readonly clock: Clock
  readonly everyMs: number
  readonly pass: () => Promise<void>
}): Sweeper {
  const { clock, everyMs, pass } = options
  let running: Promise<void> | undefined
  let wanted = false
  let stopped = false
  let timer: Timer

  async function run(): Promise<void> {
    timer.cancel()
    do {
      wanted = false
      await pass()
    } while (wanted && !stopped)
    running = undefined
    if (!stopped) timer = clock.after(everyMs, wake)
  }

  function wake(): void {
    if (stopped) return
    wanted = true
    running ??= run()
  }

  timer = clock.after(everyMs, wake)
  return {
    wake,
    async stop() {
      stopped = true
      timer.cancel()
      await running
    },
  }
}
