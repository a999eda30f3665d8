import { type CredentialRetirer, sightingName } from '../adapters/adapter.ts'
import { drainedIn, fenceOf, lifted, refuseHeldByAnother } from './draining.ts'
import { OverlapError } from './errors.ts'
import { enableFor, notBack, promotedTo, undoIfPromoted } from './put-back.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/**
 * The end of the quarantine: the slot of a disabled version is free for the next rotation, and the label is lifted. What somebody promoted meanwhile is made
 * valid again, before the label is lifted and after.
 */
export async function remove<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  { versionId, unchangedSince, unusedSince, despite }: RetireRequest,
): Promise<RetireResult> {
  const drained = await drainedIn(store, retirer, secret, versionId)
  const { credential, current } = drained
  const fence = fenceOf(drained, { unchangedSince })
  try {
    await retirer.remove(credential, {
      current,
      fence,
      ...(unusedSince === undefined
        ? {}
        : { unusedSince, accepts: (sighting) => despite?.includes(sightingName(sighting)) === true }),
    })
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') {
      refuseHeldByAnother(drained, error)
      return lifted(drained, 'superseded')
    }
    const owner = await promotedTo(drained).catch(() => undefined)
    if (owner)
      await enableFor(drained, owner, fence).catch((cause) => {
        throw notBack(error, cause, { versionId, consumersAffected: true })
      })
    throw error
  }
  await undoIfPromoted(drained, fence)
  const removed = await lifted(drained, 'removed')
  await undoIfPromoted(drained, fence)
  return removed
}
