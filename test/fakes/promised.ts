import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import { leakedVersions } from '../../lambdas/rotation/leaked.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'

/** Who watches that what is promised of a secret and its target holds after every call of any function. */
export interface Promises {
  /** What did not hold, each with its moment. */
  readonly violations: string[]
  note(what: string): void
  /** After every call. */
  check(): void
  /** AWSCURRENT moves, or moved, after the last check of whoever holds the lock: `settleUndo` tells when that is undone. */
  movedUnseen(): void
  startUndo(of: object): void
  /** A function that was cut off before it could undo leaves the edit broken; one that was not has undone it. */
  settleUndo(end: 'in time' | 'cut off', of?: object): void
  seen(version: string, sightings: readonly Sighting[]): void
  lastSeen(version: string): number | undefined
  proven(version: string): void
  leaked(version: string): void
  /** Does it hold what leaked, under an id that nobody has told of? */
  holdsLeaked(version: string): boolean
  mode(mode: Mode): void
  /** Until when; released without. Milliseconds. */
  hold(until: number | undefined): void
  /** Was it put on hold before then, and is it still? Who looked before that could not know. */
  onHoldSince(then: number): boolean
}

export interface Times {
  /** Milliseconds. */
  readonly drain: number
  readonly quarantine: number
  readonly leakDrain: number
}

export function isCurrentLeaked({ tags, versions }: Pick<SecretDescription, 'tags' | 'versions'>): boolean {
  return leakedVersions(tags, versions).some((id) => versions.get(id)?.includes('AWSCURRENT'))
}
