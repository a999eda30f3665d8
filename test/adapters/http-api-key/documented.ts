/**
 * Stand-ins for providers, which answer as their public documentation says and know nothing that it does not say. What each does is linked in the definition.
 */
import { randomUUID } from 'node:crypto'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** What the header Authorization brings as a bearer. */
  readonly token: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface Answer {
  readonly status: number
  readonly body?: object
}

export interface Documented {
  answer(asked: Asked): Answer
  /** Made by hand, with such rights. */
  byHand(rights: unknown): { readonly keyId: string; readonly key: string }
}

const ADMIN = 'admin-token'

/** `flat`: a key is described at the top of an answer, as others' clients read it, and not in a list, as the documentation says. `most`: keys. */
export function sendgrid({ flat = false, most = 100 } = {}): Documented {
  const keys = new Map<string, { readonly name: string; readonly scopes: unknown; readonly key: string }>()
  const made = (name: string, scopes: unknown) => {
    const id = randomUUID().replaceAll('-', '').slice(0, 22)
    const key = `SG.${id}.${randomUUID()}`
    // Without scopes in the request a key has full access.
    keys.set(id, { name, scopes: scopes ?? ['everything'], key })
    return { api_key: key, api_key_id: id, name, scopes }
  }
  const refusal = (status: number): Answer => ({ status, body: { errors: [{ field: null, message: 'no' }] } })
  return {
    byHand(scopes) {
      const { api_key: key, api_key_id: keyId } = made('by hand', scopes)
      return { key, keyId }
    },
    answer({ method, path, query, token, body }) {
      const user = [...keys.values()].find(({ key }) => key === token)
      if (user === undefined && token !== ADMIN) return refusal(401)
      if (`${method} ${path}` === 'GET /v3/scopes') return { status: 200, body: { scopes: user?.scopes } }
      if (token !== ADMIN) return refusal(403)
      if (`${method} ${path}` === 'POST /v3/api_keys' && keys.size >= most) return refusal(403)
      if (`${method} ${path}` === 'POST /v3/api_keys')
        return { status: 201, body: made(String(body.name), body.scopes) }
      const described = [...keys].map(([api_key_id, { name, scopes }]) => ({ api_key_id, name, scopes }))
      if (`${method} ${path}` === 'GET /v3/api_keys')
        return {
          status: 200,
          body: {
            result: described.slice(0, Number(query.get('limit'))).map(({ scopes, ...named }) => named),
          },
        }
      const id = /^\/v3\/api_keys\/([\w-]+)$/.exec(path)?.[1] ?? ''
      if (!keys.has(id)) return refusal(404)
      if (method === 'DELETE') return keys.delete(id) ? { status: 204 } : refusal(404)
      const found = described.filter(({ api_key_id }) => api_key_id === id)
      return { status: 200, body: flat ? (found[0] ?? {}) : { result: found } }
    },
  }
}

interface CloudflareToken {
  readonly id: string
  readonly issued_on: string
  readonly last_used_on?: string
  readonly [field: string]: unknown
}

export function cloudflare(account: string): Documented {
  const tokens = new Map<string, { token: CloudflareToken; readonly value: string }>()
  const tell = (result: unknown, more: object = {}): Answer => ({
    status: 200,
    body: { success: true, errors: [], messages: [], result, ...more },
  })
  const refusal = (status: number): Answer => ({
    status,
    body: {
      success: false,
      errors: [{ code: 1000, message: 'Invalid API Token' }],
      messages: [],
      result: null,
    },
  })
  const made = (given: Readonly<Record<string, unknown>>) => {
    const id = randomUUID().replaceAll('-', '')
    const value = `v1.0-${randomUUID()}`
    const token = { ...given, id, status: 'active', issued_on: new Date().toISOString() }
    tokens.set(id, { token, value })
    return { ...token, value }
  }
  const root = `/client/v4/accounts/${account}/tokens`
  return {
    byHand(policies) {
      const { id, value } = made({ name: 'by hand', policies })
      return { keyId: id, key: value }
    },
    answer({ method, path, query, token: bearer, body }) {
      if (`${method} ${path}` === `GET ${root}/verify`) {
        const user = [...tokens.values()].find(({ value }) => value === bearer)
        if (user === undefined) return refusal(401)
        const { id, status } = user.token
        if (status === 'active') user.token = { ...user.token, last_used_on: new Date().toISOString() }
        return tell({ id, status })
      }
      if (bearer !== ADMIN) return refusal(403)
      if (`${method} ${path}` === `POST ${root}`) return tell(made(body))
      if (`${method} ${path}` === `GET ${root}`) {
        const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 20)]
        const all = [...tokens.values()].map(({ token }) => token)
        const result = all.slice((page - 1) * size, page * size)
        return tell(result, {
          result_info: { page, per_page: size, count: result.length, total_count: all.length },
        })
      }
      const id = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : ''
      const found = tokens.get(id)
      if (found === undefined) return refusal(404)
      if (method === 'DELETE') return tokens.delete(id) ? tell({ id }) : refusal(404)
      if (method === 'PUT') {
        if (body.name === undefined || body.policies === undefined) return refusal(400)
        const { issued_on, last_used_on } = found.token
        found.token = { ...body, id, issued_on, ...(last_used_on === undefined ? {} : { last_used_on }) }
      }
      return tell(found.token)
    },
  }
}

export const adminSecret = { sendgrid: ADMIN, cloudflare: JSON.stringify({ token: ADMIN }) }
