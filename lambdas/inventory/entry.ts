import type { State } from './states.ts'

/** How old a credential is. */
export interface Age {
  /** Since when it is valid, in ms since the epoch. */
  readonly since: number
  /**
   * `at least`: it is from then or from before; `at most`: from then or from after. Either is told only where it is as good as the exact age: both ends
   * of what is possible are on the same side of every threshold.
   */
  readonly precision: 'exact' | 'at least' | 'at most'
  /**
   * What is that old: a value that is in use, one that was replaced and still works, the only value that a secret has had as far as its labels tell (`secret`), or
   * an access key.
   */
  readonly of: 'AWSCURRENT' | 'DRAINING' | 'secret' | 'access key'
}

/** Why an age is not known. */
export interface AgeUnknown {
  /** `CLOCK_WRONG`: the credential is from the future by more than two clocks that are right may differ. */
  readonly reason: string
  /** In a sentence. */
  readonly because: string
}

/** The way to a credential's replacement. */
export interface Path {
  /** Which kind of Overlap's rotates it, or would; undefined: none does, or nobody can tell without reading its value. */
  readonly kind: string | undefined
  /** In a sentence or two. */
  readonly says: string
  /** For `secrets` of a database in `overlap.config.ts`, ready to paste: one object literal with a comma behind it. */
  readonly entry: string | undefined
  /** A command to run, ready to paste. */
  readonly run: string | undefined
}

/** One credential of the inventory. Names, owners and sentences are text that others wrote. */
export interface Entry {
  readonly type: 'secret' | 'access key'
  /** ARN of a secret; id of an access key, such as AKIAIOSFODNN7EXAMPLE. */
  readonly id: string
  /** Name of a secret, or of the IAM user whose access key it is. */
  readonly name: string
  readonly owner: string | undefined
  /** undefined: not known, a replica's, or an empty secret's. */
  readonly age: Age | undefined
  /** In ms since the epoch; undefined: never, or not known. */
  readonly lastRotated: number | undefined
  /** When it is next to be rotated, in ms since the epoch; undefined: nothing asks for it, or when it does is not known here. */
  readonly nextDue: number | undefined
  /** Worst first, never empty. */
  readonly states: readonly State[]
  /** Why its age or its owner is not known, what it is blocked by or on hold for: a code of lambdas/rotation/errors.ts, a reason of the sweep, or one of the inventory's own. */
  readonly reason: string | undefined
  /** The same in a sentence. */
  readonly because: string | undefined
  readonly path: Path
}

/** When a credential is due and when it is stale, in seconds since it became valid. */
export interface Thresholds {
  readonly warningSeconds: number
  readonly criticalSeconds: number
}

export const DEFAULT_THRESHOLDS: Thresholds = { warningSeconds: 75 * 86_400, criticalSeconds: 90 * 86_400 }
