import { InvalidRequestException, type SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { secretCatalog } from '../../lambdas/aws/secret-catalog.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

type Answers = Parameters<typeof secretsManagerAnswering>[0]

function catalogAnswering(answers: Answers) {
  const { client, sent } = secretsManagerAnswering(answers)
  return { catalog: secretCatalog(client, () => new AbortController().signal), sent }
}

const TOKEN = '0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10'
const ours = 'arn:function:ours'

async function listed(...pages: (readonly SecretListEntry[])[]) {
  const { catalog, sent } = catalogAnswering({
    ListSecretsCommand: ({ NextToken }) => {
      const at = NextToken === undefined ? 0 : Number(NextToken)
      return {
        SecretList: [...(pages[at] ?? [])],
        ...(at + 1 < pages.length ? { NextToken: String(at + 1) } : {}),
      }
    },
  })
  const secrets: ListedSecret[] = []
  for await (const secret of catalog.list()) secrets.push(secret)
  return { secrets, names: secrets.map(({ arn }) => arn), sent }
}

describe('the list', () => {
  it('comes from every page, an empty one included', async () => {
    const entry = (ARN: string) => ({ ARN, RotationLambdaARN: ours })
    const { names, sent } = await listed([entry('a')], [], [entry('b'), entry('c')])
    expect(names).toEqual(['a', 'b', 'c'])
    expect(sent).toHaveLength(3)
  })

  it('is asked for page by page: what is not wanted is not fetched', async () => {
    const { catalog, sent } = catalogAnswering({
      ListSecretsCommand: () => ({
        SecretList: [{ ARN: 'a', RotationLambdaARN: ours }],
        NextToken: 'more',
      }),
    })
    for await (const _ of catalog.list()) break
    expect(sent).toHaveLength(1)
  })

  it('says of a secret what DescribeSecret would, as far as it is up to date', async () => {
    const { secrets } = await listed([
      {
        ARN: SECRET_ARN,
        Name: 'app/db',
        RotationEnabled: true,
        RotationLambdaARN: ours,
        LastChangedDate: new Date(3),
        LastRotatedDate: new Date(2),
        CreatedDate: new Date(1),
        Tags: [{ Key: 'overlap:schedule', Value: 'weekly' }],
        Description: 'of the shop',
        LastAccessedDate: new Date(4),
        NextRotationDate: new Date(5),
        KmsKeyId: 'alias/shop',
        PrimaryRegion: 'eu-west-1',
        SecretVersionsToStages: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS', 'DRAINING'] },
      },
    ])
    expect(secrets).toEqual([
      {
        arn: SECRET_ARN,
        name: 'app/db',
        rotationEnabled: true,
        rotationFunction: ours,
        owningService: undefined,
        deleted: false,
        lastChanged: new Date(3),
        lastRotated: new Date(2),
        created: new Date(1),
        tags: new Map([['overlap:schedule', 'weekly']]),
        description: 'of the shop',
        lastAccessed: new Date(4),
        nextRotation: new Date(5),
        keyId: 'alias/shop',
        primaryRegion: 'eu-west-1',
        replicas: [],
        versions: new Map([
          ['one', ['AWSCURRENT']],
          ['two', ['AWSPREVIOUS', 'DRAINING']],
        ]),
      },
    ])
  })

  it('takes what an entry leaves out for off, none and empty', async () => {
    const { secrets } = await listed([{ ARN: 'a', RotationLambdaARN: ours }])
    expect(secrets).toMatchObject([
      { rotationEnabled: false, lastRotated: undefined, tags: new Map(), versions: new Map() },
    ])
  })

  it('holds every secret, whoever rotates it', async () => {
    const theirs = { ARN: 'b', RotationLambdaARN: 'arn:function:theirs' }
    const { secrets } = await listed([{ ARN: 'a', RotationLambdaARN: ours }, theirs, { ARN: 'c' }])
    expect(secrets.map(({ arn, rotationFunction }) => [arn, rotationFunction])).toEqual([
      ['a', ours],
      ['b', 'arn:function:theirs'],
      ['c', undefined],
    ])
  })

  it('that fails ends the pass with an error, and is not "there are none"', async () => {
    const { catalog } = catalogAnswering({
      ListSecretsCommand: () => {
        throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' })
      },
    })
    await expect(catalog.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
      detail: { awsError: 'ThrottlingException' },
    })
  })
})

describe('saveState', () => {
  it('writes the one tag that is the sweep’s', async () => {
    const { catalog, sent } = catalogAnswering({ TagResourceCommand: () => ({}) })
    await catalog.saveState(SECRET_ARN, { drain: { version: 'old', since: 0 } })
    expect(sent).toEqual([
      {
        command: 'TagResourceCommand',
        input: {
          SecretId: SECRET_ARN,
          Tags: [{ Key: 'overlap:state', Value: 'v=1 draining=old since=1970-01-01T00:00:00Z' }],
        },
      },
    ])
  })
})

describe('requestRotation', () => {
  it('asks the service, which keeps schedule and function as they are', async () => {
    const { catalog, sent } = catalogAnswering({ RotateSecretCommand: () => ({}) })
    await catalog.requestRotation(SECRET_ARN, TOKEN)
    expect(sent.map(({ command }) => command)).toEqual(['RotateSecretCommand'])
    expect(sent[0]?.input).toMatchObject({ SecretId: SECRET_ARN, ClientRequestToken: TOKEN })
    expect(sent[0]?.input).not.toHaveProperty('RotationRules')
  })

  const refusal = (message: string) => () => {
    throw new InvalidRequestException({ message, $metadata: {} })
  }

  it('is content when the service says that it tries an incomplete rotation again', async () => {
    const { catalog } = catalogAnswering({
      RotateSecretCommand: refusal("A previous rotation isn't complete. That rotation will be reattempted."),
    })
    await expect(catalog.requestRotation(SECRET_ARN, TOKEN)).resolves.toBeUndefined()
  })

  it('fails on any other refusal', async () => {
    const { catalog } = catalogAnswering({
      RotateSecretCommand: refusal('No Lambda rotation function ARN is associated with this secret.'),
    })
    await expect(catalog.requestRotation(SECRET_ARN, TOKEN)).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
    })
  })
})
