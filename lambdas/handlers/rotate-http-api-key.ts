import { httpApiKeyWiring } from '../adapters/http-api-key/wiring.ts'
import { httpApiKeyAdapter } from '../adapters/http-api-key.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { providerAdmins } from '../aws/provider-admins.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { rememberingValues } from '../aws/value-memory.ts'
import { rotationHandler } from '../rotation/handler.ts'
import { lineage } from '../rotation/lineage.ts'

const client = secretsManagerClient()
const options = httpApiKeyWiring(process.env, providerAdmins(client, Date.now))
export const handler = rotationHandler({
  kind: 'http-api-key',
  telemetry,
  lineage: lineage(Date.now),
  environment: process.env,
  storeFor: rememberingValues(Date.now, (signal) => secretStore(client, signal)),
  adapterFor: (secret, context, held) => httpApiKeyAdapter(options(secret, context, held)),
})
