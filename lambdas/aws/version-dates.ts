import { ListSecretVersionIdsCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { secretsManagerFailed } from './failure.ts'

/** When each version of a secret was created, by its id; also of those without a label that are still there. Rejects with OverlapError. */
export async function versionDates(
  client: SecretsManagerClient,
  secretId: string,
  signal: () => AbortSignal,
): Promise<ReadonlyMap<string, Date>> {
  const dates = new Map<string, Date>()
  let next: string | undefined
  do {
    const page = await client
      .send(
        new ListSecretVersionIdsCommand({
          SecretId: secretId,
          MaxResults: 100,
          IncludeDeprecated: true,
          NextToken: next,
        }),
        { abortSignal: signal() },
      )
      .catch((error) => secretsManagerFailed('ListSecretVersionIds', error))
    for (const { VersionId, CreatedDate } of page.Versions ?? [])
      if (VersionId && CreatedDate) dates.set(VersionId, CreatedDate)
    next = page.NextToken
  } while (next)
  return dates
}
