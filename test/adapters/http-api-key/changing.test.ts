import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../sandbox/provider/server.ts'
import { seeded } from './on-provider.ts'
import { asked, on, refusedWith, started } from './place-on-provider.ts'

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
