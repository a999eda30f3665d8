import { randomUUID } from 'node:crypto'
import { labelLimits } from './request.ts'
import type { RotationConfiguration, Version } from './secrets.ts'
import { dayOf, type Service } from './service.ts'
import { readNewSecret } from './values.ts'

/** A secret with a past. Times in milliseconds since the epoch. */
export interface SeededSecret {
  readonly name: string
  /** The value of each version. */
  readonly secretString: string
  readonly description?: string
  /** Also those that AWS itself sets, which begin with `aws:`. */
  readonly tags?: Readonly<Record<string, string>>
  /** The AWS service that owns the secret, such as `rds`. */
  readonly owningService?: string
  /** Of a secret that is replicated: the Region of its primary, which may be this one. */
  readonly primaryRegion?: string
  /** ARN, id or alias. */
  readonly keyId?: string
  /** The six characters at the end of the ARN. Default: drawn by lot. */
  readonly arnSuffix?: string
  /** Default now. */
  readonly created?: number
  /** Default: when the secret or the last of its versions was created. */
  readonly changed?: number
  /** When Secrets Manager rotated it last. */
  readonly rotated?: number
  /** Kept as a date without a time. */
  readonly lastAccessed?: number
  /** Default: one that is AWSCURRENT, created with the secret. */
  readonly versions?: readonly SeededVersion[]
  readonly rotation?: SeededRotation
}

export interface SeededVersion {
  readonly labels: readonly string[]
  /** Default: with the secret. */
  readonly created?: number
  /** 32 to 64 characters. Default: drawn by lot. */
  readonly id?: string
  /** It has no value, as RotateSecret leaves it until a function brings one. */
  readonly empty?: boolean
}

export interface SeededRotation {
  readonly functionArn: string
  /** Default true. */
  readonly enabled?: boolean
  readonly automaticallyAfterDays?: number
  /** A date that is told; a rotation begins by itself only after a call that sets a schedule. */
  readonly next?: number
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const LABELS_PER_SECRET = 20

/** Throws ServiceError for what CreateSecret refuses, and Error for a past that calls could not have led to. */
export function seedSecret(
  service: Service,
  seed: SeededSecret,
): { readonly arn: string; readonly versionId: string } {
  const now = service.clock.now()
  const createdAt = seed.created ?? now
  const versions = (seed.versions ?? [{ labels: ['AWSCURRENT'] }]).map((version) =>
    versionOf(version, seed.secretString, createdAt),
  )
  const changedAt = seed.changed ?? Math.max(createdAt, ...versions.map((version) => version.createdAt))
  const rotation = seed.rotation && rotationOf(seed.rotation)
  checkLabels(seed.name, versions)
  checkTimes(seed, { createdAt, changedAt, now, versions })

  const secret = service.secrets.create({
    ...readNewSecret({
      Name: seed.name,
      Description: seed.description,
      KmsKeyId: seed.keyId,
      Tags: ownTags(seed).map(([Key, Value]) => ({ Key, Value })),
    }),
    tags: seed.tags && new Map(Object.entries(seed.tags)),
    owningService: seed.owningService,
    primaryRegion: seed.primaryRegion,
    suffix: seed.arnSuffix,
    createdAt,
  })
  for (const version of versions) secret.versions.set(version.id, version)
  const current = versions.find(({ labels }) => labels.has('AWSCURRENT'))
  secret.changedAt = changedAt
  secret.valueChangedAt = current?.createdAt ?? createdAt
  secret.rotatedAt = seed.rotated
  secret.accessedAt = seed.lastAccessed === undefined ? undefined : dayOf(seed.lastAccessed)
  secret.rotation = rotation
  secret.nextRotationAt = seed.rotation?.next
  return { arn: secret.arn, versionId: current?.id ?? '' }
}

function versionOf(
  { labels, created, id, empty = false }: SeededVersion,
  text: string,
  secretCreatedAt: number,
): Version {
  return {
    id: id ?? randomUUID(),
    value: empty ? undefined : { kind: 'string', text },
    labels: new Set(labels),
    createdAt: created ?? secretCreatedAt,
    accessedAt: undefined,
  }
}

function rotationOf({
  functionArn,
  enabled = true,
  automaticallyAfterDays,
}: SeededRotation): RotationConfiguration {
  const rules =
    automaticallyAfterDays === undefined
      ? undefined
      : { automaticallyAfterDays, scheduleExpression: undefined, duration: undefined }
  return { functionArn, enabled, rules }
}

/** Those that a caller sets. */
function ownTags({ tags = {} }: SeededSecret): readonly [string, string][] {
  return Object.entries(tags).filter(([key]) => !/^aws:/i.test(key))
}

/**
 * A label is on one version at a time; the first value that a secret gets is AWSCURRENT, and that label never goes away again; AWSPREVIOUS is where it was
 * before (https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#term_version).
 */
function checkLabels(name: string, versions: readonly Version[]): void {
  const expect = expecting(name)
  const all = versions.flatMap(({ labels }) => [...labels])
  const holder = (label: string) => versions.find(({ labels }) => labels.has(label))
  expect(new Set(versions.map(({ id }) => id)).size === versions.length, 'two versions have the same id')
  expect(
    versions.every(({ id }) => id.length >= 32 && id.length <= 64),
    'the id of a version has 32 to 64 characters',
  )
  expect(new Set(all).size === all.length, 'a label is on two versions')
  expect(all.length <= LABELS_PER_SECRET, 'a secret has at most 20 labels')
  expect(
    all.every((label) => label !== '' && label.length <= (labelLimits.max ?? 0)),
    'a label has 1 to 256 characters',
  )
  expect(
    versions.every(({ value }) => value === undefined) || holder('AWSCURRENT')?.value !== undefined,
    'a secret with a value has one that is AWSCURRENT',
  )
  expect(
    versions.every(({ value, labels }) => value !== undefined || !labels.has('AWSCURRENT')),
    'a version without a value is not AWSCURRENT',
  )
  const previous = holder('AWSPREVIOUS')
  expect(
    previous === undefined || previous.value !== undefined,
    'AWSPREVIOUS was AWSCURRENT, and has a value',
  )
  expect(
    previous === undefined || !previous.labels.has('AWSCURRENT'),
    'AWSPREVIOUS is what AWSCURRENT was before',
  )
}

function checkTimes(
  { name, rotated, lastAccessed, rotation }: SeededSecret,
  known: { createdAt: number; changedAt: number; now: number; versions: readonly Version[] },
): void {
  const expect = expecting(name)
  const { createdAt, changedAt, now, versions } = known
  const past = (time: number | undefined) => time === undefined || (time >= createdAt && time <= now)
  expect(createdAt <= now, 'it was created in the future')
  expect(
    versions.every((version) => past(version.createdAt) && version.createdAt <= changedAt),
    'its versions came after it, and each of them changed it',
  )
  expect(
    past(changedAt) && past(rotated),
    'it was changed, or rotated, before it was created or in the future',
  )
  expect(
    lastAccessed === undefined || (dayOf(lastAccessed) >= dayOf(createdAt) && lastAccessed <= now),
    'it was read before it was created or in the future',
  )
  expect(rotated === undefined || rotation !== undefined, 'it was rotated, and has no rotation')
}

function expecting(name: string): (holds: boolean, rule: string) => void {
  return (holds, rule) => {
    if (!holds) throw new Error(`the seed of ${name} is none that AWS could hold: ${rule}`)
  }
}
