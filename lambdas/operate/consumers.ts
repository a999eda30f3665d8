import { standingsOf } from '../sweep/consumers.ts'
import { sweepMemory } from '../sweep/memory.ts'
import type { Sight, Standing } from '../sweep/sight.ts'
import type { Operating } from './operating.ts'

/** Asks every declared consumer whether it runs AWSCURRENT, as the sweep does, and changes nothing. `version`: the one before. */
export function lookAtConsumers(
  { secrets, rollouts, settings, telemetry, now }: Operating,
  sight: Sight,
  version: string,
): Promise<readonly Standing[]> {
  const asking = { store: secrets, rollouts, deployment: settings, telemetry, now, memory: sweepMemory() }
  return standingsOf(asking, sight, version, 'look')
}
