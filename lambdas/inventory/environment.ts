import { durationVariable, type Environment } from '../rotation/environment.ts'
import { OverlapError } from '../rotation/errors.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from './entry.ts'

/**
 * `OVERLAP_STALE_WARNING` and `OVERLAP_STALE_CRITICAL`, such as `75d` and `90d`, which are also what holds where they are absent. Throws
 * `CONFIGURATION_INVALID` naming the variable, also when the warning does not come before the critical one.
 */
export function thresholdsVariable(environment: Environment): Thresholds {
  const inDays = (seconds: number) => `${seconds / 86_400}d`
  const { warningSeconds: warning, criticalSeconds: critical } = DEFAULT_THRESHOLDS
  const warningSeconds = durationVariable(environment, 'OVERLAP_STALE_WARNING', inDays(warning))
  const criticalSeconds = durationVariable(environment, 'OVERLAP_STALE_CRITICAL', inDays(critical))
  if (warningSeconds > 0 && warningSeconds < criticalSeconds) return { warningSeconds, criticalSeconds }
  throw new OverlapError(
    'CONFIGURATION_INVALID',
    'OVERLAP_STALE_WARNING must be longer than nothing and shorter than OVERLAP_STALE_CRITICAL',
  )
}
