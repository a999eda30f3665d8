import type { Journal } from '../evidence/journal.ts'
import type { Watcher } from '../evidence/watcher.ts'
import type { AskRollout } from '../rollout/rollout.ts'
import { answered } from '../rotation/answered.ts'
import type { AskedRotation } from '../rotation/asked-rotation.ts'
import { callSignal, type RemainingTime, spareTime } from '../rotation/deadline.ts'
import type { Telemetry } from '../rotation/observed.ts'
import { pace } from '../sweep/pace.ts'
import type { Retire } from '../sweep/visiting.ts'
import type { Entry } from './entry.ts'
import type { OperateEnvironment } from './environment.ts'
import { operate } from './operate.ts'
import type { OperatedSecrets } from './operated-secrets.ts'
import type { Act } from './operating.ts'
import { type Asked, type actionsOf, type OperateRequest, type Part, parseOperateRequest } from './request.ts'

type Signal = () => AbortSignal

/** What an operate function needs, whichever it is. `signal` makes an AbortSignal that fires shortly before the function's time is up. */
export interface OperateWiring {
  readonly telemetry: Telemetry
  readonly environment: OperateEnvironment
  readonly secretsFor: (signal: Signal) => OperatedSecrets
  /** The functions behind ARNs. */
  readonly rotateFor: (functionArn: string, signal: Signal) => AskedRotation
  readonly retireFor: (functionArn: string, signal: Signal) => Retire
  readonly rolloutFor: (functionArn: string, signal: Signal) => AskRollout
  readonly journalFor: (signal: Signal) => Journal
  readonly watcherFor: (signal: Signal) => Watcher
}

export interface OperateFunction<P extends Part> extends OperateWiring {
  readonly part: P
  /** What it does, and no more: code of other actions is no part of it. */
  readonly actions: { readonly [A in (typeof actionsOf)[P][number]]: Act<A> }
}

/**
 * A function as people invoke it. Rejects with OverlapError: `EVENT_INVALID` for what it does not understand or does not do, and whatever keeps the secrets from
 * being listed. Whatever becomes of single secrets is in the answer.
 */
export function operateHandler<P extends Part>({
  part,
  actions,
  telemetry,
  environment,
  ...wiring
}: OperateFunction<P>) {
  const { functions, rollouts, settings, deployment } = environment
  const now = () => telemetry.now()
  return async (event: unknown, context: RemainingTime): Promise<{ readonly results: readonly Entry[] }> => {
    const request = await understood(telemetry, event, now(), { deployment, part })
    tell(telemetry, request)
    const signal = () => callSignal(context)
    const spare = () => spareTime(context)
    const results = await operate(
      {
        secrets: wiring.secretsFor(signal),
        functions: new Map(
          functions.map(({ rotate, retire }) => [
            rotate,
            { rotate: wiring.rotateFor(rotate, signal), retire: wiring.retireFor(retire, signal) },
          ]),
        ),
        rollouts: (consumer) => {
          const functionArn = rollouts(consumer)
          return functionArn === undefined ? undefined : wiring.rolloutFor(functionArn, signal)
        },
        journal: wiring.journalFor(signal),
        watcher: wiring.watcherFor(signal),
        settings,
        deployment,
        telemetry,
        pace: pace({ perMinute: TAGS_PER_MINUTE, now, sleep, spare }),
        sleep,
        spare,
        now,
      },
      actions,
      request,
    )
    return { results }
  }
}

/** Of the 50 a second that an account has for tags, which the sweep and deployments need as well. */
const TAGS_PER_MINUTE = 20 * 60

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function understood(
  telemetry: Telemetry,
  event: unknown,
  now: number,
  asked: Asked,
): Promise<OperateRequest> {
  const work = { kind: 'operate', step: 'event', secret: '', version: '' }
  try {
    return Promise.resolve(parseOperateRequest(event, now, asked))
  } catch (error) {
    return answered<never>(telemetry, work, () => Promise.reject(error))
  }
}

/** Who asked for what, and why, both in the caller's own words. */
function tell({ logger }: Telemetry, request: OperateRequest): void {
  const { action, target, by } = request
  const words = 'reason' in request ? { words: request.reason } : {}
  logger.info(`${action}: asked for`, {
    kind: 'operate',
    step: action,
    target: 'secret' in target ? target.secret : 'all',
    by,
    ...words,
    ...(request.action === 'hold' ? { until: new Date(request.until).toISOString() } : {}),
    ...details(request),
  })
}

/** What else was meant: names of versions, sightings and consumers, never a value. */
function details(request: OperateRequest): Readonly<Record<string, string | readonly string[] | undefined>> {
  switch (request.action) {
    case 'rollback':
      return { to: request.to }
    case 'retire':
      return { despite: request.despite }
    case 'leaked':
      return { version: request.version, confirm: request.confirm }
    case 'repair':
      return { confirm: request.confirm }
    case 'acknowledge':
      return { consumer: request.consumer, version: request.version }
    default:
      return {}
  }
}
