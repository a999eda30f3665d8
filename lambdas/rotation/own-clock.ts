import { OverlapError } from './errors.ts'
import type { RetireRequest } from './retire-request.ts'

/** Two clocks that are right may differ by this much, in milliseconds. */
const SKEW_MS = 5 * 60_000

/**
 * The request as this function's own clock has it, so that one wrong clock alone ends no drain and no quarantine too early. `now` in ms since the epoch. Throws
 * `DRAIN_IN_PROGRESS` where a quarantine is not over.
 */
export function byOwnClock(request: RetireRequest, now: number): RetireRequest {
  const { action, quietForMs, disabledAt, unchangedSince, versionId } = request
  if (quietForMs === undefined) return request
  const latest = now - quietForMs + SKEW_MS
  if (action === 'disable') return { ...request, unchangedSince: Math.min(unchangedSince ?? latest, latest) }
  if (action === 'remove' && disabledAt !== undefined && disabledAt > latest)
    throw new OverlapError(
      'DRAIN_IN_PROGRESS',
      `version ${versionId} was disabled at ${new Date(disabledAt).toISOString()}, and by the clock of this function its quarantine is not over: nothing is removed`,
    )
  return request
}
