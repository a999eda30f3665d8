import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Fault, Provider, ProviderOptions } from '../../../sandbox/provider/server.ts'
import { seeded, waitedTime } from './on-provider.ts'
import { asked, on, refusedWith, started } from './place-on-provider.ts'

describe('a key of a provider', () => {
  it('is minted with the rights of the current one and a name that says whose it is, and works', async () => {
    const provider = await started()
    const current = seeded(provider, ['send', 'read'])
    const [secretArn, versionId, time] = ['arn:a', randomUUID(), waitedTime()]
    const place = on(provider, { secretArn, time })
    const minted = await place.mint(current, versionId)
    expect(await place.whoami(minted)).toEqual(await place.whoami(current))
    const listed = (await place.keys()).find((one) => one.id === minted.keyId)
    expect(listed).toMatchObject({ active: true, isAnothers: false, record: { versionId, state: 'live' } })
    expect(provider.keys().find((one) => one.id === minted.keyId)?.scopes).toEqual(['send', 'read'])
    const another = (await on(provider, { secretArn: 'arn:b' }).keys()).find((one) => one.id === minted.keyId)
    expect(another).toMatchObject({ record: undefined, isAnothers: true })
  })

  it('is taken out of use, put back, and deleted; what is gone is gone', async () => {
    const provider = await started()
    const current = seeded(provider)
    const place = on(provider)
    await place.deactivate(current, current.keyId)
    expect(await place.keys()).toMatchObject([{ active: false }])
    expect(await place.whoami(current)).toEqual({ answer: 'unknown' })
    await place.activate(current, current.keyId)
    expect(await place.whoami(current)).toEqual({ answer: 'accepted', as: 'sandbox', rights: '["send"]' })
    await place.remove(current, current.keyId)
    await place.remove(current, current.keyId)
    expect(await place.keys()).toEqual([])
    expect(await place.whoami(current)).toEqual({ answer: 'unknown' })
  })

  it('whose id is another key’s is not taken for that one: what is deleted later goes by the id', async () => {
    const provider = await started()
    const [one, other] = [seeded(provider), seeded(provider)]
    expect(await on(provider).whoami({ ...one, keyId: other.keyId })).toEqual({ answer: 'another id' })
  })

  it('has a last use, as late as the provider tells it', async () => {
    let now = Date.UTC(2026, 10, 26)
    const clock = { now: () => now, isManual: true } as unknown as NonNullable<ProviderOptions['clock']>
    const provider = await started({ clock, lastUseLagMs: 60_000 })
    const current = seeded(provider)
    const place = on(provider)
    expect(await place.lastUse(current, current.keyId)).toEqual({ known: 'never' })
    await place.whoami(current)
    expect(await place.lastUse(current, current.keyId)).toEqual({ known: 'never' })
    now += 60_000
    expect(await place.lastUse(current, current.keyId)).toEqual({
      known: 'used',
      at: now - 60_000,
      by: 'whoami',
      from: expect.stringMatching(/127\.0\.0\.1$/),
    })
  })

  it('has none that is known where the provider does not tell, or leaves it out', async () => {
    const provider = await started()
    const current = seeded(provider)
    const silent = on(provider, { definition: { lastUsed: undefined } })
    expect(await silent.lastUse(current, current.keyId)).toEqual({ known: 'nothing' })
    const elsewhere = { method: 'GET', url: '/v1/keys/{{keyId}}/last-use', expect: { at: '/last_use' } }
    const missing = on(provider, { definition: { lastUsed: elsewhere } })
    expect(await missing.lastUse(current, current.keyId)).toEqual({ known: 'nothing' })
  })

  it('is found on any page of the list', async () => {
    const provider = await started({ mostKeys: 7, pageSize: 2 })
    for (let each = 0; each < 7; each += 1) seeded(provider)
    expect((await on(provider).keys()).map(({ id }) => id)).toEqual(provider.keys().map(({ id }) => id))
    expect(asked(provider)).toEqual(['list', 'list', 'list', 'list'])
  })
})

describe('whoever only looks', () => {
  it('asks again after 5xx, twice', async () => {
    const provider = await started()
    const [current, time] = [seeded(provider), waitedTime()]
    const place = on(provider, { time })
    provider.fail('list', { is: 'error' }, 2)
    expect(await place.keys()).toHaveLength(1)
    provider.fail('whoami', { is: 'error' }, 3)
    expect(await refusedWith(place.whoami(current))).toMatchObject({
      code: 'PROVIDER_FAILED',
      detail: { status: 500 },
    })
    expect(asked(provider)).toEqual(['list', 'list', 'list', 'whoami', 'whoami', 'whoami'])
  })

  it.each<Fault>([
    { is: 'too many', retryAfter: 5 },
    { is: 'unavailable', retryAfter: 5 },
  ])('waits as long as it is told to: %j', async (fault) => {
    const provider = await started()
    const [current, time] = [seeded(provider), waitedTime()]
    provider.fail('lastUse', fault)
    expect(await on(provider, { time }).lastUse(current, current.keyId)).toEqual({ known: 'never' })
    expect(time.waited()).toBe(5_000)
  })

  it('waits not at all where the time would be up by then, and not for ever where it is told to come at once', async () => {
    const provider = await started()
    const time = waitedTime()
    provider.fail('list', { is: 'too many', retryAfter: 10 }, 100)
    expect(await refusedWith(on(provider, { time, remaining: 10_000 }).keys())).toMatchObject({
      code: 'PROVIDER_FAILED',
    })
    expect([time.waited(), asked(provider)]).toEqual([0, ['list']])
    provider.fail('list', { is: 'too many', retryAfter: 0 }, 100)
    expect(await refusedWith(on(provider, { time }).keys())).toMatchObject({ code: 'PROVIDER_FAILED' })
    expect(asked(provider)).toHaveLength(7)
  })

  it('does not ask at all when the time is up', async () => {
    const provider = await started()
    expect(await refusedWith(on(provider, { remaining: 0 }).keys())).toMatchObject({ code: 'TIME_UP' })
    expect(provider.calls()).toEqual([])
  })

  it.each<[Fault, string]>([
    [{ is: 'html' }, 'PROVIDER_ANSWER_INVALID'],
    [{ is: 'error in 200' }, 'PROVIDER_FAILED'],
    [{ is: 'cut off' }, 'PROVIDER_ANSWER_INVALID'],
    [{ is: 'half of the JSON' }, 'PROVIDER_ANSWER_INVALID'],
    [{ is: 'empty object' }, 'PROVIDER_ANSWER_INVALID'],
    [{ is: 'redirect', to: 'https://evil.example/' }, 'PROVIDER_ANSWER_INVALID'],
    [{ is: 'lost' }, 'UNREACHABLE'],
  ])(
    'takes %j neither for an empty list, nor for a key that works, nor for one that does not',
    async (fault, code) => {
      const provider = await started()
      const current = seeded(provider)
      const place = on(provider)
      for (const [route, look] of [
        ['list', () => place.keys()],
        ['whoami', () => place.whoami(current)],
      ] as const) {
        provider.fail(route, fault)
        expect(await refusedWith(look(), current.key)).toMatchObject({ code, detail: { step: route } })
      }
    },
  )
})

describe('the admin secret', () => {
  const changing = (provider: Provider, ...tokens: readonly string[]) => {
    let [at, reads] = [0, 0]
    return {
      admins: {
        read: async () => {
          reads += 1
          return JSON.stringify({ token: tokens[at] ?? provider.adminToken })
        },
        forget: () => {
          at += 1
        },
      },
      reads: () => reads,
    }
  }

  it('is read again when the provider refuses it, since it may have been changed', async () => {
    const provider = await started()
    const { admins, reads } = changing(provider, 'adm_old')
    expect(await on(provider, { admins }).keys()).toEqual([])
    expect(reads()).toBe(2)
  })

  it('that is refused again is told as that', async () => {
    const provider = await started()
    const { admins } = changing(provider, 'adm_old', 'adm_older', 'adm_oldest')
    const error = await refusedWith(on(provider, { admins }).keys())
    expect(error).toMatchObject({
      code: 'ADMIN_LOGIN_REFUSED',
      message: expect.stringContaining('also after it was read again'),
    })
    expect(asked(provider)).toEqual(['list', 'list'])
  })
})

it('never calls more often than the definition says', async () => {
  const provider = await started()
  const [current, time] = [seeded(provider), waitedTime()]
  const place = on(provider, { time, definition: { rate: { calls: 3, seconds: 10 } } })
  for (const _each of [1, 2, 3]) await place.whoami(current)
  expect(time.waited()).toBe(0)
  await place.whoami(current)
  expect(time.waited()).toBe(10_000)
})
