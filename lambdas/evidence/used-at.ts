import type { Sighting } from '../adapters/adapter.ts'

/**
 * When a use was that a look tells of, in ms since the epoch: the moment that the target names, where it tells of past uses, and otherwise that of the look. None is later than the look,
 * whatever the target's clock says.
 *
 * @param seenAt when the look was
 */
export function usedAt({ lastUsed }: Pick<Sighting, 'lastUsed'>, seenAt: number): number {
  const told = Date.parse(lastUsed ?? '')
  return Number.isNaN(told) ? seenAt : Math.min(told, seenAt)
}

/** Is it a use after `since` (ms since the epoch)? What is used at this very moment always is. */
export function isUsedSince(sighting: Sighting, seenAt: number, since: number): boolean {
  return sighting.lastUsed === undefined || usedAt(sighting, seenAt) > since
}
