/**
 * What this very process has seen of a rotation, so that a warm function need not ask again. Correctness never rests on it: a
 * function that remembers nothing reads the versions' dates and tests the pending credential once more before it is published.
 */
export interface Lineage {
  remember(seen: Seen): void
  /** Was this pending version made from this current one, by this process, a short while ago? */
  derived(rotation: Rotation): boolean
  /** Did it also pass its test here? */
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

const MEMORY_MS = 10 * 60_000

/** Remembers one rotation, the latest. `now` in milliseconds. */
export function lineage(now: () => number): Lineage {
  let latest: { seen: Seen; at: number } | undefined
  const recall = (rotation: Rotation): Seen | undefined => {
    if (!latest || now() - latest.at > MEMORY_MS) return undefined
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
    derived: (rotation) => recall(rotation) !== undefined,
    tested: (rotation) => recall(rotation)?.tested === true,
  }
}
