import type { HttpProvider } from '../provider.ts'

/**
 * API keys of Twilio SendGrid, written from its public documentation and **tried against the sandbox only**.
 *
 * - Keys are made with scopes, listed and deleted, up to 100 of them, after which 403 is the answer; without scopes in the request one would have full access, so they must be copied:
 *   https://www.twilio.com/docs/sendgrid/api-reference/api-keys/create-api-keys
 * - A key is shown once, as `SG.<its id>.<the rest>` (example of that page, and of https://github.com/twilio/sendgrid-oai/blob/main/spec/json/tsg_api_keys_v3.json)
 * - The list has ids and names, neither age nor state: https://www.twilio.com/docs/sendgrid/api-reference/api-keys/retrieve-all-api-keys-belonging-to-the-authenticated-user
 * - A key's scopes: https://www.twilio.com/docs/sendgrid/api-reference/api-keys/retrieve-an-existing-api-key. There they are in the first element of a list; clients that others wrote
 *   read them from the top (https://github.com/kenzo0107/sendgrid/blob/main/api_key.go), so either is taken
 * - Every key may ask which scopes it has itself: https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access
 * - 401 says that a key is invalid or was deleted: https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors
 *
 * SendGrid can not disable a key, and does not tell when one was last used: a key that drains works until it is deleted, and only declared consumers prove that nobody needs it.
 * The admin secret is a key with the scopes `api_keys.*` as a plain text.
 *
 * Not known: which scopes SendGrid gives to a key by itself. It is said to add `2fa_required` and `sender_verification_eligible` (https://github.com/anna-money/terraform-provider-sendgrid#known-issues).
 * They are copied as they are described, which others' clients do, too; should it refuse one (400), no key is made. Where a new key has one that the current key lacks, that
 * is `RIGHTS_DIFFER`, and nothing is published: give the current one that scope. Nor is it known whether a list ever has fewer keys than `limit` allows, or how soon it has a new one.
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
    copy: { '/scopes': ['/scopes', '/result/0/scopes'] },
    expect: { key: '/api_key', id: '/api_key_id' },
  },
  list: {
    method: 'GET',
    url: '/v3/api_keys?limit=100',
    expect: { items: '/result', id: '/api_key_id', name: '/name' },
  },
  describe: { method: 'GET', url: '/v3/api_keys/{{keyId}}' },
  whoami: { method: 'GET', url: '/v3/scopes', expect: { rights: '/scopes' } },
  remove: { method: 'DELETE', url: '/v3/api_keys/{{keyId}}' },
}
