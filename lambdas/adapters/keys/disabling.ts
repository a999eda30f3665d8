import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { refuseDead } from './acceptance.ts'
import { believedKeys, witnessIn } from './believed.ts'
import { refuseAnothers } from './holder.ts'
import type { RevokingOptions } from './options.ts'
import { isOpened, type LastUse, type PlacedKey } from './place.ts'
import { keyWith, stateOf } from './placed-key.ts'
import { promptly, type Write } from './promptly.ts'
import { refuseSame } from './same.ts'
import { refuseUsed } from './unused.ts'

type Context<C> = Parameters<CredentialRetirer<C>['disable']>[1]

/**
 * Takes a key out of use, so that it can be put back. Where the place has no such thing the key is only looked at: it works until it is removed, and one that leaked is removed at once. What an
 * error leaves as `disabling` is the caller's to put back.
 */
export function disabling<C>(options: RevokingOptions<C>): CredentialRetirer<C>['disable'] {
  const { place, codec, now } = options

  const disableLeaked = async (credential: C, { current, fence }: Context<C>) => {
    const id = codec.keyId(credential)
    const { versionId } = fence
    await promptly(options, credential, fence.check, async (listed): Promise<readonly Write[]> => {
      const keys = await believedKeys(options, listed, credential, current).catch((error) =>
        refuseUnended(credential, versionId, error),
      )
      const key = keyThere(keys, id)
      // What cannot be read keeps nothing valid that leaked.
      if (key.unreadable === undefined) refuseAnothers(key)
      if (!place.disables) return [() => place.remove(credential, id, witnessIn(options, keys, current, id))]
      return [
        ...(key.active ? [() => place.deactivate(credential, id)] : []),
        // Whoever activated it began that anew: the record says since when it should be known.
        ...(stateOf(key) === 'leaked' && !key.active
          ? []
          : [() => place.record(credential, id, { versionId, state: 'leaked', since: now() })]),
      ]
    })
    await refuseDead(
      options,
      current,
      'CURRENT_REFUSED',
      `Key ${id}, which leaked, was taken out of use all the same`,
    )
  }

  /** A leaked key that no list shows cannot be ended, and somebody has to know it. Throws `LEAKED` where it is accepted, and `error`. */
  const refuseUnended = async (credential: C, versionId: string, error: unknown): Promise<never> => {
    if (!(error instanceof OverlapError)) throw error
    if (!isOpened(await place.whoami(credential))) throw error
    throw new OverlapError(
      'LEAKED',
      `key ${codec.keyId(credential)} of version ${versionId} leaked, and is still accepted, but cannot be ended: ${error.message}. Delete it at the target by hand, now: whoever has it can use it. ` +
        'The sweep tries again with each pass',
      { detail: { ...error.detail, versionId, consumersAffected: true }, cause: error },
    )
  }

  const disableUnused = async (credential: C, context: Context<C>) => {
    const id = codec.keyId(credential)
    const { current, fence } = context
    const { versionId } = fence
    const own = async (listed: readonly PlacedKey[]) =>
      ownKey(await believedKeys(options, listed, credential, current), id)
    const found = await own(await place.keys(credential))
    if (isOver(found)) return
    // Whoever activated it did not undo that.
    if (stateOf(found) === 'leaked') return disableLeaked(credential, context)
    await refuseDead(options, current, 'PRINCIPAL_IN_USE')
    const before = await place.lastUse(credential, id)
    refuseUsed(options, id, before, context)

    const recording = (state: 'disabling' | 'disabled') => () =>
      place.record(credential, id, { versionId, state, since: now() })
    let disabledAt: number | undefined
    try {
      await promptly(options, credential, fence.check, async (keys): Promise<readonly Write[]> => {
        const key = await own(keys)
        if (!place.disables || isOver(key)) return []
        disabledAt = now()
        return [recording('disabling'), () => place.deactivate(credential, id)]
      })
      if (disabledAt === undefined) return
      const after = await place.lastUse(credential, id)
      if (before.known === 'used' && after.known === 'nothing') throw untold(id)
      if (isNewer(after, before)) refuseUsed(options, id, after, context)
      await promptly(options, credential, fence.check, async (keys) => {
        const key = await own(keys)
        if (isOver(key)) return []
        refusePutBack(key, disabledAt ?? 0)
        return [recording('disabled')]
      })
    } catch (error) {
      if (disabledAt !== undefined) await owe(recording('disabling')).catch(() => undefined)
      throw error
    }

    /** Somebody put the key back, and this overtook that: on record as live it would stay as it is. */
    async function owe(record: Write): Promise<void> {
      const key = keyWith(await place.keys(credential), id)
      if (key?.active === false && isPutBack(key, disabledAt ?? 0)) await record()
    }
  }

  return async (credential, context) => {
    refuseSame(options, credential, context.current)
    await (context.leaked ? disableLeaked : disableUnused)(credential, context)
  }
}

/** Throws `SUPERSEDED`. */
function keyThere(keys: readonly PlacedKey[], id: string): PlacedKey {
  const key = keyWith(keys, id)
  if (key !== undefined) return key
  throw new OverlapError('SUPERSEDED', `key ${id} is deleted already`, { detail: { key: id } })
}

/** Throws `SUPERSEDED`, and `STAMP_INVALID` where nobody can read whose it is. */
function ownKey(keys: readonly PlacedKey[], id: string): PlacedKey {
  const key = keyThere(keys, id)
  refuseAnothers(key)
  return key
}

/** Out of use, and on record as that. Whoever activates a key by hand begins its retirement anew. */
function isOver(key: PlacedKey): boolean {
  return !key.active && stateOf(key) !== 'live' && stateOf(key) !== 'disabling'
}

/** Whoever puts a key back has that on record; an older record is only told late. */
function isPutBack({ record }: PlacedKey, disabledAt: number): boolean {
  return record?.state === 'live' && record.since >= disabledAt
}

function refusePutBack(key: PlacedKey, disabledAt: number): void {
  if (isPutBack(key, disabledAt))
    throw new OverlapError('LABELS_MOVED', `key ${key.id} was put back while it was being disabled`)
}

/** It told a moment ago. */
function untold(id: string): OverlapError {
  return new OverlapError(
    'LAST_USE_UNKNOWN',
    `the target told when key ${id} was last used before it was disabled, and tells nothing now: whether somebody used it in between is not known. It is not taken for unused; the next pass looks again`,
    { detail: { key: id } },
  )
}

function isNewer(after: LastUse, before: LastUse): boolean {
  return after.known === 'used' && (before.known !== 'used' || after.at > before.at)
}
