import {
  InvalidRequestException,
  ListSecretsCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import type { SecretCatalog } from '../sweep/gather.ts'
import { encodeState, STATE_TAG } from '../sweep/state.ts'
import { secretsManagerFailed } from './failure.ts'
import { descriptionOf } from './secret-store.ts'

export function secretCatalog(client: SecretsManagerClient, signal: () => AbortSignal): SecretCatalog {
  return {
    async *list(rotationFunctions) {
      let next: string | undefined
      do {
        const page = await client
          .send(new ListSecretsCommand({ MaxResults: 100, NextToken: next }), { abortSignal: signal() })
          .catch((error) => secretsManagerFailed('ListSecrets', error))
        for (const entry of page.SecretList ?? []) {
          const { ARN, RotationLambdaARN, SecretVersionsToStages } = entry
          if (ARN && RotationLambdaARN && rotationFunctions.has(RotationLambdaARN))
            yield descriptionOf(ARN, entry, SecretVersionsToStages)
        }
        next = page.NextToken
      } while (next)
    },

    async saveState(secretId, state) {
      await client
        .send(
          new TagResourceCommand({
            SecretId: secretId,
            Tags: [{ Key: STATE_TAG, Value: encodeState(state) }],
          }),
          {
            abortSignal: signal(),
          },
        )
        .catch((error) => secretsManagerFailed('TagResource', error))
    },

    async requestRotation(secretId, token) {
      try {
        await client.send(new RotateSecretCommand({ SecretId: secretId, ClientRequestToken: token }), {
          abortSignal: signal(),
        })
      } catch (error) {
        // The service's answer to a rotation that is not complete; it adds "That rotation will be reattempted."
        if (
          error instanceof InvalidRequestException &&
          error.message.startsWith("A previous rotation isn't complete")
        )
          return
        secretsManagerFailed('RotateSecret', error)
      }
    },
  }
}
