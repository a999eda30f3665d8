/**
 * The deployed functions of a kind whose target mints its keys, as their bundles in their own processes, on loopback: between a Secrets Manager and one who mints keys, by a clock
 * that can jump. Every call of theirs is counted, and any one of them can be the moment at which something goes wrong. The sweep never runs by itself, and nothing befalls it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { bundleHandler, handlersFolder } from '../../../infra/bundling.ts'
import { sandboxClient } from '../../../sandbox/aws-client.ts'
import { startCloudWatch } from '../../../sandbox/cloudwatch/server.ts'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'
import { type RunningClock, runningClock } from '../../../sandbox/running-clock.ts'
import { type SecretsManager, startSecretsManager } from '../../../sandbox/secrets-manager/server.ts'
import { startHttpWire } from '../../faults/http-wire.ts'
import { type Armed, type Fate, httpFates, type Moment } from '../lane.ts'
import type { Functions } from '../rig.ts'
import { createSecret } from '../rotated-secret.ts'
import type { Keeper } from './account.ts'

export interface KeyLane extends Armed {
  readonly clock: RunningClock
  readonly keeper: Keeper
  readonly client: SecretsManagerClient
  readonly secretsManager: SecretsManager
  readonly lambda: LambdaHost
  readonly functions: Functions
  close(): Promise<void>
}

const region = 'us-east-1'
const JOURNAL = '/overlap/crash/journal'

/** The file of each function by its name, bundled into a folder that is there until it is removed. */
export function bundlesInFolder(kinds: readonly Keeper['kind'][]) {
  const folder = mkdtemp(path.join(tmpdir(), 'overlap-keys-'))
  const names = ['sweep', ...kinds.flatMap((kind) => [`rotate-${kind}`, `retire-${kind}`])]
  const bundle = async (name: string) => {
    const source = path.join(handlersFolder, `${name}.ts`)
    const { file } = await bundleHandler(source, path.join(await folder, name))
    return [name, file] as const
  }
  return {
    files: Promise.all(names.map(bundle)).then((files): ReadonlyMap<string, string> => new Map(files)),
    remove: async () => rm(await folder, { recursive: true, force: true }),
  }
}

/** Side by side: most of a rotation is waiting until a key is known everywhere. */
export function lanesFor(
  bundles: ReadonlyMap<string, string>,
  keeperBy: (clock: RunningClock) => Promise<Keeper>,
): Promise<readonly KeyLane[]> {
  return Promise.all(Array.from({ length: 6 }, () => startKeyLane(bundles, keeperBy)))
}

export async function startKeyLane(
  bundles: ReadonlyMap<string, string>,
  keeperBy: (clock: RunningClock) => Promise<Keeper>,
): Promise<KeyLane> {
  const clock = runningClock()
  const lambda = await startLambdaHost({ region, clock, clockOffset: clock.offset })
  const { exists, invoke } = lambda
  // A rotation that fails is given up at once, so that a test can look at what it left before it is tried again.
  const secretsManager = await startSecretsManager({
    region,
    clock,
    functions: { exists, invoke },
    retryDelaysMs: [],
  })
  // Nothing alarms here.
  const cloudwatch = await startCloudWatch({
    region,
    clock,
    targets: { publish: () => {}, invoke: async () => {} },
  })
  cloudwatch.addLogGroup(JOURNAL)
  const keeper = await keeperBy(clock)

  let events: string[] = []
  let fateOf: ((moment: Moment) => Fate | Promise<Fate>) | undefined
  let killing = false
  const strike = async (name: string): Promise<Fate> => {
    if (fateOf === undefined) return 'pass'
    events.push(name)
    const fate = await fateOf({ at: events.length, name })
    killing = fate.startsWith('killed')
    return fate
  }
  const onLost = () => {
    if (!killing) return
    for (const pid of [functions.rotate, functions.retire].flatMap(lambda.pids)) process.kill(pid, 'SIGKILL')
  }
  const wire = await startHttpWire({
    target: secretsManager.url,
    onCall: async (_count, operation) => httpFates[await strike(operation)],
    onLost,
  })
  keeper.decide(strike, onLost)

  const client = sandboxClient(secretsManager.url, region)
  const admin =
    keeper.admin === undefined ? '' : await createSecret(client, `admin/${keeper.kind}`, keeper.admin)
  const register = (name: string, environment: Readonly<Record<string, string>>) =>
    lambda.register({
      name,
      bundle: bundles.get(name) ?? '',
      handler: 'index.handler',
      environment,
      timeoutSeconds: 60,
      memoryMb: 256,
    })
  const ofKind = (name: string) =>
    register(`${name}-${keeper.kind}`, {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: wire.url,
      ...keeper.environment(admin),
    })
  const [rotate, retire] = [ofKind('rotate'), ofKind('retire')]
  const sweep = register('sweep', {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudwatch.url,
    OVERLAP_JOURNAL: JOURNAL,
    OVERLAP_FUNCTIONS: JSON.stringify([{ rotate, retire }]),
  })
  const functions: Functions = { rotate, retire, sweep }
  return {
    clock,
    keeper,
    client,
    secretsManager,
    lambda,
    functions,
    get events() {
      return events
    },
    arm: (next = () => 'pass') => {
      fateOf = next
      events = []
    },
    disarm: () => {
      fateOf = undefined
    },
    close: async () => {
      client.destroy()
      await lambda.close()
      await Promise.all([wire.close(), secretsManager.close(), cloudwatch.close(), keeper.close()])
    },
  }
}
