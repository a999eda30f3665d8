import { type ListAccessKeysCommandOutput, NoSuchEntityException, type User } from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import { accessKeys } from '../../lambdas/aws/access-keys.ts'
import type { AccessKey } from '../../lambdas/inventory/access-key.ts'
import type { OverlapError } from '../../lambdas/rotation/errors.ts'
import { iamAnswering } from '../fakes/aws-clients.ts'

const signal = () => new AbortController().signal
const unheard = (refusal: OverlapError) => {
  throw new Error(`nobody expected: ${refusal.message}`)
}
const user = (UserName: string): User => ({
  UserName,
  UserId: `AIDA${UserName}`,
  Path: '/',
  Arn: `arn:aws:iam::111122223333:user/${UserName}`,
  CreateDate: new Date(0),
})
type Keys = NonNullable<ListAccessKeysCommandOutput['AccessKeyMetadata']>
const key = (AccessKeyId: string, Status: 'Active' | 'Inactive' = 'Active'): Keys[number] => ({
  AccessKeyId,
  Status,
  CreateDate: new Date(5),
})

/** An account's users, two to a page, and their keys. */
function account(keys: Readonly<Record<string, Keys>>, tags: Readonly<Record<string, string>> = {}) {
  const users = Object.keys(keys).map(user)
  return iamAnswering({
    ListUsersCommand: ({ Marker }) => {
      const from = Number(Marker ?? 0)
      const IsTruncated = from + 2 < users.length
      return {
        Users: users.slice(from, from + 2),
        IsTruncated,
        ...(IsTruncated ? { Marker: `${from + 2}` } : {}),
      }
    },
    ListAccessKeysCommand: ({ UserName }) => ({ AccessKeyMetadata: keys[UserName ?? ''] ?? [] }),
    ListUserTagsCommand: () => ({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  })
}

async function all(found: AsyncIterable<AccessKey>): Promise<readonly AccessKey[]> {
  const keys: AccessKey[] = []
  for await (const each of found) keys.push(each)
  return keys
}

describe('the access keys of an account', () => {
  it('are those of every user on every page, user by user, with the tags of who has one', async () => {
    const { client, sent } = account(
      { alice: [key('A1'), key('A2', 'Inactive')], bob: [], carol: [key('C1')] },
      { team: 'shop' },
    )
    const tags = new Map([['team', 'shop']])
    const of = (userName: string, isOnly: boolean) => ({
      userName,
      isOnly,
      userArn: `arn:aws:iam::111122223333:user/${userName}`,
      tags,
    })
    expect(await all(accessKeys(client, unheard, signal))).toEqual([
      { id: 'A1', active: true, created: new Date(5), ...of('alice', false) },
      { id: 'A2', active: false, created: new Date(5), ...of('alice', false) },
      { id: 'C1', active: true, created: new Date(5), ...of('carol', true) },
    ])
    const asked = sent.filter(({ command }) => command === 'ListUserTagsCommand')
    expect(asked.map(({ input }) => input)).toMatchObject([{ UserName: 'alice' }, { UserName: 'carol' }])
    expect(sent.filter(({ command }) => command === 'ListUsersCommand')).toHaveLength(2)
  })

  it('are read to the last page, tags too', async () => {
    const { client } = iamAnswering({
      ListUsersCommand: () => ({ Users: [user('alice')] }),
      ListAccessKeysCommand: ({ Marker }) =>
        Marker === undefined
          ? { AccessKeyMetadata: [key('A1')], IsTruncated: true, Marker: 'm' }
          : { AccessKeyMetadata: [key('A2')], IsTruncated: false },
      ListUserTagsCommand: ({ Marker }) =>
        Marker === undefined
          ? { Tags: [{ Key: 'a', Value: '1' }], IsTruncated: true, Marker: 'm' }
          : { Tags: [{ Key: 'owner', Value: 'team-shop' }] },
    })
    const found = await all(accessKeys(client, unheard, signal))
    expect(found.map(({ id, tags }) => [id, tags?.get('owner')])).toEqual([
      ['A1', 'team-shop'],
      ['A2', 'team-shop'],
    ])
  })

  it('of a key that IAM calls neither active nor inactive is taken for active', async () => {
    const { client } = account({ alice: [{ AccessKeyId: 'A1', Status: 'Expired' }] })
    expect(await all(accessKeys(client, unheard, signal))).toMatchObject([
      { active: true, created: undefined },
    ])
  })

  it.each(['ListAccessKeysCommand', 'ListUserTagsCommand'])(
    'are none of a user who was deleted before %s',
    async (command) => {
      const unlessGone =
        <T>(answer: T) =>
        ({ UserName }: { UserName?: string | undefined }) => {
          if (UserName === 'gone') throw new NoSuchEntityException({ message: 'gone', $metadata: {} })
          return answer
        }
      const answers = {
        ListAccessKeysCommand: () => ({ AccessKeyMetadata: [key('A1')] }),
        ListUserTagsCommand: () => ({ Tags: [] }),
      }
      const { client } = iamAnswering({
        ListUsersCommand: () => ({ Users: [user('gone'), user('alice')] }),
        ...answers,
        ...(command === 'ListUserTagsCommand'
          ? { ListUserTagsCommand: unlessGone({ Tags: [] }) }
          : { ListAccessKeysCommand: unlessGone({ AccessKeyMetadata: [key('A1')] }) }),
      })
      const found = await all(accessKeys(client, unheard, signal))
      expect(found.map(({ userName }) => userName)).toEqual(['alice'])
    },
  )

  const fail = (name: string, message: string) => () => {
    throw Object.assign(new Error(message), { name })
  }
  const listsOne = {
    ListUsersCommand: () => ({ Users: [user('alice')] }),
    ListAccessKeysCommand: () => ({ AccessKeyMetadata: [key('A1')] }),
    ListUserTagsCommand: () => ({ Tags: [] }),
  }

  it('fail when the users may not be listed', async () => {
    const { client } = iamAnswering({
      ...listsOne,
      ListUsersCommand: fail('AccessDenied', 'not authorized'),
    })
    await expect(all(accessKeys(client, unheard, signal))).rejects.toMatchObject({
      code: 'IAM_FAILED',
      message: 'ListUsers failed: AccessDenied: not authorized',
      detail: { operation: 'ListUsers', awsError: 'AccessDenied' },
    })
  })

  it.each(['AccessDenied', 'AccessDeniedException', 'ServiceFailure', 'ValidationError'])(
    'of one user whose keys IAM does not tell (%s) are missing, which is heard, and those of all others are there',
    async (name) => {
      const { client } = iamAnswering({
        ListUsersCommand: () => ({ Users: ['alice', 'hidden', 'carol'].map(user) }),
        ListAccessKeysCommand: ({ UserName }) => {
          if (UserName === 'hidden') fail(name, 'no')()
          return { AccessKeyMetadata: [key(`of ${UserName}`)] }
        },
        ListUserTagsCommand: () => ({ Tags: [] }),
      })
      const refused: OverlapError[] = []
      const found = await all(accessKeys(client, (refusal) => refused.push(refusal), signal))
      expect(found.map(({ id }) => id)).toEqual(['of alice', 'of carol'])
      expect(refused).toMatchObject([{ detail: { operation: 'ListAccessKeys', awsError: name } }])
    },
  )

  it('of a user whose tags alone may not be read are listed, with tags that are not known', async () => {
    const { client } = iamAnswering({
      ...listsOne,
      ListUserTagsCommand: fail('AccessDenied', 'not authorized'),
    })
    const refused: OverlapError[] = []
    const found = await all(accessKeys(client, (refusal) => refused.push(refusal), signal))
    expect(found).toMatchObject([{ id: 'A1', created: new Date(5), tags: undefined }])
    expect(refused).toMatchObject([{ detail: { operation: 'ListUserTags', awsError: 'AccessDenied' } }])
  })

  it.each(
    ['ListAccessKeys', 'ListUserTags'].flatMap((operation) =>
      ['Throttling', 'ExpiredToken', 'InvalidClientTokenId', 'ECONNREFUSED'].map(
        (name) => [operation, name] as const,
      ),
    ),
  )('fail when %s fails in a way that it would for every user: %s', async (operation, name) => {
    const { client } = iamAnswering({ ...listsOne, [`${operation}Command`]: fail(name, 'no') })
    await expect(all(accessKeys(client, unheard, signal))).rejects.toMatchObject({
      code: 'IAM_FAILED',
      detail: { operation, awsError: name },
    })
  })

  it('fail when time is up', async () => {
    const { client } = iamAnswering({ ...listsOne, ListUsersCommand: fail('AbortError', 'aborted') })
    await expect(all(accessKeys(client, unheard, signal))).rejects.toMatchObject({ code: 'TIME_UP' })
  })

  it('fail when time is up for one user: nothing more is answered', async () => {
    const { client } = iamAnswering({ ...listsOne, ListAccessKeysCommand: fail('TimeoutError', 'slow') })
    await expect(all(accessKeys(client, unheard, signal))).rejects.toMatchObject({ code: 'TIME_UP' })
  })
})
