import type { Environment } from '../rotation/environment.ts'
import { ownersVariable } from '../rotation/owners.ts'
import { sweepEnvironment } from '../sweep/environment.ts'
import type { CensusEnvironment } from './census.ts'
import { thresholdsVariable } from './environment.ts'

/** Of the sweep's function: its own variables, `OVERLAP_STALE_WARNING`, `OVERLAP_STALE_CRITICAL` and `OVERLAP_OWNERS`. Throws `CONFIGURATION_INVALID`. */
export function censusEnvironment(environment: Environment): CensusEnvironment {
  const { deployment, functions } = sweepEnvironment(environment)
  return {
    deployment,
    rotationFunctions: new Set(functions.map(({ rotate }) => rotate)),
    thresholds: thresholdsVariable(environment),
    owners: [...ownersVariable(environment).keys()],
    // Lambda sets it for each function.
    region: environment.AWS_REGION ?? '',
  }
}
