import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { refuseUnlessAccepted } from './acceptance.ts'
import { otherHolder } from './holder.ts'
import { patienceOf, type SeeingOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { promptly } from './promptly.ts'
import { keyWith, stateOf } from './slot.ts'

/**
 * A key that was disabled is activated, and then it is waited: whoever decided to remove it before that has removed it by then, or never will. So what is found after that is there to
 * stay, and only that is published.
 */
export function reinstating<C>(options: SeeingOptions<C>): NonNullable<CredentialAdapter<C>['reinstate']> {
  const { place, codec, now, sleep, remaining } = options
  const { successes, everyMs, settleMs } = patienceOf(options)
  return async (previous, _replaced, fence, publish) => {
    const id = codec.keyId(previous)
    const { versionId } = fence
    const before = await wayBackTo(options, await place.keys(previous), id, fence)
    let worksSince = before.record?.state === 'live' && before.active ? before.record.since : 0
    if (!isLive(before)) {
      if (remaining() < settleMs + successes * everyMs) throw tooLate(id)
      await promptly(options, previous, fence.check, async (keys) => {
        if (isLive(await wayBackTo(options, keys, id, fence))) return []
        return [
          () => place.record(previous, id, { versionId, state: 'live', since: now() }),
          () => place.activate(previous, id),
        ]
      })
      worksSince = now()
    }
    const unsettled = worksSince + settleMs - now()
    if (unsettled > 0) {
      if (remaining() < unsettled) throw tooLate(id)
      await sleep(unsettled)
    }
    await refuseUnlessAccepted(options, previous, worksSince === 0 ? {} : { worksSince })
    await promptly(options, previous, fence.check, async (keys) => {
      if (!isLive(await wayBackTo(options, keys, id, fence)))
        throw new OverlapError(
          'LABELS_MOVED',
          `key ${id} was taken out of use meanwhile: nothing was published; ask again`,
        )
      return [publish]
    })
  }
}

const isLive = (key: PlacedKey) => key.active && stateOf(key) === 'live'

/** Throws `NO_WAY_BACK` and `LEAKED`. */
async function wayBackTo<C>(
  options: SeeingOptions<C>,
  keys: readonly PlacedKey[],
  id: string,
  { versionId }: Fence,
): Promise<PlacedKey> {
  const key = keyWith(keys, id)
  if (key === undefined)
    throw new OverlapError(
      'NO_WAY_BACK',
      `key ${id} of version ${versionId} is deleted, and nothing brings it back`,
    )
  const holder = await otherHolder(options, key, versionId)
  if (holder !== undefined)
    throw new OverlapError(
      'NO_WAY_BACK',
      `key ${id} is on record for ${holder === '' ? 'another secret' : `version ${holder}`}, and not for version ${versionId}`,
    )
  if (stateOf(key) === 'leaked' || stateOf(key) === 'orphan')
    throw new OverlapError('LEAKED', `key ${id} of version ${versionId} is on record as ${stateOf(key)}`)
  return key
}

function tooLate(id: string): OverlapError {
  return new OverlapError('TIME_UP', `too little time is left to go back to key ${id}; ask again`)
}
