/**
 * The way back: the version that drains, or is disabled, becomes AWSCURRENT again, and the one that it replaces drains. Nothing is revoked, and nothing is
 * given up: a rotation that is under way finds AWSCURRENT moved.
 *
 *   look       labels say where there is a way back, or why there is none
 *   withdraw   only where the target cannot disable: DRAINING leaves the version, so that whoever is about to delete it is refused
 *   reinstate  the target makes the version valid where it was disabled, and uses it as a consumer would
 *   publish    under the target's own lock, after labels were read again: AWSCURRENT by compare and swap
 *   look again the version is used once more, and AWSCURRENT goes back where it was if that is refused
 *   drain      DRAINING goes to the version that was. A crash before that leaves it on AWSCURRENT, which the sweep puts right
 */
import type { CredentialAdapter } from '../adapters/adapter.ts'
import type { RolledBack } from './asked-rotation.ts'
import { preflighted } from './check.ts'
import { type ErrorCode, OverlapError } from './errors.ts'
import { refuseLeaked } from './leaked-value.ts'
import { mints } from './minting.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { alreadyThere, noWayBack, versionToGoBackTo, type Wanted } from './way-back.ts'
import { quoted } from './way-out.ts'
import { type Withdrawal, withdrawal } from './withdrawal.ts'

const noWayTo =
  'nothing goes back to it. If AWSCURRENT does not work either, rotate, or store a working value as a new version'

export interface RollingBack<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
}

/**
 * Throws `NO_WAY_BACK` with the reason, `LEAKED`, `LABELS_MOVED`, `SECRET_DELETED`, `MANAGED_SECRET`, `NO_CURRENT_VERSION`, `TARGET_CHANGED`, and what
 * `reinstate` throws. Then AWSCURRENT is where it was, unless Secrets Manager moved it and the answer was lost: asking again with the same `to` says so.
 */
export async function rollback<C>(
  { store, adapterFor }: RollingBack<C>,
  secretId: string,
  wanted: Wanted,
): Promise<RolledBack> {
  const secret = await store.describe(secretId)
  const replaced = preflighted(secret)
  if (wanted.to === replaced) return alreadyThere(secret, replaced)
  if (wanted.from !== undefined && wanted.from !== replaced)
    throw new OverlapError(
      'LABELS_MOVED',
      `AWSCURRENT is version ${replaced} by now and not ${wanted.from}: nothing was rolled back`,
    )
  const to = await versionToGoBackTo(store, secret, replaced, wanted)
  const adapter = adapterFor(secret)
  await refuseLeaked(store, adapter, secret, to, noWayTo)
  const { reinstate } = adapter
  if (reinstate === undefined || !adapter.overlap)
    throw noWayBack(
      `with this strategy (${adapter.kind}) the old password was gone in the moment when the new one was set. Store a working value as a new version instead`,
    )
  const [previousValue, replacedValue] = await Promise.all([
    store.read(secretId, to),
    store.read(secretId, replaced),
  ])
  if (previousValue === undefined) throw noWayBack(`the value of version ${to} is gone`)
  if (replacedValue === undefined)
    throw new OverlapError('NO_CURRENT_VERSION', 'the version labelled AWSCURRENT has no value')
  const [previous, current] = [adapter.parse(previousValue), adapter.parse(replacedValue)]
  if (adapter.target(previous) !== adapter.target(current))
    throw new OverlapError(
      'TARGET_CHANGED',
      `version ${to} names another target than AWSCURRENT, so nothing was rolled back: consumers would go elsewhere. If that is meant, store a value of the other target`,
    )

  await refuseOverwriting(adapter, secret, to, previous, current)
  // A value stored by hand for the user that is AWSCURRENT's has nothing of its own to drain.
  const isNeeded = adapter.principal(previous) !== adapter.principal(current)
  const exchange = { store, adapter, reinstate, secret, to, previous, replaced, current }
  const withdrawn = withdrawal(store, secret, { to, replaced, isNeeded })
  try {
    await publish(exchange, withdrawn)
  } catch (error) {
    // What is deleted already has nothing that could be retired.
    const isGone = error instanceof OverlapError && error.code === 'NO_WAY_BACK'
    if (!isGone) await withdrawn.undo().catch(() => undefined)
    throw error
  }
  // It is rolled back, whatever becomes of this label.
  if (isNeeded && !withdrawn.isBegun()) await drainReplaced(exchange).catch(() => undefined)
  return { outcome: 'rolled-back', versionId: to, replaced }
}

interface Exchange<C> {
  readonly store: SecretStore
  readonly adapter: CredentialAdapter<C>
  readonly reinstate: NonNullable<CredentialAdapter<C>['reinstate']>
  /** As it was when this began. */
  readonly secret: SecretDescription
  readonly to: string
  readonly previous: C
  readonly replaced: string
  readonly current: C
}

/** Throws unless AWSCURRENT has moved, and works. */
async function publish<C>(exchange: Exchange<C>, withdrawn: Withdrawal): Promise<void> {
  const { store, adapter, reinstate, secret, to, previous, replaced, current } = exchange
  const seen = labelsOf(secret, to)
  const check = async () => {
    const now = await store.describe(secret.arn)
    const labels = withdrawn.isBegun() ? seen.filter((label) => label !== 'DRAINING') : seen
    if (preflighted(now) !== replaced || labelsOf(now, to).join() !== labels.join())
      throw new OverlapError('LABELS_MOVED', 'labels moved meanwhile, so nothing was rolled back; look again')
    await refuseLeaked(store, adapter, now, to, noWayTo)
  }
  const { withdraw } = withdrawn
  let moving = false
  try {
    await reinstate(
      previous,
      current,
      { versionId: to, currentVersionId: replaced, check, withdraw },
      async () => {
        if (withdrawn.isBegun()) await withdrawn.pinReplaced()
        moving = true
        await store.moveLabel(secret.arn, 'AWSCURRENT', { from: replaced, to })
      },
    )
  } catch (error) {
    if (!moving) throw error
    await standBy(exchange, error)
  }
  // A person may have changed the password since the version was used. What cannot be told now worked a moment ago.
  if (!(await opens(adapter, previous).catch(() => true)))
    await standBy(exchange, new OverlapError('PENDING_REFUSED', `version ${to} does not work any more`))
}

/** A value stored by hand for the user that drained has taken its place: where that works, to go back would lock out who uses it. */
async function refuseOverwriting<C>(
  adapter: CredentialAdapter<C>,
  { tags }: SecretDescription,
  to: string,
  previous: C,
  current: C,
): Promise<void> {
  if (adapter.principal(previous) !== adapter.principal(current)) return
  if ((await opens(adapter, previous)) || !(await opens(adapter, current))) return
  if (mints(tags))
    throw noWayBack(
      `AWSCURRENT, which works, and version ${to}, which does not, name the same key: there is no other to go back to`,
    )
  throw noWayBack(
    `AWSCURRENT, which works, and version ${to}, which does not, are of the same user: one password would overwrite the other. If that is meant, store the value of ` +
      `version ${to} as a new version and repair it`,
  )
}

async function opens<C>(adapter: CredentialAdapter<C>, credential: C): Promise<boolean> {
  try {
    await adapter.test(credential, credential)
    return true
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'PENDING_REFUSED') return false
    throw error
  }
}

/**
 * AWSCURRENT was about to move when something failed. It may have moved all the same, and late: whoever waited for the target's lock may have disabled the
 * version by then. So it is made to work once more, or left again where it cannot work. Throws unless AWSCURRENT has moved, and works.
 */
async function standBy<C>(exchange: Exchange<C>, first: unknown): Promise<void> {
  const { store, adapter, reinstate, secret, to, previous, replaced, current } = exchange
  const check = async () => {
    const now = await store.describe(secret.arn)
    if (versionWith(now, 'AWSCURRENT') !== to) throw first
    await refuseLeaked(store, adapter, now, to, noWayTo)
  }
  try {
    await check()
    await reinstate(previous, current, { versionId: to, currentVersionId: to, check }, check)
  } catch (error) {
    if (error === first) throw first
    if (!(error instanceof OverlapError && isFinal.has(error.code))) throw inDoubt(to, first, error)
    await store.moveLabel(secret.arn, 'AWSCURRENT', { from: to, to: replaced }).catch((cause) => {
      throw inDoubt(to, error, cause)
    })
    throw error
  }
}

/** The version does not work, and nothing makes it work. */
const isFinal: ReadonlySet<ErrorCode> = new Set(['NO_WAY_BACK', 'LEAKED', 'PENDING_REFUSED'])

function inDoubt(to: string, ...errors: readonly unknown[]): OverlapError {
  const known = errors.filter((error) => error instanceof OverlapError)
  return new OverlapError(
    known.at(-1)?.code ?? 'UNEXPECTED',
    `version ${to} may be AWSCURRENT, and is not known to work: ${known.map(({ message }) => message).join('; ')}. Run the rollback again with --to ${quoted(to)}. If ` +
      'a retirement of that version had begun, the sweep also makes it work again',
    { detail: { inDoubt: true, consumersAffected: true } },
  )
}

/** DRAINING goes where it is needed: off the version that is AWSCURRENT now, or off one whose place another has taken. */
async function drainReplaced<C>(exchange: Exchange<C>): Promise<void> {
  const { store, adapter, secret, to, previous, replaced, current } = exchange
  const draining = versionWith(secret, 'DRAINING')
  if (draining === replaced) return
  if (draining !== undefined && draining !== to) {
    const value = await store.read(secret.arn, draining)
    const taken = [previous, current].map((credential) => adapter.principal(credential))
    if (value !== undefined && !taken.includes(adapter.principal(adapter.parse(value)))) return
  }
  await store.moveLabel(secret.arn, 'DRAINING', {
    ...(draining === undefined ? {} : { from: draining }),
    to: replaced,
  })
}

function labelsOf(secret: SecretDescription, versionId: string): readonly string[] {
  return [...(secret.versions.get(versionId) ?? [])].sort()
}
