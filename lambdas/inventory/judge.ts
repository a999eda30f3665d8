import { waitingIn } from '../sweep/due.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { Deployment } from '../sweep/sight.ts'
import type { AccessKey } from './access-key.ts'
import { accessKeyAge, drainingIn, isEmpty, isKnown, ripenessOf } from './age.ts'
import type { Age, AgeUnknown, Entry, Thresholds } from './entry.ts'
import { type Managed, managedOf } from './managed.ts'
import { isOverlaps } from './ours.ts'
import { ownerOf } from './owner.ts'
import { accessKeyPath, adoptionPath, awsPath, managedPath, replicaPath } from './path.ts'
import { secretOfKey } from './recorded-key.ts'
import { type State, stateOrder } from './states.ts'
import { type Judge, thresholdsFor } from './thresholds.ts'

/** What credentials are judged by. */
export interface Standards extends Judge {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The Region whose secrets these are. */
  readonly region: string
  /** undefined: not known, and then nothing is said that turns on its schedules. */
  readonly deployment: Deployment | undefined
  /** Keys of tags that name an owner before `overlap:owner`, `owner` and `team` do. */
  readonly ownerTags: readonly string[]
}

/** A secret in the inventory. `age`: as lambdas/inventory/age.ts tells it; undefined: nobody asks for it, since the secret is a replica, or empty. */
export function secretEntry(
  secret: ListedSecret,
  age: Age | AgeUnknown | undefined,
  standards: Standards,
): Entry {
  const { now, region, ownerTags } = standards
  const owner = ownerOf(secret.tags, ownerTags)
  const entry = {
    type: 'secret',
    id: secret.arn,
    name: secret.name,
    owner,
    lastRotated: secret.lastRotated?.getTime(),
    reason: undefined,
    because: undefined,
  } as const
  if (isReplica(secret, region))
    return { ...entry, age: undefined, nextDue: undefined, states: ['REPLICA'], path: replicaPath(secret) }

  const told = isEmpty(secret) ? undefined : age
  const known = told && isKnown(told) ? told : undefined
  const unknown = told && !isKnown(told) ? told : undefined
  const aged = { ...entry, age: known, ...unknown }
  const ageStates: readonly State[] = isEmpty(secret)
    ? ['EMPTY']
    : agesStates(known, thresholdsFor(secret, standards), now)
  const nextByService = secret.rotationEnabled ? secret.nextRotation?.getTime() : undefined
  if (secret.owningService !== undefined)
    return {
      ...aged,
      nextDue: nextByService,
      states: sorted([...ageStates, 'MANAGED_BY_AWS']),
      path: awsPath(secret),
    }

  const unowned: readonly State[] = owner === undefined ? ['UNOWNED'] : []
  const isOurs = standards.isOurs(secret)
  if (!isOurs && !isOverlaps(secret))
    return {
      ...aged,
      nextDue: nextByService,
      states: sorted([...ageStates, ...unowned, 'UNMANAGED']),
      path: adoptionPath(secret, owner),
    }

  // What another deployment judges by is not known here.
  const deployment = isOurs ? standards.deployment : undefined
  const managed = managedOf(secret, known, { deployment, now })
  const states = sorted([...ageStates, ...unowned, ...managedStates(secret, managed)])
  return {
    ...aged,
    ...(unknown === undefined ? reasonOf(managed) : {}),
    nextDue: managed.nextDue,
    states,
    path: managedPath(secret, { ...managed, states, age: known }),
  }
}

/** An access key in the inventory. `secret`: name of the one in rotation that holds a key of the same user. */
export function accessKeyEntry(
  key: AccessKey,
  { now, thresholds, ownerTags }: Standards,
  secret?: string,
): Entry {
  const owner = key.tags && ownerOf(key.tags, ownerTags)
  const told = accessKeyAge(key, now)
  const age = isKnown(told) ? told : undefined
  return {
    type: 'access key',
    id: key.id,
    name: key.userName,
    owner,
    age,
    lastRotated: undefined,
    nextDue: undefined,
    states: sorted([
      // An inactive one opens nothing, however old it is.
      ...(key.active ? agesStates(age, thresholds, now) : (['DISABLED'] as const)),
      // Whose it is, the tags may say that could not be read.
      ...(key.tags !== undefined && owner === undefined ? (['UNOWNED'] as const) : []),
      ...(secretOfKey(key) !== undefined || (secret !== undefined && key.isOnly && key.active)
        ? []
        : (['UNMANAGED'] as const)),
    ]),
    ...accessKeyReason(key, told),
    path: accessKeyPath(key, owner, secret),
  }
}

function accessKeyReason({ tags }: AccessKey, told: Age | AgeUnknown): Pick<Entry, 'reason' | 'because'> {
  if (!isKnown(told)) return told
  if (tags !== undefined) return { reason: undefined, because: undefined }
  return {
    reason: 'OWNER_UNKNOWN',
    because: 'the tags of its user could not be read, so whose it is is not known',
  }
}

/** The primary names its own Region. */
export function isReplica({ primaryRegion }: ListedSecret, region: string): boolean {
  return primaryRegion !== undefined && primaryRegion !== region
}

function agesStates(age: Age | undefined, thresholds: Thresholds, now: number): readonly State[] {
  if (age === undefined) return ['AGE_UNKNOWN']
  const ripeness = ripenessOf(age.since, thresholds, now)
  if (ripeness === 'fresh') return ['FRESH']
  const ripe = ripeness === 'stale' ? 'STALE' : 'DUE'
  return age.of === 'secret' ? ['NEVER_ROTATED', ripe] : [ripe]
}

function managedStates(secret: ListedSecret, { hold, blocked }: Managed): readonly State[] {
  return [
    ...(blocked === undefined ? [] : (['BLOCKED'] as const)),
    ...(secret.rotationEnabled ? [] : (['DISABLED'] as const)),
    ...(hold === undefined ? [] : (['ON_HOLD'] as const)),
    ...(waitingIn(secret) === undefined ? [] : (['ROTATING'] as const)),
    ...(drainingIn(secret) === undefined ? [] : (['DRAINING'] as const)),
  ]
}

function reasonOf({ hold, blocked }: Managed): Pick<Entry, 'reason' | 'because'> {
  if (blocked !== undefined) return { reason: blocked.reason, because: blocked.because }
  if (hold === undefined) return { reason: undefined, because: undefined }
  return { reason: 'ON_HOLD', because: `until ${new Date(hold.until).toISOString()}: ${hold.reason}` }
}

function sorted(states: readonly State[]): readonly State[] {
  return stateOrder.filter((state) => states.includes(state))
}
