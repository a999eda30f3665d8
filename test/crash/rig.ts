/**
 * One rotation at a time, as its bundle in its own process, with every call that it makes to Secrets Manager and every message that it
 * sends to PostgreSQL counted at the wire; any one of them can be the moment at which something goes wrong.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { sandboxClient } from '../../sandbox/aws-client.ts'
import { bundleFunctions } from '../../sandbox/lambda/bundle.ts'
import { type LambdaHost, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { type PostgresServer, startPostgres } from '../../sandbox/postgres/server.ts'
import { type SecretsManager, startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { createApplication, createShop, SHOP } from '../../sandbox/shop.ts'
import { startHttpWire } from '../faults/http-wire.ts'
import { startPostgresWire } from '../faults/postgres-wire.ts'

export type FaultKind = 'killed before' | 'killed after' | 'error' | 'hang'

interface Parts {
  readonly postgres: PostgresServer
  readonly secretsManager: SecretsManager
  readonly client: SecretsManagerClient
  readonly lambda: LambdaHost
  readonly bundles: Readonly<Record<string, { readonly file: string }>>
}

export interface Rig extends Parts {
  /** A rotation function with wires of its own, for one subject at a time. */
  lane(timeoutSeconds: number): Promise<Lane>
  close(): Promise<void>
}

const region = 'us-east-1'

export async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-crash-'))
  const lambda = await startLambdaHost({ region })
  // A rotation that fails is given up at once, so that a test can look at what it left before it is tried again.
  const secretsManager = await startSecretsManager({ region, functions: lambda, retryDelaysMs: [] })
  const [bundles, postgres] = await Promise.all([bundleFunctions(folder), startPostgres()])
  await createShop(postgres)
  const lanes: Lane[] = []
  let laneCount = 0
  const parts = {
    postgres,
    secretsManager,
    client: sandboxClient(secretsManager.url, region),
    lambda,
    bundles,
  }
  return {
    ...parts,
    lane: async (timeoutSeconds) => {
      laneCount += 1
      const lane = await startLane(parts, timeoutSeconds, laneCount)
      lanes.push(lane)
      return lane
    },
    close: async () => {
      await lambda.close()
      await Promise.all(lanes.map((lane) => lane.close()))
      await Promise.all([secretsManager.close(), postgres.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface Lane {
  /** What passed the wires while armed, in order. */
  readonly events: readonly string[]
  /** Lets the given moment go wrong in the given way, once. Without a fault it only counts. */
  arm(fault?: { readonly at: number; readonly kind: FaultKind }): void
  disarm(): void
  fired(): boolean
  /** Makes the rotation function forget everything, as after a pause. */
  forget(): Promise<void>
  subject(tags?: Readonly<Record<string, string>>): Promise<Subject>
  close(): Promise<void>
}

async function startLane(parts: Parts, timeoutSeconds: number, number: number): Promise<Lane> {
  const functionName = `rotate-${number}`
  let events: string[] = []
  let fault: { readonly at: number; readonly kind: FaultKind } | undefined
  let armed = false
  let fired = false

  const strike = (name: string): FaultKind | 'none' => {
    if (!armed) return 'none'
    events.push(name)
    if (fired || fault === undefined || events.length !== fault.at) return 'none'
    fired = true
    return fault.kind
  }
  const killFunction = () => {
    for (const pid of parts.lambda.pids(functionName)) process.kill(pid, 'SIGKILL')
  }
  const http = await startHttpWire({
    target: parts.secretsManager.url,
    onCall: (_count, operation) => httpFates[strike(operation)],
    onLost: killFunction,
  })
  const wire = await startPostgresWire({
    server: parts.postgres,
    onStatement: (_count, statement) => statementFates[strike(statement)],
    onLost: killFunction,
  })
  const environment = { AWS_ENDPOINT_URL_SECRETS_MANAGER: http.url, OVERLAP_CA_FILE: parts.postgres.caFile }
  const register = (name: string, handler: string, seconds: number) =>
    parts.lambda.register({
      name,
      bundle: parts.bundles[handler]?.file ?? '',
      handler: 'index.handler',
      environment,
      timeoutSeconds: seconds,
      memoryMb: 256,
    })
  const rotate = register(functionName, 'rotate-postgres', timeoutSeconds)
  const retire = register(`retire-${number}`, 'retire-postgres', 30)
  const at = { engine: 'postgres', host: 'localhost', port: wire.port }
  const masterarn = await createSecret(parts.client, `admin/${number}`, { ...at, ...parts.postgres.admin })
  return {
    get events() {
      return events
    },
    arm: (next) => {
      fault = next
      events = []
      fired = false
      armed = true
    },
    disarm: () => {
      armed = false
    },
    fired: () => fired,
    forget: () => parts.lambda.discardInstances(functionName),
    subject: (tags = {}) => startSubject(parts, { rotate, retire, secret: { ...at, masterarn }, tags }),
    close: async () => {
      await Promise.all([http.close(), wire.close()])
    },
  }
}

const httpFates = {
  none: 'pass',
  'killed before': 'lose-before',
  'killed after': 'lose-after',
  error: 'error',
  hang: 'hang',
} as const

const statementFates = {
  none: 'pass',
  'killed before': 'kill-before',
  'killed after': 'kill-after',
  error: 'error',
  hang: 'hang',
} as const

export interface Value {
  readonly username: string
  readonly password: string
}

/** One application with its own user and secret. */
export interface Subject {
  readonly secretId: string
  readonly username: string
  /** Asks for a rotation and waits until the service has done with it, for better or worse. */
  rotate(): Promise<void>
  /** As the sweep would, through the retire function. */
  retire(versionId: string): Promise<void>
  /** Staging label to version id. */
  labels(): Promise<ReadonlyMap<string, string>>
  value(versionId: string): Promise<Value>
  /** Logs in past the wires and does what only an owner may. Throws when anything is refused. */
  use(value: Value): Promise<void>
}

let subjects = 0

async function startSubject(
  { postgres, client, lambda, secretsManager }: Parts,
  options: {
    readonly rotate: string
    readonly retire: string
    readonly secret: Readonly<Record<string, string | number>>
    readonly tags: Readonly<Record<string, string>>
  },
): Promise<Subject> {
  subjects += 1
  const username = `app${subjects}`
  const password = await createApplication(postgres, username)
  const value = { ...options.secret, dbname: SHOP, username, password }
  const secretId = await createSecret(client, `shop/${username}`, value, options.tags)
  await client.send(
    new RotateSecretCommand({
      SecretId: secretId,
      RotationLambdaARN: options.rotate,
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediately: false,
    }),
  )
  await secretsManager.idle(secretId)

  return {
    secretId,
    username,
    rotate: async () => {
      // The service's answer to a rotation that is incomplete is an error, and a further attempt.
      await client.send(new RotateSecretCommand({ SecretId: secretId })).catch((error: Error) => {
        if (!error.message.startsWith("A previous rotation isn't complete")) throw error
      })
      await secretsManager.idle(secretId)
    },
    retire: async (versionId) => {
      const outcome = await lambda.invoke(options.retire, { action: 'disable', secretId, versionId })
      if (!outcome.ok) throw new Error(`${outcome.errorType}: ${outcome.errorMessage}`)
    },
    labels: async () => {
      const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }))
      return new Map(
        Object.entries(VersionIdsToStages ?? {}).flatMap(([version, stages]) =>
          stages.map((stage) => [stage, version]),
        ),
      )
    },
    value: async (versionId) => {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
      )
      return JSON.parse(SecretString ?? 'null')
    },
    use: async (used) => {
      const [who] = await postgres.query<{ user: string }>(
        `ALTER TABLE ${username}.orders ALTER COLUMN client SET STATISTICS 100;
         SELECT current_user::text AS user`,
        undefined,
        { database: SHOP, user: used.username, password: used.password },
      )
      if (who?.user !== username) throw new Error(`current_user is ${who?.user}, not ${username}`)
    },
  }
}

/** Returns the ARN. */
async function createSecret(
  client: SecretsManagerClient,
  name: string,
  value: Readonly<Record<string, string | number>>,
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { ARN } = await client.send(
    new CreateSecretCommand({
      Name: name,
      SecretString: JSON.stringify(value),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  return ARN ?? ''
}
