import type { Watcher } from '../evidence/watcher.ts'
import type { Consumer } from '../rollout/consumer.ts'
import type { AskRollout } from '../rollout/rollout.ts'
import { callSignal, type RemainingTime } from '../rotation/deadline.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { SecretStore } from '../rotation/secret-store.ts'
import type { Census } from './census.ts'
import type { SweepEnvironment } from './environment.ts'
import { secretOfEvent } from './event.ts'
import { sweepMemory } from './memory.ts'
import { type Pass, sweep, sweepOne } from './sweep.ts'
import type { Retire, SecretCatalog } from './visiting.ts'

type Signal = () => AbortSignal

export interface SweepFunction {
  readonly telemetry: Telemetry
  readonly environment: SweepEnvironment
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly storeFor: (signal: Signal) => SecretStore
  readonly catalogFor: (signal: Signal) => SecretCatalog
  /** The retire function behind an ARN. */
  readonly retireFor: (functionArn: string, signal: Signal) => Retire
  /** The function that rolls a consumer out; undefined where the deployment has none for it. */
  readonly rolloutFor: (consumer: Consumer, signal: Signal) => AskRollout | undefined
  readonly watcherFor: (signal: Signal) => Watcher
  /** `remaining`: milliseconds that the function may still run. */
  readonly censusFor: (signal: Signal, remaining: () => number) => Census
}

/** The sweep as schedules and events invoke it: a whole pass, or one secret. Rejects with OverlapError when the secrets cannot be listed. */
export function sweepHandler({ telemetry, environment, ...wiring }: SweepFunction) {
  const { functions, deployment, requestsPerMinute } = environment
  const memory = sweepMemory()
  return (event: unknown, context: RemainingTime): Promise<Pass> => {
    const signal = () => callSignal(context)
    const remaining = () => context.getRemainingTimeInMillis()
    const given = {
      store: wiring.storeFor(signal),
      catalog: wiring.catalogFor(signal),
      retirers: new Map(functions.map(({ rotate, retire }) => [rotate, wiring.retireFor(retire, signal)])),
      rollouts: (consumer: Consumer) => wiring.rolloutFor(consumer, signal),
      watcher: wiring.watcherFor(signal),
      memory,
      deployment,
      telemetry,
      requestsPerMinute,
      now: telemetry.now,
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      remaining,
      census: wiring.censusFor(signal, remaining),
    }
    const secretId = secretOfEvent(event)
    return secretId === undefined ? sweep(given) : sweepOne(given, secretId)
  }
}
