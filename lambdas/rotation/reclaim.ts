import type { CredentialRetirer } from '../adapters/adapter.ts'
import { credentialOf, currentOf } from './draining.ts'
import { OverlapError } from './errors.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'

/**
 * Takes away what a rotation minted and no version holds, for as long as the AWSPENDING version waits for that: `reclaiming` until it is gone. Labels are read again in the moment of
 * each write, and must be as they were: whoever moved one may have given a version the very credential. Throws `LABELS_MOVED`, and what the retirer throws.
 */
export async function reclaim<C>(
  store: SecretStore,
  retirerFor: (secret: SecretDescription) => CredentialRetirer<C>,
  { secretId, versionId }: RetireRequest,
): Promise<RetireResult> {
  const secret = await store.describe(secretId)
  refuseUnlessWaiting(secret, versionId)
  const retirer = retirerFor(secret)
  if (retirer.reclaim === undefined) return { outcome: 'nothing' }
  const current = await credentialOf(store, retirer, secretId, currentOf(secret), 'AWSCURRENT')
  const seen = labelsOf(secret)
  const check = async () => {
    if (labelsOf(await store.describe(secretId)) !== seen)
      throw new OverlapError(
        'LABELS_MOVED',
        'labels moved meanwhile: nothing more is reclaimed before the next pass',
      )
  }
  // With a value the rotation has a credential of its own, and goes on beside what another delivery of its first step lost, which is taken away now or before the next rotation.
  const hasValue = (await store.read(secretId, versionId)) !== undefined
  const reclaimed = await retirer.reclaim(current, { check, ...(hasValue ? {} : { waiting: versionId }) })
  return { outcome: hasValue || reclaimed === 'nothing' ? 'nothing' : 'reclaiming' }
}

function refuseUnlessWaiting(secret: SecretDescription, versionId: string): void {
  if (versionWith(secret, 'AWSPENDING') === versionId && versionWith(secret, 'AWSCURRENT') !== versionId)
    return
  throw new OverlapError(
    'LABELS_MOVED',
    `version ${versionId} does not wait as AWSPENDING: nothing is reclaimed for it`,
  )
}

function labelsOf({ versions }: SecretDescription): string {
  return JSON.stringify([...versions].map(([id, labels]) => [id, [...labels].sort()]).sort())
}
