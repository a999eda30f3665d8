import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { functionsVariable, schedulesVariable } from '../../lambdas/sweep/environment.ts'
import { startCloudWatch } from '../../sandbox/cloudwatch/server.ts'
import type { FunctionDefinition } from '../../sandbox/lambda/function-definition.ts'
import { startLambdaHost } from '../../sandbox/lambda/host.ts'
import { runningClock } from '../../sandbox/running-clock.ts'
import { startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import type { Run } from './figures.ts'
import { askedIn, refuseFailure } from './outcome.ts'
import { seeds } from './seeds.ts'

export interface Rig {
  /** One pass. Throws when it fails, does not come to the end, or finds anything that goes wrong. */
  pass(): Promise<Run>
  /** Lets so many milliseconds pass, for everybody. */
  wait(ms: number): void
  /** May be called twice. */
  stop(): Promise<unknown>
}

const fileOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** A Saturday: the week's rotations and what they replaced are over. */
const NOW = Date.parse('2026-03-07T10:30:00Z')

/** The function in a process of its own, and around it an account of that many secrets, a journal, and stand-ins for whom it invokes. */
export async function startRig(sweep: FunctionDefinition, secrets: number): Promise<Rig> {
  const pairs = functionsVariable(sweep.environment)
  const schedule = schedulesVariable(sweep.environment).get('weekly')
  const rotate = pairs[0]?.rotate
  if (schedule === undefined || rotate === undefined) throw new Error('the sweep has nothing to rotate')
  const clock = runningClock(NOW)
  const told = new EventEmitter()
  const invoked = new Map<string, number>()
  const lambda = await startLambdaHost({
    clockOffset: clock.offset,
    clock,
    onLog(_functionName, line) {
      if (line.startsWith('{"usage":')) told.emit('usage', JSON.parse(line).usage)
    },
    onOutcome(functionName, outcome) {
      if (functionName === sweep.name) return
      const asked = `Invoke ${askedIn(outcome)}`
      invoked.set(asked, (invoked.get(asked) ?? 0) + 1)
    },
  })
  const [secretsManager, cloudwatch] = await Promise.all([
    startSecretsManager({ clock, functions: lambda }),
    startCloudWatch({
      clock,
      // As many as CloudWatch has on one page: looks of a whole day are found by one call.
      scannedPerPage: 10_000,
      targets: { invoke: lambda.invoke, publish: () => {} },
    }),
  ])
  const services = [secretsManager, cloudwatch]
  for (const arn of [...pairs.map(({ retire }) => retire), ...rolloutsOf(sweep)])
    lambda.register({ ...standIn, name: arn.split(':').at(-1) ?? '' })
  cloudwatch.addLogGroup(sweep.environment.OVERLAP_JOURNAL ?? '')
  lambda.register({
    ...sweep,
    environment: {
      ...sweep.environment,
      NODE_OPTIONS: `--require "${fileOf('./usage-on-signal.cjs')}"`,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudwatch.url,
    },
  })
  for (const seed of seeds({ secrets, now: clock.now(), rotate, schedule })) secretsManager.seed(seed)

  let stopped: Promise<unknown> | undefined
  const usage = async (): Promise<Pick<Run, 'cpuMs' | 'peakMb'>> => {
    const [pid] = lambda.pids(sweep.name)
    if (pid === undefined) return { cpuMs: 0, peakMb: 0 }
    const answered = once(told, 'usage', { signal: AbortSignal.timeout(10_000) })
    process.kill(pid, 'SIGUSR2')
    const [used] = await answered
    return used
  }
  return {
    async pass() {
      for (const service of services) service.resetCalls()
      invoked.clear()
      const before = await usage()
      const startedAt = performance.now()
      const outcome = await lambda.invoke(sweep.name, {})
      const wallMs = performance.now() - startedAt
      refuseFailure(outcome)
      const { cpuMs, peakMb } = await usage()
      return {
        wallMs,
        cpuMs: cpuMs - before.cpuMs,
        peakMb,
        calls: { ...secretsManager.calls(), ...cloudwatch.calls(), ...Object.fromEntries(invoked) },
      }
    },
    wait: clock.advance,
    stop() {
      stopped ??= Promise.all([...services, lambda].map((service) => service.close()))
      return stopped
    },
  }
}

const standIn = {
  bundle: fileOf('./stand-in/function.js'),
  handler: 'function.handler',
  environment: {},
  timeoutSeconds: 60,
  memoryMb: 256,
}

function rolloutsOf({ environment }: FunctionDefinition): readonly string[] {
  return [...new Set(Object.values(JSON.parse(environment.OVERLAP_ROLLOUTS ?? '{}')) as string[])]
}
