import {
  type AccessKeyMetadata,
  type IAMClient,
  ListAccessKeysCommand,
  ListUserTagsCommand,
} from '@aws-sdk/client-iam'
import { iamFailed } from './iam-failure.ts'

export type CallOptions = () => { readonly abortSignal: AbortSignal } | undefined

/** Of one IAM user, to the last page. */
export function keysOfUser(
  client: IAMClient,
  UserName: string,
  options: CallOptions,
): Promise<readonly AccessKeyMetadata[]> {
  return all(
    iamPages('ListAccessKeys', async (Marker) => {
      const page = await client.send(new ListAccessKeysCommand({ UserName, Marker }), options())
      return { elements: page.AccessKeyMetadata ?? [], next: page.IsTruncated ? page.Marker : undefined }
    }),
  )
}

/** Of one IAM user, to the last page. */
export async function tagsOfUser(
  client: IAMClient,
  UserName: string,
  options: CallOptions,
): Promise<ReadonlyMap<string, string>> {
  const tags = await all(
    iamPages('ListUserTags', async (Marker) => {
      const page = await client.send(new ListUserTagsCommand({ UserName, Marker }), options())
      return { elements: page.Tags ?? [], next: page.IsTruncated ? page.Marker : undefined }
    }),
  )
  return new Map(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']))
}

interface Page<T> {
  readonly elements: readonly T[]
  readonly next: string | undefined
}

export async function* iamPages<T>(
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
