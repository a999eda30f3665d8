import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { patienceOf, type RevokingOptions } from './options.ts'
import { isOpened } from './place.ts'
import { keyWith } from './placed-key.ts'

/**
 * Whether a key that was taken out of use is accepted all the same. Each front end of a place learns of that by itself, and late: so it is used until several in a row do not accept it.
 * As many acceptances in a row are believed at once where every front end should know by now; elsewhere a single one is believed, after `endedMs`. Throws `TIME_UP`.
 */
export function stillWorking<C>(
  options: RevokingOptions<C>,
): NonNullable<CredentialRetirer<C>['stillWorks']> {
  const { place, codec, now, sleep, remaining } = options
  const { successes, everyMs, freshMs, endedMs } = patienceOf(options)

  const isLongOver = async (credential: C): Promise<boolean> => {
    const record = keyWith(await place.keys(credential), codec.keyId(credential))?.record
    return record?.state === 'leaked' && now() - record.since > freshMs
  }

  return async (credential, { justEnded }) => {
    const began = now()
    const isKnownToAll = !justEnded || (await isLongOver(credential))
    let [waited, refusals, inRow] = [0, 0, 0]
    for (;;) {
      const isAccepted = isOpened(await place.whoami(credential))
      if (isAccepted) [refusals, inRow] = [0, inRow + 1]
      else [refusals, inRow] = [refusals + 1, 0]
      if (refusals >= successes) return false
      if (isKnownToAll && inRow >= successes) return true
      // Counted, too: a clock may stand still.
      if (isAccepted && Math.max(now() - began, waited) >= endedMs) return true
      if (remaining() < everyMs)
        throw new OverlapError(
          'TIME_UP',
          `whether key ${codec.keyId(credential)} is still accepted was not certain when the time was up; the next attempt uses it again`,
        )
      await sleep(everyMs)
      waited += everyMs
    }
  }
}
