import { LimitExceededException, NoSuchEntityException } from '@aws-sdk/client-iam'
import { describe, expect, it } from 'vitest'
import { iamMint, iamRecords, iamRevocations, iamSights } from '../../lambdas/aws/iam-keys.ts'
import { iamAnswering } from '../fakes/aws-clients.ts'

const signal = () => new AbortController().signal
const fail =
  (name: string, message = 'no') =>
  () => {
    throw Object.assign(new Error(message), { name })
  }
const gone = () => {
  throw new NoSuchEntityException({ message: 'gone', $metadata: {} })
}
const full = () => {
  throw new LimitExceededException({ message: 'Cannot exceed quota for AccessKeysPerUser: 2', $metadata: {} })
}

describe('what IAM tells of the keys of a user', () => {
  it('is told page by page, in milliseconds; what is not called inactive is active', async () => {
    const { client, sent } = iamAnswering({
      ListAccessKeysCommand: ({ Marker }) =>
        Marker === undefined
          ? {
              AccessKeyMetadata: [
                { AccessKeyId: 'A1', Status: 'Active', CreateDate: new Date(5) },
                { Status: 'Active' },
              ],
              IsTruncated: true,
              Marker: 'm',
            }
          : { AccessKeyMetadata: [{ AccessKeyId: 'A2', Status: 'Inactive' }, { AccessKeyId: 'A3' }] },
      ListUserTagsCommand: () => ({ Tags: [{ Key: 'team', Value: 'robots' }] }),
    })
    const sights = iamSights(client, signal)
    expect(await sights.keys('deployer')).toEqual([
      { id: 'A1', active: true, created: 5 },
      { id: 'A2', active: false, created: undefined },
      { id: 'A3', active: true, created: undefined },
    ])
    expect(await sights.tags('deployer')).toEqual(new Map([['team', 'robots']]))
    expect(sent.map(({ input }) => input)).toMatchObject([{}, {}, {}].map(() => ({ UserName: 'deployer' })))
  })

  it.each([
    [
      { LastUsedDate: new Date(7), ServiceName: 's3', Region: 'eu-central-1' },
      { at: 7, by: 's3', from: 'eu-central-1' },
    ],
    [
      { LastUsedDate: new Date(7), ServiceName: 'iam', Region: 'N/A' },
      { at: 7, by: 'iam', from: '' },
    ],
    [{ ServiceName: 'N/A', Region: 'N/A' }, undefined],
    [undefined, undefined],
  ])('of its last use is %j: %j', async (AccessKeyLastUsed, use) => {
    const { client, sent } = iamAnswering({
      GetAccessKeyLastUsedCommand: () => ({ UserName: 'deployer', AccessKeyLastUsed }),
    })
    expect(await iamSights(client, signal).lastUsed('A1')).toEqual(use)
    expect(sent).toMatchObject([{ input: { AccessKeyId: 'A1' } }])
  })
})

describe('what is asked of IAM', () => {
  const { client, sent } = iamAnswering({
    TagUserCommand: () => ({}),
    UpdateAccessKeyCommand: () => ({}),
    DeleteAccessKeyCommand: () => ({}),
    UntagUserCommand: () => ({}),
    CreateAccessKeyCommand: ({ UserName }) => ({
      AccessKey: { UserName, AccessKeyId: 'A1', SecretAccessKey: 'CANARY', Status: 'Active' },
    }),
  })

  it('is of the one user and key', async () => {
    const { create } = iamMint(client, signal)
    const { tag, activate } = iamRecords(client, signal)
    const { deactivate, remove, untag } = iamRevocations(client, signal)
    expect(await create('deployer')).toEqual({ id: 'A1', secret: 'CANARY' })
    expect(await tag('deployer', 'overlap:intent', 'v=1')).toBe('tagged')
    await activate('deployer', 'A1')
    await deactivate('deployer', 'A1')
    await remove('deployer', 'A1')
    await untag('deployer', ['one', 'other'])
    await untag('deployer', [])
    const UserName = 'deployer'
    const AccessKeyId = 'A1'
    expect(sent).toEqual([
      { command: 'CreateAccessKeyCommand', input: { UserName } },
      { command: 'TagUserCommand', input: { UserName, Tags: [{ Key: 'overlap:intent', Value: 'v=1' }] } },
      { command: 'UpdateAccessKeyCommand', input: { UserName, AccessKeyId, Status: 'Active' } },
      { command: 'UpdateAccessKeyCommand', input: { UserName, AccessKeyId, Status: 'Inactive' } },
      { command: 'DeleteAccessKeyCommand', input: { UserName, AccessKeyId } },
      { command: 'UntagUserCommand', input: { UserName, TagKeys: ['one', 'other'] } },
    ])
  })

  it('has no room where IAM says so, which is no failure', async () => {
    const { client } = iamAnswering({ CreateAccessKeyCommand: full, TagUserCommand: full })
    expect(await iamMint(client, signal).create('deployer')).toBe('no room')
    expect(await iamRecords(client, signal).tag('deployer', 'a', 'b')).toBe('no room')
  })

  it('is done where what is to go is gone', async () => {
    const { client } = iamAnswering({ DeleteAccessKeyCommand: gone, UntagUserCommand: gone })
    await iamRevocations(client, signal).remove('deployer', 'A1')
    await iamRevocations(client, signal).untag('deployer', ['a'])
  })

  it('is not done where what is to change is gone', async () => {
    const { client } = iamAnswering({ UpdateAccessKeyCommand: gone })
    const failed = {
      code: 'IAM_FAILED',
      detail: { operation: 'UpdateAccessKey', awsError: 'NoSuchEntityException' },
    }
    await expect(iamRevocations(client, signal).deactivate('deployer', 'A1')).rejects.toMatchObject(failed)
    await expect(iamRecords(client, signal).activate('deployer', 'A1')).rejects.toMatchObject(failed)
  })

  it('is not done when the answer holds no key', async () => {
    for (const AccessKey of [
      undefined,
      { UserName: 'deployer', AccessKeyId: 'A1', SecretAccessKey: '', Status: 'Active' as const },
    ]) {
      const { client } = iamAnswering({ CreateAccessKeyCommand: () => ({ AccessKey }) })
      await expect(iamMint(client, signal).create('deployer')).rejects.toMatchObject({ code: 'IAM_FAILED' })
    }
  })

  const all = (name: string, message?: string) => {
    const failing = fail(name, message)
    const { client } = iamAnswering({
      ListAccessKeysCommand: failing,
      ListUserTagsCommand: failing,
      GetAccessKeyLastUsedCommand: failing,
      CreateAccessKeyCommand: failing,
      TagUserCommand: failing,
      UpdateAccessKeyCommand: failing,
      DeleteAccessKeyCommand: failing,
      UntagUserCommand: failing,
    })
    const sights = iamSights(client, signal)
    const revocations = iamRevocations(client, signal)
    return [
      ['ListAccessKeys', () => sights.keys('deployer')],
      ['ListUserTags', () => sights.tags('deployer')],
      ['GetAccessKeyLastUsed', () => sights.lastUsed('A1')],
      ['CreateAccessKey', () => iamMint(client, signal).create('deployer')],
      ['TagUser', () => iamRecords(client, signal).tag('deployer', 'a', 'b')],
      ['UpdateAccessKey', () => iamRecords(client, signal).activate('deployer', 'A1')],
      ['UpdateAccessKey', () => revocations.deactivate('deployer', 'A1')],
      ['DeleteAccessKey', () => revocations.remove('deployer', 'A1')],
      ['UntagUser', () => revocations.untag('deployer', ['a'])],
    ] as const
  }

  it('fails by the name of the call when IAM refuses it', async () => {
    for (const [operation, call] of all('AccessDenied', 'not authorized'))
      await expect(call()).rejects.toMatchObject({
        code: 'IAM_FAILED',
        message: `${operation} failed: AccessDenied: not authorized`,
        detail: { operation, awsError: 'AccessDenied' },
      })
  })

  it.each(['AbortError', 'TimeoutError'])('has an unknown outcome after %s', async (name) => {
    for (const [operation, call] of all(name))
      await expect(call()).rejects.toMatchObject({
        code: 'TIME_UP',
        message: expect.stringContaining(`${operation} was not answered`),
      })
  })
})
