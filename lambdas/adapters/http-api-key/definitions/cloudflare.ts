import type { HttpProvider } from '../provider.ts'

const tokens = '/client/v4/accounts/{{with.account}}/tokens'

/** A token's description in an update must be complete: what is not sent is taken away. */
const all = {
  copy: { '/name': '/result/name', '/policies': '/result/policies' },
  copyIfAny: {
    '/condition': '/result/condition',
    '/expires_on': '/result/expires_on',
    '/not_before': '/result/not_before',
  },
}

/**
 * API tokens that a Cloudflare account owns (not those of a user), written from its public documentation and **tried against the sandbox only**. A deployment says
 * which account: `with: { account: '<32 hexadecimal digits>' }`.
 *
 * - Made with a name (up to 120 characters), policies and conditions; the value is told once: https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/create/
 * - Listed in numbered pages of up to 50, each with its state and when it was issued: https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/list/
 * - One token, with when it was last used: https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/get/
 * - Disabled and enabled by an update, which asks for name and policies again: https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/update/
 * - A token asks about itself, and is told its id and state: https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/verify/
 * - At most 500 tokens of an account, and 1,200 calls in five minutes, after which 429 comes with Retry-After: https://developers.cloudflare.com/fundamentals/api/reference/limits/
 *
 * A new token has the policies and conditions of the current one, and expires when that does: renew the expiry, or have none. What a token may do is told to the admin alone, so
 * no test compares it. Nobody documents what `last_used_on` is of a token that was never used: where it is missing nothing is concluded. The admin secret is a
 * JSON object whose field `token` has the permission "Account API Tokens Write"; one that may list its own tokens alone would take the others for gone.
 */
export const cloudflare: HttpProvider = {
  documentation: [
    'https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/',
    'https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/',
    'https://developers.cloudflare.com/fundamentals/api/reference/limits/',
  ],
  hosts: ['api.cloudflare.com'],
  origin: 'https://api.cloudflare.com',
  keys: 500,
  admin: { headers: { authorization: 'Bearer {{admin.token}}' } },
  key: { headers: { authorization: 'Bearer {{key}}' } },
  success: { pointer: '/success', equals: true },
  rate: { calls: 600, seconds: 300 },
  create: {
    method: 'POST',
    url: tokens,
    body: { name: '{{name}}' },
    copy: { '/policies': '/result/policies' },
    copyIfAny: all.copyIfAny,
    expect: { key: '/result/value', id: '/result/id' },
  },
  list: {
    method: 'GET',
    url: `${tokens}?per_page=50`,
    expect: {
      items: '/result',
      id: '/id',
      name: '/name',
      created: '/issued_on',
      active: { pointer: '/status', equals: 'active' },
    },
    paging: { parameter: 'page', total: '/result_info/total_count' },
  },
  describe: { method: 'GET', url: `${tokens}/{{keyId}}` },
  whoami: {
    method: 'GET',
    url: `${tokens}/verify`,
    refused: [401, 403],
    expect: { keyId: '/result/id', active: { pointer: '/result/status', equals: 'active' } },
  },
  disable: { method: 'PUT', url: `${tokens}/{{keyId}}`, body: { status: 'disabled' }, ...all },
  enable: { method: 'PUT', url: `${tokens}/{{keyId}}`, body: { status: 'active' }, ...all },
  lastUsed: { method: 'GET', url: `${tokens}/{{keyId}}`, expect: { at: '/result/last_used_on' } },
  remove: { method: 'DELETE', url: `${tokens}/{{keyId}}` },
}
