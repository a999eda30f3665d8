/**
 * What this very process has seen of a rotation, so that a warm function need not ask again. Correctness never rests on it: a
 * function that remembers nothing reads the versions' dates and tests the pending credential once more before it is published.
 */
export interface Lineage {
  remember(seen: Seen): void
  /** Was this pending version made from this current one, by this process, a short while ago? */
  derived(rotation: Rotation): boolean
  /** Did it also pass its test here, so lately that only the next step of the same rotation can follow? */
  tested(rotation: Rotation): boolean
}

export interface Rotation {
  readonly secretId: string
  readonly pendingVersionId: string
  readonly currentVersionId: string
}

export interface Seen extends Rotation {
  readonly tested: boolean
}

/** What was derived from what never changes; the service's retries of a rotation come minutes apart. */
const DERIVED_MS = 10 * 60_000
/** Somebody may change the password at the target after the test. The service sends finishSecret within a second of it. */
const TESTED_MS = 30_000

/** Remembers one rotation, the latest. `now` in milliseconds. */
export function lineage(now: () => number): Lineage {
  let latest: { seen: Seen; at: number } | undefined
  const recall = (rotation: Rotation, withinMs: number): Seen | undefined => {
    if (!latest || now() - latest.at > withinMs) return undefined
    const { seen } = latest
    const same =
      seen.secretId === rotation.secretId &&
      seen.pendingVersionId === rotation.pendingVersionId &&
      seen.currentVersionId === rotation.currentVersionId
    return same ? seen : undefined
  }
  return {
    remember: (seen) => {
      latest = { seen, at: now() }
    },
    derived: (rotation) => recall(rotation, DERIVED_MS) !== undefined,
    tested: (rotation) => recall(rotation, TESTED_MS)?.tested === true,
  }
}
