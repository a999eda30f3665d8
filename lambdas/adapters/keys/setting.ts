import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { keyIdIn } from './look.ts'
import { heldKey } from './obstacles.ts'
import type { SeeingOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { promptly } from './promptly.ts'
import { keyWith } from './slot.ts'

/** A key works since it was minted: what is left is to have on record whose it is, and whose the current one is, which nobody may have minted. */
export function setting<C>(options: SeeingOptions<C>): CredentialAdapter<C>['set'] {
  const { place, codec, now } = options
  return async (pending, current, fence) => {
    if (codec.target(pending) !== codec.target(current))
      throw new OverlapError('TARGET_CHANGED', 'the pending value names another target than the current one')
    const [pendingId, currentId] = [codec.keyId(pending), codec.keyId(current)]
    const recording = (id: string, versionId: string) => () =>
      place.record(current, id, { versionId, state: 'live', since: now() })
    await promptly(options, current, fence.check, async (keys) => {
      await refuseHeld(options, pendingId, keyWith(keys, pendingId), fence)
      return [
        ...(isOnRecord(keyWith(keys, pendingId)) ? [] : [recording(pendingId, fence.versionId)]),
        ...(isOnRecord(keyWith(keys, currentId)) ? [] : [recording(currentId, fence.currentVersionId)]),
      ]
    })
  }
}

/** Somebody's record is never overwritten. */
function isOnRecord(key: PlacedKey | undefined): boolean {
  return key !== undefined && (key.record !== undefined || key.isAnothers)
}

/** Throws `DRAIN_IN_PROGRESS` and `FOREIGN_KEY`: a value that was stored by hand may name any key. */
async function refuseHeld<C>(
  { held, codec }: SeeingOptions<C>,
  id: string,
  key: PlacedKey | undefined,
  { versionId }: Fence,
): Promise<void> {
  if (key?.isAnothers === true)
    throw new OverlapError('FOREIGN_KEY', `the pending value names key ${id}, which is another secret's`, {
      detail: { key: id },
    })
  const recorded = key?.record?.versionId ?? (await otherVersionNaming(held, codec, id, versionId))
  const holder = recorded === versionId ? undefined : recorded
  if (holder !== undefined) throw heldKey(id, holder)
}

async function otherVersionNaming<C>(
  held: SeeingOptions<C>['held'],
  codec: SeeingOptions<C>['codec'],
  id: string,
  versionId: string,
): Promise<string | undefined> {
  const naming = (await held.labelled()).find(
    (version) => version.versionId !== versionId && keyIdIn(version.value, codec) === id,
  )
  return naming?.versionId
}
