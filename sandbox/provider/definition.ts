/** Where the definition below says that the provider is, whose port nobody knows before it is up. */
export const MAIL_HOST = 'mail.sandbox:443'

/**
 * The provider of the sandbox as a deployment describes it: data of the form that lambdas/adapters/http-api-key/provider.ts documents.
 *
 * @param host with its port; default: what stands for it
 * @param ca PEM of its authority
 */
export function mailDefinition({
  host = MAIL_HOST,
  ca,
}: {
  readonly host?: string
  readonly ca?: string
} = {}) {
  return {
    hosts: [host],
    origin: `https://${host}`,
    allowAddresses: ['127.0.0.1/32', '::1/128'],
    ...(ca === undefined ? {} : { ca }),
    keys: 2,
    admin: { headers: { authorization: 'Bearer {{admin.token}}' } },
    key: { headers: { authorization: 'Bearer {{key}}' } },
    create: {
      method: 'POST',
      url: '/v1/keys',
      body: { name: '{{name}}', scopes: [] },
      copy: { '/scopes': '/api_key/scopes' },
      full: [409],
      expect: { key: '/secret', id: '/api_key/id' },
    },
    list: {
      method: 'GET',
      url: '/v1/keys',
      expect: {
        items: '/api_keys',
        id: '/id',
        name: '/name',
        created: '/created_at',
        active: { pointer: '/status', equals: 'active' },
      },
      paging: { next: '/next' },
    },
    describe: { method: 'GET', url: '/v1/keys/{{keyId}}' },
    whoami: {
      method: 'GET',
      url: '/v1/me',
      refused: [401, 403],
      expect: { as: '/account', keyId: '/key_id', rights: '/scopes' },
    },
    disable: { method: 'POST', url: '/v1/keys/{{keyId}}/disable' },
    enable: { method: 'POST', url: '/v1/keys/{{keyId}}/enable' },
    lastUsed: {
      method: 'GET',
      url: '/v1/keys/{{keyId}}/last-use',
      expect: { at: '/last_used_at', by: '/last_used_for', from: '/last_used_from' },
    },
    remove: { method: 'DELETE', url: '/v1/keys/{{keyId}}' },
    failure: '/error',
  } as const
}
