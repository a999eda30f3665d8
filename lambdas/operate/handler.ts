import { answered } from '../rotation/answered.ts'
import type { AskedRotation } from '../rotation/asked-rotation.ts'
import { callSignal, type RemainingTime, spareTime } from '../rotation/deadline.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { Retire } from '../sweep/gather.ts'
import { pace } from '../sweep/pace.ts'
import type { Entry } from './entry.ts'
import type { OperateEnvironment } from './environment.ts'
import { operate } from './operate.ts'
import type { OperatedSecrets } from './operated-secrets.ts'
import { type OperateRequest, parseOperateRequest } from './request.ts'

type Signal = () => AbortSignal

export interface OperateFunction {
  readonly telemetry: Telemetry
  readonly environment: OperateEnvironment
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly secretsFor: (signal: Signal) => OperatedSecrets
  /** The functions behind ARNs. */
  readonly rotateFor: (functionArn: string, signal: Signal) => AskedRotation
  readonly retireFor: (functionArn: string, signal: Signal) => Retire
}

/** Of the 50 a second that an account has for tags, which the sweep and deployments need as well. */
const TAGS_PER_MINUTE = 20 * 60

/**
 * The operate function as people invoke it. Rejects with OverlapError: `EVENT_INVALID` for what it does not understand, and whatever keeps the secrets from
 * being listed. Whatever becomes of single secrets is in the answer.
 */
export function operateHandler({ telemetry, environment, ...wiring }: OperateFunction) {
  const { functions, schedules, freezes, deployment } = environment
  const now = () => telemetry.now()
  return async (event: unknown, context: RemainingTime): Promise<{ readonly results: readonly Entry[] }> => {
    const request = await understood(telemetry, event, now())
    tell(telemetry, request)
    const signal = () => callSignal(context)
    const results = await operate(
      {
        secrets: wiring.secretsFor(signal),
        functions: new Map(
          functions.map(({ rotate, retire }) => [
            rotate,
            { rotate: wiring.rotateFor(rotate, signal), retire: wiring.retireFor(retire, signal) },
          ]),
        ),
        schedules,
        freezes,
        deployment,
        telemetry,
        pace: pace({ perMinute: TAGS_PER_MINUTE, now, sleep, spare: () => spareTime(context) }),
        spare: () => spareTime(context),
        now,
      },
      request,
    )
    return { results }
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function understood(telemetry: Telemetry, event: unknown, now: number): Promise<OperateRequest> {
  const work = { kind: 'operate', step: 'event', secret: '', version: '' }
  try {
    return Promise.resolve(parseOperateRequest(event, now))
  } catch (error) {
    return answered<never>(telemetry, work, () => Promise.reject(error))
  }
}

/** Who asked for what; CloudTrail knows who it really was. */
function tell({ logger }: Telemetry, request: OperateRequest): void {
  const { action, target, by } = request
  logger.info(`${action}: asked for`, {
    kind: 'operate',
    step: action,
    target: 'secret' in target ? target.secret : 'all',
    by,
    ...(request.action === 'hold'
      ? { until: new Date(request.until).toISOString(), words: request.reason }
      : {}),
  })
}
