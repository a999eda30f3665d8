import { callSignal, type RemainingTime } from '../rotation/deadline.ts'
import { OverlapError } from '../rotation/errors.ts'
import { observed, type Telemetry } from '../rotation/observed.ts'
import { type Consumer, consumerName } from './consumer.ts'
import { parseRolloutRequest, type ReadRequest, type RolloutAnswer } from './request.ts'
import type { Progress, Rollout } from './rollout.ts'

/** What a function can roll out, by kind of consumer. */
export type Rollouts = { readonly [K in Consumer['kind']]?: Rollout<Extract<Consumer, { readonly kind: K }>> }

export interface RolloutFunction {
  readonly telemetry: Telemetry
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly rolloutsFor: (signal: () => AbortSignal) => Rollouts
}

/**
 * A rollout function as the sweep and people's functions invoke it. Rejects with OverlapError when nothing is known, which is for whoever asked to deal with and no
 * failure that rings an alarm in each pass: the sweep tells of a consumer that stays unknown. Two invocations at once, and one that
 * is repeated after a crash, are the platforms' to bear (rollout.ts).
 */
export function rolloutHandler({ telemetry, rolloutsFor }: RolloutFunction) {
  return async (event: unknown, context: RemainingTime): Promise<RolloutAnswer> => {
    const request = await understood(telemetry, event)
    const { action, goal, consumer } = request
    const work = {
      kind: 'rollout',
      step: action,
      secret: goal.secretId,
      version: goal.versionId,
      consumer: consumerName(consumer),
    }
    const run = async () => {
      const { state, detail } = await rolledOut(
        rolloutsFor(() => callSignal(context)),
        request,
      )
      return { outcome: state, ...(detail === undefined ? {} : { reason: detail }) }
    }
    return observed(telemetry, work, run, 'unfinished')
  }
}

function understood(telemetry: Telemetry, event: unknown): Promise<ReadRequest> {
  try {
    return Promise.resolve(parseRolloutRequest(event))
  } catch (error) {
    const work = { kind: 'rollout', step: 'event', secret: '', version: '' }
    return observed<never>(telemetry, work, () => Promise.reject(error), 'unfinished')
  }
}

async function rolledOut(rollouts: Rollouts, { action, consumer, goal }: ReadRequest): Promise<Progress> {
  const rollout = rollouts[consumer.kind] as Rollout<Consumer> | undefined
  if (rollout === undefined)
    throw new OverlapError('EVENT_INVALID', `this function rolls out no consumer of kind ${consumer.kind}`)
  const found = await rollout.progress(consumer, goal)
  if (action === 'look' || found.state !== 'absent') return found
  const begun = await rollout.start(consumer, goal)
  return begun ?? { ...found, state: 'running' }
}
