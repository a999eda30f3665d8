/**
 * A place has no lock. So whoever writes looks first at labels, then at the keys, and writes at once: what was read too long ago lets nothing be written. Why that is enough:
 * docs/decisions/2026-11-26-keys-without-a-lock.md.
 */
import { OverlapError } from '../../rotation/errors.ts'
import type { SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'

/** How long after labels and keys were read something may be written because of them. Milliseconds. */
export const HASTE_MS = 5_000

export type Write = () => Promise<void>

/**
 * Writes what `decide` makes of the keys as they are after `check`, in that order. What took too long is decided once more, from the beginning, as long as nothing was written. Throws `TIME_UP`,
 * and what `check` and `decide` throw.
 */
export async function promptly<C>(
  { place, now }: SharedOptions<C>,
  of: C,
  check: () => Promise<void>,
  decide: (keys: readonly PlacedKey[]) => readonly Write[] | Promise<readonly Write[]>,
): Promise<void> {
  for (const _attempt of [1, 2]) {
    const readAt = now()
    await check()
    const isLate = () => now() - readAt > HASTE_MS
    const writes = await decide(await place.keys(of))
    if (isLate() && writes.length > 0) continue
    for (const write of writes) {
      if (isLate()) throw timeUp()
      await write()
    }
    return
  }
  throw timeUp()
}

function timeUp(): OverlapError {
  return new OverlapError(
    'TIME_UP',
    `more than ${HASTE_MS / 1000} s passed between looking at labels and keys, and writing: the next attempt looks again`,
  )
}
