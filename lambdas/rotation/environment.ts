import { OverlapError } from './errors.ts'
import { type Freeze, parseInstant } from './hold.ts'
import { parseDuration } from './policy.ts'
import { DEFAULT_DEPLOYMENT } from './way-out.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The name of the deployment that a function belongs to, by which people's commands find it. Lambda tells each function its own name: the deployment's, then what it is
 * (`part`, such as `report`), then perhaps a network or a number.
 */
export function deploymentOf({ AWS_LAMBDA_FUNCTION_NAME: name = '' }: Environment, part: string): string {
  return new RegExp(`^([A-Za-z][A-Za-z0-9-]*)-${part}(?:-|$)`).exec(name)?.[1] ?? DEFAULT_DEPLOYMENT
}

/** Seconds. Throws `CONFIGURATION_INVALID` naming the variable. */
export function durationVariable(environment: Environment, name: string, fallback: string): number {
  const seconds = parseDuration(environment[name] ?? fallback)
  if (seconds !== undefined) return seconds
  throw new OverlapError(
    'CONFIGURATION_INVALID',
    `${name} must be a whole number and a unit, such as 90s, 30m, 24h or 2d`,
  )
}

/** A variable that holds JSON. `accepts` says whether it has the expected form; throws `CONFIGURATION_INVALID` naming the variable. */
export function jsonVariable<T>(
  environment: Environment,
  name: string,
  expected: string,
  accepts: (value: unknown) => value is T,
): T | undefined {
  const text = environment[name]
  if (text === undefined || text === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (accepts(value)) return value
  } catch {
    // Not JSON: the same answer as JSON of another form.
  }
  throw new OverlapError('CONFIGURATION_INVALID', `${name} must be ${expected}`)
}

interface WrittenFreeze {
  readonly from: string
  readonly until: string
  readonly reason: string
}

/** `OVERLAP_FREEZES`: the times in which every secret of the deployment is on hold. Throws `CONFIGURATION_INVALID`. */
export function freezesVariable(environment: Environment): readonly Freeze[] {
  const expected =
    'JSON of the form [{"from": "<ISO instant with time zone>", "until": "<a later one>", "reason": "<text>"}]'
  const written = jsonVariable(environment, 'OVERLAP_FREEZES', expected, areFreezes)
  return (written ?? []).map(({ from, until, reason }) => ({
    from: instantOf(from),
    until: instantOf(until),
    reason,
  }))
}

function areFreezes(value: unknown): value is WrittenFreeze[] {
  return (
    Array.isArray(value) &&
    value.every(
      (freeze) => instantOf(freeze?.from) < instantOf(freeze?.until) && typeof freeze.reason === 'string',
    )
  )
}

/** Not a number, which is before and after nothing, where there is no instant. */
function instantOf(written: unknown): number {
  return (typeof written === 'string' ? parseInstant(written) : undefined) ?? Number.NaN
}
