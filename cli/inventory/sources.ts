import { accessKeys } from '../../lambdas/aws/access-keys.ts'
import { secretList } from '../../lambdas/aws/secret-list.ts'
import { versionDates } from '../../lambdas/aws/version-dates.ts'
import type { Sources } from '../../lambdas/inventory/gather.ts'
import type { Clients } from './clients.ts'

/** What an account tells of its credentials. */
export function sourcesOf({ secrets, iam }: Clients): Sources {
  // The clients bound each call's time themselves, and all of them take as long as they take.
  const signal = () => new AbortController().signal
  return {
    secrets: () => secretList(secrets, signal),
    createdDates: (secretArn) => versionDates(secrets, secretArn, 'labelled', signal),
    accessKeys: () => accessKeys(iam, signal),
  }
}
