import { OverlapError } from '../../rotation/errors.ts'
import { acceptedCurrent } from './acceptance.ts'
import { keysWith } from './listed.ts'
import type { SharedOptions } from './options.ts'
import { isOpened, type PlacedKey } from './place.ts'
import { keyWith } from './placed-key.ts'

/**
 * The keys as a list tells of them that may be believed where it leaves a credential's key out: `keys`, where they hold that one or AWSCURRENT's, or where the place accepts neither; what nobody can
 * use may be gone. Throws as `keysWith`.
 */
export async function believedKeys<C>(
  options: SharedOptions<C>,
  keys: readonly PlacedKey[],
  credential: C,
  current: C,
): Promise<readonly PlacedKey[]> {
  const { codec, place } = options
  const isListed = (key: C) => keyWith(keys, codec.keyId(key)) !== undefined
  if (isListed(credential)) return keys
  // A person may store a value for another target, whose keys are on another list.
  const isBeside = codec.target(current) === codec.target(credential)
  if (isBeside && isListed(current)) return keys
  if (isBeside && (await isAccepted(options, current))) return keysWith(options, current)
  if (isOpened(await place.whoami(credential))) return keysWith(options, credential)
  return keys
}

async function isAccepted<C>(options: SharedOptions<C>, current: C): Promise<boolean> {
  try {
    await acceptedCurrent(options, current)
    return true
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'CURRENT_REFUSED') return false
    throw error
  }
}

/** AWSCURRENT's key, by its id, where it is among these and not the one meant: a list without it says nothing of any other. */
export function witnessIn<C>(
  { codec }: Pick<SharedOptions<C>, 'codec'>,
  keys: readonly PlacedKey[],
  current: C,
  id: string,
): string | undefined {
  const currentId = codec.keyId(current)
  return currentId !== id && keyWith(keys, currentId) !== undefined ? currentId : undefined
}
