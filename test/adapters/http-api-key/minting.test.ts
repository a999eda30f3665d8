import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Fault, Provider } from '../../../sandbox/provider/server.ts'
import { behind, type OnProvider, optionsOn, seeded, waitedTime } from './on-provider.ts'
import { asked, on, placeOf, refusedWith, started } from './place-on-provider.ts'

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
    [{ is: 'error' }, 'PROVIDER_FAILED', 'status 500. Whether the change was made all the same is not known'],
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

  const instead = async (status: number, text: string) => {
    const provider = await started()
    const place = placeOf(
      behind(optionsOn(provider), ({ method }) => (method === 'POST' ? { status, text } : undefined)),
    )
    return refusedWith(place.mint(seeded(provider), randomUUID()))
  }

  it('has no room because the provider says so, and not because a page does', async () => {
    expect(await instead(409, '<html>conflict</html>')).toMatchObject({ code: 'PROVIDER_ANSWER_INVALID' })
    expect(await instead(409, '{}')).toMatchObject({ code: 'LABELS_MOVED' })
  })

  it('that is refused with 403 is said to be refused for either reason', async () => {
    expect(await instead(403, '{}')).toMatchObject({
      code: 'PROVIDER_FAILED',
      message: expect.stringMatching(
        /admin secret lacks the right to do that, or the account has as many keys/,
      ),
    })
  })

  it('is refused where its id is the key itself: ids end up in logs', async () => {
    const text = JSON.stringify({ secret: 'mk_abcdefgh', api_key: { id: 'mk_abcdefgh' } })
    expect(await instead(201, text)).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      message: expect.stringContaining('ids end up in logs'),
    })
  })
})
