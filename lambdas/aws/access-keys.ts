import {
  type AccessKeyMetadata,
  type IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  NoSuchEntityException,
  type User,
} from '@aws-sdk/client-iam'
import type { AccessKey } from '../inventory/access-key.ts'
import { inOrder } from '../inventory/in-order.ts'
import { OverlapError } from '../rotation/errors.ts'

/** IAM allows fewer calls a second than other services, and the whole account shares them. */
const AHEAD = { atOnce: 4, waiting: 100 }

/**
 * The access keys of every IAM user of the account (not the root user's, which IAM does not list), user by user. One call for each user and one more for each
 * that has a key. Rejects with OverlapError; how often a call is repeated that is throttled is the client's own setting. `signal`: of each call;
 * undefined: the client bounds its time.
 */
export async function* accessKeys(
  client: IAMClient,
  signal?: () => AbortSignal,
): AsyncGenerator<AccessKey, void, undefined> {
  const options = () => signal && { abortSignal: signal() }
  const users = pages('ListUsers', async (Marker) => {
    const page = await client.send(new ListUsersCommand({ Marker, MaxItems: 1000 }), options())
    return { elements: page.Users ?? [], next: page.IsTruncated ? page.Marker : undefined }
  })
  for await (const keys of inOrder(users, AHEAD, (user) => keysOf(client, options, user))) yield* keys
}

/** None of a user who was deleted meanwhile. */
async function keysOf(
  client: IAMClient,
  options: () => { readonly abortSignal: AbortSignal } | undefined,
  user: User,
): Promise<readonly AccessKey[]> {
  const { UserName } = user
  if (UserName === undefined) return []
  try {
    const keys = await all(
      pages('ListAccessKeys', async (Marker) => {
        const page = await client.send(new ListAccessKeysCommand({ UserName, Marker }), options())
        return { elements: page.AccessKeyMetadata ?? [], next: page.IsTruncated ? page.Marker : undefined }
      }),
    )
    if (keys.length === 0) return []
    const tags = await all(
      pages('ListUserTags', async (Marker) => {
        const page = await client.send(new ListUserTagsCommand({ UserName, Marker }), options())
        return { elements: page.Tags ?? [], next: page.IsTruncated ? page.Marker : undefined }
      }),
    )
    const told = new Map(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']))
    return keys.flatMap((key) => accessKeyOf(key, UserName, user.Arn ?? '', told))
  } catch (error) {
    if (error instanceof OverlapError && error.detail.awsError === NoSuchEntityException.name) return []
    throw error
  }
}

function accessKeyOf(
  { AccessKeyId, Status, CreateDate }: AccessKeyMetadata,
  userName: string,
  userArn: string,
  tags: AccessKey['tags'],
): AccessKey[] {
  if (AccessKeyId === undefined) return []
  return [{ id: AccessKeyId, userName, userArn, active: Status !== 'Inactive', created: CreateDate, tags }]
}

interface Page<T> {
  readonly elements: readonly T[]
  readonly next: string | undefined
}

async function* pages<T>(
  operation: string,
  fetch: (marker: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let next: string | undefined
  do {
    const page: Page<T> = await fetch(next).catch((error) => iamFailed(operation, error))
    yield* page.elements
    next = page.next
  } while (next)
}

async function all<T>(elements: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const element of elements) found.push(element)
  return found
}

/** IAM's messages name operations, users and ARNs; the request and the SDK's other fields stay behind. */
function iamFailed(operation: string, error: unknown): never {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'AbortError' || name === 'TimeoutError')
    throw new OverlapError('TIME_UP', `${operation} was not answered in time: the outcome is unknown`)
  throw new OverlapError('IAM_FAILED', `${operation} failed: ${name}: ${message}`, {
    detail: { operation, awsError: name },
  })
}
