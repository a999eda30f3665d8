import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { patienceOf, type RevokingOptions } from './options.ts'

/**
 * Whether a key that was taken out of use is accepted all the same. Each front end of a place learns of that by itself, and late: so it is used until several in a row do not accept it, or
 * until all of them should know. Throws `TIME_UP`.
 */
export function stillWorking<C>(
  options: RevokingOptions<C>,
): NonNullable<CredentialRetirer<C>['stillWorks']> {
  const { place, codec, now, sleep, remaining } = options
  const { successes, everyMs, freshMs } = patienceOf(options)
  return async (credential) => {
    const began = now()
    let [waited, refusals] = [0, 0]
    for (;;) {
      const { answer } = await place.whoami(credential)
      refusals = answer === 'accepted' ? 0 : refusals + 1
      if (refusals >= successes) return false
      // Counted, too: a clock may stand still.
      if (Math.max(now() - began, waited) >= freshMs) return answer === 'accepted'
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
