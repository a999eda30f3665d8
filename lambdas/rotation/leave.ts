import type { CredentialRetirer, Fence } from '../adapters/adapter.ts'
import { currentAtRest } from './at-rest.ts'
import { OverlapError } from './errors.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/**
 * Hands the user of a secret back to whoever had it before the first rotation. Labels are read again under the target's own lock, so no rotation and no
 * retirement goes on meanwhile; AWSCURRENT works before and after, and a crash anywhere is answered by asking again.
 */
export async function leave<C>(
  store: SecretStore,
  retirerFor: (secret: SecretDescription) => CredentialRetirer<C>,
  { secretId, versionId }: RetireRequest,
): Promise<RetireResult> {
  const secret = await store.describe(secretId)
  refuseUnlessCurrent(secret, versionId)
  const value = await store.read(secretId, versionId)
  if (value === undefined)
    throw new OverlapError(
      'SECRET_INVALID',
      `version ${versionId} is labelled AWSCURRENT and has no value, so nobody is handed back`,
    )
  const retirer = retirerFor(secret)
  const fence: Fence = {
    versionId,
    currentVersionId: versionId,
    check: async () => refuseUnlessCurrent(await store.describe(secretId), versionId),
  }
  const run = await retirer.leave(retirer.parse(value), { fence })
  return { outcome: 'left', ...(run === undefined ? {} : { run }) }
}

function refuseUnlessCurrent(secret: SecretDescription, versionId: string): void {
  if (currentAtRest(secret) !== versionId)
    throw new OverlapError(
      'LABELS_MOVED',
      `version ${versionId} does not have the label AWSCURRENT: somebody moved it, so nothing was taken away`,
    )
}
