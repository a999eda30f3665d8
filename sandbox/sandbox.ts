/**
 * The deployed thing on one machine: what `cdk synth` wrote is deployed into an account on loopback, with a PostgreSQL server and its replica,
 * and lives there by a clock that can be moved.
 *
 *   Sunday 03:00 -> Scheduler -> sweep -> RotateSecret -> rotate-postgres -> PostgreSQL, and its replica
 *   a label that moved -> event bus -> sweep;   five minutes -> sweep -> retire-postgres
 *   what functions write -> metrics -> alarms -> report -> topics
 *
 * Functions are reached through their bundles, their ARNs and HTTP alone, as AWS reaches them.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type Application, addApplication } from './application.ts'
import { readAssembly, type Stack } from './assembly/assembly.ts'
import { assemblyOf } from './assembly/synthesize.ts'
import { sandboxClient } from './aws-client.ts'
import { type ConsumerWatch, seedConsumers } from './consumers.ts'
import { deploy } from './deployment/deployment.ts'
import type { Output } from './deployment/stack.ts'
import { readFunctionLog, type Work } from './function-log.ts'
import { createKeySecrets } from './keys.ts'
import type { Notification } from './notifications/server.ts'
import { type PostgresServer, startPostgres } from './postgres/server.ts'
import { type RunningClock, runningClock } from './running-clock.ts'
import type { ServiceEvent } from './secrets-manager/server.ts'
import { type Services, type ServicesOptions, startServices } from './services.ts'
import { createShop, createShopSecrets, SHOP } from './shop.ts'
import { addressesOf, endpointVariables, publishLogs } from './surroundings.ts'
import { refuseTakenPort } from './taken-port.ts'

export interface SandboxOptions extends Pick<ServicesOptions, 'quiet' | 'watch'> {
  /** Of the Secrets Manager endpoint; default: the system chooses. */
  readonly port?: number
  /** PostgreSQL's major version; default the newest installed. */
  readonly version?: 14 | 16 | 18
  /** With a streaming replica, which the configuration must know of. Default true. */
  readonly replica?: boolean
  /** Path of the configuration that is deployed, from the project's root. Default sandbox/overlap.config.ts. */
  readonly config?: string
  /** When the sandbox is up by its own clock, to the minute: milliseconds since the epoch. Default now. */
  readonly startAt?: number
  /** Milliseconds before each further attempt of a failed rotation. */
  readonly retryDelaysMs?: readonly number[]
  /** Plays the applications of the declared consumers. Default: their tasks and pods run, and nothing reads the secret. */
  readonly consumers?: ConsumerWatch
  /** Hears every event of Secrets Manager. */
  readonly onEvent?: (event: ServiceEvent) => void
  /** Hears every piece of work that a function reports in its log. */
  readonly onWork?: (work: Work) => void
  /** Hears every line that a function writes. */
  readonly onLog?: (functionName: string, line: string) => void
  /** Hears every message that is published to a topic. */
  readonly onMessage?: (message: Notification) => void
}

export interface Sandbox extends Services {
  readonly region: string
  /** URL of Secrets Manager. */
  readonly endpoint: string
  readonly client: SecretsManagerClient
  readonly clock: RunningClock
  readonly postgres: PostgresServer
  /** Name of the database that applications use. */
  readonly database: string
  /** ARN. */
  readonly adminSecret: string
  /** ARN of `shop/app`, whose user is `app`. */
  readonly secret: string
  /** Of the deployment's stacks: the result of each secret's check. */
  readonly outputs: readonly Output[]
  /**
   * A user with its tables, and its secret in AWS's structure, rotated by the deployed function but not part of the deployment: for what no
   * configuration would let through. Returns the ARN; throws what the preflight found.
   */
  addApplication(application: Application): Promise<string>
  /** The one change that a deployment does not allow: from here on a tag may shorten a drain to nothing. For the control that shows what that does. */
  takeAwayDrainFloor(): void
  /** As `cdk destroy --all`. */
  destroy(): Promise<void>
  /** Ends every process and removes every file. May be called twice. */
  stop(): Promise<void>
}

/** Throws what the first part that does not come up throws; nothing is left running then. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const endings: Ending[] = []
  let ended: Promise<void> | undefined
  const stop = () => {
    ended ??= endAll(endings)
    return ended
  }
  try {
    return { ...(await start(options, endings)), stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

const MINUTE_MS = 60_000
/** More than a period of the sweep, whose passes record from when on a schedule's runs count. */
const SETTLING_MS = 6 * MINUTE_MS

/**
 * The deployment was a while ago: a pass of the sweep has seen it, and alarms have looked at that. It began with a minute, so that they look at
 * nothing before there is something to see.
 */
function deployedAt(upAt: number): number {
  return Math.floor(upAt / MINUTE_MS) * MINUTE_MS - SETTLING_MS
}

type Ending = () => Promise<unknown>

/** All at once: nothing here waits for what another one ends. Throws what the first of them that failed threw. */
async function endAll(endings: readonly Ending[]): Promise<void> {
  const results = await Promise.allSettled(endings.map((end) => end()))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function start(options: SandboxOptions, endings: Ending[]): Promise<Omit<Sandbox, 'stop'>> {
  if (options.port !== undefined) await refuseTakenPort(options.port)
  const [assembling, starting] = await Promise.allSettled([
    assemble(options, endings),
    startPostgres({
      ...(options.version === undefined ? {} : { version: options.version }),
      replica: options.replica ?? true,
    }),
  ])
  if (starting.status === 'rejected') throw starting.reason
  const postgres = starting.value
  endings.push(() => postgres.stop())
  if (assembling.status === 'rejected') throw assembling.reason
  const stacks = assembling.value
  const [{ region, account } = { region: '', account: '' }] = stacks

  const clock = runningClock(deployedAt(options.startAt ?? Date.now()))
  const services = await startServices(
    servicesOptions(options, { clock, region, accountId: account }),
    endings,
  )
  const { secretsManager, lambda } = services
  publishLogs(postgres, services.cloudwatch, clock)
  await createShop(postgres)
  const secrets = await createShopSecrets(postgres, secretsManager)
  createKeySecrets(services)
  seedConsumers(services, options.consumers)
  const client = sandboxClient(secretsManager.url, region)
  const { outputs, destroy } = await deploy(stacks, {
    services,
    client,
    addresses: addressesOf(postgres, services.provider),
    authorities: new Map([[`localhost:${services.provider.port}`, services.provider.ca]]),
    environment: endpointVariables(services, postgres),
  })
  // CloudFormation does not wait for the preflights.
  await services.settled()
  clock.advance(SETTLING_MS)
  await services.settled()
  return {
    ...services,
    ...secrets,
    region,
    endpoint: secretsManager.url,
    client,
    clock,
    postgres,
    database: SHOP,
    outputs,
    destroy,
    addApplication: (application) =>
      addApplication({ ...secrets, secretsManager, client, postgres }, application),
    takeAwayDrainFloor() {
      for (const definition of lambda.definitions())
        if ('OVERLAP_DRAIN_FLOOR' in definition.environment)
          lambda.register({
            ...definition,
            environment: { ...definition.environment, OVERLAP_DRAIN_FLOOR: '0s' },
          })
    },
  }
}

async function assemble({ config }: SandboxOptions, endings: Ending[]): Promise<readonly Stack[]> {
  const temporaryRoot = tmpdir()
  const runFolder = await mkdtemp(path.join(temporaryRoot, 'overlap-assembly-'))
  const remove = () => rmSync(runFolder, { recursive: true, force: true })
  // Also when somebody has no patience for `stop`.
  process.once('exit', remove)
  endings.push(async () => {
    process.off('exit', remove)
    remove()
  })
  return readAssembly(await assemblyOf(config ?? 'sandbox/overlap.config.ts', { temporaryRoot, runFolder }))
}

function servicesOptions(
  options: SandboxOptions,
  place: { readonly clock: RunningClock; readonly region: string; readonly accountId: string },
): ServicesOptions {
  const hearWork = readFunctionLog((work) => options.onWork?.(work))
  return {
    ...place,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.retryDelaysMs === undefined ? {} : { retryDelaysMs: options.retryDelaysMs }),
    ...(options.quiet === undefined ? {} : { quiet: options.quiet }),
    ...(options.watch === undefined ? {} : { watch: options.watch }),
    onEvent: (event: ServiceEvent) => options.onEvent?.(event),
    onMessage: (message: Notification) => options.onMessage?.(message),
    onLog(functionName: string, line: string) {
      options.onLog?.(functionName, line)
      hearWork(functionName, line)
    },
  }
}
