import { labelNotFound, ServiceError, versionNotFound } from './errors.ts'
import { attachLabels, expiredVersions, shown } from './labels.ts'
import { filterSecrets, filters } from './listing.ts'
import {
  clientRequestToken,
  labelLimits,
  optionalText,
  optionalTexts,
  optionalValue,
  page,
  type Request,
  requiredText,
  secretId,
  versionIdLimits,
} from './request.ts'
import {
  holderOf,
  type NewSecret,
  type Secret,
  type SecretValue,
  sameValue,
  type Version,
} from './secrets.ts'
import { date, dayOf, type Operation, type Service } from './service.ts'
import { optionalTags } from './tags.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html#SecretsManager-CreateSecret-request-Name */
function newName(text: string): string {
  if (!/^[A-Za-z0-9/_+=.@!-]+$/.test(text))
    throw new ServiceError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    )
  return text
}

/** What a secret is from the moment that it exists, held to the same rules whoever makes it. */
export function readNewSecret(request: Request): NewSecret {
  return {
    name: newName(requiredText(request, 'Name', { min: 1, max: 512 })),
    description: optionalText(request, 'Description', { max: 2048 }),
    kmsKeyId: optionalText(request, 'KmsKeyId', { max: 2048 }) || undefined,
    tags: optionalTags(request),
  }
}

export const createSecret: Operation = (service, request) => {
  const secret = readNewSecret(request)
  const value = optionalValue(request)
  const token = value && clientRequestToken(request, 'InvalidRequestException')
  if (Array.isArray(request.AddReplicaRegions) && request.AddReplicaRegions.length > 0)
    throw new ServiceError('InvalidRequestException', 'AddReplicaRegions is not part of the sandbox.')
  const repeated = service.secrets.find(secret.name)
  if (repeated && repeated.deletionAt === undefined && token && value) {
    const stored = repeated.versions.get(token)?.value
    if (stored && sameValue(stored, value))
      return { ARN: repeated.arn, Name: repeated.name, VersionId: token }
  }
  const first = value && token ? { value, versionId: token } : undefined
  return addSecret(service, secret, first)
}

/** A secret with its first version, which has AWSCURRENT. */
function addSecret(
  service: Service,
  secret: NewSecret,
  first: { readonly value: SecretValue; readonly versionId: string } | undefined,
): { readonly ARN: string; readonly Name: string; readonly VersionId: string | undefined } {
  const created = service.secrets.create(secret)
  if (first) store(service, created, { ...first, labels: undefined })
  return { ARN: created.arn, Name: created.name, VersionId: first?.versionId }
}

export const putSecretValue: Operation = (service, request) => {
  const id = secretId(request)
  const token = clientRequestToken(request, 'InvalidRequestException')
  const value = optionalValue(request)
  const labels = optionalTexts(request, 'VersionStages', { min: 1, max: 20, each: labelLimits })
  const rotationToken = optionalText(request, 'RotationToken', { min: 36, max: 256, sensitive: true })
  const secret = service.secrets.live(id)
  if (!value)
    throw new ServiceError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.')
  checkRotationToken(service, secret, token, rotationToken)
  const version = store(service, secret, { versionId: token, value, labels })
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: shown(version.labels) }
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html. The wording is the sandbox's own. */
function checkRotationToken(
  service: Service,
  secret: Secret,
  versionId: string,
  given: string | undefined,
): void {
  const expected = service.rotations.rotationToken(secret, versionId)
  if (given === undefined && expected !== undefined && service.requireRotationToken)
    throw new ServiceError(
      'AccessDeniedException',
      'You must provide the RotationToken of this rotation when you put its secret value.',
    )
  if (given !== undefined && given !== expected)
    throw new ServiceError(
      'AccessDeniedException',
      'The RotationToken is not that of a rotation in progress for this version of the secret.',
    )
}

export const updateSecret: Operation = (service, request) => {
  const id = secretId(request)
  const value = optionalValue(request)
  const token = value && clientRequestToken(request, 'InvalidRequestException')
  const description = optionalText(request, 'Description', { max: 2048 })
  const kmsKeyId = optionalText(request, 'KmsKeyId', { max: 2048 })
  const secret = service.secrets.live(id)
  if (value && token) store(service, secret, { versionId: token, value, labels: undefined })
  if (description !== undefined) secret.description = description
  if (kmsKeyId !== undefined) secret.kmsKeyId = kmsKeyId || undefined
  secret.changedAt = service.clock.now()
  return { ARN: secret.arn, Name: secret.name, VersionId: token }
}

const LABELS_PER_SECRET = 20

/**
 * Stores a value under a token, which becomes the version id. The same token with the same value changes nothing; a version that
 * RotateSecret made takes its first value. Without labels the version becomes AWSCURRENT, and so does the first of a secret
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html).
 */
function store(
  service: Service,
  secret: Secret,
  put: {
    readonly versionId: string
    readonly value: SecretValue
    readonly labels: readonly string[] | undefined
  },
): Version {
  const known = secret.versions.get(put.versionId)
  if (known?.value !== undefined) {
    if (sameValue(known.value, put.value)) return known
    throw new ServiceError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${put.versionId} because that value is already in use for a version of secret ${secret.arn}.`,
    )
  }
  const labels = new Set(put.labels ?? ['AWSCURRENT'])
  if (secret.versions.size === 0) labels.add('AWSCURRENT')
  checkLabelCount(secret, labels)

  const now = service.clock.now()
  const version: Version = known ?? {
    id: put.versionId,
    value: undefined,
    labels: new Set(),
    createdAt: now,
    accessedAt: undefined,
  }
  version.value = put.value
  secret.versions.set(version.id, version)
  if (labels.has('AWSCURRENT')) abandonRotation(service, secret, version)
  const moves = attachLabels(secret, version, labels)
  for (const expired of expiredVersions(secret, now)) {
    secret.versions.delete(expired)
    service.events.trail('EndSecretVersionDelete', secret, { versionId: expired })
  }
  secret.changedAt = now
  service.events.labels(secret, moves)
  service.rotations.labelsMoved(secret)
  if (labels.has('AWSCURRENT')) {
    secret.valueChangedAt = now
    service.rotations.schedule(secret)
  }
  return version
}

function checkLabelCount(secret: Secret, added: ReadonlySet<string>): void {
  const all = new Set(added)
  for (const version of secret.versions.values()) for (const label of version.labels) all.add(label)
  if (all.size > LABELS_PER_SECRET)
    throw new ServiceError(
      'LimitExceededException',
      `A secret can have at most ${LABELS_PER_SECRET} staging labels.`,
    )
}

/**
 * A new current version made by hand gives up the rotation under way: the service takes AWSPENDING from its version, so that later
 * rotations are not blocked, and says so
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html, RotationAbandoned).
 */
function abandonRotation(service: Service, secret: Secret, version: Version): void {
  const pending = holderOf(secret, 'AWSPENDING')
  if (!pending || pending === version) return
  const unfinished = !pending.labels.has('AWSCURRENT')
  pending.labels.delete('AWSPENDING')
  if (unfinished) service.events.trail('RotationAbandoned', secret, { versionId: pending.id })
}

export const getSecretValue: Operation = (service, request) => {
  const id = secretId(request)
  const versionId = optionalText(request, 'VersionId', versionIdLimits)
  const label = optionalText(request, 'VersionStage', labelLimits)
  const secret = service.secrets.live(id)
  return read(service, secret, chosen(secret, versionId, label))
}

function chosen(secret: Secret, versionId: string | undefined, label: string | undefined): Version {
  if (versionId === undefined) {
    const version = holderOf(secret, label ?? 'AWSCURRENT')
    if (version?.value === undefined) throw labelNotFound(label ?? 'AWSCURRENT')
    return version
  }
  const version = secret.versions.get(versionId)
  if (!version) throw versionNotFound(versionId)
  if (label !== undefined && !version.labels.has(label))
    throw new ServiceError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    )
  if (version.value === undefined) throw versionNotFound(versionId)
  return version
}

function read(service: Service, secret: Secret, version: Version): Readonly<Record<string, unknown>> {
  const today = dayOf(service.clock.now())
  secret.accessedAt = today
  version.accessedAt = today
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...(version.value?.kind === 'binary'
      ? { SecretBinary: version.value.base64 }
      : { SecretString: version.value?.text }),
    VersionStages: shown(version.labels),
    CreatedDate: date(version.createdAt),
  }
}

export const batchGetSecretValue: Operation = (service, request) => {
  const ids = optionalTexts(request, 'SecretIdList', { min: 1, max: 20, each: { min: 1, max: 2048 } })
  const wanted = filters(request)
  if ((ids === undefined) === (wanted === undefined))
    throw new ServiceError(
      'InvalidParameterException',
      'You must include Filters or SecretIdList, but not both.',
    )
  if (ids && request.MaxResults !== undefined)
    throw new ServiceError('InvalidParameterException', 'To use MaxResults you must also use Filters.')
  const found =
    ids ?? filterSecrets(liveSecrets(service), wanted ?? [], service.region).map((secret) => secret.name)
  const { items, nextToken } = page(found, request, { max: 20, usual: 20 })

  const values: unknown[] = []
  const errors: unknown[] = []
  for (const id of items) {
    try {
      const secret = service.secrets.live(id)
      values.push(read(service, secret, chosen(secret, undefined, undefined)))
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      errors.push({ SecretId: id, ErrorCode: error.type, Message: error.message })
    }
  }
  return { SecretValues: values, Errors: errors, NextToken: nextToken }
}

function liveSecrets(service: Service): readonly Secret[] {
  return service.secrets.all().filter((secret) => secret.deletionAt === undefined)
}
