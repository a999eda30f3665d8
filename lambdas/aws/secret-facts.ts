import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Secrets } from '../report/report.ts'

/** What a description says of a secret; its value is nobody's business here. */
export function secretFacts(client: SecretsManagerClient, signal: () => AbortSignal): Secrets {
  return {
    async facts(secret) {
      const { Name, Tags } = await client.send(new DescribeSecretCommand({ SecretId: secret }), {
        abortSignal: signal(),
      })
      return { name: Name ?? '', owner: Tags?.find(({ Key }) => Key === 'overlap:owner')?.Value || undefined }
    },
  }
}
