import { HOLD_TAG, type Hold, parseHold } from '../rotation/hold.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'

/** The hold that a secret's tag speaks of, over or not. Undefined where there is none, and where nobody can read it. */
export function holdInPlace({ tags }: Pick<SecretDescription, 'tags'>): Hold | undefined {
  const tag = tags.get(HOLD_TAG)
  try {
    return tag === undefined ? undefined : parseHold(tag)
  } catch {
    return undefined
  }
}

/**
 * The same secrets, those first whose hold ends soonest, and before them those without one. A run that is cut leaves the ones that can wait, and the next
 * begins where it ended, even if what it wants ends a little later.
 */
export function leastHeldFirst(secrets: readonly SecretDescription[]): readonly SecretDescription[] {
  return secrets
    .map((secret) => ({ secret, until: holdInPlace(secret)?.until ?? 0 }))
    .sort((one, other) => one.until - other.until)
    .map(({ secret }) => secret)
}
