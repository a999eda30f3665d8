import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { secretStore } from '../../lambdas/aws/secret-store.ts'
import { startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { secretStoreContract } from '../contracts/secret-store.contract.ts'

const noFunctions = {
  exists: () => false,
  invoke: async () => ({ ok: false, errorType: 'Error', errorMessage: 'there is no function' }) as const,
}

secretStoreContract('Secrets Manager through the SDK', async () => {
  const service = await startSecretsManager({ functions: noFunctions })
  const client = new SecretsManagerClient({
    endpoint: service.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  })
  const created = await client.send(new CreateSecretCommand({ Name: 'app/db', SecretString: 'first' }))
  return {
    store: secretStore(client, () => AbortSignal.timeout(10_000)),
    secretId: created.ARN ?? '',
    firstVersion: created.VersionId ?? '',
    firstValue: 'first',
    close: async () => {
      client.destroy()
      await service.close()
    },
  }
})
