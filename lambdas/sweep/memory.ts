import type { Proven } from '../evidence/watcher.ts'
import type { Rest } from './rest.ts'
import type { Use } from './sight.ts'

/**
 * What this very process has seen of what drains, so that a warm function asks no more often than it has to. Correctness never rests on it: a function that
 * remembers nothing asks at once.
 */
export interface SweepMemory {
  /** Of one version of a secret; of another one nothing is remembered. */
  of(secretId: string, versionId: string): Remembered
  /** Secrets whose AWSCURRENT was found to work, and the last change that this was found after (ms since the epoch). */
  readonly settled: Map<string, number>
}

/** Milliseconds since the epoch. */
export interface Remembered {
  /** When it was last asked who uses the version. */
  lookedAt?: number
  /** Until when the log of logins was last known to hold everything. */
  loginsKnown?: number
  /** When all of it was last asked for that is not known. */
  allLoginsAt?: number
  /** The last use that was seen. */
  lastUse?: Use
  /** The journal was asked for the last use. */
  askedLastUse?: true
  /** A proof that did not suffice, and when it was made. */
  lacking?: { readonly at: number; readonly proven: Proven }
  /** Consumers that were told of the version after it, and when. */
  readonly told: Map<string, number>
  /** What it was last found stuck for, if anything, and since when that is so. */
  stuck?: { readonly reason: string | undefined; readonly at: number }
  /** The last changes of the secret that were seen while nothing but its quiet time was waited for. */
  changes?: Set<number>
  /** What a visit left that found nothing to do but to wait. */
  rest?: Rest
  /** The AWSCURRENT version that was stored by hand, and is known to work. */
  worksByHand?: string
}

/** Far more secrets than drain at a time. */
const MOST = 20_000

export function sweepMemory(most: number = MOST): SweepMemory {
  const secrets = new Map<string, { readonly versionId: string; readonly remembered: Remembered }>()
  return {
    settled: new Map(),
    of(secretId, versionId) {
      const found = secrets.get(secretId)
      // What was used last is last in the map, so the first is forgotten first.
      secrets.delete(secretId)
      const entry = found?.versionId === versionId ? found : { versionId, remembered: { told: new Map() } }
      secrets.set(secretId, entry)
      const [oldest] = secrets.keys()
      if (secrets.size > most && oldest !== undefined) secrets.delete(oldest)
      return entry.remembered
    },
  }
}
