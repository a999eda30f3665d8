import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MovableClock, movableClock } from '../../../sandbox/clock.ts'
import { type Iam, startIam } from '../../../sandbox/iam/server.ts'
import { type Sts, startSts } from '../../../sandbox/sts/server.ts'

/* Who a key is, and from when on and until when it is, asked through the AWS SDK. */

const HOUR = 3_600_000
const UserName = 'deployer'
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const deployer = { accessKeyId: KEY, secretAccessKey: SECRET }
const region = 'eu-west-1'
let clock: MovableClock
let iam: Iam
let sts: Sts
let operator: IAMClient
const clients: { destroy(): void }[] = []

beforeEach(async () => {
  clock = movableClock(Date.now())
  iam = await startIam({ clock, region })
  sts = await startSts({ iam })
  operator = iamClient({ accessKeyId: 'sandbox', secretAccessKey: 'sandbox' })
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await Promise.all([sts.close(), iam.close()])
})

interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

function iamClient(credentials: Key): IAMClient {
  const client = new IAMClient({ endpoint: iam.url, region, credentials, maxAttempts: 1 })
  clients.push(client)
  return client
}

function stsClient(credentials: Key, scope = region): STSClient {
  const client = new STSClient({ endpoint: sts.url, region: scope, credentials, maxAttempts: 1 })
  clients.push(client)
  return client
}

async function whoami(credentials: Key, scope = region): Promise<string | undefined> {
  const answer = await stsClient(credentials, scope).send(new GetCallerIdentityCommand({}))
  return answer.Arn
}

/** Of `times` calls in a row: `+` for each that is accepted, `?` for each that finds the key unknown. */
async function accepted(credentials: Key, times: number): Promise<string> {
  let answers = ''
  for (let call = 0; call < times; call++)
    answers += await whoami(credentials).then(
      () => '+',
      (error: Error) => (error.name === 'InvalidClientTokenId' ? '?' : error.name),
    )
  return answers
}

const seedDeployer = (active = true) =>
  iam.seed({ name: UserName, path: '/ci/', accessKeys: [{ id: KEY, secret: SECRET, active }] })

async function minted(): Promise<Key> {
  const { AccessKey } = await operator.send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

describe('GetCallerIdentity', () => {
  it('says which user signed', async () => {
    const { arn } = seedDeployer()
    expect(await stsClient(deployer).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: arn,
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{16}$/),
      Account: '123456789012',
    })
  })

  it('says of functions and of whoever runs the sandbox that they are of the account', async () => {
    const aFunction = {
      accessKeyId: 'ASIAQSANDBOXSANDBOX0',
      secretAccessKey: 'sandbox',
      sessionToken: 'sandbox',
    }
    expect(await whoami(aFunction)).toBe('arn:aws:sts::123456789012:assumed-role/sandbox/function')
    expect(await whoami({ accessKeyId: 'sandbox', secretAccessKey: 'sandbox' })).toBe(
      'arn:aws:iam::123456789012:root',
    )
  })

  it('is the only action', async () => {
    const asked = stsClient({ accessKeyId: 'sandbox', secretAccessKey: 'sandbox' })
    await expect(asked.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' })
  })

  it.each([
    ['another secret', { ...deployer, secretAccessKey: 'other' }, 'SignatureDoesNotMatch'],
    ['a key that nobody has', { ...deployer, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, 'InvalidClientTokenId'],
  ])('refuses %s as the SDK understands it', async (_what, credentials, name) => {
    seedDeployer()
    await expect(whoami(credentials)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } })
  })

  it('refuses an inactive key, and a deleted one', async () => {
    iam.setPropagation([0])
    seedDeployer(false)
    expect(await accepted(deployer, 2)).toBe('??')
    await operator.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: KEY }))
    expect(await accepted(deployer, 2)).toBe('??')
  })
})

it('what has changed with a key takes some seconds, unless somebody says otherwise', async () => {
  seedDeployer()
  const key = await minted()
  expect(await accepted(key, 3)).toBe('+??')
  clock.advance(4_000)
  expect(await accepted(key, 3)).toBe('+++')
})

describe('what has changed with a key', () => {
  beforeEach(() => iam.setPropagation([0, 2_000, 5_000]))

  it('is known at once to nobody but the first of the front ends, so that one success proves nothing', async () => {
    seedDeployer()
    const key = await minted()
    expect(await accepted(key, 6)).toBe('+??+??')
    clock.advance(2_000)
    expect(await accepted(key, 6)).toBe('++?++?')
    clock.advance(3_000)
    expect(await accepted(key, 6)).toBe('++++++')
  })

  it('is that it is inactive, and some accept it still', async () => {
    seedDeployer()
    await operator.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: KEY, Status: 'Inactive' }))
    expect(await accepted(deployer, 3)).toBe('?++')
    clock.advance(5_000)
    expect(await accepted(deployer, 3)).toBe('???')
  })

  it('is that it is deleted, and some accept it still', async () => {
    seedDeployer()
    await operator.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: KEY }))
    clock.advance(2_000)
    expect(await accepted(deployer, 3)).toBe('??+')
    clock.advance(3_000)
    expect(await accepted(deployer, 3)).toBe('???')
  })

  it('is that it is active again, each change in its turn', async () => {
    seedDeployer(false)
    const set = (Status: 'Active' | 'Inactive') =>
      operator.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: KEY, Status }))
    await set('Active')
    clock.advance(1_000)
    await set('Inactive')
    clock.advance(1_000)
    // Known to the front ends: inactive; active, of two seconds ago; nothing yet.
    expect(await accepted(deployer, 3)).toBe('?+?')
    clock.advance(3_000)
    expect(await accepted(deployer, 3)).toBe('??+')
    clock.advance(1_000)
    expect(await accepted(deployer, 3)).toBe('???')
  })

  it('is of a seeded key that it was always there', async () => {
    seedDeployer()
    expect(await accepted(deployer, 3)).toBe('+++')
  })

  it('comes to the front ends of IAM by themselves', async () => {
    seedDeployer()
    const key = await minted()
    const asked = iamClient(key)
    const names = []
    // The first front end has had its turn when the key was made.
    for (let call = 0; call < 3; call++)
      names.push(await asked.send(new ListUsersCommand({})).catch((error: Error) => error.name))
    expect(names).toEqual(['InvalidClientTokenId', 'InvalidClientTokenId', 'AccessDenied'])
  })

  it.each([[[]], [[-1]], [[Number.NaN]]])('has no delays such as %j', (delays) => {
    expect(() => iam.setPropagation(delays)).toThrow('each front end has a delay')
  })
})

describe('a use of a key', () => {
  const lastUsed = async (AccessKeyId: string) =>
    (await operator.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed

  it('is one of STS in the Region for which it was signed, told when the lag is over', async () => {
    seedDeployer()
    iam.setLastUseLag(HOUR)
    await whoami(deployer, 'us-east-1')
    const at = Math.floor(clock.now() / 1_000) * 1_000
    clock.advance(HOUR - 1)
    expect(await lastUsed(KEY)).toEqual({ ServiceName: 'N/A', Region: 'N/A' })
    clock.advance(1)
    expect(await lastUsed(KEY)).toEqual({
      LastUsedDate: new Date(at),
      ServiceName: 'sts',
      Region: 'us-east-1',
    })
  })

  it('is none when the signature is wrong, or the key does not count', async () => {
    iam.setLastUseLag(0)
    iam.setPropagation([0])
    seedDeployer()
    await expect(whoami({ ...deployer, secretAccessKey: 'other' })).rejects.toThrow()
    await operator.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: KEY, Status: 'Inactive' }))
    await expect(whoami(deployer)).rejects.toThrow()
    expect(await lastUsed(KEY)).toEqual({ ServiceName: 'N/A', Region: 'N/A' })
  })

  it('is one when a front end has not yet heard that the key is inactive', async () => {
    iam.setLastUseLag(0)
    iam.setPropagation([1_000])
    seedDeployer()
    await operator.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: KEY, Status: 'Inactive' }))
    await whoami(deployer)
    expect(await lastUsed(KEY)).toMatchObject({ ServiceName: 'sts' })
  })
})
