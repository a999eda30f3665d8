import { InvalidRequestException } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { operatedSecrets } from '../../lambdas/aws/operated-secrets.ts'
import { secretTags } from '../../lambdas/aws/secret-tags.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const signal = () => new AbortController().signal
const throttled = () => {
  throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })
}

describe('the secrets that people operate', () => {
  it.each([
    {
      does: 'tag',
      call: 'TagResourceCommand',
      run: (secrets: ReturnType<typeof operatedSecrets>) =>
        secrets.tag(SECRET_ARN, { 'overlap:hold': 'x y', 'overlap:owner': 'shop' }),
      input: {
        SecretId: SECRET_ARN,
        Tags: [
          { Key: 'overlap:hold', Value: 'x y' },
          { Key: 'overlap:owner', Value: 'shop' },
        ],
      },
    },
    {
      does: 'untag',
      call: 'UntagResourceCommand',
      run: (secrets: ReturnType<typeof operatedSecrets>) => secrets.untag(SECRET_ARN, ['overlap:hold']),
      input: { SecretId: SECRET_ARN, TagKeys: ['overlap:hold'] },
    },
    {
      does: 'turn off',
      call: 'CancelRotateSecretCommand',
      run: (secrets: ReturnType<typeof operatedSecrets>) => secrets.turnOff(SECRET_ARN),
      input: { SecretId: SECRET_ARN },
    },
    {
      does: 'turn on without a rotation now',
      call: 'RotateSecretCommand',
      run: (secrets: ReturnType<typeof operatedSecrets>) => secrets.turnOn(SECRET_ARN),
      input: { SecretId: SECRET_ARN, RotateImmediately: false },
    },
    {
      does: 'rotate now',
      call: 'RotateSecretCommand',
      run: (secrets: ReturnType<typeof operatedSecrets>) => secrets.rotate(SECRET_ARN, 'token'),
      input: { SecretId: SECRET_ARN, ClientRequestToken: 'token' },
    },
  ])('$does by one call, and pass on the kind of its failure', async ({ call, run, input }) => {
    const { client, sent } = secretsManagerAnswering({ [call]: () => ({}) })
    await run(operatedSecrets(client, signal))
    expect(sent).toEqual([{ command: call, input }])
    const failing = secretsManagerAnswering({ [call]: throttled })
    await expect(run(operatedSecrets(failing.client, signal))).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
      detail: { awsError: 'ThrottlingException' },
    })
  })

  it('are rotated already where a rotation is not complete: the service tries that one again', async () => {
    const { client } = secretsManagerAnswering({
      RotateSecretCommand: () => {
        throw new InvalidRequestException({
          message: "A previous rotation isn't complete. That rotation will be reattempted.",
          $metadata: {},
        })
      },
    })
    await expect(operatedSecrets(client, signal).rotate(SECRET_ARN, 'token')).resolves.toBeUndefined()
  })

  it('are described by name, and listed when their function is asked for', async () => {
    const { client } = secretsManagerAnswering({
      DescribeSecretCommand: ({ SecretId }) => ({ ARN: SECRET_ARN, Name: SecretId }),
      ListSecretsCommand: () => ({
        SecretList: [
          { ARN: SECRET_ARN, Name: 'app/db', RotationLambdaARN: 'arn:ours' },
          { ARN: `${SECRET_ARN}2`, Name: 'other', RotationLambdaARN: 'arn:theirs' },
        ],
      }),
    })
    const secrets = operatedSecrets(client, signal)
    expect(await secrets.describe('app/db')).toMatchObject({ arn: SECRET_ARN, name: 'app/db' })
    const listed = []
    for await (const { name } of secrets.list(new Set(['arn:ours']))) listed.push(name)
    expect(listed).toEqual(['app/db'])
  })
})

it('a deployment that tags reaches tags and nothing else', () => {
  const { client } = secretsManagerAnswering({})
  expect(Object.keys(secretTags(client, signal))).toEqual(['tag', 'untag'])
})
