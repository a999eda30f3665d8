/**
 * The deployed functions, as their bundles in their own processes, between a Secrets Manager and a PostgreSQL server on loopback.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { sandboxClient } from '../../sandbox/aws-client.ts'
import { bundleFunctions } from '../../sandbox/lambda/bundle.ts'
import { type LambdaHost, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { type PostgresOptions, type PostgresServer, startPostgres } from '../../sandbox/postgres/server.ts'
import {
  type SecretsManager,
  type ServiceEvent,
  startSecretsManager,
} from '../../sandbox/secrets-manager/server.ts'
import { createShop } from '../../sandbox/shop.ts'

export interface Rig {
  readonly postgres: PostgresServer
  readonly secretsManager: SecretsManager
  readonly client: SecretsManagerClient
  readonly lambda: LambdaHost
  /** Both functions with nothing between them and the services. */
  readonly functions: Functions
  /** Every event of Secrets Manager so far. */
  readonly events: readonly ServiceEvent[]
  /** Further functions of the same bundles, with processes of their own. */
  register(options: {
    readonly timeoutSeconds: number
    readonly environment?: Readonly<Record<string, string>>
  }): Functions
  close(): Promise<void>
}

/** ARNs. */
export interface Functions {
  readonly rotate: string
  readonly retire: string
}

const region = 'us-east-1'

export async function startRig(options: PostgresOptions = {}): Promise<Rig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-crash-'))
  const lambda = await startLambdaHost({ region })
  const events: ServiceEvent[] = []
  // A rotation that fails is given up at once, so that a test can look at what it left before it is tried again.
  const secretsManager = await startSecretsManager({
    region,
    functions: lambda,
    retryDelaysMs: [],
    onEvent: (event) => events.push(event),
  })
  const [bundles, postgres] = await Promise.all([bundleFunctions(folder), startPostgres(options)])
  await createShop(postgres)

  let pairs = 0
  const register: Rig['register'] = ({ timeoutSeconds, environment }) => {
    pairs += 1
    const add = (handler: 'rotate-postgres' | 'retire-postgres') =>
      lambda.register({
        name: `${handler}-${pairs}`,
        bundle: bundles[handler]?.file ?? '',
        handler: 'index.handler',
        environment: {
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
          OVERLAP_CA_FILE: postgres.caFile,
          ...environment,
        },
        timeoutSeconds,
        memoryMb: 256,
      })
    return { rotate: add('rotate-postgres'), retire: add('retire-postgres') }
  }
  return {
    postgres,
    secretsManager,
    client: sandboxClient(secretsManager.url, region),
    lambda,
    functions: register({ timeoutSeconds: 30 }),
    events,
    register,
    close: async () => {
      await lambda.close()
      await Promise.all([secretsManager.close(), postgres.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
