import { describe, expect, it } from 'vitest'
import { adminHeaders, headersOf } from '../../../lambdas/adapters/http-api-key/authentication.ts'
import { httpApiKeyCodec } from '../../../lambdas/adapters/http-api-key/credential.ts'
import { holdsSame } from '../../../lambdas/adapters/keys/same.ts'

const codec = httpApiKeyCodec({ provider: 'mail', endpoint: 'api.example.com:443', begins: undefined })
const showing = httpApiKeyCodec({
  provider: 'mail',
  endpoint: 'api.example.com:443',
  begins: 'SG.{{keyId}}.',
})

describe('the value of a secret with a provider’s key', () => {
  it('is kept but for the key', () => {
    const value = '{"from":"me@example.com","key":"k1","nested":{"a":[1]},"keyId":"1"}'
    expect(codec.serialize(codec.parse(value))).toBe(value)
    const next = { ...codec.parse(value), keyId: '2', key: 'k2' }
    expect(codec.serialize(next)).toBe(value.replace('"k1"', '"k2"').replace('"1"', '"2"'))
    expect(codec.carried(next)).toBe(codec.carried(codec.parse(value)))
    expect(codec.target(next)).toBe('mail api.example.com:443')
  })

  it.each([
    ['', 'keyId'],
    ['null', 'keyId'],
    ['["CANARY"]', 'keyId'],
    ['{"key":"CANARY"}', 'keyId'],
    ['{"key":"CANARY","keyId":7}', 'keyId'],
    ['{"key":"CANARY","keyId":".."}', 'keyId'],
    ['{"key":"CANARY","keyId":"a b"}', 'keyId'],
    ...['a/b', 'a\\\\b', 'a%2fb', 'a?b', 'a#b', 'a..b', '.', '..', '../x', 'a\\u0000', 'a\\n', 'ä'].map(
      (id) => [`{"key":"CANARY","keyId":"${id}"}`, 'keyId'],
    ),
    ['{"key":"CANARY","keyId":"CANARY"}', 'not the key itself'],
    ['{"key":"CANARY","keyId":"id:CANARY"}', 'not the key itself'],
    ['{"keyId":"1"}', 'key'],
    ['{"keyId":"1","key":""}', 'key'],
    ['{"keyId":"1","key":"CANARY\\r\\nx: y"}', 'key'],
    ['{"keyId":"1","key":"CANARY key"}', 'key'],
  ])('%j is refused, naming the field and never its value', (value, field) => {
    expect(() => codec.parse(value)).toThrow(expect.objectContaining({ code: 'SECRET_INVALID' }))
    expect(() => codec.parse(value)).toThrow(field)
    expect(() => codec.parse(value)).not.toThrow('CANARY')
  })

  it.each(['1', 'key_1', 'a.b-c~d', '8f1e:2', 'SG+x=', '{1}'])('can have the id %s', (keyId) => {
    expect(codec.parse(JSON.stringify({ keyId, key: 'the key itself'.replaceAll(' ', '-') })).keyId).toBe(
      keyId,
    )
  })

  it('is read with a byte order mark before it, and written without', () => {
    expect(codec.serialize(codec.parse('\uFEFF{"keyId":"1","key":"k1"}'))).toBe('{"keyId":"1","key":"k1"}')
  })

  it('is told what is missing, and where the id is found', () => {
    const other = '{"api_key_id":"abc","api_key":"CANARY"}'
    expect(() => codec.parse(other)).toThrow(/^field keyId is missing: .* in its list of keys$/)
    expect(() => showing.parse(other)).toThrow(/^field keyId is missing: .* begins with SG\.KEYID\., /)
    expect(() => showing.parse('{"keyId":"b","key":"SG.a.CANARY"}')).toThrow(/begins with SG\.KEYID\., /)
    expect(() => codec.parse('{"keyId":"abc","api_key":"CANARY"}')).toThrow('field key is missing')
    expect(() => codec.parse('{"keyId":7,"key":"CANARY"}')).not.toThrow('missing')
  })

  it('whose key shows another id is refused: what is deleted later goes by the id', () => {
    expect(showing.parse('{"keyId":"abc","key":"SG.abc.secret"}').keyId).toBe('abc')
    const wrong = () => showing.parse('{"keyId":"abcd","key":"SG.abc.secret"}')
    expect(wrong).toThrow(expect.objectContaining({ code: 'SECRET_INVALID' }))
    expect(wrong).not.toThrow('secret')
  })
})

describe('who authenticates', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin-AbCdEf'
  const headers = (admin: Parameters<typeof adminHeaders>[0], secret: string) =>
    adminHeaders(admin, secret, new Map([['with.account', 'a1']]), arn)

  it('has headers of the admin secret, a text or an object, and of the deployment', () => {
    expect(headers({ headers: { Authorization: 'Bearer {{admin}}' } }, 'tok')).toEqual({
      authorization: 'Bearer tok',
    })
    expect(headers({ headers: { 'X-Auth': '{{admin.a}}/{{with.account}}' } }, '{"a":"1","b":2}')).toEqual({
      'x-auth': '1/a1',
    })
    expect(headers({ basic: { user: '{{with.account}}', password: '{{admin.p}}' } }, '{"p":"x"}')).toEqual({
      authorization: `Basic ${Buffer.from('a1:x').toString('base64')}`,
    })
  })

  it.each(['"tok"', '\uFEFFtok', '\uFEFF"tok"'])('has the text in an admin secret that is %j', (secret) => {
    expect(headers({ headers: { a: '{{admin}}' } }, secret)).toEqual({ a: 'tok' })
  })

  it('has the fields of an admin secret with a byte order mark', () => {
    expect(headers({ headers: { a: '{{admin.token}}' } }, '\uFEFF{"token":"tok"}')).toEqual({ a: 'tok' })
  })

  it('has a number in an admin secret as it was written', () => {
    expect(headers({ headers: { a: '{{admin}}' } }, '0012')).toEqual({ a: '0012' })
  })

  it.each([
    ['a text where an object is asked for', { headers: { a: '{{admin.token}}' } }, 'CANARY', 'token'],
    [
      'an object where a text is asked for',
      { headers: { a: '{{admin}}' } },
      '{"token":"CANARY"}',
      'plain text',
    ],
    ['a list', { headers: { a: '{{admin}}' } }, '["CANARY"]', 'plain text'],
    ['no such field', { headers: { a: '{{admin.token}}' } }, '{"tokn":"CANARY"}', 'token'],
    ['a field that is no text', { headers: { a: '{{admin.token}}' } }, '{"token":1}', 'token'],
    ['a line break at its end', { headers: { a: '{{admin}}' } }, 'CANARY\n', 'line break'],
  ])('is told to correct an admin secret with %s, without its value', (_what, admin, secret, why) => {
    expect(() => headers(admin, secret)).toThrow(expect.objectContaining({ code: 'ADMIN_SECRET_INVALID' }))
    expect(() => headers(admin, secret)).toThrow(why)
    expect(() => headers(admin, secret)).not.toThrow('CANARY')
  })

  it('is the key itself where it is tried', () => {
    expect(headersOf({ headers: { 'X-Api-Key': '{{key}}' } }, new Map([['key', 'k1']]))).toEqual({
      'x-api-key': 'k1',
    })
  })

  it('cannot fill one value with the placeholder of another', () => {
    expect(
      headersOf(
        { headers: { a: '{{key}}' } },
        new Map([
          ['key', '{{admin}}'],
          ['admin', 'x'],
        ]),
      ),
    ).toEqual({ a: '{{admin}}' })
  })
})

it('that another key is rolled into under its id is not the one that was there before', () => {
  const [before, after] = ['one-key', 'another-key'].map((key) =>
    codec.parse(JSON.stringify({ keyId: 'id-1', key })),
  )
  if (before === undefined || after === undefined) throw new Error('there are two')
  expect([holdsSame({ codec }, before, after), holdsSame({ codec }, after, after)]).toEqual([false, true])
})
