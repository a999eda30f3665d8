/**
 * Makes AWSCURRENT work where its retirement had been begun, or done: somebody went back to it, or stored its value once more by hand. Only what is
 * recorded for that very credential is touched: a password that somebody set by hand is theirs.
 */
import type { CredentialRetirer, Fence } from '../adapters/adapter.ts'
import { credentialOf } from './draining.ts'
import { OverlapError } from './errors.ts'
import { isLeaked } from './leaked.ts'
import { anotherByHand, deadLeaked, leakedAgain, leakedAndDead, opens } from './leaked-current.ts'
import { leakedAs, refuseLeaked } from './leaked-value.ts'
import { mints } from './minting.ts'
import type { Watched } from './put-back.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import { sameCredential } from './same-credential.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { publishCommand } from './way-out.ts'

interface Restoring<C> {
  readonly store: SecretStore
  readonly retirer: CredentialRetirer<C>
  readonly secret: SecretDescription
  /** AWSCURRENT. */
  readonly versionId: string
  readonly current: C
  /** Makes it valid where the target has it on record for this version; throws as `CredentialRetirer.enable`, and says whether that hurts. */
  readonly enableAs: (recorded: string) => Promise<boolean>
}

/**
 * Where nothing leaves AWSCURRENT with a credential that works, its consumers are the last to be told: `CURRENT_REFUSED`, or `LEAKED` or `NO_WAY_BACK` with
 * `consumersAffected`. `LABELS_MOVED` when the version is not AWSCURRENT.
 */
export async function restore<C>(
  store: SecretStore,
  { retirer, perhapsDisabled }: Watched<C>,
  secret: SecretDescription,
  { versionId }: RetireRequest,
): Promise<RetireResult> {
  refuseUnlessCurrent(secret, versionId)
  const current = await credentialOf(store, retirer, secret.arn, versionId, 'AWSCURRENT')
  const check = async () => {
    const now = await store.describe(secret.arn)
    refuseUnlessCurrent(now, versionId)
    await refuseLeaked(store, retirer, now, versionId)
  }
  const enableAs = (recorded: string) => {
    const fence: Fence = { versionId: recorded, currentVersionId: versionId, check }
    return retirer.enable(current, { current, fence }).catch((error) => {
      throw affecting(perhapsDisabled(), gone(secret, versionId, error))
    })
  }
  const restoring = { store, retirer, secret, versionId, current, enableAs }
  const leaked = await leakedAs(store, retirer, secret, versionId)
  if (leaked !== undefined) {
    if (!(await opens(retirer, current))) throw leakedAndDead(secret, versionId)
    if (leaked !== versionId) throw leakedAgain(versionId, leaked)
    return { outcome: 'nothing' }
  }
  try {
    if (await enableAs(versionId))
      return { outcome: 'restored', ...((await isDrainsOwn(restoring)) ? { editedOutside: true } : {}) }
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') return restoreEdited(restoring, error)
    await deadLeaked(retirer, secret, { versionId, credential: current }, error)
  }
  await retirer.login(current)
  return { outcome: 'nothing' }
}

/** Of minted ones: has somebody stored what drains once more? Each is its own slot, and so nothing was in the way. */
async function isDrainsOwn<C>({
  store,
  retirer,
  secret,
  versionId,
  current,
}: Restoring<C>): Promise<boolean> {
  const draining = versionWith(secret, 'DRAINING')
  if (!mints(secret.tags) || draining === undefined || draining === versionId) return false
  try {
    const drained = await credentialOf(store, retirer, secret.arn, draining, 'DRAINING')
    return retirer.principal(drained) === retirer.principal(current)
  } catch (error) {
    if (error instanceof OverlapError) return false
    throw error
  }
}

/** The slot holds another version, whose credential somebody may have stored once more as a new version. */
async function restoreEdited<C>(
  { store, retirer, secret, versionId, current, enableAs }: Restoring<C>,
  superseded: OverlapError,
): Promise<RetireResult> {
  const { holder = versionWith(secret, 'DRAINING') } = superseded.detail
  if (typeof holder === 'string' && (await isSame(holder))) {
    try {
      if (await enableAs(holder)) return { outcome: 'restored', editedOutside: true }
    } catch (error) {
      if (!(error instanceof OverlapError && error.code === 'SUPERSEDED'))
        await deadLeaked(retirer, secret, { versionId, credential: current }, error)
    }
  }
  await retirer.login(current).catch((error) => {
    throw refusedEdit(secret, versionId, error)
  })
  return { outcome: 'nothing' }

  async function isSame(held: string): Promise<boolean> {
    // Who has the key has its one value, whoever stored it and however it is written.
    if (mints(secret.tags)) return true
    const [was, is] = await Promise.all([held, versionId].map((id) => store.read(secret.arn, id)))
    if (was === undefined || is === undefined) return false
    return sameCredential(was, is)
  }
}

function refuseUnlessCurrent(now: SecretDescription, versionId: string): void {
  if (versionWith(now, 'AWSCURRENT') === versionId) return
  throw new OverlapError(
    'LABELS_MOVED',
    `version ${versionId} does not have the label AWSCURRENT: nothing is restored for it`,
  )
}

function affecting(consumersAffected: boolean, error: unknown): unknown {
  if (!consumersAffected || !(error instanceof OverlapError)) return error
  const { code, message, cause, detail } = error
  return new OverlapError(code, message, { cause, detail: { ...detail, consumersAffected } })
}

/** A key that is deleted works never again, so whoever is paged is told what does. */
function gone(secret: SecretDescription, versionId: string, error: unknown): unknown {
  if (!(error instanceof OverlapError) || error.code !== 'NO_WAY_BACK') return error
  const { code, message, cause, detail } = error
  return new OverlapError(
    code,
    `${message}. Version ${versionId} is AWSCURRENT, and its consumers are kept out. ${previousOf(secret, versionId) ?? anotherByHand(secret)}`,
    { cause, detail: { ...detail, consumersAffected: true } },
  )
}

/** Undefined where nobody may go back. */
function previousOf(secret: SecretDescription, versionId: string): string | undefined {
  const previous = versionWith(secret, 'AWSPREVIOUS')
  return previous === undefined || isLeaked(secret, previous)
    ? undefined
    : `If AWSPREVIOUS works, publish it. Run: ${publishCommand(secret.arn, previous, versionId)}`
}

/** Its user is disabled, or has another password: giving it this one would overwrite what somebody may use. */
function refusedEdit(secret: SecretDescription, versionId: string, error: unknown): unknown {
  if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') return error
  const { code, message, cause, detail } = error
  const publish = previousOf(secret, versionId)
  const back = publish === undefined ? '' : ` ${publish}.`
  const whose = mints(secret.tags)
    ? `the target has its key on record for another version.${back} ${anotherByHand(secret)}`
    : `the target has another version on record for its user, with another password.${back} ` +
      'Or have the password of AWSCURRENT applied by a person: overlap repair'
  return new OverlapError(code, `${message}. Version ${versionId} is AWSCURRENT, and ${whose}`, {
    cause,
    detail: { ...detail, consumersAffected: true },
  })
}
