import {
  InvalidRequestException,
  RotateSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import { encodeState, STATE_TAG } from '../sweep/state.ts'
import type { SecretCatalog } from '../sweep/visiting.ts'
import { secretsManagerFailed } from './failure.ts'
import { secretList } from './secret-list.ts'

export function secretCatalog(client: SecretsManagerClient, signal: () => AbortSignal): SecretCatalog {
  return {
    list: () => secretList(client, signal),

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
