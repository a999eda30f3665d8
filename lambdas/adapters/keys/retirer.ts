import type { CredentialRetirer } from '../adapter.ts'
import { acceptedCurrent } from './acceptance.ts'
import { disabling } from './disabling.ts'
import { lastSightings } from './last-use.ts'
import { leaving } from './leaving.ts'
import type { RevokingOptions } from './options.ts'
import { keyWith, stateOf } from './placed-key.ts'
import { puttingBack } from './putting-back.ts'
import { reclaiming } from './reclaiming.ts'
import { removing } from './removing.ts'
import { holdsSame } from './same.ts'
import { stillWorking } from './still-working.ts'

/** Of every kind whose target mints the credential. */
export function keyRetirer<C>(options: RevokingOptions<C>): CredentialRetirer<C> {
  const { kind, place, codec } = options
  return {
    kind,
    disables: place.disables,
    parse: (secretString) => codec.parse(secretString),
    principal: (credential) => codec.keyId(credential),
    holdsSame: (one, other) => holdsSame(options, one, other),
    login: async (current) => void (await acceptedCurrent(options, current)),
    stillWorks: stillWorking(options),
    sightings: lastSightings(options),
    async isDisabled(credential) {
      const key = keyWith(await place.keys(credential), codec.keyId(credential))
      if (key === undefined || !place.disables) return undefined
      if (key.active) return false
      // Inactive, and on record as live, is what nobody of us leaves.
      return stateOf(key) === 'live' ? undefined : stateOf(key) !== 'disabling'
    },
    disable: disabling(options),
    enable: puttingBack(options),
    remove: removing(options),
    leave: leaving(options),
    reclaim: reclaiming(options),
  }
}
