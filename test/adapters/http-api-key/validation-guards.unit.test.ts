import { describe, expect, it } from 'vitest'
import { validProvider } from '../../../lambdas/adapters/http-api-key/validation.ts'
import { changed, refusal } from './changed.ts'
import { small } from './definition.ts'

const about = (url: string) => ({ method: 'POST', url })
/** With everything that may be left out. */
const whole = changed({
  '/describe': { method: 'GET', url: '/keys/{{keyId}}' },
  '/disable': about('/keys/{{keyId}}/off'),
  '/enable': about('/keys/{{keyId}}/on'),
  '/list/expect/active': { pointer: '/active', equals: true },
  '/lastUsed': { method: 'GET', url: '/keys/{{keyId}}/use', expect: { at: '/at' } },
})
const pem = '-----BEGIN CERTIFICATE-----\nMIIB+/==\n-----END CERTIFICATE-----\n'

describe('a step of a definition', () => {
  it.each(['remove', 'disable', 'enable', 'describe', 'lastUsed'])(
    'says which key it is about: else %s could be about all',
    (step) => {
      expect(() => validProvider(changed({ [`/${step}/url`]: '/keys' }, whole))).toThrow(
        refusal(`definition.${step}`),
      )
    },
  )

  it('may say so in its body, or in the query', () => {
    const inBody = { method: 'POST', url: '/keys/delete', body: { keys: [{ id: '{{keyId}}' }] } }
    const inQuery = { method: 'DELETE', url: '/keys?id={{keyId}}' }
    for (const remove of [inBody, inQuery])
      expect(validProvider(changed({ '/remove': remove }))).toMatchObject({ remove })
    // A field's name is sent as it is.
    const inName = { method: 'POST', url: '/keys/delete', body: { '{{keyId}}': true } }
    expect(() => validProvider(changed({ '/remove': inName }))).toThrow(refusal('definition.remove'))
  })

  it.each(['create', 'remove', 'disable', 'enable'])('that changes something is no GET: %s', (step) => {
    expect(() => validProvider(changed({ [`/${step}/method`]: 'GET' }, whole))).toThrow(
      refusal(`definition.${step}.method`),
    )
  })

  it.each(
    ['list', 'describe', 'whoami', 'lastUsed'].flatMap((step) =>
      ['DELETE', 'PUT', 'PATCH'].map((method) => [step, method] as const),
    ),
  )('that only looks changes nothing: %s with %s', (step, method) => {
    expect(() => validProvider(changed({ [`/${step}/method`]: method }, whole))).toThrow(
      refusal(`definition.${step}.method`),
    )
  })

  it.each(['list', 'describe', 'whoami', 'lastUsed', 'remove'])('copies nothing: %s', (step) => {
    for (const copy of ['copy', 'copyIfAny'])
      expect(() => validProvider(changed({ [`/${step}/${copy}`]: { '/a': '/b' } }, whole))).toThrow(
        refusal(`definition.${step}.${copy}`),
      )
  })

  it.each(['create', 'disable', 'enable'])('copies what it must not lose: %s', (step) => {
    for (const from of ['/b', ['/b', '/c/0/b']])
      expect(() => validProvider(changed({ [`/${step}/copy`]: { '/a': from } }, whole))).not.toThrow()
    for (const [from, at] of [
      [[], ''],
      [['b'], '[0]'],
      [['/b', ['/c']], '[1]'],
      [1, ''],
    ] as const)
      expect(() => validProvider(changed({ [`/${step}/copy`]: { '/a': from } }, whole))).toThrow(
        refusal(`definition.${step}.copy./a${at}`),
      )
  })

  it.each(['https://{{keyId}}/keys', 'https://{{keyId}}.example.com/', 'https://api.example.com:{{keyId}}/'])(
    'has a host that is no key’s to say, whichever hosts are declared: %s',
    (url) => {
      const hosts = ['api.example.com', 'x', 'x.example.com']
      expect(() => validProvider(changed({ '/hosts': hosts, '/remove/url': url }))).toThrow(
        refusal('definition.remove.url'),
      )
    },
  )
})

describe('a status', () => {
  it.each([408, 425, 429])('that says nothing of a key does not refuse one: %i', (status) => {
    expect(() => validProvider(changed({ '/whoami/refused': [401, status] }))).toThrow(
      refusal('definition.whoami.refused[1]'),
    )
  })

  it.each([401, 408, 425, 429])('that says nothing of room does not say that there is none: %i', (status) => {
    expect(() => validProvider(changed({ '/create/full': [status] }))).toThrow(
      refusal('definition.create.full[0]'),
    )
  })

  it('of a server that fails is none', () => {
    expect(() => validProvider(changed({ '/whoami/refused': [503] }))).toThrow(
      refusal('definition.whoami.refused[0]'),
    )
  })

  it('may be any other', () => {
    const statuses = { '/whoami/refused': [400, 401, 403, 404], '/create/full': [400, 403, 409, 422] }
    expect(() => validProvider(changed(statuses))).not.toThrow()
  })
})

describe('what a deployment says', () => {
  const definition = changed({ '/list/url': '/accounts/{{with.account}}/keys' })

  it.each(['', '.', '..', '...', 'a/b', '../a', 'a\\b', 'a%2fb', 'a?b', 'a#b', 'a\nb', 'ä', 'a'.repeat(201)])(
    'is one part of a path: not %j',
    (account) => {
      expect(() => validProvider(definition, { account })).toThrow(refusal('with.account'))
      expect(() => validProvider({ ...definition, with: { account } })).toThrow(
        refusal('definition.with.account'),
      )
    },
  )

  it.each(['a', 'a.b', 'me@example.com', 'eu-1', 'a b'])('may be %j', (account) => {
    expect(() => validProvider(definition, { account })).not.toThrow()
  })
})

describe('how a key begins', () => {
  it.each(['SG.', '{{keyId}}', 'SG.{{keyId}}', 'k{{keyId}}x', '{{keyId}}{{keyId}}'])(
    'shows its id, and where that ends: not %s',
    (begins) => {
      expect(() => validProvider(changed({ '/key/begins': begins }))).toThrow(
        refusal('definition.key.begins'),
      )
    },
  )

  it('is not for the deployment to say: whoever reads a secret knows of no other placeholder', () => {
    const definition = changed({ '/with': { brand: 'SG' }, '/key/begins': '{{with.brand}}.{{keyId}}.' })
    expect(() => validProvider(definition)).toThrow(refusal('definition.key.begins'))
  })

  it.each(['SG.{{keyId}}.', '{{keyId}}:', 'k_{{keyId}}_'])('may be %s', (begins) => {
    expect(() => validProvider(changed({ '/key/begins': begins }))).not.toThrow()
  })
})

describe('a header', () => {
  it.each([
    ['X-Atlassian-Token', 'no-check'],
    ['accept', 'application/vnd.api+json'],
    ['x-api-version', '2026-01-01'],
    ['x-api-key-id', '7'],
  ])('that holds no credential may be written down: %s', (header, text) => {
    for (const who of ['key', 'admin'])
      expect(() => validProvider(changed({ [`/${who}/headers/${header}`]: text }))).not.toThrow()
  })

  it('holds a credential where something stands for it, be it beside a text that is the same for all', () => {
    const admin = { basic: { user: '{{admin}}', password: 'X' } }
    const key = { headers: { 'x-api-key': '{{keyId}}', 'x-auth-token': 'v1:{{key}}' } }
    expect(() => validProvider(changed({ '/admin': admin, '/key': key }))).not.toThrow()
  })

  it.each(['a\nb', 'a\r\nx: y', 'a\u0000', 'ä'])('is one line of ASCII: not %j', (text) => {
    for (const who of ['key', 'admin'])
      expect(() => validProvider(changed({ [`/${who}/headers/x-b`]: text }))).toThrow(
        refusal(`definition.${who}.headers.x-b`),
      )
  })
})

describe('an authority', () => {
  it.each([
    ['is begun and not ended', '-----BEGIN CERTIFICATE-----junk'],
    ['has nothing in it', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['is a private key', pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['is no base64', pem.replace('MIIB', 'MI*B')],
    ['is cut off after a whole one', `${pem}-----BEGIN CERTIFICATE-----\nMII`],
  ])('that %s is refused', (_what, ca) => {
    expect(() => validProvider({ ...small, ca })).toThrow(refusal('definition.ca'))
  })

  it.each([
    pem,
    `${pem}${pem}`,
    `# of the company\n${pem}\n# and the old one\n${pem}`.replaceAll('\n', '\r\n'),
  ])('may be PEM, of one or of several, with remarks', (ca) => {
    expect(validProvider({ ...small, ca }).ca).toBe(ca)
  })
})
