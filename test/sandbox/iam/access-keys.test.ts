import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  type StatusType,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MovableClock, movableClock } from '../../../sandbox/clock.ts'
import { type Iam, startIam } from '../../../sandbox/iam/server.ts'

/* A user's keys and tags, changed through the AWS SDK. */

const NOW = Date.parse('2026-03-02T10:30:00.900Z')
const HOUR = 3_600_000
const UserName = 'deployer'
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
let clock: MovableClock
let iam: Iam
let client: IAMClient
const clients: IAMClient[] = []

beforeEach(async () => {
  clock = movableClock(NOW)
  iam = await startIam({ clock })
  client = clientOf('sandbox', 'sandbox')
})

afterEach(async () => {
  for (const one of clients.splice(0)) one.destroy()
  await iam.close()
})

function clientOf(accessKeyId: string, secretAccessKey: string): IAMClient {
  const made = new IAMClient({
    endpoint: iam.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  })
  clients.push(made)
  return made
}

function seedDeployer(): void {
  iam.seed({ name: UserName, accessKeys: [{ id: KEY, secret: SECRET }] })
}

async function listed(): Promise<readonly (readonly [string | undefined, string | undefined])[]> {
  const { AccessKeyMetadata = [] } = await client.send(new ListAccessKeysCommand({ UserName }))
  return AccessKeyMetadata.map(({ AccessKeyId, Status }) => [AccessKeyId, Status])
}

async function tags(): Promise<Readonly<Record<string, string | undefined>>> {
  const { Tags = [] } = await client.send(new ListUserTagsCommand({ UserName }))
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
}

describe('CreateAccessKey', () => {
  it('tells a secret, once: no other answer has it', async () => {
    seedDeployer()
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }))
    expect(AccessKey).toEqual({
      UserName,
      AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      Status: 'Active',
      SecretAccessKey: expect.stringMatching(/^[\w/+]{40}$/),
      CreateDate: new Date('2026-03-02T10:30:00Z'),
    })
    const { AccessKeyMetadata } = await client.send(new ListAccessKeysCommand({ UserName }))
    expect(AccessKeyMetadata).toContainEqual({
      UserName,
      AccessKeyId: AccessKey?.AccessKeyId,
      Status: 'Active',
      CreateDate: AccessKey?.CreateDate,
    })
  })

  it('makes no third key, although one is inactive', async () => {
    iam.seed({ name: UserName, accessKeys: [{}, { active: false }] })
    await expect(client.send(new CreateAccessKeyCommand({ UserName }))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
      $metadata: { httpStatusCode: 409 },
    })
    expect(await listed()).toHaveLength(2)
  })
})

describe('UpdateAccessKey and DeleteAccessKey', () => {
  it('make a key inactive, active again, and take it away', async () => {
    seedDeployer()
    const set = (Status: StatusType) =>
      client.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: KEY, Status }))
    await set('Inactive')
    expect(await listed()).toEqual([[KEY, 'Inactive']])
    await set('Active')
    expect(await listed()).toEqual([[KEY, 'Active']])
    await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: KEY }))
    expect(await listed()).toEqual([])
  })

  it('make room for another key by deleting one, and not by making it inactive', async () => {
    seedDeployer()
    await client.send(new CreateAccessKeyCommand({ UserName }))
    await client.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: KEY, Status: 'Inactive' }))
    await expect(client.send(new CreateAccessKeyCommand({ UserName }))).rejects.toThrow('AccessKeysPerUser')
    await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: KEY }))
    await client.send(new CreateAccessKeyCommand({ UserName }))
    expect(await listed()).toHaveLength(2)
  })

  it.each([
    ['a key that nobody has', UserName, 'AKIAAAAAAAAAAAAAAAAA'],
    ['a key of somebody else', 'other', KEY],
  ])('know no %s', async (_what, name, AccessKeyId) => {
    seedDeployer()
    iam.seed({ name: 'other' })
    const asked = { UserName: name, AccessKeyId }
    for (const command of [
      new UpdateAccessKeyCommand({ ...asked, Status: 'Inactive' }),
      new DeleteAccessKeyCommand(asked),
    ])
      await expect(client.send(command as DeleteAccessKeyCommand)).rejects.toMatchObject({
        name: 'NoSuchEntityException',
        message: `The Access Key with id ${AccessKeyId} cannot be found.`,
      })
    expect(await listed()).toEqual([[KEY, 'Active']])
  })

  it.each([
    ['another status', { AccessKeyId: KEY, Status: 'Expired' as StatusType }, "Value 'Expired' at 'status'"],
    ['an id that is too short', { AccessKeyId: 'AKIA1', Status: 'Active' as StatusType }, "'accessKeyId'"],
    ['an id with a dash', { AccessKeyId: `${KEY}-`, Status: 'Active' as StatusType }, 'alphanumeric'],
  ])('refuse %s', async (_what, asked, said) => {
    seedDeployer()
    const error = await client
      .send(new UpdateAccessKeyCommand({ UserName, ...asked }))
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'ValidationError' })
    expect(error.message).toContain(said)
  })
})

describe('GetAccessKeyLastUsed', () => {
  const lastUsed = async () => {
    const answer = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: KEY }))
    expect(answer.UserName).toBe(UserName)
    return answer.AccessKeyLastUsed
  }
  const never = { ServiceName: 'N/A', Region: 'N/A' }
  const s3 = { service: 's3', region: 'eu-central-1' }

  it('says N/A of a key that was never used, and has no date', async () => {
    seedDeployer()
    expect(await lastUsed()).toEqual(never)
  })

  it('tells of a use four hours later, and not a moment earlier', async () => {
    seedDeployer()
    iam.use(KEY, s3)
    clock.advance(4 * HOUR - 1)
    expect(await lastUsed()).toEqual(never)
    clock.advance(1)
    expect(await lastUsed()).toEqual({
      LastUsedDate: new Date('2026-03-02T10:30:00Z'),
      ServiceName: 's3',
      Region: 'eu-central-1',
    })
  })

  it('tells the last use that is old enough, while later ones are not told yet', async () => {
    seedDeployer()
    iam.setLastUseLag(HOUR)
    iam.use(KEY, s3)
    clock.advance(HOUR / 2)
    iam.use(KEY, { service: 'ec2', region: 'eu-west-1' })
    clock.advance(HOUR / 2)
    expect(await lastUsed()).toMatchObject({ ServiceName: 's3' })
    clock.advance(HOUR / 2)
    expect(await lastUsed()).toMatchObject({ ServiceName: 'ec2', Region: 'eu-west-1' })
  })

  it('does not take back what it told, when the key is used all the time', async () => {
    seedDeployer()
    iam.setLastUseLag(10_000)
    for (let used = 0; used < 100; used++) {
      iam.use(KEY, s3)
      clock.advance(333)
    }
    const told = (await lastUsed())?.LastUsedDate?.getTime() ?? 0
    expect(told).toBeLessThanOrEqual(clock.now() - 10_000)
    expect(told).toBeGreaterThan(clock.now() - 12_000)
  })

  it.each([
    { service: 'ec2', region: 'eu-central-1' },
    { service: 's3', region: 'eu-west-1' },
  ])(
    'tells of a use when its own lag is over, whatever came after it in the same second: %j',
    async (other) => {
      seedDeployer()
      iam.setLastUseLag(500)
      clock.advance(100)
      iam.use(KEY, s3)
      clock.advance(400)
      iam.use(KEY, s3)
      iam.use(KEY, other)
      clock.advance(100)
      expect(await lastUsed()).toMatchObject({ ServiceName: 's3', Region: 'eu-central-1' })
      clock.advance(400)
      expect(await lastUsed()).toMatchObject({ ServiceName: other.service, Region: other.region })
    },
  )

  it('has what a seed says of earlier', async () => {
    const at = NOW - 40 * 24 * HOUR
    iam.seed({
      name: UserName,
      created: at - HOUR,
      accessKeys: [{ id: KEY, lastUsed: { at, service: 'sts', region: 'us-east-1' } }],
    })
    expect(await lastUsed()).toMatchObject({
      ServiceName: 'sts',
      LastUsedDate: new Date('2026-01-21T10:30:00Z'),
    })
  })

  it.each([
    ['is none of the account', 'AKIAAAAAAAAAAAAAAAAA', false],
    ['was deleted', KEY, true],
  ])('is refused for a key that %s', async (_what, AccessKeyId, isDeleted) => {
    seedDeployer()
    if (isDeleted) await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
    await expect(client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })
})

describe('TagUser and UntagUser', () => {
  const tag = (...given: readonly (readonly [string, string])[]) =>
    client.send(new TagUserCommand({ UserName, Tags: given.map(([Key, Value]) => ({ Key, Value })) }))
  const fifty = Array.from({ length: 50 }, (_, n): [string, string] => [`key-${n}`, `${n}`])

  it('set tags, replace them and take them away', async () => {
    seedDeployer()
    await tag(['overlap:intent', 'v=1 at=2026-03-02T10:30:00Z'], ['owner', ''])
    await tag(['owner', 'ops'])
    expect(await tags()).toEqual({ 'overlap:intent': 'v=1 at=2026-03-02T10:30:00Z', owner: 'ops' })
    await client.send(new UntagUserCommand({ UserName, TagKeys: ['overlap:intent', 'never there'] }))
    expect(await tags()).toEqual({ owner: 'ops' })
  })

  it('take keys that differ in case alone for one', async () => {
    seedDeployer()
    await tag(['Department', 'finance'])
    await tag(['department', 'hr'])
    expect(await tags()).toEqual({ department: 'hr' })
    await client.send(new UntagUserCommand({ UserName, TagKeys: ['DEPARTMENT'] }))
    expect(await tags()).toEqual({})
  })

  it('hold fifty, and nothing of a call that would make it more', async () => {
    seedDeployer()
    await tag(...fifty)
    await expect(tag(['key-0', 'other'], ['key-50', ''])).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'The number of tags has reached the maximum limit.',
      $metadata: { httpStatusCode: 409 },
    })
    expect(await tags()).toEqual(Object.fromEntries(fifty))
    await tag(['key-0', 'other'])
    expect(await tags()).toMatchObject({ 'key-0': 'other' })
  })

  it.each<[string, readonly (readonly [string, string])[], string]>([
    ['a comma', [['a', 'b,c']], 'ValidationError'],
    ['a value of 257 characters', [['a', 'x'.repeat(257)]], 'ValidationError'],
    ['a key of 129 characters', [['x'.repeat(129), '']], 'ValidationError'],
    ['a key of AWS', [['aws:a', '']], 'ValidationError'],
    [
      'a key twice',
      [
        ['a', '1'],
        ['A', '2'],
      ],
      'InvalidInputException',
    ],
    ['more than fifty at once', [...fifty, ['one', 'more']], 'ValidationError'],
  ])('refuse %s', async (_what, given, name) => {
    seedDeployer()
    await expect(tag(...given)).rejects.toMatchObject({ name })
    expect(await tags()).toEqual({})
  })

  it('take a value of 256 characters of other alphabets', async () => {
    seedDeployer()
    await tag(['Straße', 'ü'.repeat(256)])
    expect(await tags()).toEqual({ Straße: 'ü'.repeat(256) })
  })
})

describe('GetUser', () => {
  it('tells of a user, tags included', async () => {
    const { arn } = iam.seed({ name: UserName, path: '/ci/', tags: { owner: 'ops' } })
    const { User } = await client.send(new GetUserCommand({ UserName: 'Deployer' }))
    expect(User).toEqual({
      UserName,
      Path: '/ci/',
      Arn: arn,
      UserId: expect.stringMatching(/^AIDA/),
      CreateDate: new Date('2026-03-02T10:30:00Z'),
      Tags: [{ Key: 'owner', Value: 'ops' }],
    })
  })
})

describe('whoever calls', () => {
  it('may do nothing as a user, who has no policies, and has used the key all the same', async () => {
    seedDeployer()
    iam.setLastUseLag(0)
    await expect(clientOf(KEY, SECRET).send(new CreateAccessKeyCommand({ UserName }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:iam::123456789012:user/deployer is not authorized to perform: iam:CreateAccessKey on resource: user deployer ' +
        'because no identity-based policy allows the iam:CreateAccessKey action',
      $metadata: { httpStatusCode: 403 },
    })
    expect(await listed()).toHaveLength(1)
    const answer = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: KEY }))
    expect(answer.AccessKeyLastUsed).toMatchObject({ ServiceName: 'iam', Region: 'us-east-1' })
  })

  it.each([
    ['nobody', 'any', 'InvalidClientTokenId'],
    ['AKIAAAAAAAAAAAAAAAAA', 'sandbox', 'InvalidClientTokenId'],
    ['sandbox', 'other', 'SignatureDoesNotMatch'],
    [KEY, SECRET.toLowerCase(), 'SignatureDoesNotMatch'],
  ])('is not let in as %s with the secret %s', async (id, secret, name) => {
    seedDeployer()
    await expect(clientOf(id, secret).send(new ListUsersCommand({}))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    })
  })
})
