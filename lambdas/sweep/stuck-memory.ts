import { phaseOf } from './drain.ts'
import type { Limits } from './lateness.ts'
import type { Remembered } from './memory.ts'
import type { Sight } from './sight.ts'
import type { Stuck } from './stuck.ts'

/** So many changes that none of them is a hold that ended, a note or an owner's word. */
const EDITS = 4

/** Is the secret changed again and again while it should be left alone? A function that has just started has yet to see that. */
export function isEdited(remembered: Remembered, sight: Sight, version: string | undefined): boolean {
  const changed = sight.secret.lastChanged?.getTime()
  const phase = version === undefined ? 'unseen' : phaseOf(sight, version)
  if (changed === undefined || (phase !== 'quiet' && phase !== 'over')) return false
  remembered.changes ??= new Set()
  remembered.changes.add(changed)
  return remembered.changes.size >= EDITS
}

/**
 * Since when it is stuck (ms since the epoch). What has no time of its own became so between two visits of this function. One that has just started cannot tell: then
 * it is news for as long as consumers of a new drain may take, and was told by another function after that.
 */
export function stuckSince(
  remembered: Remembered,
  { state, now }: Sight,
  { rolloutLimitSeconds }: Limits,
  stuck: Stuck | undefined,
): number {
  const { stuck: before } = remembered
  if (before === undefined || before.reason !== stuck?.reason) {
    const begun = state.drain?.since ?? now
    const isNew = before !== undefined || now - begun <= rolloutLimitSeconds * 1000
    remembered.stuck = { reason: stuck?.reason, at: isNew ? now : begun }
  }
  return stuck?.since ?? remembered.stuck?.at ?? now
}
