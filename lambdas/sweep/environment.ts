import {
  deploymentOf,
  durationVariable,
  type Environment,
  freezesVariable,
  jsonVariable,
} from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { Schedule } from './due.ts'
import { scheduleOf, type WrittenSchedule } from './occurrence.ts'
import type { Deployment } from './sight.ts'

/** A rotation function and the retire function that goes with it, both as ARNs. */
export interface FunctionPair {
  readonly rotate: string
  readonly retire: string
}

export interface SweepEnvironment {
  readonly deployment: Deployment
  readonly functions: readonly FunctionPair[]
  readonly requestsPerMinute: number
}

/** Throws `CONFIGURATION_INVALID`. */
export function sweepEnvironment(environment: Environment): SweepEnvironment {
  return {
    functions: functionsVariable(environment),
    deployment: {
      name: deploymentOf(environment, 'sweep'),
      drainFloorSeconds: durationVariable(environment, 'OVERLAP_DRAIN_FLOOR', '1h'),
      quarantineFloorSeconds: durationVariable(environment, 'OVERLAP_QUARANTINE_FLOOR', '0s'),
      leakDrainSeconds: durationVariable(environment, 'OVERLAP_LEAK_DRAIN', '10m'),
      sampleEverySeconds: durationVariable(environment, 'OVERLAP_SAMPLE_EVERY', '15m'),
      rolloutLimitSeconds: durationVariable(environment, 'OVERLAP_ROLLOUT_LIMIT', '1h'),
      abandonSeconds: durationVariable(environment, 'OVERLAP_ABANDON_AFTER', '24h'),
      schedules: schedulesVariable(environment),
      freezes: freezesVariable(environment),
    },
    requestsPerMinute: requestsVariable(environment),
  }
}

/** `OVERLAP_FUNCTIONS`: the pairs of functions of a deployment, one for each network. Throws `CONFIGURATION_INVALID`. */
export function functionsVariable(environment: Environment): readonly FunctionPair[] {
  const expected = 'JSON of the form [{"rotate": "<function ARN>", "retire": "<function ARN>"}]'
  const functions = jsonVariable(environment, 'OVERLAP_FUNCTIONS', expected, arePairs)
  if (functions === undefined)
    throw new OverlapError('CONFIGURATION_INVALID', `OVERLAP_FUNCTIONS is missing: it must be ${expected}`)
  return functions
}

function arePairs(value: unknown): value is FunctionPair[] {
  const isArn = (text: unknown) => typeof text === 'string' && text.startsWith('arn:')
  return Array.isArray(value) && value.every((pair) => isArn(pair?.rotate) && isArn(pair?.retire))
}

/** `OVERLAP_SCHEDULES`, by name; none when it is absent. Throws `CONFIGURATION_INVALID` naming the schedule. */
export function schedulesVariable(environment: Environment): ReadonlyMap<string, Schedule> {
  const expected =
    'JSON of the form {"weekly": {"cron": "0 3 ? * SUN *", "timezone": "Europe/Berlin"}}, cron with the six fields that AWS has'
  const written = jsonVariable(environment, 'OVERLAP_SCHEDULES', expected, areSchedules)
  return new Map(
    Object.entries(written ?? {}).map(([name, schedule]) => [name, namedSchedule(name, schedule)]),
  )
}

function areSchedules(value: unknown): value is Record<string, WrittenSchedule> {
  const isText = (text: unknown) => typeof text === 'string'
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((schedule) => isText(schedule?.cron) && isText(schedule?.timezone))
  )
}

function namedSchedule(name: string, written: WrittenSchedule): Schedule {
  try {
    return scheduleOf(written)
  } catch (error) {
    throw new OverlapError(
      'CONFIGURATION_INVALID',
      `OVERLAP_SCHEDULES: schedule ${name}: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
  }
}

/** RotateSecret and CancelRotateSecret share 50 calls a second: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_REQUESTS_PER_MINUTE = 50 * 60

function requestsVariable(environment: Environment): number {
  const text = environment.OVERLAP_REQUESTS_PER_MINUTE ?? '60'
  const requests = Number(text)
  if (/^\d+$/.test(text) && requests >= 1 && requests <= MOST_REQUESTS_PER_MINUTE) return requests
  throw new OverlapError(
    'CONFIGURATION_INVALID',
    `OVERLAP_REQUESTS_PER_MINUTE must be a whole number from 1 to ${MOST_REQUESTS_PER_MINUTE}`,
  )
}
