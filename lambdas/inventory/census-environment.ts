import { deploymentOf, type Environment } from '../rotation/environment.ts'
import { ownerNamesVariable } from '../rotation/owners.ts'
import { sweepEnvironment } from '../sweep/environment.ts'
import type { CensusEnvironment } from './census.ts'
import { thresholdsVariable } from './environment.ts'

/** Of the sweep's function: its own variables, `OVERLAP_STALE_WARNING`, `OVERLAP_STALE_CRITICAL` and `OVERLAP_OWNER_NAMES`. Throws `CONFIGURATION_INVALID`. */
export function censusEnvironment(environment: Environment): CensusEnvironment {
  const { deployment, functions } = sweepEnvironment(environment)
  return {
    name: deploymentOf(environment, 'sweep'),
    deployment,
    rotationFunctions: new Set(functions.map(({ rotate }) => rotate)),
    thresholds: thresholdsVariable(environment),
    owners: ownerNamesVariable(environment),
    // Lambda sets it for each function.
    region: environment.AWS_REGION ?? '',
  }
}
