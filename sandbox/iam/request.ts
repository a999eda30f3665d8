import { QueryError } from '../query-service.ts'
import { isTag } from './tags.ts'

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

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
export function accessKeyId(fields: URLSearchParams): string {
  const id = fields.get('AccessKeyId') ?? ''
  if (id.length < 16)
    throw constraint(id, 'accessKeyId', 'Member must have length greater than or equal to 16')
  if (id.length > 128)
    throw constraint(id, 'accessKeyId', 'Member must have length less than or equal to 128')
  if (!/^\w+$/.test(id))
    throw new QueryError(
      'ValidationError',
      'The specified value for accessKeyId is invalid. It must contain only alphanumeric characters.',
      400,
    )
  return id
}

export function status(fields: URLSearchParams): 'Active' | 'Inactive' {
  const text = fields.get('Status') ?? ''
  if (text !== 'Active' && text !== 'Inactive')
    throw constraint(text, 'status', 'Member must satisfy enum value set: [Active, Inactive]')
  return text
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html */
export function tags(fields: URLSearchParams): readonly (readonly [key: string, value: string])[] {
  const given = members(fields, 'Tags', '.Key').map(([at, key]): [string, string] => [
    key,
    fields.get(`Tags.member.${at}.Value`) ?? '',
  ])
  given.forEach(([key, value], index) => {
    if (!isTag(key, value))
      throw constraint(
        `${key}=${value}`,
        `tags.${index + 1}.member`,
        'Member must be a key of 1 to 128 and a value of at most 256 characters of \\p{L}\\p{Z}\\p{N}_.:/=+-@, and not begin with aws:',
      )
  })
  return given
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html */
export function tagKeys(fields: URLSearchParams): readonly string[] {
  return members(fields, 'TagKeys', '').map(([, key]) => key)
}

const MOST_MEMBERS = 50

/** The items of a list by their number, from 1. */
function members(fields: URLSearchParams, list: string, part: string): readonly [at: number, text: string][] {
  const found: [number, string][] = []
  for (let at = 1; fields.has(`${list}.member.${at}${part}`); at++)
    found.push([at, fields.get(`${list}.member.${at}${part}`) ?? ''])
  if (found.length > MOST_MEMBERS)
    throw constraint(
      `${found.length} members`,
      list,
      `Member must have length less than or equal to ${MOST_MEMBERS}`,
    )
  return found
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
