import { OverlapError } from './errors.ts'
import { parseDuration } from './policy.ts'

export type Environment = Readonly<Record<string, string | undefined>>

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
