/** What keeps a key from being minted. */
import { OverlapError } from '../../rotation/errors.ts'
import { ago } from './ago.ts'
import type { ClassifiedKey } from './classify.ts'
import { isNobodys, type Lost } from './lost.ts'
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
  for (const { key, standing } of others)
    if (standing.is === 'lost') throw await orphanKey(options, current, key, standing, versionId)
  if (others.length + 1 < options.place.mostKeys) return
  const [oldest, ...more] = others
    .map(({ key }) => key)
    .toSorted((one, other) => (one.created ?? 0) - (other.created ?? 0))
  if (oldest !== undefined) throw await foreignKey(options, current, oldest, { more: more.length })
}

/** How long it takes, and what a person may do. `of`: a credential of the target. */
async function orphanKey<C>(
  options: SharedOptions<C>,
  of: C,
  { id }: PlacedKey,
  standing: Lost,
  waiting: string | undefined,
): Promise<OverlapError> {
  const minted = `key ${id} was ${standing.sure ? '' : 'probably '}minted for version ${standing.of}, which does not hold it: its secret is lost.`
  return new OverlapError(
    'ORPHAN_KEY',
    (await isLeftToAPerson(options, of, id, standing, waiting))
      ? `${minted} ${leavingIt(options, standing)}`
      : `${minted} The retire function ${removingIt(options, standing)}; then this rotation goes on. If you know that nobody made it by hand, you may delete it now`,
    { detail: { key: id } },
  )
}

/** As far as it can be told now: where the last use cannot be found out, nothing is reclaimed before it can. */
async function isLeftToAPerson<C>(
  { place }: SharedOptions<C>,
  of: C,
  id: string,
  standing: Lost,
  waiting: string | undefined,
): Promise<boolean> {
  if (!standing.sure) return false
  try {
    const use = await place.lastUse(of, id)
    return use.known === 'nothing' && !isNobodys(standing, use, waiting)
  } catch (error) {
    if (error instanceof OverlapError) return false
    throw error
  }
}

function removingIt<C>(options: SharedOptions<C>, { sure }: Lost): string {
  const { reclaimAfterMs, reclaimUnsureAfterMs } = patienceOf(options)
  const day = hours(reclaimUnsureAfterMs)
  if (!sure)
    return `leaves it alone for its first ${day}, since somebody may have made it by hand, then takes it out of use for ${day}, and removes it unless it was used`
  const after = `${hours(reclaimAfterMs)} after it was made`
  return options.place.disables
    ? `takes it out of use ${after}, and removes it with its next pass, unless it was used`
    : `removes it ${after}, unless it was used`
}

function leavingIt<C>(options: SharedOptions<C>, { of }: Lost): string {
  const after = `${hours(patienceOf(options).reclaimAfterMs)} after it was made`
  const until = options.place.disables
    ? `takes it out of use ${after}, and may do no more`
    : 'does not touch it'
  return (
    `The value of version ${of} is not there, so that version may have held it once, and the target does not tell whether it was used. Unless version ${of} still waits as AWSPENDING, the retire function ` +
    `${until} (FOREIGN_KEY). When nothing needs the key, delete it: then this rotation goes on`
  )
}

function hours(ms: number): string {
  return `${Math.round(ms / 3_600_000)} h`
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
