/** Nothing that AWSCURRENT names stays disabled, and nothing at all when its retirement failed. */
import type { CredentialRetirer, Fence } from '../adapters/adapter.ts'
import { type Drained, isOne } from './draining.ts'
import { OverlapError } from './errors.ts'
import { deadLeaked } from './leaked-current.ts'
import { refuseLeaked } from './leaked-value.ts'
import { type SecretDescription, versionWith } from './secret-store.ts'

/** A version that is AWSCURRENT and names the principal that was to be retired, or holds its credential under another name. Its password need not be the one that drained. */
export interface Promoted<C> {
  readonly versionId: string
  readonly credential: C
}

/** Undefined when AWSCURRENT names another principal, and holds another credential. */
export async function promotedTo<C>(drained: Drained<C>): Promise<Promoted<C> | undefined> {
  return (await look(drained)).owner
}

interface Look<C> {
  readonly now: SecretDescription
  readonly owner: Promoted<C> | undefined
}

async function look<C>({ store, retirer, secret, credential: drained }: Drained<C>): Promise<Look<C>> {
  const now = await store.describe(secret.arn)
  const versionId = versionWith(now, 'AWSCURRENT')
  const value = versionId === undefined ? undefined : await store.read(secret.arn, versionId)
  if (versionId === undefined || value === undefined) return { now, owner: undefined }
  const credential = retirer.parse(value)
  return { now, owner: isOne(retirer, credential, drained) ? { versionId, credential } : undefined }
}

/**
 * After the last check somebody may have made the principal AWSCURRENT by hand: then it is made valid for that, and `PRINCIPAL_IN_USE` thrown. AWSPENDING is
 * another matter: a rotation that waited may have taken the freed slot already. Where labels cannot be read now, the next pass restores what was promoted.
 */
export async function undoIfPromoted<C>(drained: Drained<C>, fence: Fence): Promise<void> {
  const owner = await promotedTo(drained)
  if (owner === undefined) return
  const promotion = new OverlapError(
    'PRINCIPAL_IN_USE',
    `the AWSCURRENT version ${owner.versionId} named the principal in the moment when it was retired: it is put back`,
  )
  await enableFor(drained, owner, fence).catch((cause) => {
    throw notBack(promotion, cause, { versionId: drained.versionId, consumersAffected: true })
  })
  throw promotion
}

/**
 * Makes the principal valid with what AWSCURRENT holds where that names it, and otherwise with what drained: also when labels cannot be read. `cutOffAlone`: what drained only where no
 * retirement has come to its end.
 */
export async function putBack<C>(
  drained: Drained<C>,
  fence: Fence,
  { cutOffAlone }: { readonly cutOffAlone: boolean },
): Promise<void> {
  const { retirer, credential, current, secret } = drained
  const nobody = { now: secret, owner: undefined }
  const known = await look(drained).catch(() => nobody)
  const asFarAsKnown = () => look(drained).catch(() => known)
  if (known.owner) return enableFor(drained, known.owner, fence, asFarAsKnown)
  const check = unlessMoved(drained, undefined, asFarAsKnown)
  await retirer
    .enable(credential, { current, fence: { ...fence, check }, cutOffAlone })
    .catch(falseIfSuperseded)
}

/** Throws `LEAKED` where the principal's place may never be valid again, and AWSCURRENT does not work for that reason. */
export async function enableFor<C>(
  drained: Drained<C>,
  owner: Promoted<C>,
  fence: Fence,
  looking = () => look(drained),
): Promise<void> {
  const { retirer, secret, principal } = drained
  // What AWSCURRENT calls otherwise was taken away under the name that it has at the target.
  const { credential } = retirer.principal(owner.credential) === principal ? owner : drained
  const check = unlessMoved(drained, owner, looking)
  await retirer
    .enable(credential, { current: credential, fence: { ...fence, check } })
    .catch(falseIfSuperseded)
    .catch((error) => deadLeaked(retirer, secret, owner, error))
}

function unlessMoved<C>(
  { store, retirer, versionId }: Drained<C>,
  owner: Promoted<C> | undefined,
  looking: () => Promise<Look<C>>,
): Fence['check'] {
  return async () => {
    const { now, owner: isNow } = await looking()
    if (isNow?.versionId !== owner?.versionId)
      throw new OverlapError('LABELS_MOVED', 'AWSCURRENT moved while the principal was put back')
    await refuseLeaked(store, retirer, now, owner?.versionId ?? versionId)
  }
}

/** For `catch` after `enable`: where another version has the slot, there is nothing to put back. */
export function falseIfSuperseded(error: unknown): false {
  if (error instanceof OverlapError && error.code === 'SUPERSEDED') return false
  throw error
}

/** Never a deferral, whatever the first error was. */
export function notBack(
  first: unknown,
  second: unknown,
  { versionId, consumersAffected }: { readonly versionId: string; readonly consumersAffected: boolean },
): OverlapError {
  const [why, whyNotBack] = [first, second].map((error) =>
    error instanceof OverlapError ? error.message : 'an unexpected error',
  )
  // What AWSCURRENT names and is gone, no pass puts back.
  const isGone = second instanceof OverlapError && second.code === 'NO_WAY_BACK'
  return new OverlapError(
    second instanceof OverlapError ? second.code : 'UNEXPECTED',
    isGone
      ? `the credential of version ${versionId} was retired in the moment when AWSCURRENT came to hold it: ${whyNotBack}`
      : `the credential of version ${versionId} was not retired (${why}), and whether it works is not known: ${whyNotBack}. ` +
          'If it was disabled, it is recorded as disabling, and the next pass puts it back or completes the retirement',
    {
      ...(first instanceof OverlapError ? { cause: first } : {}),
      detail: { inDoubt: true, ...(consumersAffected ? { consumersAffected } : {}) },
    },
  )
}

export interface Watched<C> {
  readonly retirer: CredentialRetirer<C>
  /** May anybody have been hurt? */
  readonly perhapsDisabled: () => boolean
}

/** The target asks the fence where it is about to disable a credential, or to put back one that is disabled; before that nobody was hurt. */
export function watched<C>(retirer: CredentialRetirer<C>): Watched<C> {
  let asked = false
  const watching = (fence: Fence): Fence => ({
    ...fence,
    check: async () => {
      await fence.check()
      asked = true
    },
  })
  return {
    retirer: {
      ...retirer,
      disable: (credential, context) =>
        retirer.disable(credential, { ...context, fence: watching(context.fence) }),
      enable: (credential, context) =>
        retirer.enable(credential, { ...context, fence: watching(context.fence) }),
    },
    perhapsDisabled: () => asked,
  }
}
