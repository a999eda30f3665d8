import { OverlapError } from '../../rotation/errors.ts'
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

/** What changes under every reading is never known. */
const MOST_READINGS = 3

type Fetch = (url: URL) => Promise<Answered>

/**
 * Every key of the account, page by page. A list that may be incomplete is an error: a key that is not in it would be taken for gone. One that does not fit together has
 * perhaps changed between two pages, and is read anew. Throws `PROVIDER_ANSWER_INVALID`, and what `fetch` throws.
 */
export async function listedKeys(provider: HttpProvider, fetch: Fetch): Promise<readonly ListedKey[]> {
  for (let reading = 1; ; reading += 1) {
    const read = await readOnce(provider, fetch)
    if (!(read instanceof OverlapError)) return read
    if (reading === MOST_READINGS) throw read
  }
}

/** An error that is returned says that the pages do not fit together. */
async function readOnce(provider: HttpProvider, fetch: Fetch): Promise<readonly ListedKey[] | OverlapError> {
  const { list } = provider
  const keys = new Map<string, ListedKey>()
  let url: URL | undefined = numbered(provider, addressOf(provider, list, new Map()), 1)
  let total: number | undefined
  for (let page = 1; url !== undefined; page += 1) {
    const { told } = await fetch(url)
    const before = keys.size
    for (const item of listAt(told, list.expect.items)) {
      const key = listedKey(provider, { ...told, document: item })
      if (keys.has(key.id)) return invalid(told, 'tells of one key twice')
      keys.set(key.id, key)
    }
    if (page === MOST_PAGES) throw invalid(told, `has more than ${MOST_PAGES} pages`)
    if (list.paging === undefined) break
    if ('next' in list.paging) {
      url = pageAt(provider, told, url, list.paging.next)
      continue
    }
    const misfit = misfitOf(told, list.paging.total, total, { found: keys.size, before })
    if (misfit !== undefined) return misfit
    total = totalIn(told, list.paging.total)
    url = keys.size === total ? undefined : numbered(provider, url, page + 1)
  }
  return [...keys.values()]
}

/** `earlier`: how many keys earlier pages spoke of. */
function misfitOf(
  told: Told,
  pointer: string,
  earlier: number | undefined,
  { found, before }: { readonly found: number; readonly before: number },
): OverlapError | undefined {
  const total = totalIn(told, pointer)
  // Where a key was deleted the later ones have moved up, and one of them to a page that was read already.
  if (earlier !== undefined && earlier !== total)
    return invalid(told, `speaks of ${earlier} keys, and then of ${total}, at ${pointer}`)
  if (found > total || (found < total && found === before))
    return invalid(told, `does not have the ${total} keys that it speaks of at ${pointer}`)
  return undefined
}

function totalIn(told: Told, pointer: string): number {
  const total = pointed(told.document, pointer)
  if (typeof total === 'number' && Number.isSafeInteger(total) && total >= 0) return total
  throw invalid(told, `holds no number at ${shown(pointer)}`)
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
  const somebodys = { id, active, created, record: undefined, perhapsFor: undefined, isAnothers: false }
  if (named === undefined) return somebodys
  // The provider's clock may be behind, or its dates another zone's: no key is older than its name says.
  const since = Math.max(created ?? 0, named.at)
  if (named.mark !== mark) return { ...somebodys, created: since, isAnothers: true }
  const { versionId } = named
  return { ...somebodys, created: since, record: { versionId, state: active ? 'live' : 'disabled', since } }
}
