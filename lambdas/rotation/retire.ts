/**
 * Retirement, the other half of a rotation, in a function and a role of its own: it disables, and never publishes.
 *
 * The caller says which version; what is disabled is that version's *principal*. So the check that matters compares principals, not
 * versions: nothing that any AWSCURRENT or AWSPENDING version names is ever disabled, and labels are read again under the target's own
 * lock and once more after acting. Whatever goes wrong on the way, the credential is put back; where that fails, too, the target's record
 * says `disabling`, and the next pass puts it back or completes it.
 */
import type { CredentialRetirer, Fence, Sighting } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import { leave } from './leave.ts'
import { type Label, type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { publishCommand } from './way-out.ts'

export interface RetireRequest {
  /**
   * `inspect` says who uses the version's principal, `disable` retires it, `restore` makes AWSCURRENT valid again where its own retirement was
   * begun or done before somebody rolled back to it, `peek` makes sure that an AWSPENDING version can be given up, `leave` hands the user back.
   */
  readonly action: 'inspect' | 'disable' | 'restore' | 'peek' | 'leave'
  /** ARN. */
  readonly secretId: string
  /** The version that has the label DRAINING; for `restore` and `leave` the one that has AWSCURRENT, for `peek` AWSPENDING. */
  readonly versionId: string
  /** Only for a drain of 0, which is a swap: sessions do not hold the retirement up, they are ended. */
  readonly evenIfUsed: boolean
  /**
   * For `disable`, in ms since the epoch: nothing is disabled when the secret was changed after this (`DRAIN_IN_PROGRESS`). Nobody can tell what was
   * changed: the version may have been AWSCURRENT once more.
   */
  readonly unchangedSince?: number
}

export type RetireResult =
  | { readonly outcome: 'inspected'; readonly sightings: readonly Sighting[] }
  | { readonly outcome: 'retired' }
  /** The version's place is taken, or gone: by a newer value of its principal, stored by hand, or at the target. Only the label was lifted. */
  | { readonly outcome: 'superseded' }
  /** AWSCURRENT was disabled and works again. */
  | { readonly outcome: 'restored' }
  /** There was nothing to restore, and AWSCURRENT works. */
  | { readonly outcome: 'nothing' }
  /** Giving the version up loses no password that only it holds. */
  | { readonly outcome: 'dispensable' }
  /** Nothing at the target speaks of Overlap any more. `run` removes what is left of the other slot; that is for a person to do. */
  | { readonly outcome: 'left'; readonly run?: string }

export interface Retirement<C> {
  readonly store: SecretStore
  readonly retirerFor: (secret: SecretDescription) => CredentialRetirer<C>
}

/** Throws OverlapError; then the credential still works, or the message says that it is recorded as disabling. */
export async function retire<C>(retirement: Retirement<C>, request: RetireRequest): Promise<RetireResult> {
  const { store } = retirement
  const { secretId, versionId, evenIfUsed } = request
  if (request.action === 'peek') return peek(retirement, request)
  if (request.action === 'leave') return leave(retirement, request)
  const secret = await store.describe(secretId)
  const { retirer, perhapsDisabled } = watched(retirement.retirerFor(secret))
  if (request.action === 'restore') return restore(store, retirer, secret, versionId, perhapsDisabled)
  refuseUnlessDraining(secret, versionId)
  const credential = await credentialOf(store, retirer, secretId, versionId, 'DRAINING')
  const currentVersionId = currentOf(secret)
  const current = await credentialOf(store, retirer, secretId, currentVersionId, 'AWSCURRENT')
  if (request.action === 'inspect')
    return { outcome: 'inspected', sightings: await retirer.sightings(credential, current) }

  const principal = retirer.principal(credential)
  const lifted = async (outcome: 'retired' | 'superseded') => {
    await store.moveLabel(secretId, 'DRAINING', { from: versionId })
    return { outcome }
  }
  const check = async () => {
    const now = await store.describe(secretId)
    refuseUnlessDraining(now, versionId)
    refuseChanged(now, request.unchangedSince)
    await refuseNamed(store, retirer, now, principal)
  }
  const fence: Fence = { versionId, currentVersionId, check }
  const promoted = () => promotedTo(store, retirer, secretId, principal)
  if (retirer.principal(current) === principal) {
    // Stored by hand in the moment when an earlier attempt disabled it, it may be what that attempt took away.
    const owner = await promoted()
    if (owner === undefined)
      throw new OverlapError(
        'LABELS_MOVED',
        'AWSCURRENT moved while this looked at it: the next pass decides',
      )
    await enableFor(retirer, owner, fence, promoted)
    return lifted('superseded')
  }
  const undo = (error: unknown) =>
    putBack(retirer, promoted, credential, current, fence).catch((cause) => {
      // Who uses it is found out before it is disabled, and is told of an earlier attempt that was cut off, too.
      const isUsed = error instanceof OverlapError && error.code === 'STILL_USED'
      const isFelt = error instanceof OverlapError && error.detail.consumersAffected === true
      throw notBack(error, cause, { versionId, consumersAffected: isUsed || isFelt || perhapsDisabled() })
    })
  try {
    await retirer.disable(credential, { current, fence, evenIfUsed })
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SUPERSEDED') return lifted('superseded')
    await undo(error)
    throw error
  }
  // Recorded as retired, perhaps long ago by an attempt that could not lift the label: it comes back for AWSCURRENT alone. Where labels cannot
  // be read now, the next pass restores what was promoted.
  const owner = await promoted()
  if (owner) {
    const promotion = putBackFor(owner)
    await enableFor(retirer, owner, fence, promoted).catch((cause) => {
      throw notBack(promotion, cause, { versionId, consumersAffected: true })
    })
    throw promotion
  }
  return lifted('retired')
}

/** The target asks the fence where it is about to disable a credential, or to put back one that is disabled; before that nobody was hurt. */
function watched<C>(retirer: CredentialRetirer<C>): {
  readonly retirer: CredentialRetirer<C>
  readonly perhapsDisabled: () => boolean
} {
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

/**
 * A value that names AWSCURRENT's own principal may be the only one that works, applied and not published: it is dispensable only while AWSCURRENT
 * works. Any other has a slot of its own, and the target's record says whether that holds it: the next rotation that wants the slot has it drained.
 * Throws `CURRENT_REFUSED` where consumers wait for the version to be published, and whatever keeps it from knowing.
 */
async function peek<C>(
  { store, retirerFor }: Retirement<C>,
  { secretId, versionId }: RetireRequest,
): Promise<RetireResult> {
  const pending = await store.read(secretId, versionId)
  if (pending === undefined) return { outcome: 'dispensable' }
  const secret = await store.describe(secretId)
  const retirer = retirerFor(secret)
  const currentVersionId = currentOf(secret)
  const current = await credentialOf(store, retirer, secretId, currentVersionId, 'AWSCURRENT')
  if (retirer.principal(retirer.parse(pending)) === retirer.principal(current))
    await retirer.login(current).catch((error) => {
      throw isRefused(error) ? onlyPending(secretId, versionId, currentVersionId, error) : error
    })
  return { outcome: 'dispensable' }
}

function isRefused(error: unknown): error is OverlapError {
  return error instanceof OverlapError && error.code === 'CURRENT_REFUSED'
}

function onlyPending(
  secretId: string,
  versionId: string,
  currentVersionId: string,
  { code, message, detail, cause }: OverlapError,
): OverlapError {
  return new OverlapError(
    code,
    `AWSCURRENT does not work, and version ${versionId}, which waits as AWSPENDING, may hold the only password that does, so it is not given up (${message}). ` +
      `If it works, publish it. Run: ${publishCommand(secretId, versionId, currentVersionId)}`,
    { detail, cause },
  )
}

/**
 * Somebody rolled back to a version whose retirement had been begun, or done. Only what is recorded for this very version is touched: a password
 * that somebody set by hand is theirs. Where that leaves AWSCURRENT without a password that works, its consumers are the last to be told:
 * `CURRENT_REFUSED`.
 */
async function restore<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  versionId: string,
  perhapsDisabled: () => boolean,
): Promise<RetireResult> {
  const refuseUnlessCurrent = (now: SecretDescription) => {
    if (versionWith(now, 'AWSCURRENT') === versionId) return
    throw new OverlapError(
      'LABELS_MOVED',
      `version ${versionId} does not have the label AWSCURRENT: nothing is restored for it`,
    )
  }
  refuseUnlessCurrent(secret)
  const current = await credentialOf(store, retirer, secret.arn, versionId, 'AWSCURRENT')
  const check = async () => refuseUnlessCurrent(await store.describe(secret.arn))
  const fence: Fence = { versionId, currentVersionId: versionId, check }
  const restored = await retirer
    .enable(current, { current, fence })
    .catch(falseIfSuperseded)
    .catch((error) => {
      throw affecting(perhapsDisabled(), error)
    })
  if (restored) return { outcome: 'restored' }
  await retirer.login(current)
  return { outcome: 'nothing' }
}

function falseIfSuperseded(error: unknown): false {
  if (error instanceof OverlapError && error.code === 'SUPERSEDED') return false
  throw error
}

async function credentialOf<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secretId: string,
  versionId: string,
  label: Label,
): Promise<C> {
  const value = await store.read(secretId, versionId)
  if (value !== undefined) return retirer.parse(value)
  throw new OverlapError(
    'SECRET_INVALID',
    `version ${versionId} is labelled ${label} and has no value, so nothing is retired`,
  )
}

interface Promoted<C> {
  readonly versionId: string
  readonly credential: C
}

/** The AWSCURRENT version, when it names the principal. Its password need not be the one that drained. */
async function promotedTo<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secretId: string,
  principal: string,
): Promise<Promoted<C> | undefined> {
  const versionId = versionWith(await store.describe(secretId), 'AWSCURRENT')
  const value = versionId === undefined ? undefined : await store.read(secretId, versionId)
  if (versionId === undefined || value === undefined) return undefined
  const credential = retirer.parse(value)
  return retirer.principal(credential) === principal ? { versionId, credential } : undefined
}

/**
 * Somebody may have made the principal AWSCURRENT by hand after the last check. AWSPENDING is another matter: a rotation that waited may have
 * taken the freed slot already.
 */
function putBackFor<C>({ versionId }: Promoted<C>): OverlapError {
  return new OverlapError(
    'PRINCIPAL_IN_USE',
    `the AWSCURRENT version ${versionId} named the principal in the moment when it was retired: it is put back`,
  )
}

/** Makes the principal valid with what AWSCURRENT holds where that names it, and otherwise with what drained: also when labels cannot be read. */
async function putBack<C>(
  retirer: CredentialRetirer<C>,
  promoted: () => Promise<Promoted<C> | undefined>,
  credential: C,
  current: C,
  fence: Fence,
): Promise<void> {
  const owner = await promoted().catch(() => undefined)
  const asFarAsKnown = () => promoted().catch(() => owner)
  if (owner) return enableFor(retirer, owner, fence, asFarAsKnown)
  const check = refusalIfMoved(asFarAsKnown, undefined)
  await retirer.enable(credential, { current, fence: { ...fence, check } }).catch(falseIfSuperseded)
}

async function enableFor<C>(
  retirer: CredentialRetirer<C>,
  owner: Promoted<C>,
  fence: Fence,
  promoted: () => Promise<Promoted<C> | undefined>,
): Promise<void> {
  const { credential } = owner
  const check = refusalIfMoved(promoted, owner)
  await retirer
    .enable(credential, { current: credential, fence: { ...fence, check } })
    .catch(falseIfSuperseded)
}

function refusalIfMoved<C>(
  promoted: () => Promise<Promoted<C> | undefined>,
  owner: Promoted<C> | undefined,
): Fence['check'] {
  return async () => {
    const now = await promoted()
    if (now?.versionId !== owner?.versionId)
      throw new OverlapError('LABELS_MOVED', 'AWSCURRENT moved while the principal was put back')
  }
}

function affecting(consumersAffected: boolean, error: unknown): unknown {
  if (!consumersAffected || !(error instanceof OverlapError)) return error
  const { code, message, cause, detail } = error
  return new OverlapError(code, message, { cause, detail: { ...detail, consumersAffected } })
}

/** Never a deferral, whatever the first error was. */
function notBack(
  first: unknown,
  second: unknown,
  { versionId, consumersAffected }: { readonly versionId: string; readonly consumersAffected: boolean },
): OverlapError {
  const [why, whyNotBack] = [first, second].map((error) =>
    error instanceof OverlapError ? error.message : 'an unexpected error',
  )
  return new OverlapError(
    second instanceof OverlapError ? second.code : 'UNEXPECTED',
    `the credential of version ${versionId} was not retired (${why}), and it is not known to be valid: ${whyNotBack}. ` +
      'If it was disabled it is recorded as disabling, and the next pass puts it back or completes it',
    {
      ...(first instanceof OverlapError ? { cause: first } : {}),
      detail: { inDoubt: true, ...(consumersAffected ? { consumersAffected } : {}) },
    },
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

function refuseChanged({ lastChanged }: SecretDescription, unchangedSince: number | undefined): void {
  if (unchangedSince === undefined || (lastChanged !== undefined && lastChanged.getTime() <= unchangedSince))
    return
  throw new OverlapError(
    'DRAIN_IN_PROGRESS',
    `the secret was changed ${lastChanged?.toISOString() ?? 'nobody knows when'}, and the drain counts from its last change: a version can be AWSCURRENT ` +
      'for a moment that nobody sees',
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

const actions: readonly RetireRequest['action'][] = ['inspect', 'disable', 'restore', 'peek', 'leave']

/** Throws `EVENT_INVALID` naming the field. */
export function parseRetireRequest(event: unknown): RetireRequest {
  const { action, secretId, versionId, evenIfUsed, unchangedSince } = (
    typeof event === 'object' && event !== null ? event : {}
  ) as Record<string, unknown>
  const known = actions.find((one) => one === action)
  if (known === undefined)
    throw new OverlapError(
      'EVENT_INVALID',
      `field action of the request must be one of ${actions.join(', ')}`,
    )
  if (typeof secretId !== 'string' || !secretId.startsWith('arn:'))
    throw new OverlapError('EVENT_INVALID', 'field secretId of the request must be the ARN of a secret')
  if (typeof versionId !== 'string')
    throw new OverlapError('EVENT_INVALID', 'field versionId of the request must be a version id')
  if (unchangedSince !== undefined && typeof unchangedSince !== 'number')
    throw new OverlapError(
      'EVENT_INVALID',
      'field unchangedSince of the request must be absent or milliseconds since the epoch',
    )
  return {
    action: known,
    secretId,
    versionId,
    evenIfUsed: evenIfUsed === true,
    ...(unchangedSince === undefined ? {} : { unchangedSince }),
  }
}
