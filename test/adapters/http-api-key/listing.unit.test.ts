import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { listedKeys } from '../../../lambdas/adapters/http-api-key/listing.ts'
import type { HttpProvider, ListStep } from '../../../lambdas/adapters/http-api-key/provider.ts'
import { small } from './definition.ts'

const keyed = (...ids: readonly string[]) => ids.map((id) => ({ id, name: `key ${id}` }))

/** Lists from pages, by the path and query of each. */
async function listed(paging: ListStep['paging'], pages: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const list = { ...small.list, expect: { ...small.list.expect, items: '/keys' } }
  const provider: HttpProvider = { ...small, list: paging === undefined ? list : { ...list, paging } }
  const keys = await listedKeys(provider, async (url) => {
    asked.push(url.href.replace('https://api.example.com', ''))
    const document = pages[url.pathname + url.search]
    return { status: 200, told: { step: 'list', host: url.host, document } }
  })
  return { ids: keys.map(({ id }) => id), asked }
}

const refusal = (why: string) =>
  expect.objectContaining({ code: 'PROVIDER_ANSWER_INVALID', message: expect.stringContaining(why) })

describe('the list of keys', () => {
  it('is one answer where the definition speaks of no pages', async () => {
    expect(await listed(undefined, { '/keys': { keys: keyed('1', '2') } })).toEqual({
      ids: ['1', '2'],
      asked: ['/keys'],
    })
  })

  it.each([
    ['a path', '/keys?after=2'],
    ['a whole address', 'https://api.example.com/keys?after=2'],
    ['what comes after its own path', '?after=2'],
  ])('goes on where an answer says so with %s', async (_what, next) => {
    const pages = {
      '/keys': { keys: keyed('1', '2'), next },
      '/keys?after=2': { keys: keyed('3'), next: null },
    }
    expect(await listed({ next: '/next' }, pages)).toEqual({
      ids: ['1', '2', '3'],
      asked: ['/keys', '/keys?after=2'],
    })
  })

  it.each([
    'https://evil.example.com/keys',
    '//evil.example.com/keys',
    'https://api.example.com:8443/keys',
    'http://api.example.com/keys',
    'https://me:pw@api.example.com/keys',
    'https://api.example.com.evil.com/keys',
    'file:///etc/passwd',
  ])('never goes on at %s', async (next) => {
    await expect(listed({ next: '/next' }, { '/keys': { keys: keyed('1'), next } })).rejects.toEqual(
      refusal('/next'),
    )
  })

  it('is an error where the next page is none', async () => {
    await expect(listed({ next: '/next' }, { '/keys': { keys: [], next: 2 } })).rejects.toEqual(
      refusal('/next'),
    )
  })

  it('goes on by number until it has as many keys as it speaks of', async () => {
    const pages = {
      '/keys?p=1': { keys: keyed('1', '2'), total: 3 },
      '/keys?p=2': { keys: keyed('3'), total: 3 },
    }
    expect(await listed({ parameter: 'p', total: '/total' }, pages)).toEqual({
      ids: ['1', '2', '3'],
      asked: ['/keys?p=1', '/keys?p=2'],
    })
    expect(
      (await listed({ parameter: 'p', total: '/total' }, { '/keys?p=1': { keys: [], total: 0 } })).ids,
    ).toEqual([])
  })

  it.each([
    [
      'has fewer keys than it speaks of',
      { '/keys?p=1': { keys: keyed('1'), total: 2 }, '/keys?p=2': { keys: [], total: 2 } },
      'the 2 keys',
    ],
    ['has more keys than it speaks of', { '/keys?p=1': { keys: keyed('1', '2'), total: 1 } }, 'the 1 keys'],
    ['does not say how many it has', { '/keys?p=1': { keys: keyed('1') } }, 'no number at /total'],
    [
      'has the same page for ever',
      { '/keys?p=1': { keys: keyed('1'), total: 9 }, '/keys?p=2': { keys: keyed('1'), total: 9 } },
      'one key twice',
    ],
  ])('that %s is an error: what is not in it would be taken for gone', async (_what, pages, why) => {
    await expect(listed({ parameter: 'p', total: '/total' }, pages)).rejects.toEqual(refusal(why))
  })

  it('is read anew where a key was deleted between two pages: the one that moved up would be taken for gone', async () => {
    const all = ['A', 'B', 'C', 'D']
    const asked: string[] = []
    const list = { ...small.list, expect: { ...small.list.expect, items: '/keys' } }
    const provider = { ...small, list: { ...list, paging: { parameter: 'p', total: '/total' } } }
    const read = (deletions: readonly string[]) => {
      const left = [...deletions]
      return listedKeys(provider, async (url) => {
        const page = Number(url.searchParams.get('p'))
        asked.push(`${page}`)
        const document = { keys: keyed(...all.slice((page - 1) * 2, page * 2)), total: all.length }
        const gone = page === 1 ? left.shift() : undefined
        if (gone !== undefined) all.splice(all.indexOf(gone), 1)
        return { status: 200, told: { step: 'list', host: url.host, document } }
      })
    }
    expect((await read(['A'])).map(({ id }) => id)).toEqual(['B', 'C', 'D'])
    expect(asked).toEqual(['1', '2', '1', '2'])
    all.splice(0, 4, ...'ABCDEFG')
    await expect(read(['A', 'B', 'C'])).rejects.toEqual(refusal('speaks of 5 keys, and then of 4'))
  })

  it('has an end', async () => {
    const pages = new Proxy({} as Record<string, unknown>, {
      get: () => ({ keys: keyed(randomUUID()), next: `/keys?${Math.random()}` }),
    })
    await expect(listed({ next: '/next' }, pages)).rejects.toEqual(refusal('more than 200 pages'))
  })

  it.each([
    ['no list', {}],
    ['a key without an id', { keys: [{ name: 'x' }] }],
    ['a key that is a text', { keys: ['x'] }],
    ['an id that leads elsewhere', { keys: [{ id: '..', name: 'x' }] }],
  ])('is an error where it has %s', async (_what, document) => {
    await expect(listed(undefined, { '/keys': document })).rejects.toEqual(refusal('list'))
  })

  it('has keys whose name is none: they are somebody’s', async () => {
    expect(
      (await listed(undefined, { '/keys': { keys: [{ id: 1, name: null }, { id: '2' }] } })).ids,
    ).toEqual(['1', '2'])
  })
})
