import { deploymentOf, type Environment, freezesVariable } from '../rotation/environment.ts'
import type { Freeze } from '../rotation/hold.ts'
import { type FunctionPair, functionsVariable, schedulesVariable } from '../sweep/environment.ts'

export interface OperateEnvironment {
  readonly functions: readonly FunctionPair[]
  /** Names. */
  readonly schedules: readonly string[]
  readonly freezes: readonly Freeze[]
  /** Name of the deployment, for the commands that people run. */
  readonly deployment: string
}

/** Throws `CONFIGURATION_INVALID`. */
export function operateEnvironment(environment: Environment): OperateEnvironment {
  return {
    functions: functionsVariable(environment),
    schedules: [...schedulesVariable(environment).keys()],
    freezes: freezesVariable(environment),
    deployment: deploymentOf(environment, 'operate'),
  }
}
