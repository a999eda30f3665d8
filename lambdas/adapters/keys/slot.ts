/** The record of one key, as it bears on the version that somebody retires or goes back to. */
import { OverlapError } from '../../rotation/errors.ts'
import type { Fence } from '../adapter.ts'
import type { KeyState, PlacedKey } from './place.ts'

export function keyWith(keys: readonly PlacedKey[], id: string): PlacedKey | undefined {
  return keys.find((key) => key.id === id)
}

/** Where a place keeps no record of a key, whether it works is all that is known of it. */
export function stateOf({ record, active }: PlacedKey): KeyState {
  return record?.state ?? (active ? 'live' : 'disabled')
}

/** The version that a key is on record for, where that is another one; empty where another secret has it. */
export function otherHolder({ record, isAnothers }: PlacedKey, versionId: string): string | undefined {
  if (isAnothers) return ''
  return record === undefined || record.versionId === versionId ? undefined : record.versionId
}

/** Throws `SUPERSEDED`. */
export function refuseOtherHolder(key: PlacedKey, { versionId }: Pick<Fence, 'versionId'>): void {
  const holder = otherHolder(key, versionId)
  if (holder === undefined) return
  const whose = holder === '' ? 'another secret' : `version ${holder}`
  throw new OverlapError('SUPERSEDED', `key ${key.id} is on record for ${whose}`, {
    detail: { key: key.id, ...(holder === '' ? {} : { holder }) },
  })
}
