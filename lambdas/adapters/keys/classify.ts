import type { HeldValue } from '../adapter.ts'
import type { PlacedKey } from './place.ts'
import { isDigest } from './written-version.ts'

/**
 * Whose a key is, as this secret sees it.
 * - `held`: by this version, whose value names it
 * - `lost`: minted for this version, which does not hold it. Not `sure`: a call that minted for it fits, and nothing more is known. `neverHeld`: its value is there and names another key, and no
 *   version's value ever changes; false: its value is gone, or there was none yet
 * - `foreign`: somebody's. It is never touched
 */
export type Standing =
  | { readonly is: 'held'; readonly by: string }
  | { readonly is: 'lost'; readonly of: string; readonly sure: boolean; readonly neverHeld: boolean }
  | { readonly is: 'foreign' }

export interface ClassifiedKey {
  readonly key: PlacedKey
  readonly standing: Standing
}

export interface Known {
  /** The key of AWSCURRENT, which is left out. */
  readonly currentId: string
  /** What every version with a label holds. */
  readonly labelled: readonly HeldValue[]
  /** What further versions hold that keys are on record for, by their ids. One without a value is left out. */
  readonly stored: readonly HeldValue[]
  /** The key that a value names; undefined where it cannot be read. */
  keyIdIn(value: string): string | undefined
}

/** Every key but the one of AWSCURRENT, in the order of `keys`, with whose it is. Each is judged by itself: what the others are makes no difference. */
export function classify(keys: readonly PlacedKey[], known: Known): readonly ClassifiedKey[] {
  return keys
    .filter(({ id }) => id !== known.currentId)
    .map((key) => ({ key, standing: standingOf(key, known, keys) }))
}

function standingOf(
  key: PlacedKey,
  { labelled, stored, keyIdIn }: Known,
  listed: readonly PlacedKey[],
): Standing {
  const names = ({ value }: HeldValue) => isNamed(key.id, value, keyIdIn)
  const recorded = key.record?.versionId ?? key.perhapsFor?.versionId
  const naming = labelled.filter(names)
  const by = naming.find(({ versionId }) => versionId === recorded) ?? naming[0]
  if (by !== undefined) return { is: 'held', by: by.versionId }
  if (key.isAnothers || recorded === undefined) return { is: 'foreign' }
  // Nobody can ask for that version, which may hold it.
  if (isDigest(recorded)) return { is: 'foreign' }
  const value = [...labelled, ...stored].find(({ versionId }) => versionId === recorded)
  if (value !== undefined && names(value)) return { is: 'held', by: recorded }
  if (key.record === undefined)
    // The answer of that call was not lost: the version holds another key.
    return value === undefined
      ? { is: 'lost', of: recorded, sure: false, neverHeld: false }
      : { is: 'foreign' }
  // It was taken out of use, and works: somebody needs it.
  if (key.active && key.record.state !== 'live') return { is: 'foreign' }
  return {
    is: 'lost',
    of: recorded,
    sure: key.record.state !== 'orphan',
    neverHeld: value !== undefined && isAnother(keyIdIn(value.value), listed),
  }
}

/** Only one that is listed is known to be another key, and not this one by a name that the list does not use. */
function isAnother(named: string | undefined, listed: readonly PlacedKey[]): boolean {
  return listed.some(({ id }) => id === named)
}

/** `keyIdIn` as in `Known`. */
export function isNamed(id: string, value: string, keyIdIn: Known['keyIdIn']): boolean {
  const named = keyIdIn(value)
  // What cannot be read may hold any key that it speaks of.
  return named === undefined ? value.includes(id) : named === id
}
