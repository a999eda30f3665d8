import { parseDuration } from '../rotation/policy.ts'
import type { Thresholds } from './entry.ts'

/**
 * The thresholds of one secret. One that promises a maximum age of its own (tag `overlap:max-age`) is critical at that, and its warning is at the same share of it
 * as in the deployment. A promise that cannot be read changes nothing.
 */
export function thresholdsFor(tags: ReadonlyMap<string, string>, deployment: Thresholds): Thresholds {
  const promised = parseDuration(tags.get('overlap:max-age') ?? '')
  if (promised === undefined || promised === 0) return deployment
  const { warningSeconds, criticalSeconds } = deployment
  return { warningSeconds: (promised * warningSeconds) / criticalSeconds, criticalSeconds: promised }
}
