import { hostileSecrets } from './company/hostile.ts'
import { managedSecrets } from './company/managed.ts'
import type { CompanyPlace } from './company/place.ts'
import { unmanagedSecrets } from './company/unmanaged.ts'
import { users } from './company/users.ts'
import type { Iam } from './iam/server.ts'
import type { SecretsManager } from './secrets-manager/server.ts'

/**
 * What one finds in an account that has been there for a few years, for the inventory to tell of: a credential in every state that AWS can show, and some with
 * names that are not kind. None of them is rotated here: those that Overlap rotates are another deployment's.
 *
 * @returns how many there are
 */
export function seedCompany(
  account: { readonly secretsManager: Pick<SecretsManager, 'seed'>; readonly iam: Pick<Iam, 'seed'> },
  place: CompanyPlace,
): { readonly secrets: number; readonly users: number } {
  const secrets = [...managedSecrets(place), ...unmanagedSecrets(place), ...hostileSecrets(place)]
  const people = users(place)
  for (const secret of secrets) account.secretsManager.seed(secret)
  for (const user of people) account.iam.seed(user)
  return { secrets: secrets.length, users: people.length }
}
