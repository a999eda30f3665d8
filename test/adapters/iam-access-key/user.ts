import { LimitExceededException, NoSuchEntityException } from '@aws-sdk/client-iam'
import { iamMinting } from '../../../lambdas/adapters/iam-access-key/minting.ts'
import { secretMark } from '../../../lambdas/adapters/iam-access-key/record-tag.ts'
import { iamRecording } from '../../../lambdas/adapters/iam-access-key/recording.ts'
import { iamRevoking } from '../../../lambdas/adapters/iam-access-key/revoking.ts'
import { iamSeen } from '../../../lambdas/adapters/iam-access-key/sights.ts'
import { iamMint, iamRecords, iamRevocations, iamSights } from '../../../lambdas/aws/iam-keys.ts'
import { iamAnswering } from '../../fakes/aws-clients.ts'

export const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:robots/deploy-AbCdEf'
export const START = Date.parse('2026-11-26T10:00:00Z')

/** What IAM's answer to a call does besides: takes time, fails before it or after it, or lets others do something meanwhile. */
export interface Around {
  before?(): void
  after?(): void
}

interface Key {
  readonly id: string
  active: boolean
  readonly created: number
}

/** One IAM user, behind the SDK's own client; `around` by the name of the command. */
export function iamUser() {
  const user = { keys: [] as Key[], tags: new Map<string, string>(), now: START, calls: [] as string[] }
  const around: Record<string, Around> = {}
  let minted = 0
  const does =
    <Input, Output>(name: string, work: (input: Input) => Output) =>
    (input: Input): Output => {
      user.calls.push(name)
      around[name]?.before?.()
      const output = work(input)
      around[name]?.after?.()
      return output
    }
  const keyOf = (id: string | undefined) => {
    const key = user.keys.find((each) => each.id === id)
    if (key === undefined) throw new NoSuchEntityException({ message: `no key ${id}`, $metadata: {} })
    return key
  }
  const { client } = iamAnswering({
    ListAccessKeysCommand: does('ListAccessKeys', () => ({
      AccessKeyMetadata: user.keys.map(({ id, active, created }) => ({
        AccessKeyId: id,
        Status: active ? ('Active' as const) : ('Inactive' as const),
        CreateDate: new Date(created),
      })),
    })),
    ListUserTagsCommand: does('ListUserTags', () => ({
      Tags: [...user.tags].map(([Key, Value]) => ({ Key, Value })),
    })),
    TagUserCommand: does('TagUser', ({ Tags = [] }) => {
      for (const { Key = '', Value = '' } of Tags) {
        if (!user.tags.has(Key) && user.tags.size === 50)
          throw new LimitExceededException({
            message: 'Cannot exceed quota for TagsPerUser: 50',
            $metadata: {},
          })
        user.tags.set(Key, Value)
      }
      return {}
    }),
    UntagUserCommand: does('UntagUser', ({ TagKeys = [] }) => {
      for (const key of TagKeys) user.tags.delete(key)
      return {}
    }),
    CreateAccessKeyCommand: does('CreateAccessKey', ({ UserName }) => {
      if (user.keys.length === 2)
        throw new LimitExceededException({
          message: 'Cannot exceed quota for AccessKeysPerUser: 2',
          $metadata: {},
        })
      minted += 1
      const id = `AKIAMINTED00000000${minted}`
      user.keys.push({ id, active: true, created: Math.floor(user.now / 1_000) * 1_000 })
      return {
        AccessKey: {
          UserName,
          AccessKeyId: id,
          SecretAccessKey: `CANARY-${minted}`,
          Status: 'Active' as const,
        },
      }
    }),
    UpdateAccessKeyCommand: does('UpdateAccessKey', ({ AccessKeyId, Status }) => {
      keyOf(AccessKeyId).active = Status === 'Active'
      return {}
    }),
    DeleteAccessKeyCommand: does('DeleteAccessKey', ({ AccessKeyId }) => {
      user.keys.splice(user.keys.indexOf(keyOf(AccessKeyId)), 1)
      return {}
    }),
  })
  const signal = () => new AbortController().signal
  const mark = secretMark(SECRET_ARN)
  const sights = iamSights(client, signal)
  const records = iamRecords(client, signal)
  const now = () => user.now
  const caller = () => Promise.reject(new Error('nobody was to be asked'))
  const place = {
    ...iamSeen({ mark, endpoint: 'iam.test:443', sights, caller }),
    ...iamRecording(mark, records),
    ...iamMinting({ mark, sights, records, mint: iamMint(client, signal), now }),
    ...iamRevoking({ mark, sights, revocations: iamRevocations(client, signal), now }),
  }
  return { user, around, place, mark }
}
