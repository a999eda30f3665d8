import type { Answer } from './answer.ts'
import type { Keys, ProviderKey } from './keys.ts'
import { ProviderRefusal } from './refusal.ts'
import type { ProviderRequest } from './request.ts'

/** Who calls: the account's owner, or whoever has one of its keys. */
export interface Caller {
  /** What the header Authorization brings; empty when there is none. */
  readonly token: string
  readonly address: string
}

export interface AccountOptions {
  readonly name: string
  readonly keys: Keys
  readonly adminToken: string
  readonly pageSize: number
}

/** Does what a call asks for. Throws ProviderRefusal. */
export function perform(account: AccountOptions, request: ProviderRequest, caller: Caller): Answer {
  const { keys, name } = account
  const { route, keyId } = request
  if (route === 'whoami' || route === 'send') {
    const key = keys.use(caller.token, { by: route, from: caller.address })
    if (route === 'send') return { status: 202, body: { accepted: true } }
    return { status: 200, body: { account: name, key_id: key.id, scopes: key.scopes } }
  }
  if (caller.token !== account.adminToken)
    throw new ProviderRefusal(401, 'not_the_owner', 'Only the owner of the account may do that.')
  switch (route) {
    case 'create':
      return create(keys, request)
    case 'list':
      return list(account, request)
    case 'disable':
    case 'enable':
      return { status: 200, body: { api_key: described(keys.setActive(keyId, route === 'enable')) } }
    case 'describe':
      return { status: 200, body: { api_key: described(keys.get(keyId)) } }
    case 'lastUse':
      return { status: 200, body: lastUseOf(keys.get(keyId)) }
    case 'remove':
      keys.remove(keyId)
      return { status: 204 }
  }
}

function create(keys: Keys, { body }: ProviderRequest): Answer {
  const { name, scopes } = body
  if (typeof name !== 'string' || !/^[\w.:-]{1,100}$/.test(name))
    throw new ProviderRefusal(400, 'invalid_request', 'A name has 1 to 100 letters, digits or any of _.:-')
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every((scope) => typeof scope === 'string'))
    throw new ProviderRefusal(400, 'invalid_request', 'A key needs a list of scopes.')
  const { told, key } = keys.create(name, scopes)
  return { status: 201, body: { api_key: described(told), secret: key } }
}

function list({ keys, pageSize }: AccountOptions, { query }: ProviderRequest): Answer {
  const all = keys.list()
  const start = Number(query.get('after') ?? 0)
  if (!Number.isInteger(start) || start < 0)
    throw new ProviderRefusal(400, 'invalid_request', 'This is no page that the provider told of.')
  const end = start + pageSize
  const next = end < all.length ? `/v1/keys?after=${end}` : null
  return { status: 200, body: { api_keys: all.slice(start, end).map(described), next } }
}

function described({ id, name, scopes, active, createdAt }: ProviderKey) {
  return { id, name, scopes, status: active ? 'active' : 'disabled', created_at: time(createdAt) }
}

/** null: never. */
function lastUseOf({ lastUsed }: ProviderKey) {
  const { at, by = null, from = null } = lastUsed ?? {}
  return { last_used_at: at === undefined ? null : time(at), last_used_for: by, last_used_from: from }
}

function time(at: number): string {
  return new Date(at).toISOString()
}
