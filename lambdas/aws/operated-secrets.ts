import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  InvalidRequestException,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { OperatedSecrets } from '../operate/operated-secrets.ts'
import { secretsManagerFailed } from './failure.ts'
import { secretList } from './secret-list.ts'
import { descriptionOf } from './secret-store.ts'
import { secretTags } from './secret-tags.ts'
import { versionDates } from './version-dates.ts'

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

    createdDates: (secretId) => versionDates(client, secretId, 'all', signal),

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

    async rotate(secretId, token) {
      await client
        .send(new RotateSecretCommand({ SecretId: secretId, ClientRequestToken: token }), {
          abortSignal: signal(),
        })
        .catch((error) => {
          if (!isUnderWay(error)) secretsManagerFailed('RotateSecret', error)
        })
    },
  }
}

/** The service's answer to a rotation that is not complete; it adds "That rotation will be reattempted." */
function isUnderWay(error: unknown): boolean {
  return (
    error instanceof InvalidRequestException && error.message.startsWith("A previous rotation isn't complete")
  )
}
