/**
 * Retirement, the other half of a rotation, in a function and a role of its own: it disables, and never publishes.
 *
 * The caller says which version; what is disabled is that version's *principal*. So the check that matters compares principals, not
 * versions: nothing that any AWSCURRENT or AWSPENDING version names is ever disabled, and labels are read again under the target's own
 * lock and once more after acting.
 */
import type { CredentialRetirer, Fence, Sighting } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import { type Label, type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'

export interface RetireRequest {
  /** `inspect` says who uses the version's principal, `disable` retires it, `peek` says whether an AWSPENDING version has a value. */
  readonly action: 'inspect' | 'disable' | 'peek'
  /** ARN. */
  readonly secretId: string
  /** The version that has the label DRAINING; for `peek` the one that has AWSPENDING. */
  readonly versionId: string
  /** Only for a drain of 0, which is a swap: sessions do not hold the retirement up, they are ended. */
  readonly evenIfUsed: boolean
}

export type RetireResult =
  | { readonly outcome: 'inspected'; readonly sightings: readonly Sighting[] }
  | { readonly outcome: 'retired' }
  /** The version's place is taken: by a newer value of its principal, stored by hand, or at the target. Only the label was lifted. */
  | { readonly outcome: 'superseded' }
  | { readonly outcome: 'peeked'; readonly empty: boolean }

export interface Retirement<C> {
  readonly store: SecretStore
  readonly retirerFor: (secret: SecretDescription) => CredentialRetirer<C>
}

/** Throws OverlapError; then the credential still works. */
export async function retire<C>(retirement: Retirement<C>, request: RetireRequest): Promise<RetireResult> {
  const { store } = retirement
  const { secretId, versionId } = request
  if (request.action === 'peek')
    return { outcome: 'peeked', empty: (await store.read(secretId, versionId)) === undefined }
  const secret = await store.describe(secretId)
  refuseUnlessDraining(secret, versionId)
  const retirer = retirement.retirerFor(secret)
  const value = await store.read(secretId, versionId)
  if (value === undefined)
    throw new OverlapError(
      'SECRET_INVALID',
      `version ${versionId} is labelled DRAINING and has no value: nothing says what to retire`,
    )
  const credential = retirer.parse(value)
  if (request.action === 'inspect')
    return { outcome: 'inspected', sightings: await retirer.sightings(credential) }

  const lifted = async (outcome: 'retired' | 'superseded') => {
    await store.moveLabel(secretId, 'DRAINING', { from: versionId })
    return { outcome }
  }
  if (await isNamedByCurrent(store, retirer, secret, credential)) return lifted('superseded')

  const check = async () => {
    const now = await store.describe(secretId)
    refuseUnlessDraining(now, versionId)
    await refuseNamed(store, retirer, now, retirer.principal(credential))
  }
  const fence: Fence = { versionId, currentVersionId: currentOf(secret), check }
  try {
    await retirer.disable(credential, fence, { evenIfUsed: request.evenIfUsed })
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') return lifted('superseded')
    throw error
  }
  await undoIfPromoted(store, retirer, secretId, retirer.principal(credential), fence)
  return lifted('retired')
}

async function isNamedByCurrent<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  credential: C,
): Promise<boolean> {
  const value = await store.read(secret.arn, currentOf(secret))
  return value !== undefined && retirer.principal(retirer.parse(value)) === retirer.principal(credential)
}

/**
 * Somebody may have made the principal AWSCURRENT by hand after the last check: then what that version holds is made valid at once, which
 * need not be the password that was retired. AWSPENDING is another matter: a rotation that waited may have taken the freed slot already.
 */
async function undoIfPromoted<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secretId: string,
  principal: string,
  fence: Fence,
): Promise<void> {
  const versionId = versionWith(await store.describe(secretId), 'AWSCURRENT')
  const value = versionId === undefined ? undefined : await store.read(secretId, versionId)
  if (value === undefined) return
  const current = retirer.parse(value)
  if (retirer.principal(current) !== principal) return
  const namedByCurrent = async () => undefined
  await retirer.enable(current, { ...fence, check: namedByCurrent })
  throw new OverlapError(
    'PRINCIPAL_IN_USE',
    `the AWSCURRENT version ${versionId} named the principal in the moment when it was retired: it is valid again`,
  )
}

/** A version without the label is not this function's to touch, whatever the caller says. */
function refuseUnlessDraining(secret: SecretDescription, versionId: string): void {
  const labels = secret.versions.get(versionId) ?? []
  if (labels.includes('AWSCURRENT') || labels.includes('AWSPENDING'))
    throw new OverlapError(
      'PRINCIPAL_IN_USE',
      `version ${versionId} is ${labels.join(' and ')}: it is in use and is not retired`,
    )
  if (!labels.includes('DRAINING'))
    throw new OverlapError(
      'LABELS_MOVED',
      `version ${versionId} does not have the label DRAINING: there is nothing to retire`,
    )
}

const inUse: readonly Label[] = ['AWSCURRENT', 'AWSPENDING']

async function refuseNamed<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  principal: string,
): Promise<void> {
  for (const label of inUse) {
    const versionId = versionWith(secret, label)
    if (versionId === undefined) continue
    const value = await store.read(secret.arn, versionId)
    // An AWSPENDING without a value names nobody yet, and none can be made for this slot before the stamp says that it is retired.
    if (value === undefined && label === 'AWSPENDING') continue
    if (value === undefined || retirer.principal(retirer.parse(value)) === principal)
      throw new OverlapError(
        'PRINCIPAL_IN_USE',
        `the ${label} version ${versionId} names the principal that was to be retired`,
      )
  }
}

function currentOf(secret: SecretDescription): string {
  const current = versionWith(secret, 'AWSCURRENT')
  if (current !== undefined) return current
  throw new OverlapError(
    'NO_CURRENT_VERSION',
    'no version has the label AWSCURRENT: with nothing to use instead, nothing is retired',
  )
}

/** Throws `EVENT_INVALID` naming the field. */
export function parseRetireRequest(event: unknown): RetireRequest {
  const { action, secretId, versionId, evenIfUsed } = (
    typeof event === 'object' && event !== null ? event : {}
  ) as Record<string, unknown>
  if (action !== 'inspect' && action !== 'disable' && action !== 'peek')
    throw new OverlapError('EVENT_INVALID', 'field action of the request must be inspect, disable or peek')
  if (typeof secretId !== 'string' || !secretId.startsWith('arn:'))
    throw new OverlapError('EVENT_INVALID', 'field secretId of the request must be the ARN of a secret')
  if (typeof versionId !== 'string')
    throw new OverlapError('EVENT_INVALID', 'field versionId of the request must be a version id')
  return { action, secretId, versionId, evenIfUsed: evenIfUsed === true }
}
