import type { ReadSecret } from './secret-reader.ts'
import type { Tally } from './tally.ts'

/** What every client of the demo is given. */
export interface ClientOptions {
  readonly name: string
  /** The user that owns everything. */
  readonly owner: string
  readonly read: ReadSecret
  /** PEM. */
  readonly ca: string
  /** Where the replica is, for a client that reads it. */
  readonly replica: { readonly host: string; readonly port: number } | undefined
  /** Milliseconds between two requests. */
  readonly pauseMs: number
  readonly tally: Tally
}

/** An application under way. It never tries a request again and never looks away: what fails is counted, and the next request follows. */
export interface RunningClient {
  /** Resolves when the request under way has ended and every connection is closed. */
  stop(): Promise<void>
}

/** Runs `request` again and again, a pause apart, until it is stopped. `request` must not reject. */
export function repeat(pauseMs: number, request: () => Promise<void>): RunningClient {
  let stopped = false
  let wake = () => {}
  const loop = (async () => {
    while (!stopped) {
      await request()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pauseMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        if (stopped) wake()
      })
    }
  })()
  return {
    stop() {
      stopped = true
      wake()
      return loop
    },
  }
}
