/**
 * The deployed thing on one machine: Secrets Manager, Lambda and PostgreSQL on loopback, joined as AWS joins them.
 *
 *   RotateSecret -> Secrets Manager -> rotate-postgres -> PostgreSQL, and its replica
 *   timer, "Secret Label Updated" -> sweep -> retire-postgres
 *
 * Functions are reached through their bundles, their ARNs and HTTP alone, as AWS reaches them.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CreateSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { sandboxClient } from './aws-client.ts'
import { systemClock } from './clock.ts'
import { readFunctionLog, type Work } from './function-log.ts'
import { functionDefinitions, functionName } from './functions.ts'
import { bundleFunctions } from './lambda/bundle.ts'
import { type LambdaHost, startLambdaHost } from './lambda/host.ts'
import { type PostgresServer, startPostgres } from './postgres/server.ts'
import { type SecretsManager, type ServiceEvent, startSecretsManager } from './secrets-manager/server.ts'
import { createApplication, createShop, SHOP } from './shop.ts'
import { startSweeper } from './sweeper.ts'

export interface SandboxOptions {
  /** Of the Secrets Manager endpoint; default: the system chooses. */
  readonly port?: number
  /** PostgreSQL's major version; default the newest installed. */
  readonly version?: 14 | 16 | 18
  /** With a streaming replica, where every credential is tested, too. Default false. */
  readonly replica?: boolean
  /** Tag `overlap:drain` of the secret `shop/app`. Default `10s`. */
  readonly drain?: string
  /** The deployment's floor, below which no tag shortens a drain. Default `0s`. */
  readonly drainFloor?: string
  /** Seconds between two passes of the sweep; a label that moves brings a further one. Default 1. */
  readonly sweepEverySeconds?: number
  /** Milliseconds before each further attempt of a failed rotation. */
  readonly retryDelaysMs?: readonly number[]
  /** Hears every event of Secrets Manager. */
  readonly onEvent?: (event: ServiceEvent) => void
  /** Hears every piece of work that a function reports in its log. */
  readonly onWork?: (work: Work) => void
  /** Hears every line that a function writes. */
  readonly onLog?: (functionName: string, line: string) => void
}

export interface Application {
  /** Of the secret. */
  readonly secretId: string
  /** Of the PostgreSQL user that is made for it. */
  readonly username: string
  /** Of the secret. */
  readonly tags: Readonly<Record<string, string>>
}

export interface Sandbox {
  readonly region: string
  /** URL of Secrets Manager. */
  readonly endpoint: string
  readonly client: SecretsManagerClient
  readonly secretsManager: SecretsManager
  readonly lambda: LambdaHost
  readonly postgres: PostgresServer
  /** Name of the database that applications use. */
  readonly database: string
  /** ARN. */
  readonly adminSecret: string
  /** ARN of `shop/app`, whose user is `app`. */
  readonly secret: string
  /** Makes a user with its tables, its secret in AWS's structure, and its rotation; returns the ARN. Throws what the preflight found. */
  addApplication(application: Application): Promise<string>
  /** Ends every process and removes every file. May be called twice. */
  stop(): Promise<void>
}

const region = 'us-east-1'

/** Throws what the first part that does not come up throws; nothing is left running then. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const endings: Ending[] = []
  let ended: Promise<void> | undefined
  const stop = () => {
    ended ??= endAll(endings)
    return ended
  }
  try {
    const parts = await startParts(options, endings)
    const adminSecret = await createAdminSecret(parts)
    const addApplication = (application: Application) => add(parts, adminSecret, application)
    const secret = await addApplication({
      secretId: 'shop/app',
      username: 'app',
      tags: { 'overlap:drain': options.drain ?? '10s' },
    })
    const { client, secretsManager, lambda, postgres } = parts
    const endpoint = secretsManager.url
    const database = SHOP
    return {
      region,
      endpoint,
      client,
      secretsManager,
      lambda,
      postgres,
      database,
      adminSecret,
      secret,
      addApplication,
      stop,
    }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

type Ending = () => Promise<unknown>

/** All at once: nothing here waits for what another one ends. Throws what the first of them that failed threw. */
async function endAll(endings: readonly Ending[]): Promise<void> {
  const results = await Promise.allSettled(endings.map((end) => end()))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

interface Parts {
  readonly lambda: LambdaHost
  readonly secretsManager: SecretsManager
  readonly client: SecretsManagerClient
  readonly postgres: PostgresServer
}

async function startParts(options: SandboxOptions, endings: Ending[]): Promise<Parts> {
  const hearWork = readFunctionLog((work) => options.onWork?.(work))
  const lambda = await startLambdaHost({
    region,
    onLog: (functionName, line) => {
      options.onLog?.(functionName, line)
      hearWork(functionName, line)
    },
  })
  endings.push(() => lambda.close())

  let wakeSweep = () => {}
  const secretsManager = await startSecretsManager({
    region,
    functions: lambda,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.retryDelaysMs === undefined ? {} : { retryDelaysMs: options.retryDelaysMs }),
    onEvent: (event) => {
      if (event['detail-type'] === 'Secret Label Updated') wakeSweep()
      options.onEvent?.(event)
    },
  })
  endings.push(() => secretsManager.close())

  const bundleFolder = await mkdtemp(path.join(tmpdir(), 'overlap-functions-'))
  const removeBundles = () => rmSync(bundleFolder, { recursive: true, force: true })
  // Also when somebody has no patience for `stop`.
  process.once('exit', removeBundles)
  endings.push(async () => {
    process.off('exit', removeBundles)
    removeBundles()
  })
  const [bundling, starting] = await Promise.allSettled([
    bundleFunctions(bundleFolder),
    startPostgres({
      ...(options.version === undefined ? {} : { version: options.version }),
      replica: options.replica ?? false,
    }),
  ])
  if (starting.status === 'rejected') throw starting.reason
  const postgres = starting.value
  endings.push(() => postgres.stop())
  if (bundling.status === 'rejected') throw bundling.reason
  await createShop(postgres)

  const { replica } = postgres
  const definitions = functionDefinitions({
    bundles: bundling.value,
    arn: lambda.arn,
    secretsManager: secretsManager.url,
    lambda: lambda.url,
    server: `${postgres.host}:${postgres.port}`,
    replicas: replica ? [`${replica.host}:${replica.port}`] : [],
    caFile: postgres.caFile,
    drainFloor: options.drainFloor ?? '0s',
  })
  for (const definition of definitions) lambda.register(definition)

  const sweeper = startSweeper({
    clock: systemClock,
    everyMs: (options.sweepEverySeconds ?? 1) * 1000,
    // A pass that fails has said so in the function's log, and the next one sees the same state.
    pass: () => lambda.invoke(functionName('sweep'), {}).then(doNothing, doNothing),
  })
  endings.push(() => sweeper.stop())
  wakeSweep = sweeper.wake
  return { lambda, secretsManager, client: sandboxClient(secretsManager.url, region), postgres }
}

const doNothing = () => {}

async function createAdminSecret({ client, postgres }: Parts): Promise<string> {
  const { host, port, admin } = postgres
  const value = { engine: 'postgres', host, port, ...admin }
  return createSecret(client, 'shop/admin', value, {})
}

async function add(
  parts: Parts,
  masterarn: string,
  { secretId, username, tags }: Application,
): Promise<string> {
  const { client, secretsManager, lambda, postgres } = parts
  const { host, port } = postgres
  const password = await createApplication(postgres, username)
  const value = { engine: 'postgres', host, port, dbname: SHOP, username, password, masterarn }
  const arn = await createSecret(client, secretId, value, tags)
  await client.send(
    new RotateSecretCommand({
      SecretId: arn,
      RotationLambdaARN: lambda.arn(functionName('rotate-postgres')),
      RotationRules: { AutomaticallyAfterDays: 7 },
      RotateImmediately: false,
    }),
  )
  await secretsManager.idle(arn)
  const preflight = secretsManager.rotations(arn).at(-1)
  if (preflight?.outcome !== 'succeeded')
    throw new Error(`the preflight of ${secretId} found: ${preflight?.errorType}: ${preflight?.errorMessage}`)
  return arn
}

/** Returns the ARN. */
async function createSecret(
  client: SecretsManagerClient,
  name: string,
  value: Readonly<Record<string, string | number>>,
  tags: Readonly<Record<string, string>>,
): Promise<string> {
  const created = await client.send(
    new CreateSecretCommand({
      Name: name,
      SecretString: JSON.stringify(value),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  if (created.ARN === undefined) throw new Error(`CreateSecret gave no ARN for ${name}`)
  return created.ARN
}
