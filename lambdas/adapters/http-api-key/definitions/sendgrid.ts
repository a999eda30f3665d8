import type { HttpProvider } from '../provider.ts'

/**
 * API keys of Twilio SendGrid, written from its public documentation and **tried against the sandbox only**.
 *
 * - Keys are made with scopes, listed and deleted, up to 100 of them; without scopes in the request one would have full access, so they must be copied:
 *   https://www.twilio.com/docs/sendgrid/api-reference/api-keys/create-api-keys
 * - A key is shown once, as `SG.<its id>.<the rest>` (example of that page, and of https://github.com/twilio/sendgrid-oai/blob/main/spec/json/tsg_api_keys_v3.json)
 * - The list has ids and names, neither age nor state: https://www.twilio.com/docs/sendgrid/api-reference/api-keys/retrieve-all-api-keys-belonging-to-the-authenticated-user
 * - A key's scopes: https://www.twilio.com/docs/sendgrid/api-reference/api-keys/retrieve-an-existing-api-key
 * - Every key may ask which scopes it has itself: https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access
 * - 401 says that a key is invalid or was deleted: https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors
 *
 * SendGrid can not disable a key, and does not tell when one was last used: a key that drains works until it is deleted, and only declared consumers prove that nobody needs it.
 * The admin secret is a key with the scopes `api_keys.*` as a plain text.
 */
export const sendgrid: HttpProvider = {
  documentation: [
    'https://www.twilio.com/docs/sendgrid/api-reference/api-keys/create-api-keys',
    'https://www.twilio.com/docs/sendgrid/api-reference/api-keys/retrieve-all-api-keys-belonging-to-the-authenticated-user',
    'https://www.twilio.com/docs/sendgrid/api-reference/api-keys/retrieve-an-existing-api-key',
    'https://www.twilio.com/docs/sendgrid/api-reference/api-keys/delete-api-keys',
    'https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access',
    'https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors',
  ],
  /** `api.eu.sendgrid.com` for subusers of the EU. */
  with: { host: 'api.sendgrid.com' },
  hosts: ['api.sendgrid.com', 'api.eu.sendgrid.com'],
  origin: 'https://{{with.host}}',
  keys: 100,
  admin: { headers: { authorization: 'Bearer {{admin}}' } },
  key: { headers: { authorization: 'Bearer {{key}}' }, begins: 'SG.{{keyId}}.' },
  create: {
    method: 'POST',
    url: '/v3/api_keys',
    body: { name: '{{name}}' },
    copy: { '/scopes': '/result/0/scopes' },
    expect: { key: '/api_key', id: '/api_key_id' },
  },
  list: {
    method: 'GET',
    url: '/v3/api_keys',
    expect: { items: '/result', id: '/api_key_id', name: '/name' },
  },
  describe: { method: 'GET', url: '/v3/api_keys/{{keyId}}' },
  whoami: { method: 'GET', url: '/v3/scopes', expect: { rights: '/scopes' } },
  remove: { method: 'DELETE', url: '/v3/api_keys/{{keyId}}' },
}
