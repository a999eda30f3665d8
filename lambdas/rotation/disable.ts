/**
 * Takes the principal of the version that drains out of use, reversibly: the label stays, and so does the way back.
 *
 * Whatever goes wrong on the way, the credential is put back; where that fails, too, the target's record says `disabling`, and the next pass puts it back
 * or completes it. What another retirement has come to its end with meanwhile is put back only for somebody who needs it: that one says that it is out of use, and it must be so. What leaked
 * is never put back, and goes another way: `disableLeaked`.
 */
import { type Fence, sightingName } from '../adapters/adapter.ts'
import { disableLeaked } from './disable-leaked.ts'
import {
  type Drained,
  drainedIn,
  fenceOf,
  lifted,
  refuseHeldByAnother,
  refuseUnlessDraining,
} from './draining.ts'
import { OverlapError } from './errors.ts'
import { leakedAs } from './leaked-value.ts'
import { enableFor, notBack, promotedTo, putBack, undoIfPromoted, type Watched } from './put-back.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/** Throws OverlapError; then the credential still works, or the message says that it is recorded as disabling, or it leaked, or another retirement has disabled it. */
export async function disable<C>(
  store: SecretStore,
  { retirer, perhapsDisabled }: Watched<C>,
  secret: SecretDescription,
  request: RetireRequest,
): Promise<RetireResult> {
  const { versionId } = request
  refuseUnlessDraining(secret, versionId)
  // Whoever asks may not have heard of it.
  if (request.leaked === true || (await leakedAs(store, retirer, secret, versionId)) !== undefined)
    return disableLeaked(store, retirer, secret, request)
  const drained = await drainedIn(store, retirer, secret, versionId)
  const fence = fenceOf(drained, { unchangedSince: request.unchangedSince })
  if (retirer.principal(drained.current) === drained.principal) return supersede(drained, fence)
  try {
    await retirer.disable(drained.credential, contextOf(drained, fence, request))
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') {
      refuseHeldByAnother(drained, error)
      return lifted(drained, 'superseded')
    }
    await putBack(drained, fence, { cutOffAlone: !isNeeded(error) }).catch((cause) => {
      // Who uses it is found out before it is disabled, and is told of an earlier attempt that was cut off, too.
      const isUsed = error instanceof OverlapError && error.code === 'STILL_USED'
      const isFelt = error instanceof OverlapError && error.detail.consumersAffected === true
      throw notBack(error, cause, { versionId, consumersAffected: isUsed || isFelt || perhapsDisabled() })
    })
    throw error
  }
  await undoIfPromoted(drained, fence)
  return { outcome: 'disabled', ...(retirer.disables === false ? { works: true } : {}) }
}

/** Somebody uses it, or it may be all that consumers have: whoever asked is told with this code that it works, whoever else has disabled it. */
function isNeeded(error: unknown): boolean {
  return error instanceof OverlapError && (error.code === 'STILL_USED' || error.code === 'PRINCIPAL_IN_USE')
}

function contextOf<C>(
  { current }: Drained<C>,
  fence: Fence,
  { evenIfUsed, despite, unchangedSince }: RetireRequest,
) {
  const accepted = new Set(despite)
  // Where a person accepted uses by name, the last one is one of those or an obstacle: none is too old.
  const isByClock = despite === undefined && unchangedSince !== undefined
  return {
    current,
    fence,
    leaked: false,
    ...(isByClock ? { unusedSince: unchangedSince } : {}),
    accepts: (sighting: Parameters<typeof sightingName>[0]) =>
      evenIfUsed || accepted.has(sightingName(sighting)),
  }
}

/** AWSCURRENT names the principal. Stored by hand in the moment when an earlier attempt disabled it, it may be what that attempt took away. */
async function supersede<C>(drained: Drained<C>, fence: Fence): Promise<RetireResult> {
  const owner = await promotedTo(drained)
  if (owner === undefined)
    throw new OverlapError('LABELS_MOVED', 'AWSCURRENT moved while this looked at it: the next pass decides')
  await enableFor(drained, owner, fence)
  return lifted(drained, 'superseded')
}
