import { describe, expect, it } from 'vitest'
import { failureOf } from '../../../cli/inventory/failure.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'

const failed = (operation: string, awsError: string) =>
  new OverlapError('SECRETS_MANAGER_FAILED', `${operation} failed: ${awsError}: said AWS`, {
    detail: { operation, awsError },
  })
const thrown = (name: string, more: object = { $metadata: {} }) =>
  Object.assign(new Error('said AWS'), { name }, more)
const told = (error: unknown) => failureOf(error, { operation: 'GetFunctionConfiguration', profile: 'prod' })

describe('why a part of an account is not seen', () => {
  it.each([
    [failed('ListSecrets', 'AccessDeniedException'), /secretsmanager:ListSecrets on \*/],
    [failed('ListSecretVersionIds', 'AccessDeniedException'), /secretsmanager:ListSecretVersionIds on/],
    [failed('ListUsers', 'AccessDenied'), /iam:ListUsers on \*.*--no-access-keys/],
    [failed('ListAccessKeys', 'AccessDenied'), /iam:ListAccessKeys on all users.*--no-access-keys/],
    [failed('ListUserTags', 'AccessDenied'), /iam:ListUserTags on all users.*--no-access-keys/],
    [thrown('AccessDeniedException'), /may not call GetFunctionConfiguration: .*lambda:GetFunctionConf/],
    [failed('Other', 'AccessDenied'), /may not call Other: said AWS/],
  ])('is the right that is missing, and what it is needed on: %s', (error, says) => {
    expect(told(error)).toMatchObject({
      code: 'NOT_ALLOWED',
      all: false,
      message: expect.stringMatching(says),
    })
  })

  const explicit =
    'User: arn:aws:iam::1:user/ann is not authorized with an explicit deny in a VPC endpoint policy'
  it.each([
    [
      'not authorized, because no identity-based policy allows it.',
      /allow them secretsmanager:ListSecrets on .* \(AWS says: not authorized, because no .* allows it\)$/,
    ],
    [
      explicit,
      /^(?!.*allow them).*ListSecrets: a policy denies it.* \(AWS says: .* in a VPC endpoint policy\)$/,
    ],
  ])('keeps what AWS says of a right that is missing: %s', (said, says) => {
    const error = new OverlapError(
      'SECRETS_MANAGER_FAILED',
      `ListSecrets failed: AccessDeniedException: ${said}`,
      {
        detail: { operation: 'ListSecrets', awsError: 'AccessDeniedException' },
      },
    )
    expect(told(error)?.message).toMatch(says)
  })

  it.each([
    [
      failed('ListSecrets', 'CredentialsProviderError'),
      'CREDENTIALS',
      /for the profile prod: said AWS\. Log in/,
    ],
    [failed('ListSecrets', 'ExpiredTokenException'), 'CREDENTIALS', /Log in again/],
    [failed('ListUsers', 'ExpiredToken'), 'CREDENTIALS', /Log in again/],
    [failed('ListUsers', 'InvalidClientTokenId'), 'CREDENTIALS', /Log in again/],
    [thrown('UnrecognizedClientException'), 'CREDENTIALS', /Log in again/],
    [new Error('Region is missing'), 'REGION', /--region, or set AWS_REGION/],
  ])('is the same for all of it: %s', (error, code, says) => {
    expect(told(error)).toMatchObject({ code, all: true, message: expect.stringMatching(says) })
  })

  it.each([
    [failed('ListSecrets', 'ThrottlingException'), 'THROTTLED', /went on refusing ListSecrets/],
    [
      failed('ListSecrets', 'InternalServiceError'),
      'NO_ANSWER',
      /^ListSecrets was not answered: Int.*: said AWS$/,
    ],
    [
      new OverlapError('TIME_UP', 'ListUsers was not answered in time'),
      'NO_ANSWER',
      /^ListUsers was not ans/,
    ],
    [thrown('Error', { code: 'ECONNREFUSED' }), 'NO_ANSWER', /^GetFunctionConfiguration was not answered/],
    [thrown('TimeoutError', {}), 'NO_ANSWER', /GetFunctionConfiguration was not answered/],
  ])('is told as it is: %s', (error, code, says) => {
    expect(told(error)).toMatchObject({ code, all: false, message: expect.stringMatching(says) })
  })

  it('is none of these when it is a defect of ours', () => {
    expect(told(new TypeError('x is undefined'))).toBeUndefined()
    expect(told('text')).toBeUndefined()
  })
})
