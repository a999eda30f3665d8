import { postgresWiring } from '../adapters/postgres/wiring.ts'
import { postgresAdapter } from '../adapters/postgres.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { postgresCalls } from '../aws/postgres-wiring.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { rememberingValues } from '../aws/value-memory.ts'
import { rotationHandler } from '../rotation/handler.ts'
import { lineage } from '../rotation/lineage.ts'

const client = secretsManagerClient()
const options = postgresWiring(process.env, postgresCalls(client), telemetry.logger)
export const handler = rotationHandler({
  kind: 'postgres',
  telemetry,
  lineage: lineage(Date.now),
  environment: process.env,
  storeFor: rememberingValues(Date.now, (signal) => secretStore(client, signal)),
  adapterFor: (secret, context) => postgresAdapter(options(secret, context)),
})
