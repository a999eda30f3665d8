import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer, Sighting } from '../adapter.ts'
import { believedKeys } from './believed.ts'
import type { SharedOptions } from './options.ts'
import type { KeyPlace, LastUse } from './place.ts'
import { keyWith } from './placed-key.ts'

/** `by` and `from` take the places of application and address: so an operator accepts them by the same kind of name. */
export function sightingOf<C>(
  { endpoint }: Pick<KeyPlace<C>, 'endpoint'>,
  { at, by, from }: Extract<LastUse, { known: 'used' }>,
): Sighting {
  const moment = new Date(at).toISOString()
  return { endpoint, application: by, address: from, since: moment, lastUsed: moment }
}

/** A place tells of the last use alone, and not of who uses the key at this moment. Throws `LAST_USE_UNKNOWN`. */
export function lastSightings<C>(options: SharedOptions<C>): CredentialRetirer<C>['sightings'] {
  const { place, codec, kind } = options
  return async (credential, current) => {
    const principal = codec.keyId(credential)
    const look = { endpoints: [place.endpoint], asleep: false, witness: undefined, principal }
    const use = await place.lastUse(credential, principal).catch(async (error) => {
      // Nobody uses what is gone, and some places tell nothing of it.
      const keys = await believedKeys(options, await place.keys(credential), credential, current)
      if (keyWith(keys, principal) === undefined) return { known: 'never' } as const
      throw error
    })
    if (use.known === 'nothing')
      throw new OverlapError(
        'LAST_USE_UNKNOWN',
        `the target (${kind}) does not tell when key ${principal} was last used`,
        { detail: { key: principal } },
      )
    return { ...look, sightings: use.known === 'used' ? [sightingOf(place, use)] : [] }
  }
}
