import type { HttpProvider } from '../../lambdas/adapters/http-api-key/provider.ts'

/** A provider as somebody describes it: the least that must be said, and one who tells when a key was used. */
export const mailDefinition: HttpProvider = {
  documentation: ['https://mail.example.com/docs'],
  hosts: ['api.mail.example.com'],
  origin: 'https://api.mail.example.com',
  keys: 2,
  admin: { headers: { authorization: 'Bearer {{admin.token}}' } },
  key: { headers: { authorization: 'Bearer {{key}}' } },
  create: {
    method: 'POST',
    url: '/v1/keys',
    body: { name: '{{name}}' },
    expect: { key: '/secret', id: '/id' },
  },
  list: { method: 'GET', url: '/v1/keys', expect: { items: '/keys', id: '/id', name: '/name' } },
  whoami: { method: 'GET', url: '/v1/me' },
  lastUsed: { method: 'GET', url: '/v1/keys/{{keyId}}', expect: { at: '/last_used_at' } },
  remove: { method: 'DELETE', url: '/v1/keys/{{keyId}}' },
}
