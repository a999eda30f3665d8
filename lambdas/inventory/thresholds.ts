import { parseDuration } from '../rotation/policy.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from './entry.ts'
import { isOverlaps } from './ours.ts'

/** By what a deployment judges, and which secrets are its own. */
export interface Judge {
  readonly thresholds: Thresholds
  /** Does that deployment rotate it? */
  isOurs(secret: ListedSecret): boolean
}

/**
 * The thresholds of one secret. One that Overlap rotates may promise less than the deployment's critical age (tag `overlap:max-age`); its warning is then at the
 * same share of that. A promise of more, or one that cannot be read, changes nothing, and nor does a tag of any other secret: anybody may write one. What another
 * deployment judges its secrets by is not known, so the usual thresholds hold for them.
 */
export function thresholdsFor(secret: ListedSecret, { thresholds, isOurs }: Judge): Thresholds {
  if (secret.owningService !== undefined) return thresholds
  if (isOurs(secret)) return tightened(thresholds, secret.tags)
  return isOverlaps(secret) ? tightened(DEFAULT_THRESHOLDS, secret.tags) : thresholds
}

function tightened(thresholds: Thresholds, tags: ReadonlyMap<string, string>): Thresholds {
  const promised = parseDuration(tags.get('overlap:max-age') ?? '')
  const { warningSeconds, criticalSeconds } = thresholds
  if (promised === undefined || promised === 0 || promised >= criticalSeconds) return thresholds
  return { warningSeconds: (promised * warningSeconds) / criticalSeconds, criticalSeconds: promised }
}
