/** Kinds whose target mints the credential itself, such as a key: nobody else chooses its value, and what a crash loses is never known to anybody. */
import type { SecretDescription } from './secret-store.ts'

type Tags = SecretDescription['tags']

/**
 * By tag `overlap:kind`: how late the target tells of a use, in seconds, at the least that may be believed. IAM: "Recent activity usually appears within four hours"
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html).
 */
const leastLagSeconds: ReadonlyMap<string, number> = new Map([
  ['iam-access-key', 4 * 3600],
  ['http-api-key', 0],
])

/** Does the target of this secret mint the credential itself? */
export function mints(tags: Tags): boolean {
  return leastLagSeconds.has(tags.get('overlap:kind') ?? '')
}

/** Seconds. */
export function leastLagOf(tags: Tags): number {
  return leastLagSeconds.get(tags.get('overlap:kind') ?? '') ?? 0
}

/** What helps where AWSCURRENT does not work, in words: nobody applies the value of a key. */
export const NO_REPAIR =
  'a key that is lost cannot be made again, since its target chooses each one anew. Where AWSCURRENT works, rotate; where it does not, go back to the version before, or make another key by ' +
  'hand and store that as a new version'

const HOUR_SECONDS = 3600

/**
 * How long a lost key is left alone where nobody knows for sure whose it is, and then out of use, in seconds: a day, and longer where a use is told later than that (`lagSeconds`).
 */
export function unsureSeconds(lagSeconds: number): number {
  return Math.max(24 * HOUR_SECONDS, lagSeconds)
}

/**
 * A rotation that waits for what a crash lost is given up so many seconds later than any other, and never before that is gone. It takes twice `unsureSeconds`: with the day after which any rotation is given
 * up, and with passes between, there is time to go on.
 */
export function reclaimSeconds(lagSeconds: number): number {
  return 2 * unsureSeconds(lagSeconds) - 22 * HOUR_SECONDS
}
