import type { CredentialRetirer } from '../adapter.ts'
import { believedKeys, witnessIn } from './believed.ts'
import type { ClassifiedKey } from './classify.ts'
import { isNobodys, type Lost } from './lost.ts'
import { foreignKey } from './obstacles.ts'
import { patienceOf, type RevokingOptions } from './options.ts'
import { othersThan } from './other-keys.ts'
import type { PlacedKey } from './place.ts'
import { promptly, type Write } from './promptly.ts'

type LostKey = ClassifiedKey & { readonly standing: Lost }

/**
 * Takes lost keys out of use, and removes them later: the next time where it is certain that a rotation minted it, and nobody can know its secret. Where it is only likely, it is left alone for a day, by when a
 * use of it is told, and is out of use for another day, so that whoever made it by hand in the same moment notices, and activates it again. From then on it is somebody's. It is that, too, and is put back,
 * when a use from before is told only after it was taken out of use.
 */
export function reclaiming<C>(options: RevokingOptions<C>): NonNullable<CredentialRetirer<C>['reclaim']> {
  const { place, now } = options
  const { reclaimAfterMs, reclaimUnsureAfterMs } = patienceOf(options)

  const lostIn = async (current: C, listed: readonly PlacedKey[], waiting: string | undefined) => {
    const keys = await believedKeys(options, listed, current, current)
    return (await othersThan(options, current, keys, waiting)).filter(isLost)
  }

  /** What is to be done with it now; nothing is to wait. Throws `FOREIGN_KEY`. */
  const nextWrites = async (
    current: C,
    { key, standing }: LostKey,
    waiting: string | undefined,
    witness: string | undefined,
  ): Promise<readonly Write[]> => {
    const { id } = key
    const whose = `was ${standing.sure ? '' : 'probably '}minted for version ${standing.of}, which does not hold it, and may be in use`
    const foreign = (as: PlacedKey) => foreignKey(options, current, as, { whose })
    const use = await place.lastUse(current, id)
    if (use.known === 'used') {
      if (key.active || key.record?.state !== 'orphan' || use.at > key.record.since) throw await foreign(key)
      return [
        () => place.activate(current, id),
        async () => {
          throw await foreign({ ...key, active: true })
        },
      ]
    }
    const takenOut = (): Promise<void> =>
      place.record(current, id, {
        versionId: standing.of,
        state: standing.sure ? 'disabled' : 'orphan',
        since: now(),
      })
    if (key.active && place.disables) return [() => place.deactivate(current, id), takenOut]
    if (isNobodys(standing, use, waiting)) return [() => place.remove(current, id, witness)]
    if (key.active) throw await foreign(key)
    // An earlier attempt was cut off before this was recorded, so nobody knows since when.
    if (key.record === undefined) return [takenOut]
    // Nor does the place tell.
    if (key.record.since <= (key.created ?? key.record.since)) throw await foreign(key)
    if (now() - key.record.since < reclaimUnsureAfterMs) return []
    return [() => place.remove(current, id, witness)]
  }

  return async (current, { check, waiting }) => {
    for (const lost of await lostIn(current, await place.keys(current), waiting)) {
      if (isYoung(lost)) continue
      await promptly(options, current, check, async (keys) => {
        const again = (await lostIn(current, keys, waiting)).find(({ key }) => key.id === lost.key.id)
        if (again === undefined) return []
        return nextWrites(current, again, waiting, witnessIn(options, keys, current, lost.key.id))
      })
    }
    return (await lostIn(current, await place.keys(current), waiting)).length === 0 ? 'nothing' : 'waiting'
  }

  function isYoung({ key: { created, record }, standing }: LostKey): boolean {
    const since = created ?? record?.since
    return since === undefined || now() - since < (standing.sure ? reclaimAfterMs : reclaimUnsureAfterMs)
  }
}

function isLost(key: ClassifiedKey): key is LostKey {
  return key.standing.is === 'lost'
}
