import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../sandbox/provider/server.ts'
import { behind, optionsOn, seeded, waitedTime } from './on-provider.ts'
import { asked, on, placeOf, refusedWith, started } from './place-on-provider.ts'

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
      expect(asked(provider).filter((one) => one !== 'list')).toEqual(faults.map(() => route))
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

const page = '<html><body>There is nothing here.</body></html>'

describe('whoever deletes a key', () => {
  it.each([
    ['a page of what stands before the provider', 404, page, 'PROVIDER_ANSWER_INVALID'],
    ['a page that says that all is well', 410, page, 'PROVIDER_ANSWER_INVALID'],
    ['a gateway that knows no such route', 404, '{"message":"Not Found"}', 'PROVIDER_FAILED'],
    ['somebody who answers nothing', 404, '', 'PROVIDER_FAILED'],
    ['somebody who says that it is done', 204, '', 'PROVIDER_FAILED'],
  ])('does not believe %s', async (_what, status, text, code) => {
    const provider = await started()
    const [current, time] = [seeded(provider), waitedTime()]
    const options = optionsOn(provider, { time })
    const sent: string[] = []
    const place = placeOf(
      behind(options, ({ method }) => {
        sent.push(method)
        return method === 'DELETE' ? { status, text } : undefined
      }),
    )
    expect(await refusedWith(place.remove(current, current.keyId))).toMatchObject({
      code,
      detail: { step: 'remove' },
    })
    expect(sent.filter((method) => method === 'DELETE')).toHaveLength(1)
    expect(provider.keys()).toHaveLength(1)
  })

  it('looks more than once whether it is gone: a list may be late', async () => {
    const provider = await started()
    const [current, time] = [seeded(provider), waitedTime()]
    let lists = 0
    const place = placeOf(
      behind(optionsOn(provider, { time }), ({ url }) => {
        if (url.pathname !== '/v1/keys') return undefined
        lists += 1
        const { keyId: id } = current
        const old = [{ id, name: 'x', created_at: null, status: 'active' }]
        return { text: JSON.stringify({ api_keys: lists < 4 ? old : [] }) }
      }),
    )
    await place.remove(current, current.keyId)
    expect([lists, time.waited()]).toEqual([4, 3_000])
    expect(provider.keys()).toEqual([])
  })

  it.each([
    ['before', 0, 'nothing was deleted'],
    ['after', 1, 'whether it is deleted is not known'],
  ])(
    'does not take it for deleted because of a list without the witness, %s it asked',
    async (_when, whole, says) => {
      const provider = await started()
      const [current, witness] = [seeded(provider), seeded(provider)]
      let lists = 0
      const place = placeOf(
        behind(optionsOn(provider), ({ url, method }) => {
          if (method === 'DELETE') return { text: '' }
          if (url.pathname !== '/v1/keys') return undefined
          lists += 1
          return lists > whole ? { text: '{"api_keys":[]}' } : undefined
        }),
      )
      const refused = await refusedWith(place.remove(current, current.keyId, witness.keyId))
      expect(refused).toMatchObject({
        code: 'PROVIDER_ANSWER_INVALID',
        message: expect.stringContaining(says),
      })
      expect(provider.keys()).toHaveLength(2)
    },
  )

  it('does not ask where the account has no such key', async () => {
    const provider = await started()
    const current = seeded(provider)
    await on(provider).remove(current, 'domains')
    expect(asked(provider)).toEqual(['list'])
    expect(provider.keys()).toHaveLength(1)
  })
})

describe('a change', () => {
  const copy = { copy: { '/name': '/api_key/name' } }
  const disable = { method: 'POST', url: '/v1/keys/{{keyId}}/disable', ...copy }
  const enable = { method: 'POST', url: '/v1/keys/{{keyId}}/enable', ...copy }
  const slow = async (limit: number) => {
    const provider = await started()
    const [current, time] = [seeded(provider), waitedTime()]
    const definition = { disable, enable, limits: { milliseconds: 30_000 } }
    const allowed: [string, number][] = []
    const options = optionsOn(provider, { time, definition })
    const place = placeOf(
      behind(options, ({ method }, milliseconds) => {
        allowed.push([method, milliseconds])
        void time.sleep(limit)
        return undefined
      }),
    )
    return { current, place, allowed }
  }

  it.each(['deactivate', 'activate'] as const)(
    'has 8 s in all, the description that it copies included: %s',
    async (change) => {
      const { current, place, allowed } = await slow(7_900)
      await place[change](current, current.keyId)
      expect(allowed).toEqual([
        ['GET', 8_000],
        ['POST', 100],
      ])
    },
  )

  it('that deletes has 8 s, the look before it included', async () => {
    const { current, place, allowed } = await slow(7_900)
    await place.remove(current, current.keyId)
    expect(allowed.slice(0, 2)).toEqual([
      ['GET', 8_000],
      ['DELETE', 100],
    ])
  })

  it('is not asked for when they are over', async () => {
    const { current, place, allowed } = await slow(8_000)
    expect(await refusedWith(place.deactivate(current, current.keyId))).toMatchObject({ code: 'TIME_UP' })
    expect(allowed.map(([method]) => method)).toEqual(['GET'])
  })
})
