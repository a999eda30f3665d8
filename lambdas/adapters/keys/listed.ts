import { OverlapError } from '../../rotation/errors.ts'
import type { SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { keyWith } from './placed-key.ts'
import { LISTED_MS, LOOK_AGAIN_MS } from './rechecking.ts'

/**
 * Every key of the target, that of `current` among them, which the place accepts. A list without it is late, or is another account's, and then it says nothing of any key. Throws
 * `options.unlisted`, which ends with what that means.
 */
export async function keysWith<C>(
  options: SharedOptions<C>,
  current: C,
  consequence = 'Nothing is done before it is listed',
): Promise<readonly PlacedKey[]> {
  const { place, codec, sleep, remaining, kind, unlisted = 'PROVIDER_ANSWER_INVALID' } = options
  const id = codec.keyId(current)
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    const keys = await place.keys(current)
    if (keyWith(keys, id) !== undefined) return keys
    if (waited >= LISTED_MS || remaining() < LOOK_AGAIN_MS) break
    await sleep(LOOK_AGAIN_MS)
  }
  throw new OverlapError(
    unlisted,
    `the target (${kind}) accepts key ${id} but does not list it. Either the list is late, or it is another account's, or the secret value gives the key a wrong id. ` +
      consequence,
    { detail: { key: id } },
  )
}
