import { httpApiKeyWiring } from '../adapters/http-api-key/wiring.ts'
import { httpApiKeyRetirer } from '../adapters/http-api-key.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { providerAdmins } from '../aws/provider-admins.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { retireHandler } from '../rotation/retire-handler.ts'

const client = secretsManagerClient()
const options = httpApiKeyWiring(process.env, providerAdmins(client, Date.now))

export const handler = retireHandler({
  kind: 'http-api-key',
  telemetry,
  storeFor: (signal) => secretStore(client, signal),
  retirerFor: (secret, context, held) => httpApiKeyRetirer(options(secret, context, held)),
})
