import type { CredentialRetirer } from '../adapters/adapter.ts'
import { credentialOf, currentOf, type Drained, fenceOf, lifted } from './draining.ts'
import { OverlapError } from './errors.ts'
import { isLeaked } from './leaked.ts'
import { leakedAgain, leakedAndDead, opens } from './leaked-current.ts'
import { promotedTo } from './put-back.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import { sameCredential } from './same-credential.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/** A version that drains and leaked. `current` is the leaked credential itself where AWSCURRENT cannot be read: it tells the way to the target's admin. */
interface Leaked<C> extends Drained<C> {
  /** Why AWSCURRENT cannot be read. */
  readonly unreadable: OverlapError | undefined
}

/**
 * Takes the principal of a version that drains and leaked out of use for ever. It is never put back: a failure leaves it as it is, for the next pass to complete. An
 * AWSCURRENT whose value is missing, or is not what its kind asks for, keeps it valid no more than one that does not work, and is told with `consumersAffected` once that
 * is done.
 */
export async function disableLeaked<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  request: RetireRequest,
): Promise<RetireResult> {
  const leaked = await leakedIn(store, retirer, secret, request.versionId)
  const { credential, current, currentVersionId, unreadable } = leaked
  if (unreadable === undefined && retirer.principal(current) === leaked.principal)
    return supersedeLeaked(leaked)
  const fence = fenceOf(leaked, { unchangedSince: request.unchangedSince, leaked: true })
  try {
    await retirer
      .disable(credential, { current, fence, leaked: true, accepts: () => true })
      .catch((error) => forgiveStandIn(leaked, error))
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') {
      await refuseWorking(leaked, { justEnded: false, but: error })
      return lifted(leaked, 'superseded')
    }
    await refuseDead().catch((felt) => {
      throw felt instanceof OverlapError && felt.code === 'LEAKED' ? felt : error
    })
    throw error
  }
  await refuseWorking(leaked, { justEnded: true })
  if (unreadable !== undefined) throw goneUnreplaced(leaked, unreadable)
  await refuseDead()
  return { outcome: 'disabled' }

  /** Somebody may have made it AWSCURRENT after the last check. It is not put back, and that is told at once. */
  async function refuseDead(): Promise<void> {
    const owner = await promotedTo(leaked)
    if (owner === undefined || owner.versionId === currentVersionId) return
    if (!(await opens(retirer, owner.credential))) throw leakedAndDead(secret, owner.versionId)
  }
}

/** Throws what keeps the version from being told apart from others; what AWSCURRENT holds does not. */
async function leakedIn<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  versionId: string,
): Promise<Leaked<C>> {
  const credential = await credentialOf(store, retirer, secret.arn, versionId, 'DRAINING')
  const principal = retirer.principal(credential)
  const currentVersionId = currentOf(secret)
  const known = { store, secret, retirer, versionId, credential, principal, currentVersionId }
  try {
    const current = await credentialOf(store, retirer, secret.arn, currentVersionId, 'AWSCURRENT')
    return { ...known, current, unreadable: undefined }
  } catch (error) {
    if (!(error instanceof OverlapError) || error.code !== 'SECRET_INVALID') throw error
    return { ...known, current: credential, unreadable: error }
  }
}

/** That the leaked credential does not work any more, in the place of AWSCURRENT, is what was asked for. */
function forgiveStandIn<C>({ unreadable }: Leaked<C>, error: unknown): void {
  const isRefused = error instanceof OverlapError && error.code === 'CURRENT_REFUSED'
  if (unreadable === undefined || !isRefused) throw error
}

/** That it is out of use is said only of what the target does not accept any more, whatever its list and its records say. */
async function refuseWorking<C>(
  { retirer, versionId, credential, principal, current, currentVersionId }: Drained<C>,
  { justEnded, but }: { readonly justEnded: boolean; readonly but?: OverlapError },
): Promise<void> {
  if ((await retirer.stillWorks?.(credential, { justEnded })) !== true) return
  const why = but === undefined ? '' : `: ${but.message}`
  const how =
    credential !== current && retirer.principal(current) === principal
      ? `AWSCURRENT (version ${currentVersionId}) gives another key the same id, ${principal}, so nobody can tell which of the two to end. End the leaked one at the target by hand, now`
      : 'Delete it at the target by hand, now'
  throw new OverlapError(
    'LEAKED',
    `version ${versionId} leaked, and its credential is still accepted${why || ', though it should be out of use'}. ${how}: whoever has it ` +
      'can use it. The sweep tries again with each pass, and says when it no longer works',
    { detail: { ...but?.detail, versionId, consumersAffected: true }, cause: but },
  )
}

function goneUnreplaced<C>({ versionId, currentVersionId }: Leaked<C>, cause: OverlapError): OverlapError {
  return new OverlapError(
    cause.code,
    `the leaked credential of version ${versionId} is out of use, as was asked. But AWSCURRENT (version ${currentVersionId}) cannot be read, so perhaps nobody can ` +
      `log in with this secret: store a working value. ${cause.message}`,
    { cause, detail: { versionId: currentVersionId, consumersAffected: true } },
  )
}

/** A value stored by hand names the user of what leaked. Only where it is another value, and opens the target, the leaked one does not; and that is found out where the target tells of each. */
async function supersedeLeaked<C>(drained: Drained<C>): Promise<RetireResult> {
  const { store, retirer, secret, versionId, currentVersionId, current } = drained
  const [leaked, stored] = await Promise.all([
    store.read(secret.arn, versionId),
    store.read(secret.arn, currentVersionId),
  ])
  const isSame =
    retirer.holdsSame?.(drained.credential, current) ??
    (leaked === undefined || stored === undefined || sameCredential(leaked, stored))
  if (!(await opens(retirer, current))) throw leakedAndDead(secret, currentVersionId)
  if (!isSame) await refuseWorking(drained, { justEnded: true })
  // Known to have leaked, it is replaced and goes the same way.
  if (!isSame || isLeaked(secret, currentVersionId)) return lifted(drained, 'superseded')
  throw leakedAgain(currentVersionId, versionId)
}
