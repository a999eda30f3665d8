import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { adminSecrets } from './admin-secrets.ts'
import { capacityCalls } from './instance-capacities.ts'
import { rdsCalls } from './rds-servers.ts'

/** What a PostgreSQL function asks of AWS, apart from the secret that it rotates. Each takes the `signal` that ends a call which hangs. */
export function postgresCalls(client: SecretsManagerClient) {
  return { admins: adminSecrets(client, Date.now), rds: rdsCalls, capacities: capacityCalls }
}
