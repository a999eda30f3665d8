import type { PlacedKey } from '../keys/place.ts'
import { instantAt, invalid, keyIdAt, listAt, meets, shown, type Told } from './answers.ts'
import type { Answered } from './calls.ts'
import { readKeyName } from './key-name.ts'
import { pointed } from './pointers.ts'
import type { HttpProvider } from './provider.ts'
import { addressOf, pageAt } from './requests.ts'

export interface ListedKey {
  readonly id: string
  readonly name: string
  readonly created: number | undefined
  readonly active: boolean
}

/** More pages than any account has keys for; a provider that never ends is not one. */
const MOST_PAGES = 200

/**
 * Every key of the account, page by page. A list that may be incomplete is an error: a key that is not in it would be taken for gone. Throws `PROVIDER_ANSWER_INVALID`, and
 * what `fetch` throws.
 */
export async function listedKeys(
  provider: HttpProvider,
  fetch: (url: URL) => Promise<Answered>,
): Promise<readonly ListedKey[]> {
  const { list } = provider
  const first = addressOf(provider, list, new Map())
  const keys = new Map<string, ListedKey>()
  let [url, page]: [URL | undefined, number] = [numbered(provider, first, 1), 1]
  while (url !== undefined) {
    const { told } = await fetch(url)
    const before = keys.size
    const items = listAt(told, list.expect.items)
    for (const item of items) {
      const key = listedKey(provider, { ...told, document: item })
      if (keys.has(key.id)) throw invalid(told, 'tells of one key twice')
      keys.set(key.id, key)
    }
    page += 1
    if (page > MOST_PAGES) throw invalid(told, `has more than ${MOST_PAGES} pages`)
    url = next(provider, told, url, { page, found: keys.size, isEmpty: keys.size === before })
  }
  return [...keys.values()]
}

function next(
  provider: HttpProvider,
  told: Told,
  url: URL,
  { page, found, isEmpty }: { page: number; found: number; isEmpty: boolean },
): URL | undefined {
  const { paging } = provider.list
  if (paging === undefined) return undefined
  if ('next' in paging) return pageAt(provider, told, url, paging.next)
  const total = pointed(told.document, paging.total)
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    throw invalid(told, `holds no number at ${shown(paging.total)}`)
  if (found === total) return undefined
  if (found > total || isEmpty)
    throw invalid(told, `does not have the ${total} keys that it speaks of at ${paging.total}`)
  return numbered(provider, url, page)
}

function numbered({ list: { paging } }: HttpProvider, url: URL, page: number): URL {
  const copy = new URL(url)
  if (paging !== undefined && 'parameter' in paging) copy.searchParams.set(paging.parameter, String(page))
  return copy
}

function listedKey({ list: { expect }, times }: HttpProvider, item: Told): ListedKey {
  const name = pointed(item.document, expect.name)
  return {
    id: keyIdAt(item, expect.id),
    name: typeof name === 'string' ? name : '',
    created: expect.created === undefined ? undefined : instantAt(item, expect.created, times),
    active: expect.active === undefined || meets(item.document, expect.active),
  }
}

/** `mark`: of the secret. A key's name is all that is on record of it: it was minted by a certain call, and works or was taken out of use. */
export function placedKey({ id, name, created, active }: ListedKey, mark: string): PlacedKey {
  const named = readKeyName(name)
  const isOurs = named?.mark === mark
  return {
    id,
    active,
    created: created ?? named?.at,
    record: isOurs
      ? { versionId: named.versionId, state: active ? 'live' : 'disabled', since: created ?? named.at }
      : undefined,
    perhapsFor: undefined,
    isAnothers: named !== undefined && !isOurs,
  }
}
