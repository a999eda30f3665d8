import { QueryError } from '../query-service.ts'

/** Reads the fields of a request and holds them to the constraints of the service model; every reader throws QueryError. */

/** Without one IAM means the user whose key signs the call; whoever calls the sandbox is none of its users. */
export function userName(fields: URLSearchParams): string {
  const name = fields.get('UserName')
  if (name === null)
    throw new QueryError(
      'ValidationError',
      'Must specify userName when calling with non-User credentials',
      400,
    )
  if (!/^[\w+=,.@-]+$/.test(name))
    throw new QueryError(
      'ValidationError',
      'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
      400,
    )
  return name
}

export function pathPrefix(fields: URLSearchParams): string {
  const prefix = fields.get('PathPrefix') ?? '/'
  if (!/^\/[\x21-\x7e]*$/.test(prefix) || prefix.length > 512)
    throw constraint(prefix, 'pathPrefix', 'Member must satisfy regular expression pattern: (/[!-\\x7F]*)')
  return prefix
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
const USUAL_ITEMS = 100
const MOST_ITEMS = 1_000

/** A page of `items` and what says whether more come; the marker is opaque to callers. */
export function page<T>(
  items: readonly T[],
  fields: URLSearchParams,
): { readonly items: readonly T[]; readonly IsTruncated: boolean; readonly Marker: string | undefined } {
  const size = maxItems(fields)
  const start = startOf(fields.get('Marker'))
  const end = start + size
  const truncated = end < items.length
  return {
    items: items.slice(start, end),
    IsTruncated: truncated,
    Marker: truncated ? Buffer.from(`from ${end}`).toString('base64') : undefined,
  }
}

function maxItems(fields: URLSearchParams): number {
  const text = fields.get('MaxItems')
  if (text === null) return USUAL_ITEMS
  const value = Number(text)
  if (!Number.isInteger(value)) throw new QueryError('MalformedInput', 'MaxItems must be an integer', 400)
  if (value < 1) throw constraint(text, 'maxItems', 'Member must have value greater than or equal to 1')
  if (value > MOST_ITEMS)
    throw constraint(text, 'maxItems', `Member must have value less than or equal to ${MOST_ITEMS}`)
  return value
}

function startOf(marker: string | null): number {
  if (marker === null) return 0
  const start = /^from ([1-9]\d*)$/.exec(Buffer.from(marker, 'base64').toString())?.[1]
  if (start === undefined) throw new QueryError('ValidationError', 'Invalid Marker.', 400)
  return Number(start)
}

function constraint(value: string, field: string, rule: string): QueryError {
  return new QueryError(
    'ValidationError',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${rule}`,
    400,
  )
}
