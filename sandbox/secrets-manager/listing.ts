import { isObject } from '../json-service.ts'
import { ServiceError } from './errors.ts'
import { shown } from './labels.ts'
import {
  optionalFlag,
  optionalList,
  optionalText,
  optionalTexts,
  page,
  type Request,
  requiredText,
  secretId,
} from './request.ts'
import { intervalDays } from './schedule.ts'
import type { Secret } from './secrets.ts'
import { date, type Operation, type Service } from './service.ts'

export const describeSecret: Operation = (service, request) => {
  const secret = service.secrets.get(secretId(request))
  const stages = labelledVersions(secret)
  return {
    ...details(secret),
    VersionIdsToStages: Object.keys(stages).length > 0 ? stages : undefined,
  }
}

export const listSecrets: Operation = (service, request) => {
  const deletedToo = optionalFlag(request, 'IncludePlannedDeletion') ?? false
  const found = filterSecrets(
    inOrder(service, sortBy(request)).filter((secret) => deletedToo || secret.deletionAt === undefined),
    filters(request) ?? [],
    service.region,
  )
  const sorted = sortOrder(request) === 'desc' ? found.toReversed() : found
  const { items, nextToken } = page(sorted, request, { max: 100, usual: 100 })
  return {
    SecretList: items.map((secret) => {
      const stages = labelledVersions(secret)
      return {
        ...details(secret),
        SecretVersionsToStages: Object.keys(stages).length > 0 ? stages : undefined,
      }
    }),
    NextToken: nextToken,
  }
}

function details(secret: Secret): Readonly<Record<string, unknown>> {
  const { rotation } = secret
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description || undefined,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.functionArn,
    RotationRules: rotation?.rules && {
      AutomaticallyAfterDays:
        rotation.rules.scheduleExpression === undefined
          ? rotation.rules.automaticallyAfterDays
          : secret.rotatedAt && intervalDays(rotation.rules, secret.rotatedAt),
      Duration: rotation.rules.duration,
      ScheduleExpression: rotation.rules.scheduleExpression,
    },
    LastRotatedDate: rotation?.enabled ? date(secret.rotatedAt) : undefined,
    NextRotationDate: rotation?.enabled ? date(secret.nextRotationAt) : undefined,
    LastChangedDate: date(secret.changedAt),
    LastAccessedDate: date(secret.accessedAt),
    DeletedDate: date(secret.deletionAt),
    CreatedDate: date(secret.createdAt),
    OwningService: secret.owningService,
    PrimaryRegion: secret.primaryRegion,
    Tags: secret.tags && [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
  }
}

/** Versions without a label are deprecated and not shown. */
function labelledVersions(secret: Secret): Readonly<Record<string, readonly string[]>> {
  const stages: Record<string, readonly string[]> = {}
  for (const version of secret.versions.values())
    if (version.labels.size > 0) stages[version.id] = shown(version.labels)
  return stages
}

function sortOrder(request: Request): 'asc' | 'desc' {
  const order = optionalText(request, 'SortOrder', { pattern: /^(asc|desc)$/ })
  return order === 'asc' ? 'asc' : 'desc'
}

const sortKeys = ['created-date', 'last-accessed-date', 'last-changed-date', 'name'] as const

function sortBy(request: Request): (typeof sortKeys)[number] {
  const text = optionalText(request, 'SortBy')
  if (text === undefined) return 'created-date'
  const key = sortKeys.find((known) => known === text)
  if (key === undefined) throw notAMember('sortBy', text, sortKeys)
  return key
}

/** Ascending. */
function inOrder({ secrets }: Service, key: (typeof sortKeys)[number]): readonly Secret[] {
  switch (key) {
    case 'created-date':
      return secrets.sortedBy('createdAt')
    case 'name':
      return secrets.sortedBy('name')
    case 'last-accessed-date':
      return secrets.all().toSorted((one, other) => (one.accessedAt ?? 0) - (other.accessedAt ?? 0))
    case 'last-changed-date':
      return secrets.all().toSorted((one, other) => one.changedAt - other.changedAt)
  }
}

const filterKeys = [
  'description',
  'name',
  'tag-key',
  'tag-value',
  'primary-region',
  'owning-service',
  'all',
] as const

export interface Filter {
  readonly key: (typeof filterKeys)[number]
  readonly values: readonly string[]
}

function notAMember(field: string, value: string, allowed: readonly string[]): ServiceError {
  return new ServiceError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  )
}

/** The Filters of a request. Throws for what the model does not allow. */
export function filters(request: Request): readonly Filter[] | undefined {
  return optionalList(request, 'Filters', { min: 0, max: 10 })?.map((filter) => {
    if (!isObject(filter))
      throw new ServiceError('SerializationException', 'Filters must be a list of structures')
    const text = requiredText(filter, 'Key')
    const key = filterKeys.find((known) => known === text)
    if (key === undefined) throw notAMember('filters.key', text, filterKeys)
    const values = optionalTexts(filter, 'Values', {
      min: 1,
      max: 10,
      each: { max: 512, pattern: /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/ },
    })
    if (!values) throw new ServiceError('InvalidParameterException', `Filter ${key} must have Values.`)
    return { key, values }
  })
}

/**
 * Secrets that match every filter. A filter matches by any of its values; a value with `!` in front must not match
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html).
 */
export function filterSecrets(
  secrets: readonly Secret[],
  wanted: readonly Filter[],
  region: string,
): readonly Secret[] {
  return secrets.filter((secret) => wanted.every((filter) => passes(secret, filter, region)))
}

function passes(secret: Secret, { key, values }: Filter, region: string): boolean {
  const barred = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1))
  const asked = values.filter((value) => !value.startsWith('!'))
  const matches = (value: string) => matchesValue(secret, key, value, region)
  return !barred.some(matches) && (asked.length === 0 || asked.some(matches))
}

function matchesValue(secret: Secret, key: Filter['key'], value: string, region: string): boolean {
  if (key === 'all') return matchesAnywhere(secret, value, region)
  if (key === 'description') return (secret.description ?? '').toLowerCase().startsWith(value.toLowerCase())
  return attributes(secret, region)[key].some((attribute) => attribute.startsWith(value))
}

function attributes(
  secret: Secret,
  region: string,
): Readonly<Record<Exclude<Filter['key'], 'all'>, readonly string[]>> {
  return {
    description: secret.description ? [secret.description] : [],
    name: [secret.name],
    'tag-key': [...(secret.tags?.keys() ?? [])],
    'tag-value': [...(secret.tags?.values() ?? [])],
    'primary-region': [secret.primaryRegion ?? region],
    'owning-service': secret.owningService ? [secret.owningService] : [],
  }
}

/** Breaks the value into words; each must begin a word of some attribute, in any case. */
function matchesAnywhere(secret: Secret, value: string, region: string): boolean {
  const words = Object.values(attributes(secret, region))
    .flat()
    .flatMap((attribute) => wordsOf(attribute))
  return wordsOf(value).every((wanted) => words.some((word) => word.startsWith(wanted)))
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}
