/**
 * The deployed functions, as their bundles in their own processes, between a Secrets Manager and a PostgreSQL server on loopback. The sweep
 * never runs by itself.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Step } from '../../lambdas/rotation/event.ts'
import { sandboxClient } from '../../sandbox/aws-client.ts'
import { startCloudWatch } from '../../sandbox/cloudwatch/server.ts'
import { bundleFunctions } from '../../sandbox/lambda/bundle.ts'
import { type LambdaHost, type Outcome, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { type PostgresOptions, type PostgresServer, startPostgres } from '../../sandbox/postgres/server.ts'
import {
  type SecretsManager,
  type ServiceEvent,
  startSecretsManager,
} from '../../sandbox/secrets-manager/server.ts'
import { createShop } from '../../sandbox/shop.ts'
import { standingQuery } from './standing-query.ts'

export interface Rig {
  readonly postgres: PostgresServer
  /** On connections that are kept, for statements that leave nothing behind in their session. */
  readonly query: PostgresServer['query']
  readonly secretsManager: SecretsManager
  readonly client: SecretsManagerClient
  readonly lambda: LambdaHost
  /** Both functions with nothing between them and the services. */
  readonly functions: Functions
  /** Every event of Secrets Manager so far. */
  readonly events: readonly ServiceEvent[]
  /** Every line that functions have written so far. Complete for those that have ended. */
  readonly lines: readonly string[]
  /** Further functions of the same bundles, with processes of their own. */
  register(options: {
    readonly timeoutSeconds: number
    readonly environment?: Readonly<Record<string, string>>
  }): Functions
  /**
   * The next delivery of this step reaches the function, and the service hears at once that it failed: what the function does from then on
   * it does unwatched. `onDelivery` comes first. Resolves with what becomes of it.
   */
  desert(secretId: string, step: Step, onDelivery?: () => void): Promise<Outcome>
  close(): Promise<void>
}

/** ARNs of functions that belong together. */
export interface Functions {
  readonly rotate: string
  readonly retire: string
  readonly sweep: string
}

const region = 'us-east-1'
const JOURNAL = '/overlap/crash/journal'

export async function startRig(options: PostgresOptions = {}): Promise<Rig> {
  /** Undone in turn: the functions before what they talk to. */
  const endings: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const end of endings.splice(0)) await end()
  }
  try {
    return await startParts(options, endings, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function startParts(
  options: PostgresOptions,
  endings: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Rig> {
  const lines: string[] = []
  const lambda = await startLambdaHost({ region, onLog: (_functionName, line) => lines.push(line) })
  endings.push(lambda.close)
  const events: ServiceEvent[] = []
  const desertions: Desertion[] = []
  // A rotation that fails is given up at once, so that a test can look at what it left before it is tried again.
  const secretsManager = await startSecretsManager({
    region,
    functions: { exists: lambda.exists, invoke: (arn, payload) => deliver(lambda, desertions, arn, payload) },
    retryDelaysMs: [],
    onEvent: (event) => events.push(event),
  })
  endings.push(secretsManager.close)
  // Nothing alarms here.
  const cloudwatch = await startCloudWatch({ region, targets: { publish: () => {}, invoke: async () => {} } })
  endings.push(cloudwatch.close)
  cloudwatch.addLogGroup(JOURNAL)
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-crash-'))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  const bundles = await bundleFunctions(folder)
  const postgres = await startPostgres(options)
  const standing = standingQuery(postgres)
  endings.push(standing.close, postgres.stop)
  await createShop(postgres)

  let pairs = 0
  const register: Rig['register'] = ({ timeoutSeconds, environment }) => {
    pairs += 1
    const add = (
      handler: 'rotate-postgres' | 'retire-postgres' | 'sweep',
      further: Readonly<Record<string, string>> = {},
    ) =>
      lambda.register({
        name: `${handler}-${pairs}`,
        bundle: bundles[handler]?.file ?? '',
        handler: 'index.handler',
        environment: {
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
          OVERLAP_CA_FILE: postgres.caFile,
          ...environment,
          ...further,
        },
        timeoutSeconds: handler === 'sweep' ? 60 : timeoutSeconds,
        memoryMb: 256,
      })
    const [rotate, retire] = [add('rotate-postgres'), add('retire-postgres')]
    const sweep = add('sweep', {
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudwatch.url,
      OVERLAP_JOURNAL: JOURNAL,
      OVERLAP_FUNCTIONS: JSON.stringify([{ rotate, retire }]),
    })
    return { rotate, retire, sweep }
  }
  return {
    postgres,
    query: standing.query,
    secretsManager,
    client: sandboxClient(secretsManager.url, region),
    lambda,
    functions: register({ timeoutSeconds: 30 }),
    events,
    lines,
    register,
    desert: (secretId, step, onDelivery = () => {}) =>
      new Promise((resolve) => desertions.push({ secretId, step, onDelivery, resolve })),
    close,
  }
}

interface Desertion {
  readonly secretId: string
  readonly step: Step
  onDelivery(): void
  resolve(outcome: Promise<Outcome>): void
}

async function deliver(
  lambda: LambdaHost,
  desertions: Desertion[],
  functionArn: string,
  payload: unknown,
): Promise<Outcome> {
  const { SecretId, Step } = payload as { readonly SecretId: string; readonly Step: Step }
  const at = desertions.findIndex(({ secretId, step }) => secretId === SecretId && step === Step)
  const [desertion] = at < 0 ? [] : desertions.splice(at, 1)
  if (!desertion) return lambda.invoke(functionArn, payload)
  desertion.onDelivery()
  desertion.resolve(lambda.invoke(functionArn, payload))
  return { ok: false, errorType: 'Lost', errorMessage: 'the connection to the function broke' }
}
