import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'

/** As ListSecrets tells of a secret of which a test says no more than its description. */
export function listed(secret: SecretDescription, different: Partial<ListedSecret> = {}): ListedSecret {
  return {
    description: undefined,
    lastAccessed: undefined,
    nextRotation: undefined,
    keyId: undefined,
    ...secret,
    ...different,
  }
}
