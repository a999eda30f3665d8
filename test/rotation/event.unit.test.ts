import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { parseRotationEvent, parseRotationRequest, steps } from '../../lambdas/rotation/event.ts'
import { SECRET_ARN } from './secret.ts'

const token = '0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10'
const good = { Step: 'createSecret', SecretId: SECRET_ARN, ClientRequestToken: token }

function refusal(event: unknown): OverlapError {
  try {
    parseRotationEvent(event)
  } catch (error) {
    if (error instanceof OverlapError) return error
    throw error
  }
  throw new Error('the event was accepted')
}

describe('a rotation event', () => {
  it.each(steps)('is accepted for %s as Secrets Manager sends it', (step) => {
    expect(parseRotationEvent({ ...good, Step: step, RotationToken: 'r'.repeat(36) })).toEqual({
      step,
      secretId: SECRET_ARN,
      token,
      rotationToken: 'r'.repeat(36),
    })
  })

  it('needs no RotationToken, and may carry fields that are not known today', () => {
    expect(parseRotationEvent({ ...good, Tomorrow: 1 }).rotationToken).toBeUndefined()
  })

  it.each([
    'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x-AbCdEf',
    'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a/b+c=d.e@f-AbCdEf',
  ])('is accepted for the partition of %s', (SecretId) => {
    expect(parseRotationEvent({ ...good, SecretId }).secretId).toBe(SecretId)
  })

  const canary = 'hunter2-canary'
  it.each([
    { what: 'a step that does not exist', event: { ...good, Step: canary }, names: 'Step' },
    { what: 'a step in other letters', event: { ...good, Step: 'CreateSecret' }, names: 'Step' },
    { what: 'no step', event: { ...good, Step: undefined }, names: 'Step' },
    { what: 'a step that every object has', event: { ...good, Step: 'constructor' }, names: 'Step' },
    { what: 'a list of steps', event: { ...good, Step: ['createSecret'] }, names: 'Step' },
    {
      what: 'a name where the service sends an ARN',
      event: { ...good, SecretId: canary },
      names: 'SecretId',
    },
    {
      what: 'the ARN of a function',
      event: { ...good, SecretId: `arn:aws:lambda:us-east-1:123456789012:function:${canary}` },
      names: 'SecretId',
    },
    {
      what: 'an ARN without an account',
      event: { ...good, SecretId: `arn:aws:secretsmanager:us-east-1::secret:${canary}` },
      names: 'SecretId',
    },
    {
      what: 'an ARN with a second line',
      event: { ...good, SecretId: `${SECRET_ARN}\n${canary}` },
      names: 'SecretId',
    },
    { what: 'no secret', event: { ...good, SecretId: undefined }, names: 'SecretId' },
    { what: 'a secret that is a number', event: { ...good, SecretId: 7 }, names: 'SecretId' },
    {
      what: 'a token that is too short',
      event: { ...good, ClientRequestToken: canary },
      names: 'ClientRequestToken',
    },
    {
      what: 'a token that is too long',
      event: { ...good, ClientRequestToken: canary.repeat(5) },
      names: 'ClientRequestToken',
    },
    { what: 'no token', event: { ...good, ClientRequestToken: undefined }, names: 'ClientRequestToken' },
    {
      what: 'a token that is an object',
      event: { ...good, ClientRequestToken: { length: 40 } },
      names: 'ClientRequestToken',
    },
    {
      what: 'a rotation token that is too long',
      event: { ...good, RotationToken: canary.repeat(20) },
      names: 'RotationToken',
    },
    {
      what: 'a rotation token that is null',
      event: { ...good, RotationToken: null },
      names: 'RotationToken',
    },
    { what: 'a string', event: JSON.stringify(good), names: 'JSON object' },
    { what: 'a list', event: [good], names: 'JSON object' },
    { what: 'null', event: null, names: 'JSON object' },
    { what: 'nothing', event: undefined, names: 'JSON object' },
  ])('is refused with $what, and the message names $names and no value', ({ event, names }) => {
    const { code, message } = refusal(event)
    expect(code).toBe('EVENT_INVALID')
    expect(message).toContain(names)
    expect(message).not.toContain(canary)
  })

  it('is refused, whatever it is, by EVENT_INVALID and nothing else', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(refusal(event).code).toBe('EVENT_INVALID')
      }),
    )
  })
})

describe('a request that is no rotation event', () => {
  const request = { action: 'check', secretId: SECRET_ARN }

  it.each(['check', 'provision', 'repair'] as const)('may be a %s', (action) => {
    expect(parseRotationRequest({ ...request, action, to: 'v1', more: 1 })).toEqual({
      action,
      secretId: SECRET_ARN,
    })
  })

  it('may be a rollback, with the version to go to and the one to go from', () => {
    const rollback = { action: 'rollback', secretId: SECRET_ARN }
    expect(parseRotationRequest({ ...rollback, more: 1 })).toEqual(rollback)
    expect(parseRotationRequest({ ...rollback, to: 'v1', from: 'v2' })).toEqual({
      ...rollback,
      to: 'v1',
      from: 'v2',
    })
  })

  it('is one only when it has an action', () => {
    expect(parseRotationRequest(good)).toEqual(parseRotationEvent(good))
  })

  it.each([
    { what: 'another action', event: { ...request, action: 'disable' }, names: 'action' },
    { what: 'an action that is a list', event: { ...request, action: ['check'] }, names: 'action' },
    { what: 'a step beside the action', event: { ...good, action: 'finishSecret' }, names: 'action' },
    { what: 'no secret', event: { action: 'check' }, names: 'secretId' },
    { what: 'a name where an ARN belongs', event: { ...request, secretId: 'app/db' }, names: 'secretId' },
    { what: 'no version', event: { ...request, action: 'rollback', to: '' }, names: 'field to' },
    {
      what: 'a version that is none',
      event: { ...request, action: 'rollback', from: 'v'.repeat(65) },
      names: 'field from',
    },
    { what: 'a version that is a list', event: { ...request, action: 'rollback', to: ['v'] }, names: 'to' },
    { what: 'nothing', event: undefined, names: 'JSON object' },
  ])('is refused with $what, and the message names $names', ({ event, names }) => {
    expect(() => parseRotationRequest(event)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(names) }),
    )
  })

  it('is refused, whatever it is, by EVENT_INVALID and nothing else', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(() => parseRotationRequest(event)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }))
      }),
    )
  })
})
