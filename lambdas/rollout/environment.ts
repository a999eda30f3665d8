import { type Environment, jsonVariable } from '../rotation/environment.ts'
import type { Consumer } from './consumer.ts'

/** ARN of the function that rolls a consumer out; undefined where the deployment has none for its kind or its cluster. */
export type RolloutLookup = (consumer: Consumer) => string | undefined

/**
 * `OVERLAP_ROLLOUTS`: the rollout functions of the deployment, by kind of consumer, those of Kubernetes by cluster. Without it there are none.
 * Throws `CONFIGURATION_INVALID`.
 */
export function rolloutsVariable(environment: Environment): RolloutLookup {
  const expected =
    'JSON of the form {"ecs": "<function ARN>", "lambda": "<function ARN>", "event": "<function ARN>", "kubernetes:CLUSTER": "<function ARN>"}'
  const functions = new Map(
    Object.entries(jsonVariable(environment, 'OVERLAP_ROLLOUTS', expected, areFunctions) ?? {}),
  )
  return (consumer) =>
    functions.get(consumer.kind === 'kubernetes' ? `kubernetes:${consumer.cluster}` : consumer.kind)
}

function areFunctions(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(
      ([key, arn]) =>
        /^(ecs|lambda|event|kubernetes:[\w-]{1,100})$/.test(key) &&
        typeof arn === 'string' &&
        arn.startsWith('arn:'),
    )
  )
}
