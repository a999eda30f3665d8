import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { AccessKey } from './access-key.ts'
import type { Age, Thresholds } from './entry.ts'

/** On which side of the thresholds an age is. */
export type Ripeness = 'fresh' | 'due' | 'stale'

/** When each version was created. It never changes. */
export type VersionDates = ReadonlyMap<string, Date>

/** Never negative: whatever is from the future by this clock has age 0. */
export function ageSeconds({ since }: Pick<Age, 'since'>, now: number): number {
  return Math.max(0, now - since) / 1000
}

export function ripenessOf(
  since: number,
  { warningSeconds, criticalSeconds }: Thresholds,
  now: number,
): Ripeness {
  const seconds = ageSeconds({ since }, now)
  if (seconds >= criticalSeconds) return 'stale'
  return seconds >= warningSeconds ? 'due' : 'fresh'
}

/**
 * What a listing tells of a secret's age (docs/decisions/2026-11-25-how-old-a-credential-is.md). `in doubt`: the versions' dates are needed; undefined: it is not
 * known, and they would not tell.
 *
 * A version is no older than its secret and no younger than the secret's last change, be it of a tag. The age lies between the two, and is told as one of them
 * where both have the same ripeness.
 */
export function listedAge(
  secret: ListedSecret,
  thresholds: Thresholds,
  now: number,
): Age | 'in doubt' | undefined {
  const { created, lastChanged } = secret
  if (isOriginal(secret))
    return created === undefined ? undefined : { since: past(created, now), precision: 'exact', of: 'secret' }
  if (created === undefined || lastChanged === undefined) return 'in doubt'
  const [oldest, youngest] = [past(created, now), past(lastChanged, now)]
  const ripeness = ripenessOf(youngest, thresholds, now)
  if (ripeness !== ripenessOf(oldest, thresholds, now)) return 'in doubt'
  // Which of the two is older takes their dates; it is the one that was there first, unless somebody rolled back.
  const of = drainingIn(secret) === undefined ? 'AWSCURRENT' : 'DRAINING'
  return ripeness === 'fresh'
    ? { since: oldest, precision: 'at most', of }
    : { since: youngest, precision: 'at least', of }
}

/** With the versions' dates; undefined: a date that it turns on is missing. */
export function exactAge(secret: ListedSecret, dates: VersionDates, now: number): Age | undefined {
  const { created } = secret
  if (isOriginal(secret))
    return created === undefined ? undefined : { since: past(created, now), precision: 'exact', of: 'secret' }
  const ages: Age[] = []
  for (const { of, version } of versionsInUse(secret)) {
    const date = dates.get(version)
    if (date === undefined) return undefined
    ages.push({ since: past(date, now), precision: 'exact', of })
  }
  return ages.reduce<Age | undefined>(
    (older, age) => (older && older.since <= age.since ? older : age),
    undefined,
  )
}

/** Undefined where IAM does not say when it was created. */
export function accessKeyAge({ created }: AccessKey, now: number): Age | undefined {
  return created && { since: past(created, now), precision: 'exact', of: 'access key' }
}

/** The versions whose credential works, so that the older one's age counts. */
export function versionsInUse(
  secret: ListedSecret,
): readonly { readonly of: 'AWSCURRENT' | 'DRAINING'; readonly version: string }[] {
  const [current, draining] = [versionWith(secret, 'AWSCURRENT'), drainingIn(secret)]
  return [
    ...(current === undefined ? [] : [{ of: 'AWSCURRENT', version: current } as const]),
    ...(draining === undefined ? [] : [{ of: 'DRAINING', version: draining } as const]),
  ]
}

/** The version that drains. On AWSCURRENT the label is that of a rotation about to finish. */
export function drainingIn(secret: SecretDescription): string | undefined {
  const draining = versionWith(secret, 'DRAINING')
  return draining === versionWith(secret, 'AWSCURRENT') ? undefined : draining
}

/** Was its value never replaced? AWSPREVIOUS stays for good, and a secret without AWSCURRENT has no value that could have been. */
function isOriginal(secret: ListedSecret): boolean {
  if (versionWith(secret, 'AWSCURRENT') === undefined) return true
  return (
    versionWith(secret, 'AWSPREVIOUS') === undefined &&
    versionWith(secret, 'DRAINING') === undefined &&
    secret.lastRotated === undefined
  )
}

function past(date: Date, now: number): number {
  return Math.min(date.getTime(), now)
}
