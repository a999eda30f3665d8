import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  paginateListSecrets,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import {
  type SecretsManager,
  type SeededSecret,
  type ServiceEvent,
  startSecretsManager,
} from '../../../sandbox/secrets-manager/server.ts'

/* Secrets that have a past, which no call of a test could give them, asked through the AWS SDK. */

const NOW = Date.parse('2026-03-02T10:30:00Z')
const DAY = 24 * 3600 * 1000
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-rotate-postgres-main'
const [OLD, NEW] = ['0'.repeat(31).concat('1'), '0'.repeat(31).concat('2')]
const ago = (days: number) => NOW - days * DAY
let endpoint: SecretsManager
let client: SecretsManagerClient
let events: ServiceEvent[]

beforeEach(async () => {
  events = []
  endpoint = await startSecretsManager({
    clock: movableClock(NOW),
    functions: {
      exists: () => true,
      invoke: async () => ({ ok: false, errorType: 'Never', errorMessage: 'no seed is rotated by itself' }),
    },
    onEvent: (event) => events.push(event),
  })
  client = new SecretsManagerClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  })
})

afterEach(async () => {
  client.destroy()
  await endpoint.close()
})

const draining: SeededSecret = {
  name: 'shop/app',
  secretString: 'hunter2',
  description: 'of the shop',
  tags: { owner: 'team-shop', 'aws:cloudformation:stack-name': 'shop' },
  keyId: 'alias/shop',
  created: ago(400),
  changed: ago(3),
  rotated: ago(7),
  lastAccessed: ago(1) + 3600_000,
  versions: [
    { id: OLD, labels: ['AWSPREVIOUS', 'DRAINING'], created: ago(97) },
    { id: NEW, labels: ['AWSCURRENT'], created: ago(7) },
  ],
  rotation: { functionArn: FUNCTION, automaticallyAfterDays: 90, next: ago(-83) },
}

describe('a seed', () => {
  it('is listed with all that a listing can tell', async () => {
    const { arn, versionId } = endpoint.seed(draining)
    const { SecretList } = await client.send(new ListSecretsCommand({}))
    expect(versionId).toBe(NEW)
    expect(SecretList).toEqual([
      {
        ARN: arn,
        Name: 'shop/app',
        Description: 'of the shop',
        KmsKeyId: 'alias/shop',
        RotationEnabled: true,
        RotationLambdaARN: FUNCTION,
        RotationRules: { AutomaticallyAfterDays: 90 },
        CreatedDate: new Date(ago(400)),
        LastChangedDate: new Date(ago(3)),
        LastRotatedDate: new Date(ago(7)),
        LastAccessedDate: new Date('2026-03-01T00:00:00Z'),
        NextRotationDate: new Date(ago(-83)),
        Tags: [
          { Key: 'owner', Value: 'team-shop' },
          { Key: 'aws:cloudformation:stack-name', Value: 'shop' },
        ],
        SecretVersionsToStages: { [OLD]: ['AWSPREVIOUS', 'DRAINING'], [NEW]: ['AWSCURRENT'] },
      },
    ])
  })

  it('has versions of different ages', async () => {
    endpoint.seed(draining)
    const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: 'shop/app' }))
    expect(Versions?.map(({ VersionId, CreatedDate }) => [VersionId, CreatedDate])).toEqual([
      [OLD, new Date(ago(97))],
      [NEW, new Date(ago(7))],
    ])
  })

  it('tells who owns it and where its primary is', async () => {
    endpoint.seed({ name: 'rds!db-1', secretString: 's', owningService: 'rds' })
    endpoint.seed({ name: 'copy', secretString: 's', primaryRegion: 'eu-west-1' })
    const { SecretList } = await client.send(new ListSecretsCommand({ SortBy: 'name', SortOrder: 'asc' }))
    expect(
      SecretList?.map(({ Name, OwningService, PrimaryRegion }) => [Name, OwningService, PrimaryRegion]),
    ).toEqual([
      ['copy', undefined, 'eu-west-1'],
      ['rds!db-1', 'rds', undefined],
    ])
    const filtered = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: 'primary-region', Values: ['eu-west-1'] }] }),
    )
    expect(filtered.SecretList?.map(({ Name }) => Name)).toEqual(['copy'])
  })

  it('may be under rotation for the first time, without a value', async () => {
    endpoint.seed({
      name: 'new',
      secretString: '',
      versions: [{ id: NEW, labels: ['AWSPENDING'], empty: true }],
      rotation: { functionArn: FUNCTION },
    })
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'new' }))
    expect(VersionIdsToStages).toEqual({ [NEW]: ['AWSPENDING'] })
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'new' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('is readable, and nobody hears of it', async () => {
    endpoint.seed(draining)
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: 'shop/app', VersionStage: 'AWSPREVIOUS' }),
    )
    expect(SecretString).toBe('hunter2')
    expect(events).toEqual([])
  })

  it.each<[string, Partial<SeededSecret>, string]>([
    ['a name that AWS does not take', { name: 'a b' }, 'Invalid name'],
    ['a name with an escape', { name: 'a\u001b[2J' }, 'Invalid name'],
    ['markup in a tag', { tags: { owner: '<b>' } }, 'regular expression'],
    ['too many tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [n, ''])) }, '50 tags'],
    ['a description that is too long', { description: 'x'.repeat(2049) }, 'less than or equal to 2048'],
    [
      'a label on two versions',
      { versions: [labelled('AWSCURRENT'), labelled('AWSCURRENT')] },
      'on two versions',
    ],
    ['a value and no AWSCURRENT', { versions: [labelled('DRAINING')] }, 'one that is AWSCURRENT'],
    [
      'AWSCURRENT without a value',
      { versions: [{ ...labelled('AWSCURRENT'), empty: true }] },
      'is not AWSCURRENT',
    ],
    ['AWSPREVIOUS on AWSCURRENT', { versions: [labelled('AWSCURRENT', 'AWSPREVIOUS')] }, 'was before'],
    [
      'AWSPREVIOUS without a value',
      { versions: [labelled('AWSCURRENT'), { ...labelled('AWSPREVIOUS'), empty: true }] },
      'has a value',
    ],
    ['an empty label', { versions: [labelled('AWSCURRENT', '')] }, '1 to 256 characters'],
    [
      'more labels than a secret may have',
      { versions: [labelled('AWSCURRENT', ...Array.from({ length: 20 }, (_, n) => `L${n}`))] },
      'at most 20 labels',
    ],
    ['an id that is too short', { versions: [{ ...labelled('AWSCURRENT'), id: 'short' }] }, '32 to 64'],
    [
      'an id twice',
      {
        versions: [
          { ...labelled('AWSCURRENT'), id: OLD },
          { labels: [], id: OLD },
        ],
      },
      'same id',
    ],
    ['a future', { created: NOW + 1 }, 'in the future'],
    [
      'a version older than itself',
      { versions: [{ ...labelled('AWSCURRENT'), created: ago(401) }] },
      'came after',
    ],
    [
      'a version that did not change it',
      { changed: ago(5), versions: [{ ...labelled('AWSCURRENT'), created: ago(4) }] },
      'changed it',
    ],
    ['a change before it was there', { changed: ago(401), versions: [] }, 'before it was created'],
    ['a rotation before it was there', { rotated: ago(401) }, 'before it was created'],
    ['a reader before it was there', { lastAccessed: ago(402) }, 'was read before'],
    ['a rotation without a function', { rotated: ago(1) }, 'has no rotation'],
  ])('cannot have %s', (_what, more, said) => {
    const { rotation: _, rotated: __, ...never } = draining
    expect(() => endpoint.seed({ ...never, ...more })).toThrow(said)
  })
})

function labelled(...labels: string[]) {
  return { labels, created: ago(200) }
}

describe('many seeds', () => {
  it('are listed once each, in one order, in pages of a hundred', async () => {
    for (let n = 0; n < 2_000; n++)
      endpoint.seed({ name: `team/${n}`, secretString: 's', created: ago(n % 400) })
    const names = async () => {
      const listed: (string | undefined)[] = []
      for await (const { SecretList = [] } of paginateListSecrets({ client, pageSize: 100 }, {}))
        listed.push(...SecretList.map(({ Name }) => Name))
      return listed
    }
    const first = await names()
    expect(endpoint.calls()).toEqual({ ListSecrets: 20 })
    expect(new Set(first).size).toBe(2_000)
    expect(await names()).toEqual(first)
  })
})

it('a listing knows what has come and gone since the one before', async () => {
  const names = async (SortBy: 'created-date' | 'name') => {
    const { SecretList } = await client.send(new ListSecretsCommand({ SortBy, SortOrder: 'asc' }))
    return SecretList?.map(({ Name }) => Name)
  }
  endpoint.seed({ name: 'b', secretString: 's', created: ago(1) })
  expect([await names('created-date'), await names('name')]).toEqual([['b'], ['b']])
  endpoint.seed({ name: 'a', secretString: 's' })
  expect([await names('created-date'), await names('name')]).toEqual([
    ['b', 'a'],
    ['a', 'b'],
  ])
  await client.send(new DeleteSecretCommand({ SecretId: 'b', ForceDeleteWithoutRecovery: true }))
  expect([await names('created-date'), await names('name')]).toEqual([['a'], ['a']])
})

describe('throttling', () => {
  it('refuses every nth call of one operation, as the SDK understands it', async () => {
    endpoint.throttle('ListSecrets', 3)
    const list = () => client.send(new ListSecretsCommand({})).catch((error: Error) => error.name)
    const answers = [await list(), await list(), await list(), await list()]
    expect(answers.map((answer) => typeof answer === 'string')).toEqual([false, false, true, false])
    expect(answers[2]).toBe('ThrottlingException')
    expect(endpoint.calls()).toEqual({ ListSecrets: 4 })
  })

  it('leaves other operations alone, and ends', async () => {
    endpoint.seed(draining)
    endpoint.throttle('ListSecrets', 1)
    await client.send(new DescribeSecretCommand({ SecretId: 'shop/app' }))
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    })
    endpoint.throttle('ListSecrets', undefined)
    await client.send(new ListSecretsCommand({}))
  })

  it.each([0, -1, 1.5])('knows no %sth call', (nth) => {
    expect(() => endpoint.throttle('ListSecrets', nth)).toThrow('whole number')
  })
})
