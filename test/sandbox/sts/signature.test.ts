import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MovableClock, movableClock } from '../../../sandbox/clock.ts'
import { type Iam, startIam } from '../../../sandbox/iam/server.ts'
import { type Sts, startSts } from '../../../sandbox/sts/server.ts'
import { type SignedCall, send, sign, type WireCall } from './signed-call.ts'

/* Who is let in, by what goes over the wire. */

const DAY = 86_400_000
const MINUTE = 60_000
/** Of a sandbox that is ahead of real time. */
const AHEAD = 40 * DAY
const deployer = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const inactive = { ...deployer, accessKeyId: 'AKIAINACTIVEAAAAAAAA' }
const aFunction = {
  accessKeyId: 'ASIAQSANDBOXSANDBOX0',
  secretAccessKey: 'sandbox',
  sessionToken: 'sandbox',
}
let clock: MovableClock
let iam: Iam
let sts: Sts

beforeAll(async () => {
  clock = movableClock(Date.now() + AHEAD)
  iam = await startIam({ clock, region: 'eu-west-1' })
  sts = await startSts({ iam })
  const { accessKeyId: id, secretAccessKey: secret } = deployer
  iam.seed({
    name: 'deployer',
    accessKeys: [
      { id, secret },
      { id: inactive.accessKeyId, secret, active: false },
    ],
  })
})

afterAll(async () => {
  await Promise.all([sts.close(), iam.close()])
})

async function ask(call: SignedCall, tamper: (wire: WireCall) => void = () => {}) {
  const wire = await sign(sts.url, call)
  tamper(wire)
  return send(wire)
}

const arn = (text: string) => /<Arn>(.*?)<\/Arn>/.exec(text)?.[1]
const WRONG =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
  'Consult the service documentation for details.'
const UNKNOWN = 'The security token included in the request is invalid.'
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

describe('a signature that is right', () => {
  it.each<[string, SignedCall]>([
    ['in the header of a POST', deployer],
    ['in the header of a GET', { ...deployer, method: 'GET' }],
    ['in the query string of a GET', { ...deployer, method: 'GET', expiresIn: 60 }],
    ['in the query string of a POST', { ...deployer, expiresIn: 60 }],
    ['for the Region of the sandbox', { ...deployer, region: 'eu-west-1' }],
    ['by real time', { ...deployer, signedAt: new Date(Date.now() - 14 * MINUTE) }],
    ['by the time of the sandbox', { ...deployer, signedAt: new Date(Date.now() + AHEAD + 14 * MINUTE) }],
    [
      'with a header that says of which body it is',
      { ...deployer, headers: { 'x-amz-content-sha256': bodyHash() } },
    ],
    ['over further headers', { ...deployer, headers: { 'x-k8s-aws-id': '  two   blanks ' } }],
    ['over parameters of any alphabet', { ...deployer, method: 'GET', fields: { q: "ü +&=/*'()~%20" } }],
  ])('is good %s', async (_what, call) => {
    const { status, text } = await ask(call)
    expect([status, arn(text)]).toEqual([200, 'arn:aws:iam::123456789012:user/deployer'])
  })

  it.each<[string, SignedCall, string]>([
    ['a function', aFunction, 'arn:aws:sts::123456789012:assumed-role/sandbox/function'],
    [
      'a function, in a query string',
      { ...aFunction, method: 'GET', expiresIn: 60 },
      'arn:aws:sts::123456789012:assumed-role/sandbox/function',
    ],
    [
      'whoever runs the sandbox',
      { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
      'arn:aws:iam::123456789012:root',
    ],
  ])('is of %s', async (_what, call, who) => {
    const { text } = await ask(call)
    expect(arn(text)).toBe(who)
  })

  it('stays so when something is added that is not signed', async () => {
    const { status } = await ask(deployer, ({ headers }) => {
      headers['x-added'] = 'on the way'
    })
    expect(status).toBe(200)
  })
})

function bodyHash(): string {
  return hashOf('Action=GetCallerIdentity&Version=2011-06-15')
}

describe('a signature that is wrong', () => {
  it.each<[string, SignedCall, ((wire: WireCall) => void) | undefined]>([
    ['another secret', { ...deployer, secretAccessKey: deployer.secretAccessKey.toLowerCase() }, undefined],
    ['a secret with a blank', { ...deployer, secretAccessKey: `${deployer.secretAccessKey} ` }, undefined],
    ['no secret', { ...deployer, secretAccessKey: '' }, undefined],
    [
      'another body',
      deployer,
      (wire) => {
        wire.body += '&UserName=root'
      },
    ],
    [
      'another body than it says it has',
      { ...deployer, headers: { 'x-amz-content-sha256': bodyHash() } },
      (wire) => {
        wire.body += '&UserName=root'
      },
    ],
    [
      'no word of the body',
      { ...deployer, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      undefined,
    ],
    [
      'another header',
      { ...deployer, headers: { 'x-k8s-aws-id': 'mine' } },
      ({ headers }) => {
        headers['x-k8s-aws-id'] = 'yours'
      },
    ],
    [
      'a header less',
      { ...deployer, headers: { 'x-k8s-aws-id': 'mine' } },
      ({ headers }) => {
        delete headers['x-k8s-aws-id']
      },
    ],
    ['another query', { ...deployer, method: 'GET' }, ({ url }) => url.searchParams.set('UserName', 'root')],
    [
      'another query with the signature in it',
      { ...deployer, method: 'GET', expiresIn: 60 },
      ({ url }) => url.searchParams.set('UserName', 'root'),
    ],
    [
      'a longer life',
      { ...deployer, method: 'GET', expiresIn: 60 },
      ({ url }) => url.searchParams.set('X-Amz-Expires', '6000'),
    ],
    [
      'another path',
      deployer,
      ({ url }) => {
        url.pathname = '/other'
      },
    ],
    [
      'a signature that is cut off',
      deployer,
      ({ headers }) => {
        headers.authorization = headers.authorization?.slice(0, -1) ?? ''
      },
    ],
    [
      'a signature in capitals',
      deployer,
      ({ headers }) => {
        headers.authorization =
          headers.authorization?.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase()) ?? ''
      },
    ],
    [
      'the date of another moment',
      deployer,
      ({ headers }) => {
        headers['x-amz-date'] =
          headers['x-amz-date']?.replace(/\d(?=Z$)/, (digit) => `${9 - Number(digit)}`) ?? ''
      },
    ],
  ])('is refused with %s', async (_what, call, tamper) => {
    expect(await ask(call, tamper)).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: WRONG,
    })
  })

  it('is told without a word of the request, which may hold anything', async () => {
    const { text } = await ask({ ...deployer, fields: { Password: 'open sesame' }, secretAccessKey: 'wrong' })
    expect(text).not.toMatch(/sesame|Credential=|wrong/)
  })
})

describe('a signature for something else', () => {
  const at = new Date('2026-03-02T10:30:00Z')

  it.each<[string, SignedCall, string]>([
    [
      'another service',
      { ...deployer, service: 'iam' },
      "Credential should be scoped to correct service: 'sts'.",
    ],
    [
      'another Region',
      { ...deployer, region: 'ap-south-1' },
      "Credential should be scoped to a valid region, not 'ap-south-1'.",
    ],
    [
      'another service in another Region',
      { ...deployer, service: 's3', region: '' },
      "Credential should be scoped to a valid region, not ''. Credential should be scoped to correct service: 'sts'.",
    ],
    ['the past', { ...deployer, signedAt: at }, 'Signature expired: 20260302T103000Z is now earlier than '],
    ['16 minutes ago', { ...deployer, signedAt: new Date(Date.now() - 16 * MINUTE) }, 'Signature expired: '],
    [
      'in 16 minutes',
      { ...deployer, signedAt: new Date(Date.now() + AHEAD + 16 * MINUTE) },
      'Signature not yet current: ',
    ],
    ['neither clock', { ...deployer, signedAt: new Date(Date.now() + AHEAD / 2) }, 'Signature expired: '],
    [
      'a life that is over',
      { ...deployer, method: 'GET', expiresIn: 60, signedAt: new Date(Date.now() - 61_000) },
      'Signature expired: ',
    ],
    [
      'no host',
      { ...deployer, unsigned: ['host'] },
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
  ])('is refused: %s', async (_what, call, said) => {
    const answer = await ask(call)
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
    expect(answer.message).toContain(said)
  })

  it('is refused for another day, or another way to sign', async () => {
    const scoped = (from: RegExp, to: string) => (wire: WireCall) => {
      wire.headers.authorization = wire.headers.authorization?.replace(from, to) ?? ''
    }
    expect((await ask(deployer, scoped(/\/\d{8}\//, '/20200101/'))).message).toMatch(
      /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != '\d{8}', from '\d{8}T\d{6}Z'.$/,
    )
    expect((await ask(deployer, scoped(/aws4_request/, 'aws5_request'))).message).toBe(
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
    )
  })
})

describe('a key that does not count', () => {
  it.each<[string, SignedCall]>([
    ['that nobody has', { ...deployer, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }],
    ['that is none', { ...deployer, accessKeyId: '__proto__' }],
    ['that is inactive', inactive],
    ['that is inactive, with another secret', { ...inactive, secretAccessKey: 'other' }],
    ['of a session, with another token', { ...aFunction, sessionToken: 'sandbox2' }],
    ['of a session, without a token', { accessKeyId: aFunction.accessKeyId, secretAccessKey: 'sandbox' }],
    ['of no session, with a token', { ...deployer, sessionToken: 'sandbox' }],
    [
      'of no session, with a token in the query string',
      { ...deployer, sessionToken: 'sandbox', method: 'GET', expiresIn: 60 },
    ],
  ])('is refused: one %s', async (_what, call) => {
    expect(await ask(call)).toMatchObject({ status: 403, code: 'InvalidClientTokenId', message: UNKNOWN })
  })
})

describe('a call without a whole signature', () => {
  const header = (text: string) => (wire: WireCall) => {
    wire.headers.authorization = text
  }
  const scope = `${deployer.accessKeyId}/20260302/us-east-1/sts/aws4_request`

  it.each<[string, (wire: WireCall) => void, string]>([
    ['another algorithm', header('AWS4-HMAC-SHA512 a=b'), "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'."],
    ['a bearer token', header('Bearer abc.def'), "Unsupported AWS 'algorithm': 'Bearer'."],
    ['nothing in it', header('AWS4-HMAC-SHA256 '), 'not a valid key=value pair'],
    ['no pair in it', header('AWS4-HMAC-SHA256 open sesame'), 'not a valid key=value pair'],
    [
      'no signature',
      header(`AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host`),
      "requires 'Signature' parameter.",
    ],
    [
      'no headers',
      header(`AWS4-HMAC-SHA256 Credential=${scope}, Signature=00`),
      "requires 'SignedHeaders' parameter.",
    ],
    [
      'half a scope',
      header('AWS4-HMAC-SHA256 Credential=AKIA/20260302, SignedHeaders=host, Signature=00'),
      'exactly 5 slash-delimited elements',
    ],
    [
      'no date',
      ({ headers }) => {
        delete headers['x-amz-date']
      },
      "existence of either a 'X-Amz-Date' or a 'Date' header.",
    ],
    [
      'a date that is none',
      ({ headers }) => {
        headers['x-amz-date'] = 'today'
      },
      "Date must be in ISO-8601 'basic format'.",
    ],
  ])('is refused: %s', async (_what, tamper, said) => {
    const answer = await ask(deployer, tamper)
    expect(answer).toMatchObject({ status: 400, code: 'IncompleteSignature' })
    expect(answer.message).toContain(said)
    expect(answer.message).not.toContain('sesame')
  })

  it.each<[string, string, string]>([
    ['no end', 'X-Amz-Expires', ''],
    ['an end in eight days', 'X-Amz-Expires', '691200'],
    ['no date', 'X-Amz-Date', ''],
    ['another algorithm', 'X-Amz-Algorithm', 'AWS4-HMAC-SHA512'],
  ])('is refused in a query string: %s', async (_what, name, value) => {
    const answer = await ask({ ...deployer, method: 'GET', expiresIn: 60 }, ({ url }) =>
      url.searchParams.set(name, value),
    )
    expect(answer).toMatchObject({ status: 400, code: 'IncompleteSignature' })
  })

  it('is asked for one, in a header or in the query string', async () => {
    const unsigned = {
      code: 'MissingAuthenticationToken',
      status: 403,
      message: 'Request is missing Authentication Token',
    }
    expect(
      await ask(deployer, ({ headers }) => {
        delete headers.authorization
      }),
    ).toMatchObject(unsigned)
    expect(
      await ask({ ...deployer, method: 'GET', expiresIn: 60 }, ({ url }) =>
        url.searchParams.delete('X-Amz-Signature'),
      ),
    ).toMatchObject(unsigned)
  })
})

describe('names', () => {
  const operator = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox', service: 'iam' }
  const askIam = async (call: Omit<SignedCall, 'accessKeyId' | 'secretAccessKey'>) =>
    send(await sign(iam.url, { ...operator, ...call }))

  it.each(['GET', 'POST'] as const)(
    'of any form that IAM takes are signed alike, in a %s',
    async (method) => {
      const name = `a+b=c,d.e@f_g-${method}`
      iam.seed({ name })
      const { status, text } = await askIam({ method, fields: { Action: 'GetUser', UserName: name } })
      expect([status, arn(text)]).toEqual([200, `arn:aws:iam::123456789012:user/${name}`])
    },
  )

  it.each(['GET', 'POST'] as const)(
    'that IAM does not take are refused for what they are, in a %s',
    async (method) => {
      const { code } = await askIam({ method, fields: { Action: 'GetUser', UserName: 'Jörg' } })
      expect(code).toBe('ValidationError')
    },
  )

  it('of tags are signed in any alphabet', async () => {
    iam.seed({ name: 'tagged' })
    const fields = { UserName: 'tagged', 'Tags.member.1.Key': 'Größe +/=', 'Tags.member.1.Value': '雪' }
    expect((await askIam({ fields: { Action: 'TagUser', ...fields } })).status).toBe(200)
    expect(
      (await askIam({ method: 'GET', fields: { Action: 'ListUserTags', UserName: 'tagged' } })).text,
    ).toContain('<Key>Größe +/=</Key><Value>雪</Value>')
  })
})

describe('a clock that jumps', () => {
  it('leaves in whoever was told the time before, and goes on by it', async () => {
    const { headers } = await fetch((await sign(sts.url, { ...deployer, method: 'GET', expiresIn: 60 })).url)
    const told = Date.parse(headers.get('date') ?? '')
    expect(Math.abs(told - clock.now())).toBeLessThan(1_000)
    clock.advance(3 * DAY)
    expect((await ask({ ...deployer, signedAt: new Date(told) })).status).toBe(200)
    expect((await ask({ ...deployer, signedAt: new Date(clock.now()) })).status).toBe(200)
    expect((await ask({ ...deployer, signedAt: new Date(told + DAY) })).code).toBe('SignatureDoesNotMatch')
  })
})
