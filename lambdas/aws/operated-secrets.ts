import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { OperatedSecrets } from '../operate/operated-secrets.ts'
import { secretsManagerFailed } from './failure.ts'
import { secretList } from './secret-list.ts'
import { descriptionOf } from './secret-store.ts'
import { secretTags } from './secret-tags.ts'

export function operatedSecrets(client: SecretsManagerClient, signal: () => AbortSignal): OperatedSecrets {
  return {
    ...secretTags(client, signal),
    async *list(rotationFunctions) {
      for await (const secret of secretList(client, signal))
        if (rotationFunctions.has(secret.rotationFunction ?? '')) yield secret
    },

    async describe(secretId) {
      const found = await client
        .send(new DescribeSecretCommand({ SecretId: secretId }), { abortSignal: signal() })
        .catch((error) => secretsManagerFailed('DescribeSecret', error))
      return descriptionOf(found.ARN ?? secretId, found, found.VersionIdsToStages)
    },

    async turnOff(secretId) {
      await client
        .send(new CancelRotateSecretCommand({ SecretId: secretId }), { abortSignal: signal() })
        .catch((error) => secretsManagerFailed('CancelRotateSecret', error))
    },

    async turnOn(secretId) {
      await client
        .send(new RotateSecretCommand({ SecretId: secretId, RotateImmediately: false }), {
          abortSignal: signal(),
        })
        .catch((error) => secretsManagerFailed('RotateSecret', error))
    },
  }
}
