import { setTimeout as sleep } from 'node:timers/promises'
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
  /** Milliseconds before the first request. */
  readonly startAfterMs: number
  readonly tally: Tally
}

/** An application under way. It never tries a request again and never looks away: what fails is counted, and the next request follows. */
export interface RunningClient {
  /** Resolves when the request under way has ended and every connection is closed. */
  stop(): Promise<void>
}

/** Runs `request` again and again, a pause apart, until it is stopped. `request` must not reject. */
export function repeat(
  { startAfterMs, pauseMs }: Pick<ClientOptions, 'startAfterMs' | 'pauseMs'>,
  request: () => Promise<void>,
): RunningClient {
  const stopping = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
  const loop = (async () => {
    await pause(startAfterMs)
    while (!stopping.signal.aborted) {
      await request()
      await pause(pauseMs)
    }
  })()
  return {
    stop() {
      stopping.abort()
      return loop
    },
  }
}
