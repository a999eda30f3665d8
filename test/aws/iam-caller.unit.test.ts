import { describe, expect, it } from 'vitest'
import { iamCaller } from '../../lambdas/aws/iam-caller.ts'
import { stsAnswering } from '../fakes/aws-clients.ts'

const signal = () => new AbortController().signal
const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'CANARY', userName: 'deployer' }
const Arn = 'arn:aws:iam::111122223333:user/deployer'

const refusing = (name: string, message: string) =>
  stsAnswering({
    GetCallerIdentityCommand: () => {
      throw Object.assign(new Error(message), { name })
    },
  })

describe('whom AWS takes the owner of a key for', () => {
  it('is asked with the key alone, each time by a client of its own that is given up afterwards', async () => {
    const signing: object[] = []
    let destroyed = 0
    const caller = iamCaller((credentials) => {
      signing.push(credentials)
      const { client } = stsAnswering({ GetCallerIdentityCommand: () => ({ Arn }) })
      client.destroy = () => {
        destroyed += 1
      }
      return client
    }, signal)
    for (const _ of [1, 2]) expect(await caller(key)).toEqual({ answer: 'accepted', as: Arn })
    const { accessKeyId, secretAccessKey } = key
    expect(signing).toEqual([1, 2].map(() => ({ accessKeyId, secretAccessKey })))
    expect(destroyed).toBe(2)
  })

  it.each([
    ['InvalidClientTokenId', 'The security token included in the request is invalid.', 'unknown'],
    ['UnrecognizedClientException', 'The security token included in the request is invalid.', 'unknown'],
    [
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      'wrong',
    ],
  ])('is nobody when STS says %s: %s', async (name, message, answer) => {
    const { client } = refusing(name, message)
    expect(await iamCaller(() => client, signal)(key)).toEqual({ answer })
  })

  it.each([
    ['SignatureDoesNotMatch', 'Signature expired: 20261126T100000Z is now earlier than 20261126T101500Z'],
    [
      'SignatureDoesNotMatch',
      'Signature not yet current: 20261126T101500Z is still later than 20261126T100000Z',
    ],
    ['AccessDenied', 'not authorized'],
    ['Throttling', 'Rate exceeded'],
    ['RegionDisabledException', 'STS is not activated in this region'],
    ['Error', 'connect ECONNREFUSED 127.0.0.1:1'],
    ['InternalFailure', 'try again'],
  ])('is not known when STS says %s: %s', async (name, message) => {
    const { client } = refusing(name, message)
    await expect(iamCaller(() => client, signal)(key)).rejects.toMatchObject({
      code: 'IAM_FAILED',
      message: `GetCallerIdentity failed: ${name}: ${message}`,
      detail: { operation: 'GetCallerIdentity', awsError: name },
    })
  })

  it('is not known when there is no answer, or one without a name', async () => {
    const { client } = refusing('TimeoutError', 'slow')
    await expect(iamCaller(() => client, signal)(key)).rejects.toMatchObject({ code: 'TIME_UP' })
    const nobody = stsAnswering({ GetCallerIdentityCommand: () => ({}) }).client
    await expect(iamCaller(() => nobody, signal)(key)).rejects.toMatchObject({ code: 'IAM_FAILED' })
  })
})
