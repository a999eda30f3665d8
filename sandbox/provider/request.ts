import type { Route } from './faults.ts'
import { ProviderRefusal } from './refusal.ts'

/** A call, as far as the provider tells one from another. */
export interface ProviderRequest {
  readonly route: Route
  /** Of the key that the path names; empty where it names none. */
  readonly keyId: string
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
}

const paths: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['POST', /^\/v1\/keys$/, 'create'],
  ['GET', /^\/v1\/keys$/, 'list'],
  ['GET', /^\/v1\/keys\/(\w+)$/, 'describe'],
  ['GET', /^\/v1\/keys\/(\w+)\/last-use$/, 'lastUse'],
  ['POST', /^\/v1\/keys\/(\w+)\/disable$/, 'disable'],
  ['POST', /^\/v1\/keys\/(\w+)\/enable$/, 'enable'],
  ['DELETE', /^\/v1\/keys\/(\w+)$/, 'remove'],
  ['GET', /^\/v1\/me$/, 'whoami'],
  ['POST', /^\/v1\/messages$/, 'send'],
]

/** Throws for what the provider does not have. */
export function readRequest(method: string, target: string, text: string): ProviderRequest {
  const { pathname, searchParams: query } = new URL(target, 'https://provider')
  for (const [expected, path, route] of paths) {
    const found = method === expected ? path.exec(pathname) : null
    if (found) return { route, query, keyId: found[1] ?? '', body: parsed(text) }
  }
  throw new ProviderRefusal(404, 'no_such_route', 'There is nothing here.')
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text === '' ? '{}' : text)
  } catch {
    // The parser's own message would quote the body.
    throw new ProviderRefusal(400, 'invalid_request', 'The body is not JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProviderRefusal(400, 'invalid_request', 'The body is no object.')
  return value as Readonly<Record<string, unknown>>
}
