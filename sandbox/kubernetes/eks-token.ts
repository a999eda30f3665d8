import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface TokenCheck {
  /** Name of the cluster that is asked. */
  readonly cluster: string
  readonly region: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Undefined: nobody has such a key. */
  readonly secretKeyOf: (accessKeyId: string) => string | undefined
}

const MINUTE = 60_000

/**
 * Checks a bearer token as an EKS cluster has it checked, and says who it is: the access key's id. It is the URL of a signed call of sts:GetCallerIdentity, which
 * the cluster makes with the header x-k8s-aws-id, its own name. So the signature is right only when that very name was signed
 * (https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go). What is signed how is from
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, and shares nothing with the SDK. Throws with the reason, without the token.
 */
export function checkEksToken(token: string, { cluster, region, now, secretKeyOf }: TokenCheck): string {
  const expect = (holds: boolean, rule: string) => {
    if (!holds) throw new Error(`the token is refused: ${rule}`)
  }
  const encoded = /^k8s-aws-v1\.([\w-]+)$/.exec(token)?.[1] ?? ''
  expect(encoded !== '', 'it is not k8s-aws-v1. and an URL in base64url')
  const text = Buffer.from(encoded, 'base64url').toString()
  expect(URL.canParse(text), 'it holds no URL')
  const url = new URL(text)
  const host = `sts.${region}.amazonaws.com`
  expect(url.protocol === 'https:' && url.host === host && url.pathname === '/', `the URL is not at ${host}`)
  const field = (name: string) => url.searchParams.get(name) ?? ''
  expect(field('Action') === 'GetCallerIdentity' && field('Version') === '2011-06-15', 'another call')
  expect(field('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256', 'another algorithm')
  expect(field('X-Amz-SignedHeaders') === 'host;x-k8s-aws-id', 'the name of the cluster is not signed')
  const [accessKeyId = '', ...scope] = field('X-Amz-Credential').split('/')
  const date = field('X-Amz-Date')
  expect(scope.join('/') === `${date.slice(0, 8)}/${region}/sts/aws4_request`, 'another scope')
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  expect(field('X-Amz-Expires') === '60', 'it is not to expire after 60 seconds')
  expect(signedAt <= now + 5 * MINUTE && now < signedAt + MINUTE, 'it is not of now')
  const secretKey = secretKeyOf(accessKeyId)
  if (secretKey === undefined) throw new Error('the token is refused: nobody has this access key')
  const signature = signatureOf(url, { host, cluster, date, scope, secretKey })
  const given = Buffer.from(field('X-Amz-Signature'))
  expect(
    given.length === signature.length && timingSafeEqual(given, Buffer.from(signature)),
    'the signature is wrong, or for another cluster',
  )
  return accessKeyId
}

function signatureOf(
  url: URL,
  {
    host,
    cluster,
    date,
    scope,
    secretKey,
  }: { host: string; cluster: string; date: string; scope: readonly string[]; secretKey: string },
): string {
  const fields = url.search.slice(1).split('&')
  const query = fields.filter((field) => !field.startsWith('X-Amz-Signature=')).toSorted()
  const canonical = [
    'GET',
    '/',
    query.join('&'),
    `host:${host}`,
    `x-k8s-aws-id:${cluster}`,
    '',
    'host;x-k8s-aws-id',
    sha256(''),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n')
  const key = scope.reduce<Buffer>((last, part) => hmac(last, part), Buffer.from(`AWS4${secretKey}`))
  return hmac(key, text).toString('hex')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
