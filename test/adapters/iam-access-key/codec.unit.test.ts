import { describe, expect, it } from 'vitest'
import {
  iamAccessKeyCodec,
  refuseCopiedKey,
  USER_TAG,
} from '../../../lambdas/adapters/iam-access-key/codec.ts'
import type { IamAccessKey } from '../../../lambdas/adapters/iam-access-key/credential.ts'

const ID = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const NEXT = {
  accessKeyId: 'AKIAI44QH8DHBEXAMPLE',
  secretAccessKey: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
}
const untagged = iamAccessKeyCodec(new Map())
const tagged = (name: string) => iamAccessKeyCodec(new Map([[USER_TAG, name]]))
const ours = (more: object = {}) =>
  JSON.stringify({ accessKeyId: ID, secretAccessKey: SECRET, userName: 'deployer', ...more })

function failure(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it was to fail')
}

/** What it says, and all that a log might make of it. */
const told = (error: Error) =>
  JSON.stringify([`${error}`, error.stack, error.cause, { ...error }]) +
  Object.values(error).map(String).join()

/** Each holds the key, and the name of its user where it can. */
const forms: readonly (readonly [form: string, text: (id: string, secret: string) => string])[] = [
  [
    'our own spelling',
    (id, secret) => `{"note":"a","accessKeyId":"${id}","secretAccessKey":"${secret}","userName":"deployer"}`,
  ],
  [
    "the API's spelling",
    (id, secret) =>
      `{"UserName":"deployer","AccessKeyId":"${id}","more":[1,{"a":null}],"SecretAccessKey":"${secret}"}`,
  ],
  [
    "CreateAccessKey's answer",
    (id, secret) =>
      `{"AccessKey":{"UserName":"deployer","AccessKeyId":"${id}","Status":"Active","SecretAccessKey":"${secret}","CreateDate":"2026-11-26T10:00:00+00:00"}}`,
  ],
  [
    "the CLI's spelling",
    (id, secret) =>
      `{"aws_secret_access_key":"${secret}","aws_access_key_id":"${id}","region":"eu-central-1"}`,
  ],
  [
    'the spelling of environment variables',
    (id, secret) => `{"AWS_ACCESS_KEY_ID":"${id}","AWS_SECRET_ACCESS_KEY":"${secret}","userName":"deployer"}`,
  ],
  ["the console's CSV", (id, secret) => `Access key ID,Secret access key\n${id},${secret}\n`],
  [
    "the console's CSV as Windows has it",
    (id, secret) => `\uFEFFAccess key ID,Secret access key\r\n${id},${secret}\r\n`,
  ],
  [
    "the console's CSV as a spreadsheet saves it",
    (id, secret) => `Access key ID;Secret access key;Note;More\n${id};${secret};"a;b";"c""d"""\n`,
  ],
  [
    "the console's CSV with tabs, and names in other letters",
    (id, secret) => `ACCESS KEY ID\tsecret access key\tA, B\n${id}\t${secret}\ta, b\n`,
  ],
  [
    "the console's CSV of a user, without a last line break",
    (id, secret) =>
      `User name,Password,Access key ID,Secret access key,Console login link\ndeployer,"a,""b""",${id},${secret},https://111122223333.signin.aws.amazon.com/console`,
  ],
]

describe('the value of a secret with an access key', () => {
  it.each(forms)('in %s is read, and written with another key as it was', (_form, text) => {
    const codec = tagged('deployer')
    const key = codec.parse(text(ID, SECRET))
    expect(key).toMatchObject({ accessKeyId: ID, secretAccessKey: SECRET, userName: 'deployer' })
    expect(codec.serialize(key)).toBe(text(ID, SECRET))
    const next = text(NEXT.accessKeyId, NEXT.secretAccessKey)
    expect(codec.serialize({ ...key, ...NEXT })).toBe(next)
    expect(codec.parse(next)).toMatchObject(NEXT)
    expect([codec.keyId(key), codec.target(key)]).toEqual([ID, 'deployer'])
    expect(codec.carried(codec.parse(next))).toBe(codec.carried(key))
  })

  it('carries the form over', () => {
    const { parse, carried } = tagged('deployer')
    const all = forms.filter(([form]) => !form.includes('Windows'))
    expect(new Set(all.map(([, text]) => carried(parse(text(ID, SECRET))))).size).toBe(all.length)
  })

  it.each([
    ['a further field', ours({ note: 'a' }), ours({ note: 'b' })],
    [
      'a further field of the answer',
      `{"AccessKey":${ours({ Status: 'Active' })}}`,
      `{"AccessKey":${ours()}}`,
    ],
    ['a field beside the answer', `{"AccessKey":${ours()},"a":1}`, `{"AccessKey":${ours()}}`],
    [
      'a further column',
      `Access key ID,Secret access key,Note\n${ID},${SECRET},a`,
      `Access key ID,Secret access key,Note\n${ID},${SECRET},b`,
    ],
  ])('carries over %s', (_what, one, other) => {
    const { parse, carried } = tagged('deployer')
    expect(carried(parse(one))).not.toBe(carried(parse(other)))
  })

  it('is read with a byte order mark before its JSON, and written without', () => {
    const key = untagged.parse(`\uFEFF${ours()}`)
    expect(key.accessKeyId).toBe(ID)
    expect(untagged.serialize(key)).toBe(ours())
  })

  it('carries fields over in whatever order they are', () => {
    const { parse, carried } = untagged
    expect(carried(parse(ours({ a: 1, b: 2 })))).toBe(carried(parse(ours({ b: 2, a: 1 }))))
  })

  it.each([
    ['the value alone', untagged, ours()],
    ['the tag alone', tagged('deployer'), JSON.stringify({ accessKeyId: ID, secretAccessKey: SECRET })],
    ['both', tagged('deployer'), ours()],
    ['the CSV', untagged, `User name,Access key ID,Secret access key\ndeployer,${ID},${SECRET}`],
    ['the value twice', untagged, ours({ UserName: 'deployer' })],
  ])('is of the user that %s names', (_who, codec, text) => {
    expect(codec.parse(text).userName).toBe('deployer')
  })

  it.each([
    [
      'nobody says whose it is',
      untagged,
      JSON.stringify({ accessKeyId: ID, secretAccessKey: SECRET }),
      'SECRET_INVALID',
      USER_TAG,
    ],
    [
      'the CSV leaves the user empty',
      untagged,
      `User name,Access key ID,Secret access key\n,${ID},${SECRET}`,
      'SECRET_INVALID',
      USER_TAG,
    ],
    ['the tag is of another user', tagged('robot'), ours(), 'TARGET_NOT_ALLOWED', USER_TAG],
    ['the tag is of a user in other letters', tagged('Deployer'), ours(), 'TARGET_NOT_ALLOWED', USER_TAG],
    [
      'the tag is no name',
      tagged('/robots/deployer'),
      JSON.stringify({ accessKeyId: ID, secretAccessKey: SECRET }),
      'POLICY_INVALID',
      USER_TAG,
    ],
    ['the value names two users', untagged, ours({ UserName: 'robot' }), 'SECRET_INVALID', 'UserName'],
    ['the name is none', untagged, ours({ userName: 'a b' }), 'SECRET_INVALID', 'userName'],
  ])('is refused when %s', (_why, codec, text, code, named) => {
    const error = failure(() => codec.parse(text))
    expect(error).toMatchObject({ code, message: expect.stringContaining(named) })
    expect(told(error)).not.toContain(SECRET)
  })

  it.each([
    ['is empty', '', 'neither'],
    ['is no JSON', '{"accessKeyId": CANARY', 'neither'],
    ['is a list', '["CANARY"]', 'JSON object'],
    ['is a text', '"CANARY"', 'JSON object'],
    ['is a plain key', `${ID}:CANARY`, 'neither'],
    ['has no key', '{"password":"CANARY"}', 'accessKeyId of the secret value is missing'],
    ['has the key in a spelling of its own', `{"access_key_id":"${ID}"}`, 'AWS_ACCESS_KEY_ID either'],
    ['has no id', '{"secretAccessKey":"CANARY"}', 'accessKeyId of the secret value is missing'],
    [
      'has no secret',
      `{"AccessKeyId":"${ID}","Secret":"CANARY"}`,
      'SecretAccessKey of the secret value is missing',
    ],
    [
      'has an id that is none',
      '{"accessKeyId":"CANARY","secretAccessKey":"CANARY"}',
      'accessKeyId of the secret value must be the id',
    ],
    [
      'has an id that is no text',
      '{"accessKeyId":7,"secretAccessKey":"CANARY"}',
      'accessKeyId of the secret value must be a string',
    ],
    [
      'has temporary credentials',
      '{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"CANARY"}',
      'temporary',
    ],
    [
      'has an empty secret',
      `{"accessKeyId":"${ID}","secretAccessKey":""}`,
      'secretAccessKey of the secret value must not be empty',
    ],
    [
      'has a secret with a line break',
      `{"accessKeyId":"${ID}","secretAccessKey":"CANARY\\n"}`,
      'line breaks',
    ],
    [
      'has the key in two spellings',
      `{"accessKeyId":"${ID}","secretAccessKey":"CANARY","AWS_ACCESS_KEY_ID":"${ID}"}`,
      'one spelling',
    ],
    [
      'has a key beside an answer',
      `{"AccessKey":{"AccessKeyId":"${ID}","SecretAccessKey":"CANARY"},"aws_secret_access_key":"CANARY"}`,
      'one spelling',
    ],
    ['is CSV without a key', 'Access key ID,Secret access key\n', '0 keys'],
    ['is CSV of two keys', `Access key ID,Secret access key\n${ID},CANARY\n${ID},CANARY\n`, '2 keys'],
    ['is CSV with too many cells', `Access key ID,Secret access key\n${ID},CANARY,CANARY\n`, 'as many cells'],
    ['is CSV that does not end', `Access key ID,Secret access key\n${ID},"CANARY\n`, 'as many cells'],
    [
      'is CSV without the secret',
      `Access key ID,Note\n${ID},CANARY\n`,
      'Secret access key of the secret value is missing',
    ],
    [
      'is CSV with a column twice',
      `Access key ID,Secret access key,Secret access key\n${ID},CANARY,CANARY\n`,
      'twice',
    ],
  ])('is refused when it %s, and not repeated', (_why, text, says) => {
    const error = failure(() => tagged('deployer').parse(text))
    expect(error).toMatchObject({ code: 'SECRET_INVALID', message: expect.stringContaining(says) })
    expect(told(error)).not.toContain('CANARY')
  })

  it.each([
    ['note', ours({ note: `key ${ID}` })],
    ['files.credentials', ours({ files: { credentials: `aws_secret_access_key = ${SECRET}` } })],
    ['list.0', ours({ list: [SECRET] })],
    ['AccessKey.copy', `{"AccessKey":${ours({ copy: SECRET })}}`],
    ['Note', `Access key ID,Secret access key,Note\n${ID},${SECRET},${ID}`],
  ])('with a copy of the key in %s is not rotated', (field, text) => {
    const key = tagged('deployer').parse(text)
    const error = failure(() => refuseCopiedKey(key))
    expect(error).toMatchObject({ code: 'SECRET_INVALID', detail: { field } })
    expect(told(error)).not.toContain(SECRET)
  })

  it('without a copy is', () => {
    for (const [, text] of forms) refuseCopiedKey(tagged('deployer').parse(text(ID, SECRET)))
    refuseCopiedKey({ ...untagged.parse(ours({ a: { b: [null, 1, 'other'] } })) } satisfies IamAccessKey)
  })
})
