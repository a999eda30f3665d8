import { durationVariable, type Environment, jsonVariable } from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { Deployment } from './gather.ts'

/** A rotation function and the retire function that goes with it, both as ARNs. */
export interface FunctionPair {
  readonly rotate: string
  readonly retire: string
}

export interface SweepEnvironment {
  readonly deployment: Deployment
  readonly functions: readonly FunctionPair[]
}

function arePairs(value: unknown): value is FunctionPair[] {
  const isArn = (text: unknown) => typeof text === 'string' && text.startsWith('arn:')
  return Array.isArray(value) && value.every((pair) => isArn(pair?.rotate) && isArn(pair?.retire))
}

/** Throws `CONFIGURATION_INVALID`. */
export function sweepEnvironment(environment: Environment): SweepEnvironment {
  const expected = 'JSON of the form [{"rotate": "<function ARN>", "retire": "<function ARN>"}]'
  const functions = jsonVariable(environment, 'OVERLAP_FUNCTIONS', expected, arePairs)
  if (functions === undefined)
    throw new OverlapError('CONFIGURATION_INVALID', `OVERLAP_FUNCTIONS is missing: it must be ${expected}`)
  return {
    functions,
    deployment: {
      drainFloorSeconds: durationVariable(environment, 'OVERLAP_DRAIN_FLOOR', '1h'),
      abandonSeconds: durationVariable(environment, 'OVERLAP_ABANDON_AFTER', '24h'),
    },
  }
}
