import {
  ListSecretsCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { secretsManagerFailed } from './failure.ts'
import { descriptionOf } from './secret-store.ts'

/**
 * Every secret of the account and Region, except for those that are scheduled for deletion; a call for each hundred, made when they are taken. Rejects with
 * OverlapError. How often a call is repeated that is throttled is the client's own setting. `signal`: of each call; undefined: the client bounds its time.
 */
export async function* secretList(
  client: SecretsManagerClient,
  signal?: () => AbortSignal,
): AsyncGenerator<ListedSecret, void, undefined> {
  let next: string | undefined
  do {
    const page = await client
      .send(new ListSecretsCommand({ MaxResults: 100, NextToken: next }), signal && { abortSignal: signal() })
      .catch((error) => secretsManagerFailed('ListSecrets', error))
    for (const entry of page.SecretList ?? []) if (entry.ARN) yield listedSecretOf(entry.ARN, entry)
    next = page.NextToken
  } while (next)
}

function listedSecretOf(arn: string, entry: Omit<SecretListEntry, 'ARN'>): ListedSecret {
  return {
    ...descriptionOf(arn, entry, entry.SecretVersionsToStages),
    description: entry.Description,
    lastAccessed: entry.LastAccessedDate,
    nextRotation: entry.NextRotationDate,
    keyId: entry.KmsKeyId,
  }
}
