/** The record of one key, as it bears on the version that somebody retires or goes back to. */
import type { KeyState, PlacedKey } from './place.ts'

export function keyWith(keys: readonly PlacedKey[], id: string): PlacedKey | undefined {
  return keys.find((key) => key.id === id)
}

/** Where a place keeps no record of a key, whether it works is all that is known of it. */
export function stateOf({ record, active }: PlacedKey): KeyState {
  return record?.state ?? (active ? 'live' : 'disabled')
}
