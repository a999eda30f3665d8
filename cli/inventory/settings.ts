import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../lambdas/inventory/entry.ts'
import { thresholdsVariable } from '../../lambdas/inventory/environment.ts'
import type { Judging } from '../../lambdas/inventory/gather.ts'
import { leftBehindBy } from '../../lambdas/inventory/left-behind.ts'
import { isOursAmong } from '../../lambdas/inventory/ours.ts'
import type { Environment } from '../../lambdas/rotation/environment.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { sweepEnvironment } from '../../lambdas/sweep/environment.ts'
import { type Failure, failureOf } from './failure.ts'
import type { Wanted } from './wanted.ts'

/** What a deployment has set, by which its alarms judge, too. */
export type Settings = Pick<Judging, 'deployment' | 'isOurs' | 'leftBehind'> & {
  readonly thresholds: Thresholds
}

export interface FoundSettings {
  readonly settings: Settings
  /** Why they are not the deployment's own, as a beginning of a sentence. */
  readonly unknown: string | undefined
  /** Why they could not be asked for. */
  readonly failure: Failure | undefined
}

/** Of nobody: schedules are not known, and whatever looks like Overlap's is. */
const usual: Settings = {
  deployment: undefined,
  isOurs: isOursAmong(undefined),
  thresholds: DEFAULT_THRESHOLDS,
}

/** From the variables of the deployment's sweep; the usual ones where there is none, or where they may not be seen. */
export async function findSettings(
  client: LambdaClient,
  { name, profile }: Wanted['deployment'],
): Promise<FoundSettings> {
  const FunctionName = `${name}-sweep`
  const without = (unknown: string, failure?: Failure) => ({ settings: usual, unknown, failure })
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }))
    if (Environment?.Error) return without(`the variables of ${FunctionName} cannot be read`)
    return {
      settings: settingsIn(name, Environment?.Variables ?? {}),
      unknown: undefined,
      failure: undefined,
    }
  } catch (error) {
    if (error instanceof OverlapError)
      return without(`${FunctionName} is of another release than this program (${error.message})`)
    if (error instanceof Error && error.name === 'ResourceNotFoundException')
      return without(`there is no function ${FunctionName} in this account and Region`)
    const failure = failureOf(error, { operation: 'GetFunctionConfiguration', profile })
    if (failure === undefined) throw error
    return without(`what ${name} has set is not known, since ${failure.message}`, failure)
  }
}

/** Throws `CONFIGURATION_INVALID`. */
function settingsIn(name: string, variables: Environment): Settings {
  const { deployment, functions: pairs } = sweepEnvironment(variables)
  const functions = new Set(pairs.map(({ rotate }) => rotate))
  return {
    deployment,
    isOurs: isOursAmong(functions),
    leftBehind: leftBehindBy(name, functions),
    thresholds: thresholdsVariable(variables),
  }
}
