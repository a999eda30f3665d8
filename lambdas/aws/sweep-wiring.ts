import { rolloutsVariable } from '../rollout/environment.ts'
import type { Environment } from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'
import { sweepEnvironment } from '../sweep/environment.ts'
import type { SweepFunction } from '../sweep/handler.ts'
import { lambdaClient } from './clients.ts'
import { evidenceWiring } from './evidence-wiring.ts'
import { retireFunction } from './retire-function.ts'
import { rolloutFunction } from './rollout-function.ts'

/** Whom the sweep asks: retire functions, rollout functions, and the journal with the logs of logins. Throws `CONFIGURATION_INVALID`. */
export function sweepWiring(
  environment: Environment,
): Pick<SweepFunction, 'environment' | 'retireFor' | 'rolloutFor' | 'watcherFor'> {
  const swept = sweepEnvironment(environment)
  const rollouts = rolloutsVariable(environment)
  const {
    OVERLAP_JOURNAL: logGroup,
    AWS_LAMBDA_FUNCTION_NAME: functionName = `${swept.deployment.name}-sweep`,
  } = environment
  if (logGroup === undefined || logGroup === '')
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      'OVERLAP_JOURNAL is missing: it must name the log group of the journal',
    )
  const lambda = lambdaClient()
  const { watcherFor } = evidenceWiring(logGroup, functionName, swept.deployment)
  return {
    environment: swept,
    retireFor: (arn, signal) => retireFunction(lambda, arn, signal),
    rolloutFor: (consumer, signal) => {
      const arn = rollouts(consumer)
      return arn === undefined ? undefined : rolloutFunction(lambda, arn, signal)
    },
    watcherFor,
  }
}
