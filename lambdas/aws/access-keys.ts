import { type AccessKeyMetadata, type IAMClient, ListUsersCommand, type User } from '@aws-sdk/client-iam'
import type { AccessKey } from '../inventory/access-key.ts'
import { inOrder } from '../inventory/in-order.ts'
import { OverlapError } from '../rotation/errors.ts'
import { iamPages, keysOfUser, tagsOfUser } from './iam-lists.ts'

/** IAM allows fewer calls a second than other services, and the whole account shares them. */
const AHEAD = { atOnce: 4, waiting: 100 }

/**
 * The access keys of every IAM user of the account (not the root user's, which IAM does not list), user by user. One call for each user and one more for each
 * that has a key. A user whose keys or tags IAM refuses to tell is no reason to leave out the others: `onRefused` hears of each such answer. Keys without their
 * user's tags are listed. Rejects with OverlapError where the users cannot be listed, and where whatever failed would fail for the next user, too; how often a
 * call is repeated that is throttled is the client's own setting. `signal`: of each call; undefined: the client bounds its time.
 */
export async function* accessKeys(
  client: IAMClient,
  onRefused: (refusal: OverlapError) => void,
  signal?: () => AbortSignal,
): AsyncGenerator<AccessKey, void, undefined> {
  const options = () => signal && { abortSignal: signal() }
  const unlessRefused = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked
    } catch (error) {
      if (!isOfOneUser(error)) throw error
      onRefused(error)
      return undefined
    }
  }
  const users = iamPages('ListUsers', async (Marker) => {
    const page = await client.send(new ListUsersCommand({ Marker, MaxItems: 1000 }), options())
    return { elements: page.Users ?? [], next: page.IsTruncated ? page.Marker : undefined }
  })
  const keysOf = async ({ UserName, Arn = '' }: User): Promise<readonly AccessKey[]> => {
    if (UserName === undefined) return []
    const keys = (await unlessRefused(keysOfUser(client, UserName, options))) ?? []
    if (keys.length === 0) return []
    const tags = await unlessRefused(tagsOfUser(client, UserName, options))
    const user = { userName: UserName, userArn: Arn, tags, isOnly: keys.length === 1 }
    return keys.flatMap((key) => accessKeyOf(key, user))
  }
  for await (const keys of inOrder(users, AHEAD, (user) => keysOf(user).catch(noneIfGone))) yield* keys
}

/** A user who was deleted meanwhile has none. */
function noneIfGone(error: unknown): [] {
  if (error instanceof OverlapError && error.detail.awsError === 'NoSuchEntityException') return []
  throw error
}

/**
 * Is it IAM's answer about this user, which says nothing of the next? Not: too many calls, credentials that have expired, no answer at all.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
function isOfOneUser(error: unknown): error is OverlapError {
  const { awsError } = error instanceof OverlapError ? error.detail : {}
  return /^(AccessDenied|InvalidInput|ValidationError|ServiceFailure)/.test(`${awsError}`)
}

function accessKeyOf(
  { AccessKeyId, Status, CreateDate }: AccessKeyMetadata,
  user: Pick<AccessKey, 'userName' | 'userArn' | 'tags' | 'isOnly'>,
): AccessKey[] {
  if (AccessKeyId === undefined) return []
  return [{ id: AccessKeyId, ...user, active: Status !== 'Inactive', created: CreateDate }]
}
