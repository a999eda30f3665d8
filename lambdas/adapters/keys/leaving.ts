import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { acceptedCurrent } from './acceptance.ts'
import { believedKeys } from './believed.ts'
import type { ClassifiedKey } from './classify.ts'
import type { RevokingOptions } from './options.ts'
import { othersThan } from './other-keys.ts'
import { promptly } from './promptly.ts'

/** Any key can be the one that stays; what was recorded goes. Keys that are somebody's are left alone. */
export function leaving<C>(options: RevokingOptions<C>): CredentialRetirer<C>['leave'] {
  return async (current, { fence }) => {
    await acceptedCurrent(options, current)
    await promptly(options, current, fence.check, async (listed) => {
      const keys = await believedKeys(options, listed, current, current)
      for (const other of await othersThan(options, current, keys)) refuseOurs(other)
      return [() => options.place.forget(current)]
    })
    return undefined
  }
}

/** Throws `LEAVE_TOO_SOON`. */
function refuseOurs({ key: { id }, standing }: ClassifiedKey): void {
  if (standing.is === 'foreign') return
  const what =
    standing.is === 'held'
      ? `key ${id} of version ${standing.by} is not removed yet. Wait until its drain is over and no version has the label DRAINING (in observe mode no drain ends), then leave again; ` +
        'where nothing drains, a rotation has it drained'
      : `key ${id}, which a rotation minted for version ${standing.of} and lost, is not removed yet. A rotation has it removed: rotate, then leave again`
  throw new OverlapError('LEAVE_TOO_SOON', what, { detail: { key: id } })
}
