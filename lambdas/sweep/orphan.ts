import { OverlapError } from '../rotation/errors.ts'
import { mints } from '../rotation/minting.ts'
import { isHeld } from './next-action.ts'
import type { Sight } from './sight.ts'
import type { Retire } from './visiting.ts'

/**
 * Has the retire function reclaim what a rotation minted and lost, where the target of the secret mints at all, and says whether the version that waits has to wait for that. A step is long over by
 * now that may still be about to store what it minted. On hold nothing is begun that a rotation needs. Undefined: nobody was asked.
 */
export async function orphanOf(
  retire: Retire,
  sight: Sight,
  version: string,
): Promise<Sight['pendingOrphan']> {
  const { secret } = sight
  if (!mints(secret.tags) || isHeld(sight)) return undefined
  try {
    const request = {
      action: 'reclaim',
      secretId: secret.arn,
      versionId: version,
      evenIfUsed: false,
    } as const
    return (await retire(request)).outcome === 'reclaiming'
  } catch (error) {
    // Its own log says so: that one is somebody's, and is not going to go.
    if (error instanceof OverlapError && error.code === 'FOREIGN_KEY') return false
    return 'unknown'
  }
}
