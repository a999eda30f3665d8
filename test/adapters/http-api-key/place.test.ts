import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { httpMinting } from '../../../lambdas/adapters/http-api-key/minting.ts'
import type { HttpApiKeyOptions } from '../../../lambdas/adapters/http-api-key/options.ts'
import { httpKeyPlace } from '../../../lambdas/adapters/http-api-key/place.ts'
import { httpRevoking } from '../../../lambdas/adapters/http-api-key/revoking.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import {
  type Fault,
  type Provider,
  type ProviderOptions,
  startProvider,
} from '../../../sandbox/provider/server.ts'
import { type OnProvider, optionsOn, seeded, waitedTime } from './on-provider.ts'

let running: Provider | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

const started = async (options: ProviderOptions = {}) => {
  running = await startProvider(options)
  return running
}

const placeOf = (options: HttpApiKeyOptions) => ({
  ...httpKeyPlace(options),
  ...httpMinting(options),
  ...httpRevoking(options),
})
const on = (provider: Provider, given: OnProvider = {}) => placeOf(optionsOn(provider, given))

/** What a call is refused with; it must hold nothing that opens anything. */
async function refusedWith(call: Promise<unknown>, ...secrets: readonly string[]): Promise<OverlapError> {
  const error = await call.then(
    () => expect.unreachable('the call was to fail'),
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(OverlapError)
  const { message, stack, cause, detail } = error as OverlapError
  const told = JSON.stringify([message, stack, `${cause}`, detail])
  for (const secret of [...secrets, 'mk_', 'adm_', 'Bearer']) expect(told).not.toContain(secret)
  return error as OverlapError
}

const asked = (provider: Provider) => provider.calls().map(({ route }) => route)

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
    expect(await on(provider).whoami({ ...one, keyId: other.keyId })).toEqual({ answer: 'wrong' })
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

describe('a key whose making goes wrong', () => {
  const minting = async (fault: Fault, given: OnProvider = {}) => {
    const provider = await started()
    const current = seeded(provider)
    const place = on(provider, given)
    const versionId = randomUUID()
    provider.fail('create', fault, 100)
    const error = await refusedWith(place.mint(current, versionId))
    provider.heal()
    return { provider, place, current, versionId, error }
  }
  const creations = (provider: Provider) => asked(provider).filter((route) => route === 'create').length

  it.each<[Fault, string, string]>([
    [{ is: 'error after success' }, 'PROVIDER_FAILED', 'create: localhost:'],
    [{ is: 'lost after success' }, 'UNREACHABLE', 'the outcome is unknown'],
    [{ is: 'cut off' }, 'PROVIDER_ANSWER_INVALID', 'breaks off'],
    [{ is: 'half of the JSON' }, 'PROVIDER_ANSWER_INVALID', 'is not JSON, or is cut off'],
    [{ is: 'empty object' }, 'PROVIDER_ANSWER_INVALID', 'at /api_key/id'],
    [{ is: 'padded', bytes: 300_000 }, 'PROVIDER_ANSWER_INVALID', 'longer than 262144 bytes'],
  ])('%j is there all the same, and is found by its name', async (fault, code, why) => {
    const { provider, place, versionId, error } = await minting(fault)
    expect(error).toMatchObject({ code, message: expect.stringContaining(why), detail: { step: 'create' } })
    expect(creations(provider)).toBe(1)
    const found = (await place.keys()).filter(({ record }) => record?.versionId === versionId)
    expect(found).toHaveLength(1)
    expect(provider.keys()).toHaveLength(2)
  })

  it('is there all the same when the answer came too late', async () => {
    const { provider, place, versionId, error } = await minting(
      { is: 'slow', ms: 1_000 },
      { definition: { limits: { milliseconds: 300 } } },
    )
    expect(error).toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('within 300 ms') })
    expect(creations(provider)).toBe(1)
    expect((await place.keys()).filter(({ record }) => record?.versionId === versionId)).toHaveLength(1)
  })

  it.each<[Fault, string, string]>([
    [{ is: 'error' }, 'PROVIDER_FAILED', 'status 500. Whether it did it nevertheless is not known'],
    [{ is: 'lost' }, 'UNREACHABLE', 'the outcome is unknown'],
    [{ is: 'html' }, 'PROVIDER_ANSWER_INVALID', 'is HTML or XML, not JSON'],
    [{ is: 'error in 200' }, 'PROVIDER_FAILED', 'a success that holds an error (at /error)'],
    [{ is: 'redirect', to: 'https://evil.example/v1/keys' }, 'PROVIDER_ANSWER_INVALID', 'redirects (302)'],
    [{ is: 'unavailable', retryAfter: 1 }, 'PROVIDER_FAILED', '503'],
    [{ is: 'unavailable' }, 'PROVIDER_FAILED', '503'],
    [{ is: 'too many', retryAfter: 3_600 }, 'PROVIDER_FAILED', 'allows no call now (429'],
    [{ is: 'too many' }, 'PROVIDER_FAILED', 'allows no call now (429'],
  ])('%j is asked for once', async (fault, code, why) => {
    const { provider, error } = await minting(fault)
    expect(error).toMatchObject({ code, message: expect.stringContaining(why) })
    expect(creations(provider)).toBe(1)
    expect(provider.keys()).toHaveLength(1)
  })

  it('waits where the provider says that it made none, and for how long', async () => {
    const provider = await started()
    const [current, time] = [seeded(provider), waitedTime()]
    provider.fail('create', { is: 'too many', retryAfter: 7 })
    await on(provider, { time }).mint(current, randomUUID())
    expect(time.waited()).toBe(7_000)
    expect(provider.keys()).toHaveLength(2)
  })

  it('is not made without the rights of the current one', async () => {
    const provider = await started()
    const place = on(provider, {
      definition: {
        create: {
          method: 'POST',
          url: '/v1/keys',
          body: { name: '{{name}}', scopes: ['everything'] },
          copy: { '/scopes': '/api_key/scope' },
          expect: { key: '/secret', id: '/api_key/id' },
        },
      },
    })
    const error = await refusedWith(place.mint(seeded(provider), randomUUID()))
    expect(error).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      message: expect.stringContaining('/api_key/scope'),
    })
    expect(provider.keys()).toHaveLength(1)
  })

  it('is refused where it does not show its own id as the definition says: another would be deleted later', async () => {
    const provider = await started()
    const { key } = optionsOn(provider).provider
    const place = on(provider, { definition: { key: { ...key, begins: 'mk_{{keyId}}_' } } })
    expect(await refusedWith(place.mint(seeded(provider), randomUUID()))).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      message: expect.stringContaining('key.begins'),
    })
  })

  it('has no room where somebody was faster', async () => {
    const provider = await started({ mostKeys: 1 })
    const { create } = optionsOn(provider).provider
    const place = on(provider, { definition: { create: { ...create, full: [409] } } })
    expect(await refusedWith(place.mint(seeded(provider), randomUUID()))).toMatchObject({
      code: 'LABELS_MOVED',
    })
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

describe('whoever changes a key', () => {
  it.each(['disable', 'enable', 'remove'] as const)(
    'asks once to %s it, and nothing is concluded from an error',
    async (route) => {
      const provider = await started()
      const current = seeded(provider)
      const place = on(provider)
      const change = { disable: place.deactivate, enable: place.activate, remove: place.remove }[route]
      const faults: readonly [Fault, string][] = [
        [{ is: 'error' }, 'PROVIDER_FAILED'],
        [{ is: 'too many', retryAfter: 1 }, 'PROVIDER_FAILED'],
        [{ is: 'unavailable', retryAfter: 1 }, 'PROVIDER_FAILED'],
        [{ is: 'lost' }, 'UNREACHABLE'],
        [{ is: 'html' }, 'PROVIDER_ANSWER_INVALID'],
        [{ is: 'error in 200' }, 'PROVIDER_FAILED'],
        [{ is: 'redirect', to: '/v1/keys' }, 'PROVIDER_ANSWER_INVALID'],
      ]
      for (const [fault, code] of faults) {
        provider.fail(route, fault)
        expect(await refusedWith(change(current, current.keyId))).toMatchObject({ code })
      }
      expect(asked(provider)).toEqual(faults.map(() => route))
    },
  )

  it('gives it up when the provider’s pace would make it late', async () => {
    const provider = await started()
    const current = seeded(provider)
    const place = on(provider, { definition: { rate: { calls: 1, seconds: 60 } } })
    await place.deactivate(current, current.keyId)
    expect(await refusedWith(place.remove(current, current.keyId))).toMatchObject({ code: 'TIME_UP' })
    expect(provider.keys()).toHaveLength(1)
  })

  it('sends all of its description where that is what the provider asks for', async () => {
    const provider = await started()
    const current = seeded(provider)
    const copied = { copy: { '/name': '/api_key/name' }, copyIfAny: { '/note': '/api_key/note' } }
    const disable = { method: 'POST', url: '/v1/keys/{{keyId}}/disable', body: { status: 'off' }, ...copied }
    await on(provider, { definition: { disable } }).deactivate(current, current.keyId)
    expect(asked(provider)).toEqual(['describe', 'disable'])
  })
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
