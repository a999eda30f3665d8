import { OverlapError } from '../../rotation/errors.ts'
import type { PlacedKey } from './place.ts'

/**
 * Throws `SUPERSEDED` for a key that another secret has on record, and `STAMP_INVALID` where nobody can read whose it is. Another version of this secret supersedes nothing: a value that
 * is stored once more is a version of its own, and the key is the same one.
 */
export function refuseAnothers(key: PlacedKey): void {
  refuseUnreadable(key)
  if (!key.isAnothers) return
  throw new OverlapError(
    'SUPERSEDED',
    `another secret that Overlap rotates has key ${key.id} on record: only that secret decides what becomes of it`,
    { detail: { key: key.id, anothers: true } },
  )
}

/** Throws `STAMP_INVALID`. What cannot be read of calls that mint says nothing of a key that a version holds. */
export function refuseUnreadable({ unreadable }: Pick<PlacedKey, 'unreadable'>): void {
  if (unreadable?.what === 'record') throw unreadable.error
}
