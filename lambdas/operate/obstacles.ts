import type { ErrorCode } from '../rotation/errors.ts'
import { enforceCommand, releaseCommand } from '../rotation/way-out.ts'
import type { Standing as ConsumerStanding, Sight } from '../sweep/sight.ts'
import type { Drain } from '../sweep/state.ts'
import { shownAt } from './moment.ts'

/** What a retirement waits for that no acceptance of a sighting replaces. */
export interface Obstacle {
  readonly code: ErrorCode
  readonly sentence: string
  /** What a person can run. */
  readonly run?: string
}

/** What may have been brought to the new version is given the drain to do it; sightings apart, whose acceptance is the very question. Milliseconds since the epoch. */
function quietFrom(drain: Drain): number {
  return Math.max(drain.since, drain.rolled ?? 0)
}

/** All of them, so that nobody has to ask once for each. */
export function obstaclesTo(
  { secret, policy, hold, now }: Sight,
  drain: Drain,
  consumers: readonly ConsumerStanding[],
  deployment: string,
): readonly Obstacle[] {
  const obstacles: Obstacle[] = []
  if (hold !== undefined)
    obstacles.push({
      code: 'ON_HOLD',
      sentence: `${hold.by === 'hold' ? 'the secret is on hold' : 'the deployment is frozen'} until ${shownAt(hold.until)}: ${hold.reason}`,
      ...(hold.by === 'hold' ? { run: releaseCommand(secret, deployment) } : {}),
    })
  if (policy.mode === 'observe')
    obstacles.push({
      code: 'NOT_CONFIRMED',
      sentence:
        'the secret is in observe mode: nothing of it is disabled until its owner tags it overlap:mode=enforce',
      run: enforceCommand(secret.arn),
    })
  const missing = consumers.filter(({ state }) => state !== 'done')
  for (const consumer of missing) obstacles.push(notThere(consumer))
  if (missing.length === 0 && consumers.length > 0 && drain.rolled === undefined)
    obstacles.push({
      code: 'DRAIN_IN_PROGRESS',
      sentence:
        'every consumer is on the new version, and the sweep has yet to note it: its next pass does, and the drain counts from then',
    })
  const until = quietFrom(drain) + policy.drainSeconds * 1000
  if (now < until)
    obstacles.push({
      code: 'DRAIN_IN_PROGRESS',
      sentence: `it drains until ${shownAt(until)} at the earliest: until then a consumer that nobody has seen may still come with it`,
    })
  return obstacles
}

function notThere({ name, state, detail }: ConsumerStanding): Obstacle {
  const more = detail === undefined ? '' : `: ${detail}`
  switch (state) {
    case 'failed':
      return { code: 'ROLLOUT_FAILED', sentence: `${name} did not come to the new version${more}` }
    case 'unknown':
      return { code: 'UNREACHABLE', sentence: `whether ${name} is on the new version is not known${more}` }
    default:
      return { code: 'DRAIN_IN_PROGRESS', sentence: `${name} is still on the old version (${state})${more}` }
  }
}
