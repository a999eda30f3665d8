import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { RolloutAnswer } from '../rollout/request.ts'
import type { AskRollout, Progress } from '../rollout/rollout.ts'
import { OverlapError } from '../rotation/errors.ts'
import { ask } from './invocation.ts'

const states: readonly Progress['state'][] = ['absent', 'running', 'done', 'failed']

/** The rollout function behind an ARN. What it reports keeps its code; anything else is unknown, so nothing is retired. */
export function rolloutFunction(
  client: LambdaClient,
  functionArn: string,
  signal: () => AbortSignal,
): AskRollout {
  return async (request) => {
    const question = `how far ${request.consumer} is`
    const { outcome, reason } = await ask<RolloutAnswer>(client, functionArn, signal(), request, question)
    const state = states.find((one) => one === outcome)
    if (state === undefined)
      throw new OverlapError('UNREACHABLE', `${functionArn} did not say ${question}, but ${outcome}`)
    return { state, ...(reason === undefined ? {} : { detail: reason }) }
  }
}
