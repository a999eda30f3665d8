import { type ListAccessKeysCommandOutput, NoSuchEntityException, type User } from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import { accessKeys } from '../../lambdas/aws/access-keys.ts'
import type { AccessKey } from '../../lambdas/inventory/access-key.ts'
import { iamAnswering } from '../fakes/aws-clients.ts'

const signal = () => new AbortController().signal
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
    const of = (userName: string) => ({
      userName,
      userArn: `arn:aws:iam::111122223333:user/${userName}`,
      tags,
    })
    expect(await all(accessKeys(client, signal))).toEqual([
      { id: 'A1', active: true, created: new Date(5), ...of('alice') },
      { id: 'A2', active: false, created: new Date(5), ...of('alice') },
      { id: 'C1', active: true, created: new Date(5), ...of('carol') },
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
    const found = await all(accessKeys(client, signal))
    expect(found.map(({ id, tags }) => [id, tags.get('owner')])).toEqual([
      ['A1', 'team-shop'],
      ['A2', 'team-shop'],
    ])
  })

  it('of a key that IAM calls neither active nor inactive is taken for active', async () => {
    const { client } = account({ alice: [{ AccessKeyId: 'A1', Status: 'Expired' }] })
    expect(await all(accessKeys(client, signal))).toMatchObject([{ active: true, created: undefined }])
  })

  it('are none of a user who was deleted meanwhile', async () => {
    const { client } = iamAnswering({
      ListUsersCommand: () => ({ Users: [user('gone'), user('alice')] }),
      ListAccessKeysCommand: ({ UserName }) => {
        if (UserName === 'gone') throw new NoSuchEntityException({ message: 'gone', $metadata: {} })
        return { AccessKeyMetadata: [key('A1')] }
      },
      ListUserTagsCommand: () => ({ Tags: [] }),
    })
    expect((await all(accessKeys(client, signal))).map(({ id }) => id)).toEqual(['A1'])
  })

  const fail = (name: string, message: string) => () => {
    throw Object.assign(new Error(message), { name })
  }
  const listsOne = {
    ListUsersCommand: () => ({ Users: [user('alice')] }),
    ListAccessKeysCommand: () => ({ AccessKeyMetadata: [key('A1')] }),
    ListUserTagsCommand: () => ({ Tags: [] }),
  }

  it.each(['ListUsers', 'ListAccessKeys', 'ListUserTags'])(
    'fail with %s, so that nobody is called unowned whose tags may not be read',
    async (operation) => {
      const { client } = iamAnswering({
        ...listsOne,
        [`${operation}Command`]: fail('AccessDenied', 'not authorized'),
      })
      await expect(all(accessKeys(client, signal))).rejects.toMatchObject({
        code: 'IAM_FAILED',
        message: `${operation} failed: AccessDenied: not authorized`,
        detail: { operation, awsError: 'AccessDenied' },
      })
    },
  )

  it('fail when time is up', async () => {
    const { client } = iamAnswering({ ...listsOne, ListUsersCommand: fail('AbortError', 'aborted') })
    await expect(all(accessKeys(client, signal))).rejects.toMatchObject({ code: 'TIME_UP' })
  })
})
