import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { refuseUnlessAccepted } from './acceptance.ts'
import { refuseUnreadable } from './holder.ts'
import { patienceOf, type SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { keyWith, stateOf } from './placed-key.ts'
import { promptly, type Write } from './promptly.ts'

/**
 * A key that was disabled is activated, and then it is waited: whoever decided to remove it before that has removed it by then, or never will. So what is found after that is there to
 * stay, and only that is published. Where the place cannot disable, nothing but labels keeps it from being removed: it is waited since the version was taken out of its retirement.
 */
export function reinstating<C>(options: SharedOptions<C>): NonNullable<CredentialAdapter<C>['reinstate']> {
  const { place, codec, now, sleep, remaining } = options
  const { successes, everyMs, settleMs } = patienceOf(options)

  /** Since when nobody can decide any more to remove it, in ms since the epoch. */
  const secured = async (previous: C, fence: Fence): Promise<number> => {
    const id = codec.keyId(previous)
    const { versionId } = fence
    const before = wayBackIn(await place.keys(previous), id, fence)
    const isWaitedFor = !place.disables || !isLive(before)
    if (isWaitedFor && remaining() < settleMs + successes * everyMs) throw tooLate(id)
    if (!place.disables) await fence.withdraw?.()
    const recording = (state: 'disabling' | 'live') => () =>
      place.record(previous, id, { versionId, state, since: now() })
    if (!isLive(before) || isOfAnother(before, versionId))
      await promptly(options, previous, fence.check, async (keys): Promise<readonly Write[]> => {
        const key = wayBackIn(keys, id, fence)
        if (isLive(key)) return isOfAnother(key, versionId) ? [recording('live')] : []
        // In this order: what is cut off in between is put back by whoever comes next.
        return [recording('disabling'), () => place.activate(previous, id), recording('live')]
      })
    return isWaitedFor ? now() : (before.record?.since ?? 0)
  }

  return async (previous, _replaced, fence, publish) => {
    const id = codec.keyId(previous)
    const worksSince = await secured(previous, fence)
    const unsettled = worksSince + settleMs - now()
    if (unsettled > 0) {
      if (remaining() < unsettled) throw tooLate(id)
      await sleep(unsettled)
      wayBackIn(await place.keys(previous), id, fence)
    }
    await refuseUnlessAccepted(options, previous, place.disables && worksSince > 0 ? { worksSince } : {})
    await promptly(options, previous, fence.check, async (keys) => {
      if (!isLive(wayBackIn(keys, id, fence)))
        throw new OverlapError(
          'LABELS_MOVED',
          `key ${id} was taken out of use meanwhile: nothing was published; ask again`,
        )
      return [publish]
    })
  }
}

const isLive = (key: PlacedKey) => key.active && stateOf(key) === 'live'

/** A value that is stored once more is a version of its own, and its key is one. */
const isOfAnother = ({ record }: PlacedKey, versionId: string) =>
  record !== undefined && record.versionId !== versionId

/** Throws `NO_WAY_BACK`, `LEAKED` and `STAMP_INVALID`. */
function wayBackIn(keys: readonly PlacedKey[], id: string, { versionId }: Fence): PlacedKey {
  const key = keyWith(keys, id)
  if (key === undefined)
    throw new OverlapError(
      'NO_WAY_BACK',
      `key ${id} of version ${versionId} is deleted, and nothing brings it back`,
    )
  refuseUnreadable(key)
  if (key.isAnothers)
    throw new OverlapError('NO_WAY_BACK', `key ${id} of version ${versionId} is on record for another secret`)
  if (stateOf(key) === 'leaked' || stateOf(key) === 'orphan')
    throw new OverlapError('LEAKED', `key ${id} of version ${versionId} is on record as ${stateOf(key)}`)
  return key
}

function tooLate(id: string): OverlapError {
  return new OverlapError('TIME_UP', `too little time is left to go back to key ${id}; ask again`)
}
