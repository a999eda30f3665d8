import {
  InvalidRequestException,
  ListSecretsCommand,
  RotateSecretCommand,
  type SecretListEntry,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import type { SecretCatalog } from '../sweep/gather.ts'
import { encodeState, STATE_TAG } from '../sweep/state.ts'
import { secretsManagerFailed } from './failure.ts'

export function secretCatalog(client: SecretsManagerClient, signal: () => AbortSignal): SecretCatalog {
  return {
    async *nominees(rotationFunctions) {
      let next: string | undefined
      do {
        const page = await client
          .send(new ListSecretsCommand({ MaxResults: 100, NextToken: next }), { abortSignal: signal() })
          .catch((error) => secretsManagerFailed('ListSecrets', error))
        for (const entry of page.SecretList ?? []) {
          const { ARN, RotationLambdaARN } = entry
          if (ARN && RotationLambdaARN && rotationFunctions.has(RotationLambdaARN) && wantsAttention(entry))
            yield { secretId: ARN, rotationFunction: RotationLambdaARN }
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

    async requestRotation(secretId) {
      try {
        await client.send(new RotateSecretCommand({ SecretId: secretId }), { abortSignal: signal() })
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

function wantsAttention(entry: SecretListEntry): boolean {
  return Object.values(entry.SecretVersionsToStages ?? {}).some(
    (labels) =>
      labels.includes('DRAINING') || (labels.includes('AWSPENDING') && !labels.includes('AWSCURRENT')),
  )
}
