import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MovableClock, movableClock } from '../../../sandbox/clock.ts'
import {
  type Fault,
  type Provider,
  type ProviderOptions,
  startProvider,
} from '../../../sandbox/provider/server.ts'
import { call } from './caller.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-11-29T03:00:00Z')
let clock: MovableClock
let provider: Provider

const start = async (options: ProviderOptions = {}) => {
  provider = await startProvider({ clock, ...options })
}
beforeEach(async () => {
  clock = movableClock(START)
  await start()
})
afterEach(() => provider.close())

/** The provider of a test that needs another one. */
async function restart(options: ProviderOptions): Promise<void> {
  await provider.close()
  await start(options)
}

const owner = (method: string, path: string, body?: object) =>
  call(provider, [method, path], provider.adminToken, body)
const whoami = async (key: string) => (await call(provider, ['GET', '/v1/me'], key)).status
const json = ({ body }: { readonly body: string }) => JSON.parse(body)

async function make(name = 'one'): Promise<{ readonly id: string; readonly key: string }> {
  const { api_key, secret } = json(await owner('POST', '/v1/keys', { name, scopes: ['send'] }))
  return { id: api_key.id, key: secret }
}

describe('the provider', () => {
  it('makes a key, tells it once, and lets it in', async () => {
    const answer = await owner('POST', '/v1/keys', { name: 'one', scopes: ['send', 'read'] })
    const { api_key, secret } = json(answer)
    expect(answer.status).toBe(201)
    expect(api_key).toEqual({
      id: expect.stringMatching(/^key_\w+$/),
      name: 'one',
      scopes: ['send', 'read'],
      status: 'active',
      created_at: '2026-11-29T03:00:00.000Z',
    })
    expect(json(await owner('GET', '/v1/keys'))).toEqual({ api_keys: [api_key], next: null })
    const told = await call(provider, ['GET', '/v1/me'], secret)
    const account = { account: 'sandbox', key_id: api_key.id, scopes: ['send', 'read'] }
    expect([told.status, json(told)]).toEqual([200, account])
    expect(json(await owner('GET', `/v1/keys/${api_key.id}`))).toEqual({ api_key })
    expect((await call(provider, ['POST', '/v1/messages'], secret, {})).status).toBe(202)
  })

  it('allows two keys, and a third one when one is gone', async () => {
    const first = await make('one')
    await make('two')
    const refused = await owner('POST', '/v1/keys', { name: 'three', scopes: ['send'] })
    expect([refused.status, json(refused).error.code]).toEqual([409, 'too_many_keys'])
    expect((await owner('DELETE', `/v1/keys/${first.id}`)).status).toBe(204)
    expect((await owner('DELETE', `/v1/keys/${first.id}`)).status).toBe(404)
    expect(await whoami(first.key)).toBe(401)
    expect((await owner('POST', '/v1/keys', { name: 'three', scopes: ['send'] })).status).toBe(201)
  })

  it('refuses a key while it is disabled', async () => {
    const { id, key } = await make()
    expect(json(await owner('POST', `/v1/keys/${id}/disable`)).api_key.status).toBe('disabled')
    expect(await whoami(key)).toBe(403)
    expect(json(await owner('POST', `/v1/keys/${id}/enable`)).api_key.status).toBe('active')
    expect(await whoami(key)).toBe(200)
  })

  it.each([
    ['no token', ''],
    ['another token', 'adm_other'],
  ])('lets nobody with %s see or change keys', async (_what, token) => {
    const { id, key } = await make()
    for (const given of [token, key])
      for (const [method, path] of [
        ['GET', '/v1/keys'],
        ['POST', '/v1/keys'],
        ['POST', `/v1/keys/${id}/disable`],
        ['DELETE', `/v1/keys/${id}`],
        ['GET', `/v1/keys/${id}/last-use`],
      ] as const)
        expect((await call(provider, [method, path], given)).status).toBe(401)
    expect(await whoami(key)).toBe(200)
  })

  it('tells of the last use when its lag is over, and of none that is younger', async () => {
    await restart({ lastUseLagMs: 3 * HOUR })
    const { id, key } = await make()
    const lastUse = async () => json(await owner('GET', `/v1/keys/${id}/last-use`))
    const never = { last_used_at: null, last_used_for: null, last_used_from: null }
    expect(await lastUse()).toEqual(never)
    await call(provider, ['POST', '/v1/messages'], key, {})
    clock.advance(HOUR)
    expect(await lastUse()).toEqual(never)
    await whoami(key)
    clock.advance(2 * HOUR)
    expect(await lastUse()).toEqual({
      last_used_at: '2026-11-29T03:00:00.000Z',
      last_used_for: 'send',
      last_used_from: '127.0.0.1',
    })
    await whoami(key)
    expect((await lastUse()).last_used_at).toBe('2026-11-29T03:00:00.000Z')
    clock.advance(HOUR)
    expect(await lastUse()).toMatchObject({
      last_used_at: '2026-11-29T04:00:00.000Z',
      last_used_for: 'whoami',
    })
    clock.advance(24 * HOUR)
    expect((await lastUse()).last_used_at).toBe('2026-11-29T06:00:00.000Z')
  })

  it('accepts a new key at one front end sooner than at another: one success proves nothing', async () => {
    await restart({ frontEndsMs: [0, 2_000] })
    const { id, key } = await make()
    const few = async () => [await whoami(key), await whoami(key), await whoami(key), await whoami(key)]
    expect((await few()).toSorted()).toEqual([200, 200, 401, 401])
    clock.advance(2_000)
    expect(await few()).toEqual([200, 200, 200, 200])
    await owner('POST', `/v1/keys/${id}/disable`)
    expect(await few()).toEqual([403, 403, 403, 403])
    await owner('POST', `/v1/keys/${id}/enable`)
    expect((await few()).toSorted()).toEqual([200, 200, 401, 401])
  })

  it('lists page by page', async () => {
    await restart({ pageSize: 1 })
    await make('one')
    await make('two')
    const first = json(await owner('GET', '/v1/keys'))
    const second = json(await owner('GET', first.next))
    expect([first.api_keys[0].name, second.api_keys[0].name, second.next]).toEqual(['one', 'two', null])
  })

  it('refuses calls that come too fast, and says how long to wait', async () => {
    await restart({ rate: { calls: 2, perMs: 600_000 } })
    await owner('GET', '/v1/keys')
    await owner('GET', '/v1/keys')
    const refused = await owner('GET', '/v1/keys')
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '600'])
  })

  it.each([
    ['no JSON', '{"name": mk_secret'],
    ['no object', '[]'],
    ['no name', '{"scopes":["send"]}'],
    ['no scopes', '{"name":"one"}'],
  ])('refuses a body that is %s, and quotes none of it', async (_what, body) => {
    const answer = await call(provider, ['POST', '/v1/keys'], provider.adminToken, body)
    expect(answer.status).toBe(400)
    expect(answer.body).not.toContain('mk_secret')
  })

  it('is trusted only by who knows its authority', async () => {
    await expect(call({ url: provider.url, ca: '' }, ['GET', '/v1/me'], '')).rejects.toThrow(/certificate/)
  })

  it('remembers which calls arrived, without keys', async () => {
    const { id, key } = await make()
    await whoami(key)
    await owner('DELETE', `/v1/keys/${id}`)
    expect(provider.calls()).toEqual([
      { route: 'create', keyId: '' },
      { route: 'whoami', keyId: '' },
      { route: 'remove', keyId: id },
    ])
  })
})

describe('a call that goes wrong', () => {
  const create = () => owner('POST', '/v1/keys', { name: 'one', scopes: ['send'] })
  const made = () => provider.keys().length

  it.each<[fault: Fault, status: number, made: number, body: RegExp]>([
    [{ is: 'error' }, 500, 0, /internal/],
    [{ is: 'error after success' }, 500, 1, /internal/],
    [{ is: 'slow', ms: 20 }, 201, 1, /secret/],
    [{ is: 'too many', retryAfter: 3 }, 429, 0, /try_later/],
    [{ is: 'unavailable' }, 503, 0, /try_later/],
    [{ is: 'html' }, 200, 0, /<html>/],
    [{ is: 'error in 200' }, 200, 0, /internal/],
    [{ is: 'half of the JSON' }, 201, 1, /^\{"api_key[^}]*$/],
    [{ is: 'empty object' }, 201, 1, /^\{\}$/],
    [{ is: 'padded', bytes: 300_000 }, 201, 1, / {300000}/],
    [{ is: 'redirect', to: 'https://example.com/v1/keys' }, 302, 0, /^$/],
  ])('once, by $is, and not again', async (fault, status, count, body) => {
    provider.fail('create', fault)
    const answer = await create()
    expect([answer.status, made()]).toEqual([status, count])
    expect(answer.body).toMatch(body)
    if (fault.is === 'too many') expect(answer.headers['retry-after']).toBe('3')
    if (fault.is === 'unavailable') expect(answer.headers['retry-after']).toBeUndefined()
    if (fault.is === 'redirect') expect(answer.headers.location).toBe('https://example.com/v1/keys')
    expect((await create()).status).toBe(201)
  })

  it.each<[fault: Fault, made: number]>([
    [{ is: 'lost' }, 0],
    [{ is: 'lost after success' }, 1],
    [{ is: 'cut off' }, 1],
  ])('without a whole answer, by $is', async (fault, count) => {
    provider.fail('create', fault)
    await expect(create()).rejects.toThrow()
    expect(made()).toBe(count)
  })

  it('is of its route alone, as often as was asked for, until it is healed', async () => {
    provider.fail('list', { is: 'error' }, 2)
    await make()
    const list = async () => (await owner('GET', '/v1/keys')).status
    expect([await list(), await list(), await list()]).toEqual([500, 500, 200])
    provider.fail('list', { is: 'error' }, 100)
    provider.heal()
    expect(await list()).toBe(200)
  })

  it('is refused as ever where it would have been refused', async () => {
    provider.fail('remove', { is: 'error after success' })
    expect((await owner('DELETE', '/v1/keys/key_0')).status).toBe(404)
  })

  it('ends where a hook throws: before it is done, or before it is answered', async () => {
    const seen: string[] = []
    for (const [moment, count] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      provider.watch(({ route }, when) => {
        seen.push(`${when} ${route}`)
        if (when === moment) throw new Error('the connection ends')
      })
      await expect(create()).rejects.toThrow()
      expect(made()).toBe(count)
    }
    expect(seen).toEqual(['before create', 'before create', 'after create'])
    provider.watch(undefined)
    expect((await create()).status).toBe(201)
  })
})
