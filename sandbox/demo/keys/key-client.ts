import { type RunningClient, repeat } from '../client.ts'
import { SECRET_CACHE_MS } from '../pooled.ts'
import { cached, type Read } from '../secret-reader.ts'
import type { Tally } from '../tally.ts'
import { callFailure } from './call-failure.ts'
import type { KeyedCall } from './keyed-call.ts'

/** Milliseconds between two calls of one client. */
const PAUSE_MS = 150

export interface Application<Value> {
  readonly name: string
  readonly read: Read<Value>
  readonly keyed: KeyedCall<Value>
  readonly tally: Tally
  /** Milliseconds before the first call. Default 0. */
  readonly startAfterMs?: number
}

/** An application that calls somebody with a key, again and again, and never tries a call a second time. */
export function keyClient<Value>(application: Application<Value>): RunningClient {
  const { name, read, keyed, tally, startAfterMs = 0 } = application
  const running = repeat({ startAfterMs, pauseMs: PAUSE_MS }, async () => {
    try {
      const value = await read()
      await keyed.call(value)
      tally.query(name)
      tally.worked(name, value.versionId)
    } catch (error) {
      tally.failed(callFailure(error))
    }
  })
  return {
    async stop() {
      await running.stop()
      keyed.close()
    },
  }
}

/** Half of them read the secret before each call, the others keep what they read for a second; spread out, so that they do not all come at the same moment. */
export function keyClients<Value>(
  names: readonly string[],
  team: {
    readonly read: Read<Value>
    readonly tally: Tally
    readonly keyed: () => KeyedCall<Value>
  },
): readonly RunningClient[] {
  return names.map((name, index) =>
    keyClient({
      ...team,
      name,
      keyed: team.keyed(),
      read: index % 2 === 0 ? team.read : cached(team.read, SECRET_CACHE_MS),
      startAfterMs: (index * SECRET_CACHE_MS) / names.length,
    }),
  )
}
