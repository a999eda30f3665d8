import { postgresWiring } from '../adapters/postgres/wiring.ts'
import { postgresRetirer } from '../adapters/postgres.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { postgresCalls } from '../aws/postgres-wiring.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { retireHandler } from '../rotation/retire-handler.ts'

const client = secretsManagerClient()
const options = postgresWiring(process.env, postgresCalls(client), telemetry.logger)

export const handler = retireHandler({
  kind: 'postgres',
  telemetry,
  storeFor: (signal) => secretStore(client, signal),
  retirerFor: (secret, context) => postgresRetirer(options(secret, context)),
})
