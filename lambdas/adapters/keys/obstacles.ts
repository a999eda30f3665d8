/** What keeps a key from being minted. */
import { OverlapError } from '../../rotation/errors.ts'
import { ago } from './ago.ts'
import type { ClassifiedKey, Standing } from './classify.ts'
import { patienceOf, type SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'

/** Throws `TARGET_UNSUITABLE`. */
export function refuseSingleKey<C>({ kind, place }: SharedOptions<C>): void {
  if (place.mostKeys >= 2) return
  throw new OverlapError(
    'TARGET_UNSUITABLE',
    `the target (${kind}) allows one key at a time, so a new key ends the old one at once: that is a swap, in which consumers fail, and it is not supported`,
  )
}

/** Throws `DRAIN_IN_PROGRESS`, `ORPHAN_KEY`, `FOREIGN_KEY`; and `LABELS_MOVED` where `versionId` has its key already. */
export async function refuseObstacles<C>(
  options: SharedOptions<C>,
  current: C,
  others: readonly ClassifiedKey[],
  versionId: string | undefined,
): Promise<void> {
  for (const { key, standing } of others)
    if (standing.is === 'held')
      throw standing.by === versionId
        ? new OverlapError('LABELS_MOVED', `version ${versionId} has key ${key.id} already`)
        : heldKey(key.id, standing.by)
  for (const { key, standing } of others) if (standing.is === 'lost') throw orphanKey(options, key, standing)
  if (others.length + 1 < options.place.mostKeys) return
  const [oldest, ...more] = others
    .map(({ key }) => key)
    .toSorted((one, other) => (one.created ?? 0) - (other.created ?? 0))
  if (oldest !== undefined) throw await foreignKey(options, current, oldest, { more: more.length })
}

export type Lost = Extract<Standing, { is: 'lost' }>

/** How long it takes, and what a person may do. */
function orphanKey<C>(options: SharedOptions<C>, { id }: PlacedKey, { of, sure }: Lost): OverlapError {
  const { reclaimAfterMs, reclaimUnsureAfterMs } = patienceOf(options)
  const hours = (ms: number) => `${Math.round(ms / 3_600_000)} h`
  const steps = sure
    ? `takes it out of use ${hours(reclaimAfterMs)} after it was made, and removes it with its next pass`
    : `leaves it alone for its first ${hours(reclaimUnsureAfterMs)}, since somebody may have made it by hand, then takes it out of use for ${hours(reclaimUnsureAfterMs)}, and removes it ` +
      'unless it was used'
  return new OverlapError(
    'ORPHAN_KEY',
    `key ${id} was ${sure ? '' : 'probably '}minted for version ${of}, which does not hold it: its secret is lost. The retire function ${steps}; then this rotation goes on. ` +
      'If you know that nobody made it by hand, you may delete it now',
    { detail: { key: id } },
  )
}

/** `DRAIN_IN_PROGRESS` with `holder`, the version that has the key: the engine has that version drained where nobody else would. */
export function heldKey(id: string, holder: string): OverlapError {
  return new OverlapError(
    'DRAIN_IN_PROGRESS',
    `key ${id} of version ${holder} is not removed yet: the next key is minted when it is`,
    { detail: { holder, key: id } },
  )
}

/** Says of whom it may be as much as the place tells. `of`: a credential of the target. */
export async function foreignKey<C>(
  options: SharedOptions<C>,
  of: C,
  { id, created, active, isAnothers }: PlacedKey,
  { more = 0, whose = "is not this secret's" }: { readonly more?: number; readonly whose?: string } = {},
): Promise<OverlapError> {
  const { place, kind, now } = options
  const age = created === undefined ? 'made nobody knows when' : `made ${ago(created, now())}`
  const state = active ? 'active' : 'inactive'
  const others = more === 0 ? '' : ` So are ${more} more.`
  const next = isAnothers
    ? 'Another secret that Overlap rotates has it on record: give each secret a user of its own. Do not delete it'
    : 'It is not touched. Find out whose it is; when nothing needs it, delete it'
  return new OverlapError(
    'FOREIGN_KEY',
    `key ${id} of the target (${kind}: ${place.mostKeys} keys at most) ${whose}: ${state}, ${age}, ${await useOf(options, of, id)}.${others} ${next}`,
    { detail: { key: id } },
  )
}

async function useOf<C>({ place, now }: SharedOptions<C>, of: C, id: string): Promise<string> {
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
