import { describe, expect, it } from 'vitest'
import { eksToken } from '../../lambdas/aws/eks-token.ts'
import { checkEksToken } from '../../sandbox/kubernetes/eks-token.ts'

const now = new Date('2026-11-29T03:05:00.250Z')
const identity = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret key', sessionToken: 'se/ss+ion=' }
const tokenFor = (more: Partial<Parameters<typeof eksToken>[0]> = {}) =>
  eksToken({ cluster: 'eks-shop', region: 'eu-central-1', credentials: async () => identity, now, ...more })
const urlIn = (token: string) =>
  new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString())
const check = {
  cluster: 'eks-shop',
  region: 'eu-central-1',
  now: now.getTime(),
  secretKeyOf: () => 'a secret key',
}

describe('an EKS token', () => {
  it('is a signed call of GetCallerIdentity that names the cluster in a signed header', async () => {
    const token = await tokenFor()
    expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/)
    const url = urlIn(token)
    expect(`${url.origin}${url.pathname}`).toBe('https://sts.eu-central-1.amazonaws.com/')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIAEXAMPLE/20261129/eu-central-1/sts/aws4_request',
      'X-Amz-Date': '20261129T030500Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': 'se/ss+ion=',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('has a signature that holds by the rules themselves', async () => {
    expect(checkEksToken(await tokenFor(), check)).toBe('AKIAEXAMPLE')
  })

  it('has no session where there is none', async () => {
    const credentials = async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret key' })
    const token = await tokenFor({ credentials })
    expect(urlIn(token).searchParams.has('X-Amz-Security-Token')).toBe(false)
    expect(checkEksToken(token, check)).toBe('AKIAEXAMPLE')
  })

  it('asks the STS of its own partition', async () => {
    expect(urlIn(await tokenFor({ region: 'cn-north-1' })).host).toBe('sts.cn-north-1.amazonaws.com.cn')
  })

  it.each([
    ['another cluster', { cluster: 'eks-other' }],
    ['another Region', { region: 'eu-west-1' }],
    ['another key', { secretKeyOf: () => 'another' }],
    ['a key that nobody has', { secretKeyOf: () => undefined }],
    ['a minute later', { now: now.getTime() + 60_000 }],
    ['long before', { now: now.getTime() - 10 * 60_000 }],
  ])('is refused for %s, and not repeated', async (_, more) => {
    const token = await tokenFor()
    const refused = () => checkEksToken(token, { ...check, ...more })
    expect(refused).toThrow('the token is refused')
    expect(refused).not.toThrow(/amazonaws\.com\/|k8s-aws|X-Amz-Signature/)
  })

  it.each([
    ['is no token', 'any'],
    ['holds no URL', `k8s-aws-v1.${Buffer.from('no URL').toString('base64url')}`],
    [
      'leads elsewhere',
      `k8s-aws-v1.${Buffer.from('https://example.com/?Action=GetCallerIdentity').toString('base64url')}`,
    ],
  ])('that %s is refused', (_, token) => {
    expect(() => checkEksToken(token, check)).toThrow('the token is refused')
  })
})
