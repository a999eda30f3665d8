import type { CredentialRetirer } from '../adapters/adapter.ts'
import { credentialOf, currentOf, drainedIn } from './draining.ts'
import type { RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/** Who uses a version's principal, of the one that drains or, for whoever is about to take it away from them, of AWSCURRENT. Changes nothing. */
export async function inspect<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  versionId: string,
): Promise<RetireResult> {
  if (versionId === currentOf(secret)) {
    const current = await credentialOf(store, retirer, secret.arn, versionId, 'AWSCURRENT')
    return { outcome: 'inspected', ...(await retirer.sightings(current, current)) }
  }
  const { credential, current } = await drainedIn(store, retirer, secret, versionId)
  return { outcome: 'inspected', ...(await retirer.sightings(credential, current)) }
}
