import type { CredentialAdapter, Fence } from '../adapters/adapter.ts'
import type { Repaired } from './asked-rotation.ts'
import { preflighted } from './check.ts'
import { OverlapError } from './errors.ts'
import { anotherByHand } from './leaked-current.ts'
import { refuseLeaked } from './leaked-value.ts'
import { mints, NO_REPAIR } from './minting.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

export interface Repairing<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
}

/**
 * After the target was restored from an older copy: AWSCURRENT's value is applied again, under the target's own lock and after labels were read again.
 * Throws `NO_WAY_BACK` for a kind that nobody but the user itself can change, or whose credential the target alone chooses, `LEAKED`, `LABELS_MOVED`, `SECRET_DELETED`, `MANAGED_SECRET`,
 * `NO_CURRENT_VERSION`, and what the adapter throws.
 */
export async function repair<C>({ store, adapterFor }: Repairing<C>, secretId: string): Promise<Repaired> {
  const secret = await store.describe(secretId)
  const versionId = preflighted(secret)
  const adapter = adapterFor(secret)
  const isCurrent = `it is AWSCURRENT, and it is not made valid again. ${anotherByHand(secret)}`
  await refuseLeaked(store, adapter, secret, versionId, isCurrent)
  if (adapter.repair === undefined) throw irreparable(secret, adapter.kind)
  const value = await store.read(secretId, versionId)
  if (value === undefined)
    throw new OverlapError(
      'NO_CURRENT_VERSION',
      'the version labelled AWSCURRENT has no value: store one first',
    )
  const check = async () => {
    const now = await store.describe(secretId)
    if (preflighted(now) !== versionId)
      throw new OverlapError('LABELS_MOVED', 'AWSCURRENT moved meanwhile: nothing was repaired; try again')
    await refuseLeaked(store, adapter, now, versionId, isCurrent)
  }
  const fence: Fence = { versionId, currentVersionId: versionId, check }
  return { outcome: await adapter.repair(adapter.parse(value), fence), versionId }
}

/** Whoever asks is told what helps instead. */
function irreparable({ tags }: SecretDescription, kind: string): OverlapError {
  const why = mints(tags)
    ? NO_REPAIR
    : `with this strategy (${kind}) nobody but the user itself may change its password. Give it the password of AWSCURRENT by hand`
  return new OverlapError('NO_WAY_BACK', `nothing was repaired: ${why}`)
}
