/**
 * The way back: the version that drains, or is disabled, becomes AWSCURRENT again, and the one that it replaces drains. Nothing is revoked, and nothing is
 * given up: a rotation that is under way finds AWSCURRENT moved.
 *
 *   look       labels say where there is a way back, or why there is none
 *   reinstate  the target makes the version valid where it was disabled, and uses it as a consumer would
 *   publish    under the target's own lock, after labels were read again: AWSCURRENT by compare and swap, then DRAINING to the version that was.
 *              A crash between the two leaves DRAINING on AWSCURRENT, which the sweep puts right
 */
import type { CredentialAdapter, Fence } from '../adapters/adapter.ts'
import type { RolledBack } from './asked-rotation.ts'
import { preflighted } from './check.ts'
import { OverlapError } from './errors.ts'
import { isLeaked } from './leaked.ts'
import { isOlder } from './plan.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'

export interface RollingBack<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
}

/** As `AskedRotation.rollback` has them. */
export interface Wanted {
  readonly to?: string
  readonly from?: string
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
  refuseLeaked(secret, to)
  const adapter = adapterFor(secret)
  if (adapter.reinstate === undefined || !adapter.overlap)
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

  const seen = labelsOf(secret, to)
  const check = async () => {
    const now = await store.describe(secretId)
    if (preflighted(now) !== replaced || labelsOf(now, to) !== seen)
      throw new OverlapError('LABELS_MOVED', 'labels moved meanwhile, so nothing was rolled back; look again')
    refuseLeaked(now, to)
  }
  const fence: Fence = { versionId: to, currentVersionId: replaced, check }
  await adapter.reinstate(previous, current, fence, async () => {
    await store.moveLabel(secretId, 'AWSCURRENT', { from: replaced, to })
    // It is rolled back, whatever becomes of this label.
    await drainReplaced(store, adapter, secret, { to, previous, replaced, current }).catch(() => undefined)
  })
  return { outcome: 'rolled-back', versionId: to, replaced }
}

/** Asked for once more, or by a second person. */
function alreadyThere(secret: SecretDescription, to: string): RolledBack {
  const draining = versionWith(secret, 'DRAINING')
  const replaced = draining === undefined || draining === to ? versionWith(secret, 'AWSPREVIOUS') : draining
  if (replaced !== undefined) return { outcome: 'rolled-back', versionId: to, replaced }
  throw noWayBack(`version ${to} is AWSCURRENT already, and no other version was`)
}

async function versionToGoBackTo(
  store: SecretStore,
  secret: SecretDescription,
  current: string,
  { to }: Wanted,
): Promise<string> {
  if (to !== undefined) {
    const labels = secret.versions.get(to) ?? []
    if (labels.some((label) => label === 'DRAINING' || label === 'AWSPREVIOUS')) return to
    if (labels.includes('AWSPENDING'))
      throw noWayBack(`version ${to} waits as AWSPENDING and never was AWSCURRENT`)
    const created = await store.createdDates(secret.arn)
    throw noWayBack(
      created.has(to)
        ? `version ${to} does not drain and is not AWSPREVIOUS: its credential was removed, or it never was AWSCURRENT`
        : `there is no version ${to}`,
    )
  }
  const draining = versionWith(secret, 'DRAINING')
  const found = draining === undefined || draining === current ? versionWith(secret, 'AWSPREVIOUS') : draining
  if (found === undefined) throw noWayBack('no version drains, and none is AWSPREVIOUS')
  // What is asked for twice must not go there and back again.
  if (isOlder(current, found, await store.createdDates(secret.arn)))
    throw noWayBack(
      `version ${found} is newer than AWSCURRENT, which somebody went back to. To make version ${found} AWSCURRENT again, name it`,
    )
  return found
}

interface Exchange<C> {
  readonly to: string
  readonly previous: C
  readonly replaced: string
  readonly current: C
}

/** DRAINING goes where it is needed: off the version that is AWSCURRENT now, or off one whose place another has taken. */
async function drainReplaced<C>(
  store: SecretStore,
  adapter: CredentialAdapter<C>,
  secret: SecretDescription,
  { to, previous, replaced, current }: Exchange<C>,
): Promise<void> {
  const draining = versionWith(secret, 'DRAINING')
  // A value stored by hand for the user that is AWSCURRENT's has nothing of its own to drain.
  const needed = adapter.principal(previous) !== adapter.principal(current)
  if (!needed || draining === replaced) return
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

function labelsOf(secret: SecretDescription, versionId: string): string {
  return [...(secret.versions.get(versionId) ?? [])].sort().join(' ')
}

function refuseLeaked(secret: SecretDescription, versionId: string): void {
  if (isLeaked(secret, versionId))
    throw new OverlapError(
      'LEAKED',
      `version ${versionId} leaked: nothing goes back to it. If AWSCURRENT does not work either, rotate, or store a working value as a new version`,
    )
}

function noWayBack(reason: string): OverlapError {
  return new OverlapError('NO_WAY_BACK', `nothing was rolled back: ${reason}`)
}
