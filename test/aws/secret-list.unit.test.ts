import type { ListSecretsCommandInput, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { secretList } from '../../lambdas/aws/secret-list.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const signal = () => new AbortController().signal

function listing(...pages: (readonly SecretListEntry[])[]) {
  return secretsManagerAnswering({
    ListSecretsCommand: ({ NextToken }) => {
      const at = NextToken === undefined ? 0 : Number(NextToken)
      return {
        SecretList: [...(pages[at] ?? [])],
        ...(at + 1 < pages.length ? { NextToken: String(at + 1) } : {}),
      }
    },
  })
}

async function all(secrets: AsyncIterable<ListedSecret>): Promise<readonly ListedSecret[]> {
  const found: ListedSecret[] = []
  for await (const secret of secrets) found.push(secret)
  return found
}

const slowDown = () => {
  throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' })
}

describe('the list of secrets', () => {
  it('has those of every page, whoever rotates them, a hundred a call', async () => {
    const { client, sent } = listing([{ ARN: 'a', RotationLambdaARN: 'arn:x' }], [], [{ ARN: 'b' }, {}])
    expect((await all(secretList(client, signal))).map(({ arn }) => arn)).toEqual(['a', 'b'])
    expect(sent.map(({ input }) => input as ListSecretsCommandInput)).toEqual([
      { MaxResults: 100, NextToken: undefined },
      { MaxResults: 100, NextToken: '1' },
      { MaxResults: 100, NextToken: '2' },
    ])
  })

  it('is asked for page by page', async () => {
    const { client, sent } = listing([{ ARN: 'a' }], [{ ARN: 'b' }])
    for await (const _ of secretList(client, signal)) break
    expect(sent).toHaveLength(1)
  })

  it('says all that the service does', async () => {
    const { client } = listing([
      {
        ARN: SECRET_ARN,
        Name: 'app/db',
        Description: 'of the shop',
        KmsKeyId: 'alias/shop',
        RotationEnabled: true,
        RotationLambdaARN: 'arn:ours',
        LastChangedDate: new Date(3),
        LastRotatedDate: new Date(2),
        LastAccessedDate: new Date(4),
        NextRotationDate: new Date(5),
        CreatedDate: new Date(1),
        OwningService: 'rds',
        PrimaryRegion: 'eu-west-1',
        Tags: [{ Key: 'team', Value: 'shop' }],
        SecretVersionsToStages: { one: ['AWSCURRENT'] },
      },
    ])
    expect(await all(secretList(client, signal))).toEqual([
      {
        arn: SECRET_ARN,
        name: 'app/db',
        description: 'of the shop',
        keyId: 'alias/shop',
        rotationEnabled: true,
        rotationFunction: 'arn:ours',
        owningService: 'rds',
        deleted: false,
        lastChanged: new Date(3),
        lastRotated: new Date(2),
        lastAccessed: new Date(4),
        nextRotation: new Date(5),
        created: new Date(1),
        primaryRegion: 'eu-west-1',
        replicas: [],
        tags: new Map([['team', 'shop']]),
        versions: new Map([['one', ['AWSCURRENT']]]),
      },
    ])
  })

  it('that fails is an error, and not "there are none"', async () => {
    const { client } = secretsManagerAnswering({ ListSecretsCommand: slowDown })
    await expect(all(secretList(client, signal))).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
      detail: { operation: 'ListSecrets', awsError: 'ThrottlingException' },
    })
  })
})
