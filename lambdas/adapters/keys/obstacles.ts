/** What keeps a key from being minted. */
import { OverlapError } from '../../rotation/errors.ts'
import { ago } from './ago.ts'
import type { ClassifiedKey } from './classify.ts'
import type { SeeingOptions } from './options.ts'
import type { PlacedKey } from './place.ts'

/** Throws `TARGET_UNSUITABLE`. */
export function refuseSingleKey<C>({ kind, place }: SeeingOptions<C>): void {
  if (place.mostKeys >= 2) return
  throw new OverlapError(
    'TARGET_UNSUITABLE',
    `the target (${kind}) allows one key at a time, so a new key ends the old one at once: that is a swap, in which consumers fail, and it is not supported`,
  )
}

/** Throws `DRAIN_IN_PROGRESS`, `ORPHAN_KEY`, `FOREIGN_KEY`; and `LABELS_MOVED` where `versionId` has its key already. */
export async function refuseObstacles<C>(
  options: SeeingOptions<C>,
  current: C,
  others: readonly ClassifiedKey[],
  versionId: string | undefined,
): Promise<void> {
  for (const { key, standing } of others)
    if (standing.is === 'held')
      throw standing.by === versionId
        ? new OverlapError('LABELS_MOVED', `version ${versionId} has key ${key.id} already`)
        : heldKey(key.id, standing.by)
  for (const { key, standing } of others)
    if (standing.is === 'lost')
      throw new OverlapError(
        'ORPHAN_KEY',
        `key ${key.id} was ${standing.sure ? '' : 'probably '}minted for version ${standing.of}, which does not hold it: its secret is lost. The retire function removes it, and ` +
          'then this rotation goes on',
        { detail: { key: key.id } },
      )
  if (others.length + 1 < options.place.mostKeys) return
  const [oldest, ...more] = others
    .map(({ key }) => key)
    .toSorted((one, other) => (one.created ?? 0) - (other.created ?? 0))
  if (oldest !== undefined) throw await foreignKey(options, current, oldest, more.length)
}

export function heldKey(id: string, holder: string): OverlapError {
  return new OverlapError(
    'DRAIN_IN_PROGRESS',
    `key ${id} of version ${holder} is not removed yet: the next key is minted when it is`,
    { detail: { holder, key: id } },
  )
}

/** Says of whom it may be as much as the place tells. `of`: a credential of the target. */
export async function foreignKey<C>(
  options: SeeingOptions<C>,
  of: C,
  { id, created, active }: PlacedKey,
  more = 0,
): Promise<OverlapError> {
  const { place, kind, now } = options
  const age = created === undefined ? 'made nobody knows when' : `made ${ago(created, now())}`
  const state = active ? 'active' : 'inactive'
  const others = more === 0 ? '' : ` So are ${more} more.`
  return new OverlapError(
    'FOREIGN_KEY',
    `key ${id} of the target (${kind}: ${place.mostKeys} keys at most) is not this secret's: ${state}, ${age}, ${await useOf(options, of, id)}.${others} It is not touched. Find out ` +
      'whose it is; when nothing needs it, delete it',
    { detail: { key: id } },
  )
}

async function useOf<C>({ place, now }: SeeingOptions<C>, of: C, id: string): Promise<string> {
  try {
    const use = await place.lastUse(of, id)
    if (use.known === 'never') return 'never used as far as is known'
    if (use.known === 'nothing') return 'and when it was last used is not told'
    const [by, from] = [use.by && ` by ${use.by}`, use.from && ` from ${use.from}`]
    return `last used ${ago(use.at, now())}${by}${from}`
  } catch (error) {
    if (error instanceof OverlapError)
      return `and when it was last used could not be found out (${error.code})`
    throw error
  }
}
