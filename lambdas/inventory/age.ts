import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { SKEW_MS, stateOf } from '../sweep/state.ts'
import type { AccessKey } from './access-key.ts'
import type { Age, AgeUnknown, Thresholds } from './entry.ts'

/** On which side of the thresholds an age is. */
export type Ripeness = 'fresh' | 'due' | 'stale'

/** When each version was created. It never changes. */
export type VersionDates = ReadonlyMap<string, Date>

/** Never negative: what is from the future by this clock, as far as two clocks that are right may differ, has age 0. */
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

/** A secret and the only value that it has had count as made at once when they are no further apart than this. */
const AT_ONCE_MS = 60_000

/**
 * What a listing tells of a secret's age (docs/decisions/2026-11-25-how-old-a-credential-is.md). `in doubt`: the versions' dates are needed; undefined: it is
 * empty, so there is nothing to be old.
 *
 * A version is no older than its secret and no younger than the secret's last change, be it of a tag. The age lies between the two, and is told as one of them
 * where both have the same ripeness.
 */
export function listedAge(
  secret: ListedSecret,
  thresholds: Thresholds,
  now: number,
): Age | AgeUnknown | 'in doubt' | undefined {
  const { created, lastChanged } = secret
  if (isEmpty(secret)) return undefined
  if (isYetToCome(created, now) || isYetToCome(lastChanged, now)) return clockWrong
  if (created === undefined || lastChanged === undefined) return 'in doubt'
  const [oldest, youngest] = [past(created, now), past(lastChanged, now)]
  const ripeness = ripenessOf(youngest, thresholds, now)
  if (ripeness !== ripenessOf(oldest, thresholds, now)) return 'in doubt'
  const isOnlyOne = isOriginal(secret)
  if (isOnlyOne && youngest - oldest <= AT_ONCE_MS) return { since: oldest, precision: 'exact', of: 'secret' }
  // Which of the two is older takes their dates; it is the one that was there first, unless somebody rolled back.
  const drains = drainingIn(secret) !== undefined && disabledSince(secret, now) === undefined
  const inUse = drains ? 'DRAINING' : 'AWSCURRENT'
  const of = isOnlyOne ? 'secret' : inUse
  return ripeness === 'fresh'
    ? { since: oldest, precision: 'at most', of }
    : { since: youngest, precision: 'at least', of }
}

/** With the versions' dates, of a secret that is not empty. */
export function exactAge(secret: ListedSecret, dates: VersionDates, now: number): Age | AgeUnknown {
  const isOnlyOne = isOriginal(secret)
  let oldest: Age | undefined
  for (const { of, version } of versionsInUse(secret)) {
    // A disabled credential opens nothing, however old it is.
    if (of === 'DRAINING' && disabledSince(secret, now) !== undefined) continue
    const date = dates.get(version)
    if (date === undefined) return noDate
    if (isYetToCome(date, now)) return clockWrong
    const since = past(date, now)
    if (oldest === undefined || since < oldest.since)
      oldest = { since, precision: 'exact', of: isOnlyOne ? 'secret' : of }
  }
  return oldest ?? noDate
}

export function accessKeyAge({ created }: AccessKey, now: number): Age | AgeUnknown {
  if (created === undefined) return { reason: 'AGE_UNKNOWN', because: 'IAM does not say when it was created' }
  if (isYetToCome(created, now)) return clockWrong
  return { since: past(created, now), precision: 'exact', of: 'access key' }
}

export function isKnown(age: Age | AgeUnknown): age is Age {
  return 'since' in age
}

/** Has it no current value, so that there is no credential that could be old? */
export function isEmpty(secret: SecretDescription): boolean {
  return versionWith(secret, 'AWSCURRENT') === undefined
}

/** The versions whose credential works, as far as labels tell, so that the older one's age counts. */
export function versionsInUse(
  secret: ListedSecret,
): readonly { readonly of: 'AWSCURRENT' | 'DRAINING'; readonly version: string }[] {
  const [current, draining] = [versionWith(secret, 'AWSCURRENT'), drainingIn(secret)]
  return [
    ...(current === undefined ? [] : [{ of: 'AWSCURRENT', version: current } as const]),
    ...(draining === undefined ? [] : [{ of: 'DRAINING', version: draining } as const]),
  ]
}

/** The version that drains. On AWSCURRENT the label is that of a rotation about to finish, or of one that was cut off before it published. */
export function drainingIn(secret: SecretDescription): string | undefined {
  const draining = versionWith(secret, 'DRAINING')
  return draining === versionWith(secret, 'AWSCURRENT') ? undefined : draining
}

/** When the credential before this one was disabled, while it can still be put back; undefined when it works. Milliseconds since the epoch. */
export function disabledSince(secret: SecretDescription, now: number): number | undefined {
  const draining = drainingIn(secret)
  if (draining === undefined) return undefined
  const { drain } = stateOf(secret, now)
  return drain?.version === draining && drain.works === undefined ? drain.off : undefined
}

/**
 * Is its value the only one that it has had, as far as labels tell? A replacement leaves AWSPREVIOUS behind; whoever takes that label away as well makes it look as
 * if there had been none.
 */
function isOriginal(secret: ListedSecret): boolean {
  return (
    versionWith(secret, 'AWSPREVIOUS') === undefined &&
    drainingIn(secret) === undefined &&
    secret.lastRotated === undefined
  )
}

const noDate: AgeUnknown = {
  reason: 'AGE_UNKNOWN',
  because: 'Secrets Manager does not say when each version that works was created',
}

const clockWrong: AgeUnknown = {
  reason: 'CLOCK_WRONG',
  because: 'it has a date that is yet to come by the clock of whoever looked, so that clock is wrong',
}

function isYetToCome(date: Date | undefined, now: number): boolean {
  return date !== undefined && date.getTime() > now + SKEW_MS
}

function past(date: Date, now: number): number {
  return Math.min(date.getTime(), now)
}
