import {
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import type { SecretTags } from '../rotation/secret-tags.ts'
import { secretsManagerFailed } from './failure.ts'

export function secretTags(client: SecretsManagerClient, signal: () => AbortSignal): SecretTags {
  return {
    async tag(secretId, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
      await client
        .send(new TagResourceCommand({ SecretId: secretId, Tags }), { abortSignal: signal() })
        .catch((error) => secretsManagerFailed('TagResource', error))
    },
    async untag(secretId, keys) {
      await client
        .send(new UntagResourceCommand({ SecretId: secretId, TagKeys: [...keys] }), { abortSignal: signal() })
        .catch((error) => secretsManagerFailed('UntagResource', error))
    },
  }
}
