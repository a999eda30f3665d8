import { type RolloutLookup, rolloutsVariable } from '../rollout/environment.ts'
import { deploymentOf, type Environment } from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'
import { type FunctionPair, sweepEnvironment } from '../sweep/environment.ts'
import type { Deployment } from '../sweep/sight.ts'
import type { Part } from './request.ts'

export interface OperateEnvironment {
  readonly functions: readonly FunctionPair[]
  readonly rollouts: RolloutLookup
  /** As the sweep has them: what people are told is decided as it decides. */
  readonly settings: Deployment
  /** Name of the journal's log group. */
  readonly journal: string
  /** Name of the deployment, for the commands that people run. */
  readonly deployment: string
}

/** `part`: which of the functions that people invoke. Throws `CONFIGURATION_INVALID`. */
export function operateEnvironment(environment: Environment, part: Part): OperateEnvironment {
  const { functions, deployment: settings } = sweepEnvironment(environment)
  const { OVERLAP_JOURNAL: journal = '' } = environment
  if (journal === '')
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      'OVERLAP_JOURNAL is missing: it must name the log group of the journal',
    )
  const name = deploymentOf(environment, part)
  return {
    functions,
    rollouts: rolloutsVariable(environment),
    settings: { ...settings, name },
    journal,
    deployment: name,
  }
}
