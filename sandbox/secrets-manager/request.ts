import { isObject, type Members } from '../json-service.ts'
import { ServiceError } from './errors.ts'
import type { SecretValue } from './secrets.ts'

/**
 * Reads the members of a request and holds them to the constraints of the service model
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html). Every reader throws a `ServiceError`;
 * null counts as absent, as it does at AWS. No reader ever repeats a value of a secret.
 */
export type Request = Members

export interface TextLimits {
  readonly min?: number
  readonly max?: number
  readonly pattern?: RegExp
  /** An error must not show the value. */
  readonly sensitive?: boolean
}

const memberName = (field: string): string => field.charAt(0).toLowerCase() + field.slice(1)

function constraint(field: string, shown: string, rule: string): ServiceError {
  return new ServiceError(
    'ValidationException',
    `1 validation error detected: Value ${shown}at '${memberName(field)}' failed to satisfy constraint: ${rule}`,
  )
}

function wrongType(field: string, expected: string): ServiceError {
  return new ServiceError('SerializationException', `${field} must be ${expected}`)
}

export function optionalText(request: Request, field: string, limits: TextLimits = {}): string | undefined {
  const value = request[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrongType(field, 'a string')
  checkText(field, value, limits)
  return value
}

function checkText(field: string, value: string, { min, max, pattern, sensitive }: TextLimits): void {
  const rule =
    min !== undefined && value.length < min
      ? `Member must have length greater than or equal to ${min}`
      : max !== undefined && value.length > max
        ? `Member must have length less than or equal to ${max}`
        : pattern && !pattern.test(value)
          ? `Member must satisfy regular expression pattern: ${pattern.source}`
          : undefined
  if (rule !== undefined) throw constraint(field, sensitive ? '' : `'${value}' `, rule)
}

export function requiredText(request: Request, field: string, limits: TextLimits = {}): string {
  const value = optionalText(request, field, limits)
  if (value === undefined) throw constraint(field, 'null ', 'Member must not be null')
  return value
}

export function optionalFlag(request: Request, field: string): boolean | undefined {
  const value = request[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw wrongType(field, 'a boolean')
  return value
}

export function optionalInteger(
  request: Request,
  field: string,
  limits: { readonly min: number; readonly max: number },
): number | undefined {
  const value = request[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(field, 'an integer')
  if (value < limits.min)
    throw constraint(field, `'${value}' `, `Member must have value greater than or equal to ${limits.min}`)
  if (value > limits.max)
    throw constraint(field, `'${value}' `, `Member must have value less than or equal to ${limits.max}`)
  return value
}

export function optionalObject(request: Request, field: string): Request | undefined {
  const value = request[field]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw wrongType(field, 'a structure')
  return value
}

export function optionalTexts(
  request: Request,
  field: string,
  limits: { readonly min: number; readonly max: number; readonly each: TextLimits },
): readonly string[] | undefined {
  const value = optionalList(request, field, limits)
  return value?.map((item) => {
    if (typeof item !== 'string') throw wrongType(field, 'a list of strings')
    checkText(field, item, limits.each)
    return item
  })
}

export function optionalList(
  request: Request,
  field: string,
  limits: { readonly min: number; readonly max: number },
): readonly unknown[] | undefined {
  const value = request[field]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw wrongType(field, 'a list')
  if (value.length < limits.min || value.length > limits.max)
    throw constraint(field, '', `Member must have length between ${limits.min} and ${limits.max}, inclusive`)
  return value
}

/** Names, full ARNs and partial ARNs alike. */
export const secretId = (request: Request): string => requiredText(request, 'SecretId', { min: 1, max: 2048 })

/** Which operation is asked decides the error for a missing token: RotateSecret differs from the others [recorded]. */
export function clientRequestToken(
  request: Request,
  whenMissing: 'InvalidRequestException' | 'InvalidParameterException',
): string {
  const token = optionalText(request, 'ClientRequestToken')
  if (token === undefined)
    throw new ServiceError(
      whenMissing,
      'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    )
  if (token.length < 32 || token.length > 64)
    throw new ServiceError('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.')
  return token
}

export const versionIdLimits: TextLimits = { min: 32, max: 64 }
export const labelLimits: TextLimits = { min: 1, max: 256 }

const MAX_VALUE_BYTES = 65_536

/** SecretString or SecretBinary, at most one of them. */
export function optionalValue(request: Request): SecretValue | undefined {
  const { SecretString: text, SecretBinary: binary } = request
  const hasText = text !== undefined && text !== null
  const hasBinary = binary !== undefined && binary !== null
  if (hasText && hasBinary)
    throw new ServiceError(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  if (hasText) {
    if (typeof text !== 'string') throw wrongType('SecretString', 'a string')
    checkSize('SecretString', Buffer.byteLength(text))
    return { kind: 'string', text }
  }
  if (hasBinary) {
    if (typeof binary !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(binary))
      throw wrongType('SecretBinary', 'base64')
    checkSize('SecretBinary', Buffer.byteLength(binary, 'base64'))
    return { kind: 'binary', base64: binary }
  }
  return undefined
}

function checkSize(field: string, bytes: number): void {
  if (bytes < 1) throw constraint(field, '', 'Member must have length greater than or equal to 1')
  if (bytes > MAX_VALUE_BYTES)
    throw constraint(field, '', `Member must have length less than or equal to ${MAX_VALUE_BYTES}`)
}

/** A page of `items`; the token is opaque to callers. */
export function page<T>(
  items: readonly T[],
  request: Request,
  limits: { readonly max: number; readonly usual: number },
): { items: readonly T[]; nextToken: string | undefined } {
  const size = optionalInteger(request, 'MaxResults', { min: 1, max: limits.max }) ?? limits.usual
  const token = optionalText(request, 'NextToken', { min: 1, max: 4096 })
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString())
  if (!Number.isInteger(start) || start < 0 || (token !== undefined && start === 0))
    throw new ServiceError('InvalidNextTokenException', 'The NextToken value is invalid.')
  const end = start + size
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  }
}
