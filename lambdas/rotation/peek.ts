import type { CredentialRetirer } from '../adapters/adapter.ts'
import { credentialOf, currentOf } from './draining.ts'
import { OverlapError } from './errors.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'
import { publishCommand } from './way-out.ts'

/**
 * A value that names AWSCURRENT's own principal may be the only one that works, applied and not published: it is dispensable only while AWSCURRENT
 * works. Any other has a slot of its own, and the target's record says whether that holds it: the next rotation that wants the slot has it drained.
 * Throws `CURRENT_REFUSED` where consumers wait for the version to be published, and whatever keeps it from knowing.
 */
export async function peek<C>(
  store: SecretStore,
  retirerFor: (secret: SecretDescription) => CredentialRetirer<C>,
  { secretId, versionId }: RetireRequest,
): Promise<RetireResult> {
  const pending = await store.read(secretId, versionId)
  if (pending === undefined) return { outcome: 'dispensable' }
  const secret = await store.describe(secretId)
  const retirer = retirerFor(secret)
  const currentVersionId = currentOf(secret)
  const current = await credentialOf(store, retirer, secretId, currentVersionId, 'AWSCURRENT')
  if (retirer.principal(retirer.parse(pending)) === retirer.principal(current))
    await retirer.login(current).catch((error) => {
      throw error instanceof OverlapError && error.code === 'CURRENT_REFUSED'
        ? onlyPending(secretId, versionId, currentVersionId, error)
        : error
    })
  return { outcome: 'dispensable' }
}

function onlyPending(
  secretId: string,
  versionId: string,
  currentVersionId: string,
  { code, message, detail, cause }: OverlapError,
): OverlapError {
  return new OverlapError(
    code,
    `AWSCURRENT does not work, and version ${versionId}, which waits as AWSPENDING, may hold the only password that does, so it is not given up (${message}). ` +
      `If it works, publish it. Run: ${publishCommand(secretId, versionId, currentVersionId)}`,
    { detail, cause },
  )
}
