import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { HandlerName } from '../infra/function-settings.ts'
import { sandboxClient } from '../sandbox/aws-client.ts'
import { functionDefinitions, functionName } from '../sandbox/functions.ts'
import { bundleFunctions } from '../sandbox/lambda/bundle.ts'
import { type LambdaHost, startLambdaHost } from '../sandbox/lambda/host.ts'
import { type PostgresServer, startPostgres } from '../sandbox/postgres/server.ts'
import { type SecretsManager, startSecretsManager } from '../sandbox/secrets-manager/server.ts'
import { createApplication, createShop, SHOP } from '../sandbox/shop.ts'
import { type StepRecord, watchSteps } from './steps.ts'

export interface Rig {
  readonly postgres: PostgresServer
  readonly lambda: LambdaHost
  readonly bundles: Awaited<ReturnType<typeof bundleFunctions>>
  /** One rotation through Secrets Manager's own runner. Throws when it does not succeed. */
  rotate(): Promise<Rotation>
  /** Retires the replaced user, which frees its slot for the next rotation. */
  retire(): Promise<void>
  /** Invokes a function. Throws when it fails. */
  invoke(handler: HandlerName, payload: unknown): Promise<void>
  stop(): Promise<void>
}

/** Times in milliseconds. */
export interface Rotation {
  /** From the first step's invocation to the last step's answer. */
  readonly ms: number
  /** From the call of RotateSecret until the rotation is over, as its caller sees it. */
  readonly wallMs: number
  readonly steps: readonly StepRecord[]
}

const region = 'us-east-1'

/** What the sandbox has, but without a sweep: its passes would share the processors with what is measured. */
export async function startRig(): Promise<Rig> {
  const endings: (() => Promise<unknown>)[] = []
  const stop = async () => {
    const results = await Promise.allSettled(endings.splice(0).map((end) => end()))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
  try {
    return { ...(await startParts(endings)), stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

async function startParts(endings: (() => Promise<unknown>)[]): Promise<Omit<Rig, 'stop'>> {
  const lambda = await startLambdaHost({ region })
  endings.push(() => lambda.close())
  const steps = watchSteps(lambda, () => secretsManager.calls())
  const secretsManager: SecretsManager = await startSecretsManager({
    region,
    functions: steps.functions,
    retryDelaysMs: [],
  })
  endings.push(() => secretsManager.close())
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-bench-'))
  endings.push(() => rm(folder, { recursive: true, force: true }))
  const postgres = await startPostgres({ version: 18 })
  endings.push(() => postgres.stop())
  await createShop(postgres)
  const bundles = await bundleFunctions(folder)
  const definitions = functionDefinitions({
    bundles,
    arn: lambda.arn,
    secretsManager: secretsManager.url,
    lambda: lambda.url,
    server: `${postgres.host}:${postgres.port}`,
    replicas: [],
    caFile: postgres.caFile,
    drainFloor: '0s',
  })
  for (const definition of definitions) lambda.register(definition)
  const client = sandboxClient(secretsManager.url, region)
  endings.push(async () => client.destroy())

  const secretId = await createSecrets(client, postgres)
  const RotationLambdaARN = lambda.arn(functionName('rotate-postgres'))
  const invoke = async (handler: HandlerName, payload: unknown) => {
    const outcome = await lambda.invoke(functionName(handler), payload)
    if (!outcome.ok) throw new Error(`${handler}: ${outcome.errorType}: ${outcome.errorMessage}`)
  }
  return {
    postgres,
    lambda,
    bundles,
    invoke,
    async rotate() {
      steps.restart()
      const began = performance.now()
      await client.send(
        new RotateSecretCommand({
          SecretId: secretId,
          RotationLambdaARN,
          RotationRules: { AutomaticallyAfterDays: 7 },
        }),
      )
      await secretsManager.idle(secretId)
      const wallMs = performance.now() - began
      const record = secretsManager.rotations(secretId).at(-1)
      if (record?.outcome !== 'succeeded')
        throw new Error(
          `a rotation did not succeed: ${record?.failedStep}: ${record?.errorType}: ${record?.errorMessage}`,
        )
      return { ...steps.taken(), wallMs }
    },
    async retire() {
      const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }))
      const draining = Object.entries(VersionIdsToStages ?? {}).find(([, labels]) =>
        labels.includes('DRAINING'),
      )
      await invoke('retire-postgres', {
        action: 'disable',
        secretId,
        versionId: draining?.[0],
        evenIfUsed: true,
      })
    },
  }
}

/** The admin's secret, and an application's in the structure that AWS documents. Returns the latter's ARN. */
async function createSecrets(client: SecretsManagerClient, postgres: PostgresServer): Promise<string> {
  const { host, port, admin } = postgres
  const create = async (Name: string, value: object): Promise<string> => {
    const { ARN } = await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }))
    if (ARN === undefined) throw new Error(`CreateSecret gave no ARN for ${Name}`)
    return ARN
  }
  const at = { engine: 'postgres', host, port }
  const masterarn = await create('shop/admin', { ...at, ...admin })
  const password = await createApplication(postgres, 'app')
  return create('shop/app', { ...at, dbname: SHOP, username: 'app', password, masterarn })
}
