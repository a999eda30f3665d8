import type { HttpProvider } from '../../../lambdas/adapters/http-api-key/provider.ts'

/** A provider as small as one can be. */
export const small: HttpProvider = {
  hosts: ['api.example.com'],
  origin: 'https://api.example.com',
  keys: 2,
  admin: { headers: { authorization: 'Bearer {{admin}}' } },
  key: { headers: { 'x-api-key': '{{key}}' } },
  create: { method: 'POST', url: '/keys', body: { name: '{{name}}' }, expect: { key: '/key', id: '/id' } },
  list: { method: 'GET', url: '/keys', expect: { items: '', id: '/id', name: '/name' } },
  whoami: { method: 'GET', url: '/me' },
  remove: { method: 'DELETE', url: '/keys/{{keyId}}' },
}
