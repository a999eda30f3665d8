import type { CredentialRetirer } from '../adapters/adapter.ts'
import { credentialOf } from './draining.ts'
import { OverlapError } from './errors.ts'
import { opens } from './leaked-current.ts'
import type { RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/**
 * Whether AWSPREVIOUS still opens the target, which no label tells once somebody has lifted DRAINING or put it back by hand. Changes nothing. Throws `LABELS_MOVED` for any
 * other version, and whatever keeps it from being known.
 */
export async function tryPrevious<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  versionId: string,
): Promise<RetireResult> {
  if (secret.versions.get(versionId)?.includes('AWSPREVIOUS') !== true)
    throw new OverlapError('LABELS_MOVED', `version ${versionId} is not AWSPREVIOUS: it is not tried`)
  const credential = await credentialOf(store, retirer, secret.arn, versionId, 'AWSPREVIOUS')
  return { outcome: (await opens(retirer, credential)) ? 'opens' : 'refused' }
}
