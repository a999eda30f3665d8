import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { refuseAnothers } from './holder.ts'
import type { SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { keyWith, stateOf } from './placed-key.ts'
import { promptly } from './promptly.ts'

/** Activates a key that was taken out of use. One that is deleted is gone for ever. */
export function puttingBack<C>(options: SharedOptions<C>): CredentialRetirer<C>['enable'] {
  const { place, codec, now } = options
  return async (credential, { current, fence, cutOffAlone = false }) => {
    const id = codec.keyId(credential)
    const { versionId } = fence
    const isOwnSake = codec.keyId(current) === id
    const isOwed = (keys: readonly PlacedKey[]) => {
      const key = keyWith(keys, id)
      if (key !== undefined) {
        refuseAnothers(key)
        return isToBePutBack(key, { isOwnSake, cutOffAlone })
      }
      if (isOwnSake) throw deleted(id, versionId)
      return false
    }
    if (!isOwed(await place.keys(credential))) return false
    await promptly(options, credential, fence.check, async (keys) => {
      if (!isOwed(keys)) return []
      return [
        // In this order: what is cut off in between is on record as it was, and put back once more.
        () => place.activate(credential, id),
        () => place.record(credential, id, { versionId, state: 'live', since: now() }),
      ]
    })
    return true
  }
}

/** Throws `LEAKED`. */
function isToBePutBack(
  key: PlacedKey,
  { isOwnSake, cutOffAlone }: { readonly isOwnSake: boolean; readonly cutOffAlone: boolean },
): boolean {
  switch (stateOf(key)) {
    case 'live':
      // For AWSCURRENT this is asked where its retirement may have been begun, or its value was stored by hand: whoever made it AWSCURRENT wants it to work. What else is inactive, a person made so.
      return isOwnSake && !key.active
    case 'leaked':
      throw new OverlapError('LEAKED', `key ${key.id} is on record as leaked: nothing makes it work again`, {
        detail: { key: key.id },
      })
    case 'orphan':
      // It was nobody's: whoever has stored it since knows its secret.
      return isOwnSake
    case 'disabling':
      return true
    case 'disabled':
      return !cutOffAlone || !isRecordedAs(key)
  }
}

/** Or is its state no more than whether it is active? Then nothing says whether it was cut off. */
function isRecordedAs({ record, created }: PlacedKey): boolean {
  return record !== undefined && record.since > (created ?? 0)
}

function deleted(id: string, versionId: string): OverlapError {
  return new OverlapError(
    'NO_WAY_BACK',
    `key ${id} of version ${versionId} is deleted, and nothing brings it back: publish another version whose key works, or store a new key`,
    { detail: { key: id, consumersAffected: true } },
  )
}
