import { OverlapError } from '../../rotation/errors.ts'
import type { Sighting } from '../adapter.ts'
import { ago } from './ago.ts'
import { sightingOf } from './last-use.ts'
import type { RevokingOptions } from './options.ts'
import type { LastUse } from './place.ts'

/** Throws `STILL_USED`. Of a place that tells nothing the policy has decided already. `unusedSince` in ms since the epoch; absent: every use is one. */
export function refuseUsed<C>(
  { place, now }: RevokingOptions<C>,
  id: string,
  use: LastUse,
  {
    accepts,
    unusedSince,
  }: { readonly accepts: (sighting: Sighting) => boolean; readonly unusedSince?: number },
): void {
  if (use.known !== 'used' || (unusedSince !== undefined && use.at < unusedSince)) return
  if (accepts(sightingOf(place, use))) return
  const by = use.by === '' ? '' : ` by ${use.by}`
  const from = use.from === '' ? '' : ` from ${use.from}`
  throw new OverlapError('STILL_USED', `key ${id} was last used ${ago(use.at, now())}${by}${from}`, {
    detail: { key: id },
  })
}
