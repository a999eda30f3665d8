import { accessKeys } from '../../lambdas/aws/access-keys.ts'
import { secretList } from '../../lambdas/aws/secret-list.ts'
import { versionDates } from '../../lambdas/aws/version-dates.ts'
import type { Sources } from '../../lambdas/inventory/gather.ts'
import type { Clients } from './clients.ts'

/**
 * What an account tells of its credentials. The clients bound each call's time themselves, and all of them take as long as they take. `onDoubt` hears what IAM
 * refuses to tell of a user, while the rest goes on.
 */
export function sourcesOf({ secrets, iam }: Clients, onDoubt: (error: unknown) => void): Sources {
  return {
    secrets: () => secretList(secrets),
    createdDates: (secretArn) => versionDates(secrets, secretArn, 'labelled'),
    accessKeys: () => accessKeys(iam, onDoubt),
  }
}
