import { isObject, type Members, Refusal } from '../json-service.ts'

/** Reads the members of a request; every reader throws a Refusal. */

export function invalid(message: string): Refusal {
  return new Refusal('InvalidParameterException', message)
}

/** Members that the sandbox does not know are refused, so that nobody relies on what it would ignore. */
export function only(request: Members, ...known: string[]): void {
  const unknown = Object.keys(request).filter((key) => !known.includes(key) && request[key] !== undefined)
  if (unknown.length > 0) throw invalid(`The sandbox does not know ${unknown.join(', ')}.`)
}

export function text(request: Members, member: string): string {
  const value = request[member]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`${member} must be given.`)
}

export function texts(request: Members, member: string, most: number): readonly string[] {
  const value = request[member]
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
    throw invalid(`${member} must be a list.`)
  if (value.length === 0) throw invalid(`${member} cannot be empty.`)
  if (value.length > most) throw invalid(`${member} can have at most ${most} items.`)
  return value
}

/** The name in an ARN, or the name itself. */
export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

/** The default where no cluster is named. */
export function clusterOf(request: Members): string {
  return request.cluster === undefined ? 'default' : nameOf(text(request, 'cluster'))
}

/** Times of the filter `createdAt`, in ms since the epoch: later than `after`, earlier than `before`. */
export function createdAtOf(request: Members): { readonly after: number; readonly before: number } {
  const { createdAt = {} } = request
  if (!isObject(createdAt)) throw invalid('createdAt must be a structure.')
  const { after, before } = createdAt
  return {
    after: typeof after === 'number' ? after * 1_000 : Number.NEGATIVE_INFINITY,
    before: typeof before === 'number' ? before * 1_000 : Number.POSITIVE_INFINITY,
  }
}

/** A page of `items`, and the token of the next; opaque to callers. */
export function page<T>(
  items: readonly T[],
  request: Members,
  usual: number,
): { readonly items: readonly T[]; readonly nextToken: string | undefined } {
  const { nextToken, maxResults = usual } = request
  if (typeof maxResults !== 'number' || maxResults < 1 || maxResults > 100)
    throw invalid('maxResults must be between 1 and 100.')
  const start = nextToken === undefined ? 0 : startOf(nextToken)
  const end = start + maxResults
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(`from ${end}`).toString('base64') : undefined,
  }
}

function startOf(token: unknown): number {
  const start = /^from ([1-9]\d*)$/.exec(Buffer.from(String(token), 'base64').toString())?.[1]
  if (start === undefined) throw invalid('Invalid token.')
  return Number(start)
}
