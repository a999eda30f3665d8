import type { CredentialAdapter } from '../adapter.ts'
import { acceptedCurrent, refuseUnlessAccepted } from './acceptance.ts'
import { keysWith } from './listed.ts'
import { refuseObstacles, refuseSingleKey } from './obstacles.ts'
import type { MintingOptions } from './options.ts'
import { othersThan } from './other-keys.ts'
import { refuseOtherTarget } from './other-target.ts'
import { reinstating } from './reinstating.ts'
import { holdsSame } from './same.ts'
import { setting } from './setting.ts'

/**
 * Of every kind whose target mints the credential. Each version has a key of its own, which works from the moment when it was minted: nothing is ever overwritten, and a key that was removed
 * cannot be put back, so there is nothing to repair.
 */
export function keyAdapter<C>(options: MintingOptions<C>): CredentialAdapter<C> {
  const { kind, place, codec } = options

  return {
    kind,
    overlap: place.mostKeys >= 2,
    parse: (secretString) => codec.parse(secretString),
    serialize: (credential) => codec.serialize(credential),
    target: (credential) => codec.target(credential),
    carried: (credential) => codec.carried(credential),
    principal: (credential) => codec.keyId(credential),
    holdsSame: (one, other) => holdsSame(options, one, other),
    set: setting(options),
    reinstate: reinstating(options),

    async preflight(current, waiting) {
      refuseSingleKey(options)
      await acceptedCurrent(options, current)
      // It has its key, so none is minted.
      if (waiting) return refuseOtherTarget(options, waiting.credential, current)
      const keys = await keysWith(options, current)
      await refuseObstacles(options, current, await othersThan(options, current, keys), undefined)
    },

    async create(current, { versionId }) {
      refuseSingleKey(options)
      await acceptedCurrent(options, current)
      const keys = await keysWith(options, current)
      await refuseObstacles(options, current, await othersThan(options, current, keys, versionId), versionId)
      return place.mint(current, versionId, keys)
    },

    async test(pending, current) {
      if (codec.serialize(pending) === codec.serialize(current)) return refuseUnlessAccepted(options, pending)
      await refuseUnlessAccepted(options, pending, { expected: await acceptedCurrent(options, current) })
    },
  }
}
