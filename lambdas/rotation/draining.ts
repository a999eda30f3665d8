/** What is asked about a version that is to be retired, before anything is done and again under the target's lock. */
import type { CredentialRetirer, Fence } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import { type Label, type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'

/** A version without the label is not the retire function's to touch, whatever the caller says. */
export function refuseUnlessDraining(secret: SecretDescription, versionId: string): void {
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

/** `unchangedSince` in ms since the epoch. */
export function refuseChanged({ lastChanged }: SecretDescription, unchangedSince: number | undefined): void {
  if (unchangedSince === undefined || (lastChanged !== undefined && lastChanged.getTime() <= unchangedSince))
    return
  throw new OverlapError(
    'DRAIN_IN_PROGRESS',
    `the secret was changed ${lastChanged?.toISOString() ?? 'nobody knows when'}, and the drain counts from its last change: a version can be AWSCURRENT ` +
      'for a moment that nobody sees',
  )
}

const inUse: readonly Label[] = ['AWSCURRENT', 'AWSPENDING']

/**
 * Throws `PRINCIPAL_IN_USE` when AWSCURRENT or AWSPENDING names the principal of `credential`, or holds the very same one under another name, or nobody can tell whom AWSCURRENT names. Of what leaked only a value that can be read
 * counts: one that cannot opens nothing, and keeps nothing valid.
 */
export async function refuseNamed<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  credential: C,
  { labels = inUse, leaked = false }: { readonly labels?: readonly Label[]; readonly leaked?: boolean } = {},
): Promise<void> {
  for (const label of labels) {
    const versionId = versionWith(secret, label)
    if (versionId === undefined) continue
    const value = await store.read(secret.arn, versionId)
    // An AWSPENDING without a value names nobody yet, and none can be made for this slot before the stamp says that it is retired.
    if (value === undefined && (leaked || label === 'AWSPENDING')) continue
    if (leaked && value !== undefined && !isReadable(retirer, value)) continue
    if (value === undefined || isOne(retirer, retirer.parse(value), credential))
      throw new OverlapError(
        'PRINCIPAL_IN_USE',
        `the ${label} version ${versionId} names the principal that was to be retired`,
      )
  }
}

/** May ending one end the other? Either is enough: the same name, or the same credential. */
export function isOne<C>(retirer: CredentialRetirer<C>, one: C, other: C): boolean {
  return retirer.principal(one) === retirer.principal(other) || retirer.holdsSame?.(one, other) === true
}

function isReadable<C>(retirer: CredentialRetirer<C>, value: string): boolean {
  try {
    retirer.parse(value)
    return true
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SECRET_INVALID') return false
    throw error
  }
}

/** Throws `NO_CURRENT_VERSION`. */
export function currentOf(secret: SecretDescription): string {
  const current = versionWith(secret, 'AWSCURRENT')
  if (current !== undefined) return current
  throw new OverlapError(
    'NO_CURRENT_VERSION',
    'no version has the label AWSCURRENT: with nothing to use instead, nothing is retired',
  )
}

/** Throws `SECRET_INVALID`. */
export async function credentialOf<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secretId: string,
  versionId: string,
  label: Label,
): Promise<C> {
  const value = await store.read(secretId, versionId)
  if (value !== undefined) return retirer.parse(value)
  throw new OverlapError('SECRET_INVALID', `version ${versionId} is labelled ${label} and has no value`)
}

/** A version that drains, with what is used instead of it. */
export interface Drained<C> {
  readonly store: SecretStore
  /** As it was when this began. */
  readonly secret: SecretDescription
  readonly retirer: CredentialRetirer<C>
  /** Has the label DRAINING. */
  readonly versionId: string
  readonly credential: C
  readonly principal: string
  readonly currentVersionId: string
  readonly current: C
}

/** Throws what keeps the version from being retired before the target is asked. */
export async function drainedIn<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  versionId: string,
): Promise<Drained<C>> {
  refuseUnlessDraining(secret, versionId)
  const credential = await credentialOf(store, retirer, secret.arn, versionId, 'DRAINING')
  const currentVersionId = currentOf(secret)
  const current = await credentialOf(store, retirer, secret.arn, currentVersionId, 'AWSCURRENT')
  const principal = retirer.principal(credential)
  return { store, secret, retirer, versionId, credential, principal, currentVersionId, current }
}

/** Of one retirement: passes as long as the version drains and nothing names its principal. `leaked` as of `refuseNamed`. */
export function fenceOf<C>(
  { store, secret, retirer, versionId, currentVersionId, credential }: Drained<C>,
  {
    unchangedSince,
    leaked = false,
  }: {
    /** In ms since the epoch: it does not pass once the secret was changed after this. Absent: changes do not count. */
    readonly unchangedSince?: number | undefined
    readonly leaked?: boolean
  } = {},
): Fence {
  const check = async () => {
    const now = await store.describe(secret.arn)
    refuseUnlessDraining(now, versionId)
    refuseChanged(now, unchangedSince)
    await refuseNamed(store, retirer, now, credential, { leaked })
  }
  return { versionId, currentVersionId, check }
}

/**
 * Another secret has its credential on record, which nothing of this one supersedes: without the label the next rotation would find it there once more, and have it drain again, for
 * ever. Throws `FOREIGN_KEY`.
 */
export function refuseHeldByAnother<C>({ versionId }: Drained<C>, { message, detail }: OverlapError): void {
  if (detail.anothers !== true) return
  throw new OverlapError(
    'FOREIGN_KEY',
    `version ${versionId} drains, and is not retired: ${message}. Two secrets must not hold one key. Give one of them a user, or an account, of its own; or hand the other secret back ` +
      '(overlap leave), and this one retires it',
    { detail: { ...detail, versionId } },
  )
}

/** Takes the label away: the version's place is free, or another's. */
export async function lifted<C, O extends string>(
  { store, secret, versionId }: Drained<C>,
  outcome: O,
): Promise<{ readonly outcome: O }> {
  await store.moveLabel(secret.arn, 'DRAINING', { from: versionId })
  return { outcome }
}
