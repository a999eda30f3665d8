import { ListSecretVersionIdsCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { secretsManagerFailed } from './failure.ts'

/**
 * When each version of a secret was created, by its id: `all` that are still there, or the `labelled`, which are 20 at most and so take one call. Rejects with
 * OverlapError. `signal`: of each call; undefined: the client bounds its time.
 */
export async function versionDates(
  client: SecretsManagerClient,
  secretId: string,
  which: 'all' | 'labelled',
  signal?: () => AbortSignal,
): Promise<ReadonlyMap<string, Date>> {
  const dates = new Map<string, Date>()
  let next: string | undefined
  do {
    const page = await client
      .send(
        new ListSecretVersionIdsCommand({
          SecretId: secretId,
          MaxResults: 100,
          IncludeDeprecated: which === 'all',
          NextToken: next,
        }),
        signal && { abortSignal: signal() },
      )
      .catch((error) => secretsManagerFailed('ListSecretVersionIds', error))
    for (const { VersionId, CreatedDate } of page.Versions ?? [])
      if (VersionId && CreatedDate) dates.set(VersionId, CreatedDate)
    next = page.NextToken
  } while (next)
  return dates
}

/** Of the labelled versions of one secret after another, for whoever needs many: one call each. Rejects with OverlapError. */
export function labelledDates(client: SecretsManagerClient) {
  return (signal: () => AbortSignal) => (secretArn: string) =>
    versionDates(client, secretArn, 'labelled', signal)
}
