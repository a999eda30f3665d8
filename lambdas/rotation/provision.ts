import type { CredentialAdapter, Fence } from '../adapters/adapter.ts'
import { preflighted } from './check.ts'
import { OverlapError } from './errors.ts'
import { tagFlag } from './policy.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

export interface Provisioning<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
}

export interface Provisioned {
  readonly outcome: 'provisioned' | 'exists'
}

/** Makes the user that AWSCURRENT names, for a secret that is tagged `overlap:new-user=true` and no other. */
export async function provision<C>(
  { store, adapterFor }: Provisioning<C>,
  secretId: string,
): Promise<Provisioned> {
  const secret = await store.describe(secretId)
  const versionId = preflighted(secret)
  const adapter = adapterFor(secret)
  if (adapter.provision === undefined)
    throw new OverlapError(
      'NEW_USER_NOT_ALLOWED',
      `nobody has to be made for a secret of the kind ${adapter.kind}`,
    )
  const value = await store.read(secretId, versionId)
  if (value === undefined)
    throw new OverlapError(
      'NO_CURRENT_VERSION',
      'the version labelled AWSCURRENT has no value: store one first',
    )
  const fence: Fence = {
    versionId,
    currentVersionId: versionId,
    check: async () => refuseMoved(await store.describe(secretId), versionId),
  }
  return { outcome: await adapter.provision(adapter.parse(value), fence) }
}

function refuseMoved(now: SecretDescription, versionId: string): void {
  if (preflighted(now) !== versionId)
    throw new OverlapError('LABELS_MOVED', 'AWSCURRENT moved meanwhile: nobody was made; try again')
  if (!tagFlag(now.tags, 'overlap:new-user'))
    throw new OverlapError(
      'NEW_USER_NOT_ALLOWED',
      'the tag overlap:new-user was taken away meanwhile: nobody was made',
    )
}
