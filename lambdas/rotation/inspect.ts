import type { CredentialRetirer } from '../adapters/adapter.ts'
import { credentialOf, currentOf, drainedIn } from './draining.ts'
import { OverlapError } from './errors.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/**
 * Who uses a version's principal, of the one that drains or, for whoever is about to take it away from them, of AWSCURRENT; and, of what is told as disabled, whether it is. Changes nothing.
 */
export async function inspect<C>(
  store: SecretStore,
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  { versionId, disabledAt }: RetireRequest,
): Promise<RetireResult> {
  if (versionId === currentOf(secret)) {
    const current = await credentialOf(store, retirer, secret.arn, versionId, 'AWSCURRENT')
    return { outcome: 'inspected', ...(await retirer.sightings(current, current)) }
  }
  const { credential, current } = await drainedIn(store, retirer, secret, versionId)
  const seen = await retirer.sightings(credential, current)
  if (disabledAt === undefined || seen.asleep) return { outcome: 'inspected', ...seen }
  const disabled = await retirer.isDisabled(credential, { current, versionId }).catch(undefinedIfRefused)
  return { outcome: 'inspected', ...seen, ...(disabled === undefined ? {} : { disabled }) }
}

/** Who uses it is known all the same. */
function undefinedIfRefused(error: unknown): undefined {
  if (!(error instanceof OverlapError)) throw error
}
