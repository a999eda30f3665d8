import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ready } from '../../../lambdas/adapters/http-api-key/definitions/ready.ts'
import { deployedProvider } from '../../../lambdas/adapters/http-api-key/deployed-provider.ts'
import { validProvider } from '../../../lambdas/adapters/http-api-key/validation.ts'
import { changed, refusal } from './changed.ts'
import { small } from './definition.ts'

describe('a definition of a provider', () => {
  it('is complete when it says how to make, list, try and delete a key', () => {
    expect(validProvider(small)).toEqual({ ...small, with: {} })
  })

  it.each([
    ['that is no object', [], 'definition'],
    ['with a field that is misspelt', { ...small, whomai: {} }, 'definition.whomai'],
    [
      'with a misspelt field in a step',
      changed({ '/list/expect/nmae': '/n' }),
      'definition.list.expect.nmae',
    ],
    ['without a way to delete', changed({ '/remove': undefined }), 'definition.remove'],
    [
      'without where the key is in the answer',
      changed({ '/create/expect/key': undefined }),
      'definition.create.expect.key',
    ],
    ['without hosts', changed({ '/hosts': [] }), 'definition.hosts'],
    ['with a host that has a path', changed({ '/hosts/0': 'api.example.com/v1' }), 'definition.hosts[0]'],
    ['with a host that has a user', changed({ '/hosts/0': 'me@api.example.com' }), 'definition.hosts[0]'],
    ['with a host that is any', changed({ '/hosts/0': '*.example.com' }), 'definition.hosts[0]'],
    ['with an address written as a number', changed({ '/hosts/0': '2130706433' }), 'definition.hosts[0]'],
    [
      'with an origin of another host',
      changed({ '/origin': 'https://other.example.com' }),
      'definition.origin',
    ],
    [
      'with an origin of another port',
      changed({ '/origin': 'https://api.example.com:8443' }),
      'definition.origin',
    ],
    ['without TLS', changed({ '/origin': 'http://api.example.com' }), 'definition.origin'],
    [
      'with an origin that has a path',
      changed({ '/origin': 'https://api.example.com/v1' }),
      'definition.origin',
    ],
    [
      'with an origin that has a user',
      changed({ '/origin': 'https://u@api.example.com' }),
      'definition.origin',
    ],
    [
      'with a step that leads to another host',
      changed({ '/whoami/url': 'https://evil.example.com/me' }),
      'definition.whoami.url',
    ],
    [
      'with a step whose placeholder is the host',
      changed({ '/remove/url': 'https://{{keyId}}/x' }),
      'definition.remove.url',
    ],
    [
      'with a step without TLS',
      changed({ '/whoami/url': 'http://api.example.com/me' }),
      'definition.whoami.url',
    ],
    ['with a step that is no path', changed({ '/whoami/url': 'me' }), 'definition.whoami.url'],
    [
      'with a path that is a host',
      changed({ '/whoami/url': '.evil.example.com/me' }),
      'definition.whoami.url',
    ],
    ['with the key in an address', changed({ '/whoami/url': '/me?key={{key}}' }), 'definition.whoami.url'],
    [
      'with the admin secret in an address',
      changed({ '/list/url': '/keys?token={{admin}}' }),
      'definition.list.url',
    ],
    [
      'with the admin secret in a body',
      changed({ '/create/body/t': '{{admin.t}}' }),
      'definition.create.body',
    ],
    ['with the id of a key in the list', changed({ '/list/url': '/keys/{{keyId}}' }), 'definition.list.url'],
    [
      'with a placeholder that nobody knows',
      changed({ '/remove/url': '/keys/{{id}}' }),
      'definition.remove.url',
    ],
    [
      'without what the deployment must say',
      changed({ '/list/url': '/{{with.account}}/keys' }),
      'with.account',
    ],
    ['that never sends the key', changed({ '/key/headers/x-api-key': 'none' }), 'definition.key'],
    ['that never says who the admin is', changed({ '/admin': {} }), 'definition.admin'],
    [
      'that holds the admin credential itself',
      changed({ '/admin': { headers: { authorization: 'Bearer CANARY' } } }),
      'definition.admin',
    ],
    [
      'whose admin credential is what the deployment says',
      changed({ '/with': { token: 'CANARY' }, '/admin/headers/authorization': 'Bearer {{with.token}}' }),
      'definition.admin',
    ],
    ...[
      ['DD-API-KEY', 'CANARY'],
      ['x-api-key', ''],
      ['Cookie', 'session=CANARY'],
      ['Proxy-Authorization', 'CANARY'],
      ['x-auth-token', 'CANARY'],
    ].map(([header = '', text]): [string, object, string] => [
      `that writes down a credential beside the admin secret, in ${header}`,
      changed({ [`/admin/headers/${header}`]: text }),
      `definition.admin.headers.${header}`,
    ]),
    [
      'that writes down a credential beside the key',
      changed({ '/key/headers/authorization': 'Bearer CANARY' }),
      'definition.key.headers.authorization',
    ],
    [
      'whose Basic authentication is written down',
      changed({ '/admin/basic': { user: 'robot', password: 'CANARY' } }),
      'definition.admin.basic',
    ],
    ['that names no key', changed({ '/create/body/name': 'mine' }), 'definition.create.body'],
    ['that names keys in part', changed({ '/create/body/name': 'my {{name}}' }), 'definition.create.body'],
    ['with a pointer that is none', changed({ '/list/expect/id': 'id' }), 'definition.list.expect.id'],
    [
      'with a pointer into what no document has',
      changed({ '/list/expect/id': '/__proto__/id' }),
      'definition.list.expect.id',
    ],
    [
      'with a header of the connection',
      changed({ '/admin/headers/Host': 'x' }),
      'the name "Host" in definition.admin.headers',
    ],
    [
      'with a header that is two',
      changed({ '/admin/headers/a\r\nb': 'x' }),
      'the name "a\\r\\nb" in definition.admin.headers',
    ],
    [
      'that disables and never enables',
      changed({ '/disable': { method: 'POST', url: '/d' } }),
      'definition.enable',
    ],
    [
      'that disables without telling which',
      changed({ '/disable': small.remove, '/enable': small.remove }),
      'definition.list.expect.active',
    ],
    [
      'that copies from nothing',
      changed({ '/create/copy': { '/scopes': '/scopes' } }),
      'definition.describe',
    ],
    [
      'with every address allowed',
      changed({ '/allowAddresses': ['0.0.0.0/0'] }),
      'definition.allowAddresses[0]',
    ],
    [
      'with an address that is no network',
      changed({ '/allowAddresses': ['10.0.0.1'] }),
      'definition.allowAddresses[0]',
    ],
    [
      'with an IPv4 network in disguise',
      changed({ '/allowAddresses': ['::ffff:127.0.0.0/104'] }),
      'definition.allowAddresses[0]',
    ],
    ['without an end to an answer', changed({ '/limits': { bytes: 1e9 } }), 'definition.limits.bytes'],
    [
      'without an end to a call',
      changed({ '/limits': { milliseconds: 1e9 } }),
      'definition.limits.milliseconds',
    ],
    [
      'with a status that means success',
      changed({ '/whoami/refused': [200] }),
      'definition.whoami.refused[0]',
    ],
    ['with a body in a GET', changed({ '/list/body': {} }), 'definition.list.body'],
    ['with an authority that is none', changed({ '/ca': 'MIIB' }), 'definition.ca'],
    [
      'with pages of two kinds',
      changed({ '/list/paging': { next: '/n', parameter: 'p' } }),
      'definition.list.paging.parameter',
    ],
  ])('%s is refused, naming the field', (_what, definition, field) => {
    expect(() => validProvider(definition)).toThrow(refusal(field))
  })

  it('has from the deployment what differs from one to another', () => {
    const definition = changed({
      '/hosts/0': 'api.{{with.site}}',
      '/origin': 'https://api.{{with.site}}',
      '/with': { site: 'example.com' },
    })
    expect(validProvider(definition)).toMatchObject({
      origin: 'https://api.example.com',
      hosts: ['api.example.com'],
    })
    expect(validProvider(definition, { site: 'example.eu' }).origin).toBe('https://api.example.eu')
    expect(() => validProvider(definition, { site: 'example.eu/v1' })).toThrow(refusal('with.site'))
    // Whoever misspells it would have the default, and not know.
    expect(() => validProvider(definition, { stie: 'example.eu' })).toThrow(refusal('with.stie'))
  })
})

describe('the documentation of providers', () => {
  const page = readFileSync(new URL('../../../docs/providers.md', import.meta.url), 'utf8')

  it('has an example that is valid', () => {
    const example = page.split('```ts\n')[2]?.split('```')[0]
    const definition: unknown = new Function(`return ${example}`)()
    expect(validProvider(definition)).toMatchObject({
      keys: 5,
      lastUsed: { expect: { by: '/last_used_by' } },
    })
  })

  it('has a line for every field', () => {
    let known = ''
    try {
      validProvider({ ...small, nothing: 1 })
    } catch (error) {
      known = (error as Error).message.split('known are ')[1] ?? ''
    }
    const fields = known.split(', ')
    expect(fields.length).toBeGreaterThan(15)
    const table = page.split('\n').filter((line) => line.startsWith('|'))
    const left = fields.filter((field) => !table.some((line) => line.split('|')[1]?.includes(`\`${field}\``)))
    expect(left).toEqual([])
  })
})

describe('a ready definition', () => {
  it.each([
    ['sendgrid', {}],
    ['sendgrid', { host: 'api.eu.sendgrid.com' }],
    ['cloudflare', { account: '023e105f4ecef8ad9ca31a8372d0c353' }],
  ])('%s with %j is valid, and says where its facts are from', (name, given) => {
    const provider = validProvider(ready[name], given)
    expect(provider.documentation?.length).toBeGreaterThan(0)
    expect(provider.keys).toBeGreaterThanOrEqual(2)
  })

  it('of SendGrid goes to SendGrid alone, and never makes a key without the scopes of the current one', () => {
    expect(() => validProvider(ready.sendgrid, { host: 'evil.example.com' })).toThrow(
      refusal('definition.origin'),
    )
    expect(ready.sendgrid?.create.copy).toEqual({ '/scopes': ['/scopes', '/result/0/scopes'] })
  })

  it('of Cloudflare asks which account', () => {
    expect(() => validProvider(ready.cloudflare)).toThrow(refusal('with.account'))
  })
})

describe('what a deployment says of a provider', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mail-admin-AbCdEf'
  const setting = { name: 'mail', definition: 'sendgrid', adminSecretArn: arn }

  it('names a ready definition, or has one of its own', () => {
    expect(deployedProvider(setting)).toMatchObject({
      name: 'mail',
      provider: { origin: 'https://api.sendgrid.com' },
    })
    expect(deployedProvider({ ...setting, definition: small }).provider.origin).toBe(
      'https://api.example.com',
    )
  })

  it.each([
    ['nothing', undefined, 'OVERLAP_PROVIDER'],
    ['a definition that nobody has', { ...setting, definition: 'sendgird' }, 'OVERLAP_PROVIDER.definition'],
    [
      'a definition that every object has',
      { ...setting, definition: 'constructor' },
      'OVERLAP_PROVIDER.definition',
    ],
    ['no admin secret', { ...setting, adminSecretArn: 'mail-admin' }, 'OVERLAP_PROVIDER.adminSecretArn'],
    ['no name', { ...setting, name: '' }, 'OVERLAP_PROVIDER.name'],
    ['a number for a text', { ...setting, with: { host: 1 } }, 'OVERLAP_PROVIDER.with.host'],
    ['what nobody asks for', { ...setting, adminSecret: arn }, 'OVERLAP_PROVIDER.adminSecret'],
    [
      'a definition that is refused',
      { ...setting, definition: changed({ '/keys': 0 }) },
      'OVERLAP_PROVIDER.definition.keys',
    ],
  ])('is refused, naming the field, with %s', (_what, written, field) => {
    expect(() => deployedProvider(written)).toThrow(refusal(field))
  })
})
