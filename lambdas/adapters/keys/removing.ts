import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { refuseDead } from './acceptance.ts'
import { believedKeys, witnessIn } from './believed.ts'
import { refuseAnothers } from './holder.ts'
import type { RevokingOptions } from './options.ts'
import { keyWith, stateOf } from './placed-key.ts'
import { promptly } from './promptly.ts'
import { refuseSame } from './same.ts'
import { refuseUsed } from './unused.ts'

/** Deletes a key, which nothing undoes. So it is looked at once more in that very moment: one that works is not deleted, where the place can disable, and otherwise none that was used. */
export function removing<C>(options: RevokingOptions<C>): CredentialRetirer<C>['remove'] {
  const { place, codec } = options
  return async (credential, { current, fence, unusedSince, accepts = () => false }) => {
    const id = codec.keyId(credential)
    refuseSame(options, credential, current)
    // Where AWSCURRENT is dead, what can be put back may be all that is left.
    const found = await believedKeys(options, await place.keys(credential), credential, current)
    const isGone = keyWith(found, id) === undefined
    if (!isGone) await refuseDead(options, current, 'PRINCIPAL_IN_USE')
    await promptly(options, credential, fence.check, async (listed) => {
      // What is gone stays so. That a dead AWSCURRENT is not accepted takes longer to find out than is left here.
      const keys =
        isGone && keyWith(listed, id) === undefined
          ? listed
          : await believedKeys(options, listed, credential, current)
      const key = keyWith(keys, id)
      if (key !== undefined) {
        refuseAnothers(key)
        if (!place.disables && unusedSince !== undefined)
          refuseUsed(options, id, await place.lastUse(credential, id), { accepts, unusedSince })
        const state = stateOf(key)
        if (place.disables && (key.active || (state !== 'disabled' && state !== 'leaked')))
          throw new OverlapError(
            'STILL_USED',
            `key ${id} is ${key.active ? 'active' : 'inactive'} and on record as ${state}, which is not how its retirement left it (inactive, and on record as disabled or leaked): it is not deleted`,
            { detail: { key: id } },
          )
      }
      // Of one that is gone the record is taken away.
      return [() => place.remove(credential, id, witnessIn(options, keys, current, id))]
    })
  }
}
