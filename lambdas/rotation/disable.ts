/**
 * Takes the principal of the version that drains out of use, reversibly: the label stays, and so does the way back.
 *
 * Whatever goes wrong on the way, the credential is put back; where that fails, too, the target's record says `disabling`, and the next pass puts it back
 * or completes it. Only what leaked is never put back: a failure leaves it as it is, for the next pass to complete.
 */
import { type Fence, sightingName } from '../adapters/adapter.ts'
import {
  type Drained,
  drainedIn,
  lifted,
  refuseChanged,
  refuseNamed,
  refuseUnlessDraining,
} from './draining.ts'
import { OverlapError } from './errors.ts'
import { isLeaked } from './leaked.ts'
import { leakedAndDead, opens } from './leaked-current.ts'
import { leakedAs } from './leaked-value.ts'
import { enableFor, notBack, promotedTo, putBack, undoIfPromoted, type Watched } from './put-back.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import { sameCredential } from './same-credential.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/** Throws OverlapError; then the credential still works, or the message says that it is recorded as disabling, or it leaked. */
export async function disable<C>(
  store: SecretStore,
  { retirer, perhapsDisabled }: Watched<C>,
  secret: SecretDescription,
  request: RetireRequest,
): Promise<RetireResult> {
  const { versionId } = request
  const drained = await drainedIn(store, retirer, secret, versionId)
  const fence = fenceOf(drained, request.unchangedSince)
  // Whoever asks may not have heard of it.
  if (request.leaked === true || (await leakedAs(store, secret, versionId)) !== undefined)
    return disableLeaked(drained, fence, request)
  if (retirer.principal(drained.current) === drained.principal) return supersede(drained, fence)
  try {
    await retirer.disable(drained.credential, contextOf(drained, fence, request, false))
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') return lifted(drained, 'superseded')
    await putBack(drained, fence).catch((cause) => {
      // Who uses it is found out before it is disabled, and is told of an earlier attempt that was cut off, too.
      const isUsed = error instanceof OverlapError && error.code === 'STILL_USED'
      const isFelt = error instanceof OverlapError && error.detail.consumersAffected === true
      throw notBack(error, cause, { versionId, consumersAffected: isUsed || isFelt || perhapsDisabled() })
    })
    throw error
  }
  await undoIfPromoted(drained, fence)
  return { outcome: 'disabled' }
}

function fenceOf<C>(
  { store, secret, retirer, versionId, currentVersionId, principal }: Drained<C>,
  unchangedSince: number | undefined,
): Fence {
  const check = async () => {
    const now = await store.describe(secret.arn)
    refuseUnlessDraining(now, versionId)
    refuseChanged(now, unchangedSince)
    await refuseNamed(store, retirer, now, principal)
  }
  return { versionId, currentVersionId, check }
}

function contextOf<C>(
  { current }: Drained<C>,
  fence: Fence,
  { evenIfUsed, despite }: RetireRequest,
  leaked: boolean,
) {
  const accepted = new Set(despite)
  return {
    current,
    fence,
    leaked,
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

async function disableLeaked<C>(
  drained: Drained<C>,
  fence: Fence,
  request: RetireRequest,
): Promise<RetireResult> {
  const { retirer, secret, currentVersionId, current } = drained
  if (retirer.principal(current) === drained.principal) return supersedeLeaked(drained)
  try {
    await retirer.disable(drained.credential, contextOf(drained, fence, request, true))
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') return lifted(drained, 'superseded')
    await refuseDead().catch((felt) => {
      throw felt instanceof OverlapError && felt.code === 'LEAKED' ? felt : error
    })
    throw error
  }
  await refuseDead()
  return { outcome: 'disabled' }

  /** Somebody may have made it AWSCURRENT after the last check. It is not put back, and that is told at once. */
  async function refuseDead(): Promise<void> {
    const owner = await promotedTo(drained)
    if (owner === undefined || owner.versionId === currentVersionId) return
    if (!(await opens(retirer, owner.credential))) throw leakedAndDead(secret, owner.versionId)
  }
}

/** A value stored by hand names the user of what leaked. Only where it is another value, and opens the target, the leaked one does not. */
async function supersedeLeaked<C>(drained: Drained<C>): Promise<RetireResult> {
  const { store, retirer, secret, versionId, currentVersionId, current } = drained
  const [leaked, stored] = await Promise.all([
    store.read(secret.arn, versionId),
    store.read(secret.arn, currentVersionId),
  ])
  const isSame = leaked === undefined || stored === undefined || sameCredential(leaked, stored)
  if (!(await opens(retirer, current))) throw leakedAndDead(secret, currentVersionId)
  // Known to have leaked, it is replaced and goes the same way.
  if (!isSame || isLeaked(secret, currentVersionId)) return lifted(drained, 'superseded')
  throw new OverlapError(
    'LEAKED',
    `version ${currentVersionId} is AWSCURRENT and holds the credential of version ${versionId}, which leaked: tell that version ${currentVersionId} leaked, ` +
      'so that it is replaced',
    { detail: { versionId: currentVersionId } },
  )
}
