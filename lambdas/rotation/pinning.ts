/** DRAINING: what a rotation replaces is kept readable and retired later, and so is what holds the slot that a rotation needs. */
import type { CredentialAdapter } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import type { RotationEvent } from './event.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { drainLostVersionCommand } from './way-out.ts'

/** What pinning needs to know of a rotation. */
interface Pinning<C> {
  readonly store: SecretStore
  readonly adapter: CredentialAdapter<C>
  readonly event: Pick<RotationEvent, 'secretId' | 'token'>
  /** As it was when the step began. */
  readonly secret: SecretDescription
  readonly currentVersionId: string
}

/** DRAINING before AWSCURRENT moves: a crash between the two leaves a pinned current version, which is harmless. */
export async function pinOutgoing<C>(pinning: Pinning<C>): Promise<void> {
  const { event, store, secret, currentVersionId } = pinning
  const holder = versionWith(secret, 'DRAINING')
  if (holder === currentVersionId) return
  if (holder !== undefined) await refuseLiveHolder(pinning, holder)
  await store.moveLabel(event.secretId, 'DRAINING', {
    ...(holder === undefined ? {} : { from: holder }),
    to: currentVersionId,
  })
}

/** The label may leave its holder only when the pending credential has taken the holder's place: `set` did that on a record that it was retired. */
async function refuseLiveHolder<C>(pinning: Pinning<C>, holder: string): Promise<void> {
  const { adapter, event, store } = pinning
  const [held, pending] = await Promise.all([
    store.read(event.secretId, holder),
    store.read(event.secretId, event.token),
  ])
  if (held === undefined || pending === undefined) return
  if (adapter.principal(adapter.parse(held)) !== adapter.principal(adapter.parse(pending)))
    throw drainInProgress(holder)
}

/**
 * A slot can be held by a version that carries no label: a rotation was cancelled after setSecret and its AWSPENDING taken away, or a
 * person rolled back. Nobody would ever retire it, so DRAINING asks the sweep to. It only asks: the retire function makes its own checks.
 */
export async function pinHolder<C>(pinning: Pinning<C>, current: C, error: unknown): Promise<never> {
  const { event, store, secret } = pinning
  if (!(error instanceof OverlapError) || error.code !== 'DRAIN_IN_PROGRESS') throw error
  const { holder } = error.detail
  const draining = versionWith(secret, 'DRAINING')
  if (typeof holder !== 'string' || [pinning.currentVersionId, event.token, draining].includes(holder))
    throw error
  const held = await store.read(event.secretId, holder)
  const byNow = [current, ...(held === undefined ? [] : [pinning.adapter.parse(held)])]
  if (!(await isReplaced(pinning, draining, byNow))) throw error
  if (held === undefined) throw unaccounted(pinning, holder, error)
  await store.moveLabel(event.secretId, 'DRAINING', {
    ...(draining === undefined ? {} : { from: draining }),
    to: holder,
  })
  throw error
}

function unaccounted<C>({ event }: Pinning<C>, holder: string, error: OverlapError): OverlapError {
  return new OverlapError(
    'SLOT_UNACCOUNTED',
    `${error.message}. But the value of version ${holder} is gone: it was deleted, or the target was restored from an older copy. So nobody can retire it. ` +
      'When nothing uses that credential any more, take AWSCURRENT’s value, put in the user that holds the slot and any password, and save it as value.json. ' +
      `Once it is stored for that version, the sweep drains and retires the version, and the rotation goes on. To store it, run: ${drainLostVersionCommand(event.secretId, holder)}`,
    { detail: error.detail, cause: error.cause },
  )
}

/** DRAINING may leave a version that is AWSCURRENT again, and one whose place another credential has taken: neither is there to retire. */
async function isReplaced<C>(
  pinning: Pinning<C>,
  versionId: string | undefined,
  by: readonly C[],
): Promise<boolean> {
  if (versionId === undefined) return true
  const value = await pinning.store.read(pinning.event.secretId, versionId)
  if (value === undefined) return true
  const principal = pinning.adapter.principal(pinning.adapter.parse(value))
  return by.some((credential) => pinning.adapter.principal(credential) === principal)
}

function drainInProgress(holder: string): OverlapError {
  return new OverlapError(
    'DRAIN_IN_PROGRESS',
    `version ${holder} still drains: this rotation waits until the sweep has retired it`,
    { detail: { holder } },
  )
}
