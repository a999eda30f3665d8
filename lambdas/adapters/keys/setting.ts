import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { refuseUnreadable } from './holder.ts'
import { heldKey } from './obstacles.ts'
import type { SharedOptions } from './options.ts'
import { keyIdIn } from './other-keys.ts'
import { refuseOtherTarget } from './other-target.ts'
import type { PlacedKey } from './place.ts'
import { keyWith } from './placed-key.ts'
import { promptly, type Write } from './promptly.ts'
import { versionWritten } from './written-version.ts'

/** A key works since it was minted: what is left is to have on record whose it is, and whose the current one is, which nobody may have minted. */
export function setting<C>(options: SharedOptions<C>): CredentialAdapter<C>['set'] {
  const { place, codec, now } = options
  return async (pending, current, fence) => {
    refuseOtherTarget(options, pending, current)
    const [pendingId, currentId] = [codec.keyId(pending), codec.keyId(current)]
    const recording = (keys: readonly PlacedKey[], id: string, versionId: string): readonly Write[] => {
      const key = keyWith(keys, id)
      if (key !== undefined) refuseUnreadable(key)
      if (!isToBeRecorded(key, versionId)) return []
      return [
        () => place.record(current, id, { versionId, state: 'live', since: key?.record?.since ?? now() }),
      ]
    }
    await promptly(options, current, fence.check, async (keys) => {
      await refuseHeld(options, pendingId, keyWith(keys, pendingId), fence)
      return [
        ...recording(keys, pendingId, fence.versionId),
        ...recording(keys, currentId, fence.currentVersionId),
      ]
    })
  }
}

/** Somebody's record is never overwritten. A value that was stored once more is of another version than the record says, and the key the same. */
function isToBeRecorded(key: PlacedKey | undefined, versionId: string): boolean {
  if (key?.isAnothers === true) return false
  if (key?.record === undefined) return true
  return key.record.state === 'live' && versionWritten(key.record.versionId, [versionId]) !== versionId
}

/** Throws `DRAIN_IN_PROGRESS` and `FOREIGN_KEY`: a value that was stored by hand may name any key. */
async function refuseHeld<C>(
  { held, codec }: SharedOptions<C>,
  id: string,
  key: PlacedKey | undefined,
  { versionId }: Fence,
): Promise<void> {
  if (key?.isAnothers === true)
    throw new OverlapError('FOREIGN_KEY', `the pending value names key ${id}, which is another secret's`, {
      detail: { key: id },
    })
  const holder = await otherVersionNaming(held, codec, id, versionId)
  if (holder !== undefined) throw heldKey(id, holder)
}

async function otherVersionNaming<C>(
  held: SharedOptions<C>['held'],
  codec: SharedOptions<C>['codec'],
  id: string,
  versionId: string,
): Promise<string | undefined> {
  const naming = (await held.labelled()).find(
    (version) => version.versionId !== versionId && keyIdIn(version.value, codec) === id,
  )
  return naming?.versionId
}
