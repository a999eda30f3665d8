import {
  DeleteUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  paginateListAccessKeys,
  paginateListUsers,
} from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { type Iam, type SeededUser, startIam } from '../../../sandbox/iam/server.ts'

/* Users and their access keys, asked through the AWS SDK, which must not be kinder than IAM. */

const NOW = Date.parse('2026-03-02T10:30:00Z')
const LAST_YEAR = Date.parse('2025-02-01T08:00:00Z')
let iam: Iam
let client: IAMClient

beforeEach(async () => {
  iam = await startIam({ clock: movableClock(NOW) })
  client = clientOf(1)
})

afterEach(async () => {
  client.destroy()
  await iam.close()
})

function clientOf(maxAttempts: number): IAMClient {
  return new IAMClient({
    endpoint: iam.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts,
  })
}

describe('ListUsers', () => {
  it('tells what IAM tells of a user in a listing, which is no tag', async () => {
    const { arn } = iam.seed({
      name: 'deploy@shop',
      path: '/ci/',
      created: LAST_YEAR,
      tags: { owner: 'team-shop' },
    })
    const { Users, IsTruncated, Marker } = await client.send(new ListUsersCommand({}))
    expect(Users).toEqual([
      {
        Path: '/ci/',
        UserName: 'deploy@shop',
        UserId: expect.stringMatching(/^AIDA[A-Z2-7]{16}$/),
        Arn: 'arn:aws:iam::123456789012:user/ci/deploy@shop',
        CreateDate: new Date(LAST_YEAR),
      },
    ])
    expect(arn).toBe('arn:aws:iam::123456789012:user/ci/deploy@shop')
    expect([IsTruncated, Marker]).toEqual([false, undefined])
  })

  it('knows nobody in an account without users', async () => {
    const { Users, IsTruncated } = await client.send(new ListUsersCommand({}))
    expect([Users, IsTruncated]).toEqual([[], false])
  })

  it('gives every user once, by name, over pages of a hundred', async () => {
    const names = Array.from({ length: 250 }, (_, n) => `user-${String(n).padStart(3, '0')}`)
    for (const name of names.toReversed()) iam.seed({ name })
    const pages: number[] = []
    const listed: (string | undefined)[] = []
    for await (const { Users = [] } of paginateListUsers({ client }, {})) {
      pages.push(Users.length)
      listed.push(...Users.map(({ UserName }) => UserName))
    }
    expect(pages).toEqual([100, 100, 50])
    expect(listed).toEqual(names)
    expect(iam.calls()).toEqual({ ListUsers: 3 })
  })

  it('filters by path and takes pages of another size', async () => {
    for (const n of [1, 2, 3]) iam.seed({ name: `runner-${n}`, path: '/ci/' })
    iam.seed({ name: 'alice' })
    const asked = { PathPrefix: '/ci/', MaxItems: 2 }
    const first = await client.send(new ListUsersCommand(asked))
    const second = await client.send(new ListUsersCommand({ ...asked, Marker: first.Marker }))
    expect([first, second].map(({ Users }) => Users?.map(({ UserName }) => UserName))).toEqual([
      ['runner-1', 'runner-2'],
      ['runner-3'],
    ])
    expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false])
  })

  it.each([
    ['a marker of another listing', { Marker: 'elsewhere' }, 'Invalid Marker.'],
    ['no items', { MaxItems: 0 }, "Value '0' at 'maxItems'"],
    ['too many items', { MaxItems: 1001 }, "Value '1001' at 'maxItems'"],
    ['a prefix that is no path', { PathPrefix: 'ci' }, "Value 'ci' at 'pathPrefix'"],
    ['markup, and says it as it was', { PathPrefix: 'a</b>&amp;' }, "Value 'a</b>&amp;' at 'pathPrefix'"],
  ])('refuses %s', async (_what, input, said) => {
    const error = await client.send(new ListUsersCommand(input)).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: 'ValidationError', $metadata: { httpStatusCode: 400 } })
    expect((error as Error).message).toContain(said)
  })
})

describe('ListAccessKeys', () => {
  it('tells of each key whose it is, whether it is active and since when it is there', async () => {
    const changed = LAST_YEAR + 86_400_000
    const { accessKeyIds } = iam.seed({
      name: 'deploy',
      created: LAST_YEAR,
      accessKeys: [{ id: 'AKIAIOSFODNN7EXAMPLE' }, { active: false, created: changed }],
    })
    const { AccessKeyMetadata } = await client.send(new ListAccessKeysCommand({ UserName: 'deploy' }))
    const UserName = 'deploy'
    expect(AccessKeyMetadata).toEqual([
      { UserName, AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Status: 'Active', CreateDate: new Date(LAST_YEAR) },
      { UserName, AccessKeyId: accessKeyIds[1], Status: 'Inactive', CreateDate: new Date(changed) },
    ])
    expect(accessKeyIds[1]).toMatch(/^AKIA[A-Z2-7]{16}$/)
  })

  it('has pages, too', async () => {
    const { accessKeyIds } = iam.seed({ name: 'deploy', accessKeys: [{}, {}] })
    const listed: (string | undefined)[] = []
    for await (const { AccessKeyMetadata = [] } of paginateListAccessKeys(
      { client, pageSize: 1 },
      { UserName: 'deploy' },
    ))
      listed.push(...AccessKeyMetadata.map(({ AccessKeyId }) => AccessKeyId))
    expect(listed).toEqual(accessKeyIds)
    expect(iam.calls()).toEqual({ ListAccessKeys: 2 })
  })

  it('must be told whose keys, since whoever calls is no user here', async () => {
    await expect(client.send(new ListAccessKeysCommand({}))).rejects.toMatchObject({
      name: 'ValidationError',
    })
  })
})

describe('ListUserTags', () => {
  it('gives tags as they were set, whatever they hold', async () => {
    const tags = { owner: 'team ü+=:/@._-', ' padded ': ' two  blanks ', empty: '' }
    iam.seed({ name: 'deploy', tags })
    const { Tags = [] } = await client.send(new ListUserTagsCommand({ UserName: 'deploy' }))
    expect(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))).toEqual(tags)
  })

  it('gives none where there are none', async () => {
    iam.seed({ name: 'deploy' })
    expect((await client.send(new ListUserTagsCommand({ UserName: 'deploy' }))).Tags).toEqual([])
  })
})

describe('every action', () => {
  it.each([
    ['ListAccessKeys', () => new ListAccessKeysCommand({ UserName: 'nobody' })],
    ['ListUserTags', () => new ListUserTagsCommand({ UserName: 'nobody' })],
  ])('%s knows no user that is not there', async (_name, command) => {
    await expect(client.send(command() as ListAccessKeysCommand)).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name nobody cannot be found.',
      $metadata: { httpStatusCode: 404 },
    })
  })

  it('asks for a signature', async () => {
    const response = await fetch(iam.url, { method: 'POST', body: 'Action=ListUsers&Version=2010-05-08' })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>')
  })

  it('is refused by name when it is none of these', async () => {
    await expect(client.send(new DeleteUserCommand({ UserName: 'deploy' }))).rejects.toMatchObject({
      name: 'InvalidAction',
      message: 'The action DeleteUser is not part of the sandbox',
    })
  })

  it('can be throttled, as the SDK understands it', async () => {
    iam.throttle('ListUsers', 2)
    const answers = []
    for (let call = 0; call < 4; call++)
      answers.push(await client.send(new ListUsersCommand({})).catch((error: Error) => error))
    expect(answers[1]).toMatchObject({ name: 'Throttling', message: 'Rate exceeded' })
    expect(answers.map((answer) => answer instanceof Error)).toEqual([false, true, false, true])
    iam.throttle('ListUsers', undefined)
    await client.send(new ListUsersCommand({}))
  })

  it('is tried again by a client with patience, whose every call is counted', async () => {
    const patient = clientOf(3)
    iam.throttle('ListUsers', 2)
    await patient.send(new ListUsersCommand({}))
    await patient.send(new ListUsersCommand({}))
    patient.destroy()
    expect(iam.calls()).toEqual({ ListUsers: 3 })
  })
})

describe('a seed', () => {
  it.each<[string, SeededUser, string]>([
    ['with a third access key', { name: 'a', accessKeys: [{}, {}, {}] }, 'at most two access keys'],
    ['with a blank in its name', { name: 'a b' }, 'a name has'],
    ['with markup in its name', { name: '<b>' }, 'a name has'],
    ['with a path without an end', { name: 'a', path: '/ci' }, 'a path begins and ends'],
    ['with a tag of AWS', { name: 'a', tags: { 'aws:x': 'y' } }, 'the tag aws:x'],
    ['with markup in a tag', { name: 'a', tags: { owner: '<b>' } }, 'the tag owner'],
    ['from the future', { name: 'a', created: NOW + 1 }, 'in the future'],
    ['with a key older than itself', { name: 'a', accessKeys: [{ created: LAST_YEAR }] }, 'after its user'],
    ['with a key that is none', { name: 'a', accessKeys: [{ id: 'AKIA1' }] }, 'is no id'],
  ])('%s is refused', (_what, user, said) => {
    expect(() => iam.seed(user)).toThrow(said)
  })

  it('takes a name once, in whatever capitals', () => {
    iam.seed({ name: 'Deploy' })
    expect(() => iam.seed({ name: 'deploy' })).toThrow('the name is taken')
  })
})
