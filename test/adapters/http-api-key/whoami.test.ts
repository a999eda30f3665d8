import { describe, expect, it } from 'vitest'
import { behind, optionsOn, seeded } from './on-provider.ts'
import { placeOf, refusedWith, started } from './place-on-provider.ts'

const me = '/v1/me'

/** A key that is tried where whoever stands before the provider answers that. */
async function tried(
  answer: (key: string) => { readonly status?: number; readonly text: string },
  expect: Readonly<Record<string, string>> = { as: '/account', rights: '/scopes' },
) {
  const provider = await started()
  const current = seeded(provider)
  const whoami = { method: 'GET', url: me, refused: [401, 403], expect }
  const options = optionsOn(provider, { definition: { whoami } })
  const place = placeOf(behind(options, ({ url }) => (url.pathname === me ? answer(current.key) : undefined)))
  return { current, place, whoami: place.whoami(current) }
}

describe('a refusal of a key', () => {
  it.each([401, 403])('is none in a page of a gateway: %i', async (status) => {
    const { whoami } = await tried(() => ({ status, text: '<html>blocked</html>' }))
    expect(await refusedWith(whoami)).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      detail: { step: 'whoami' },
    })
  })

  it.each(['', '{"error":"no such key"}'])('is one in %j', async (text) => {
    expect(await (await tried(() => ({ status: 401, text }))).whoami).toEqual({ answer: 'unknown' })
  })
})

describe('whom a provider takes a key for, and what it may do', () => {
  const told = (account: string, scopes: unknown) => JSON.stringify({ account, scopes })

  it.each<[string, (key: string) => string]>([
    ['account', (key) => told(key, ['send'])],
    ['account, among other things', (key) => told(`the one with ${key}`, ['send'])],
    ['rights', (key) => told('a', [key])],
    ['rights, deep in them', (key) => told('a', { of: { token: `Bearer ${key}` } })],
    ['rights, as the name of a field', (key) => told('a', { [key]: true })],
  ])('is never the key itself: %s', async (_what, text) => {
    const { current, whoami } = await tried((key) => ({ text: text(key) }))
    expect(await refusedWith(whoami, current.key)).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      message: expect.stringContaining('repeats the key'),
    })
  })

  it('has an end', async () => {
    const { whoami } = await tried(() => ({ text: told('a'.repeat(201), []) }))
    expect(await refusedWith(whoami)).toMatchObject({ code: 'PROVIDER_ANSWER_INVALID' })
  })

  it('is a digest where it is long, which differs where the rights do', async () => {
    const rights = Array.from({ length: 100 }, (_, at) => `right-${at}-of-many`)
    const digest = async (scopes: readonly string[]) => {
      const answer = await (await tried(() => ({ text: told('a', scopes) }))).whoami
      return answer.answer === 'accepted' ? answer.rights : undefined
    }
    const whole = await digest(rights)
    expect(whole).toMatch(/^sha256 [0-9a-f]{64}$/)
    expect(await digest(rights.toReversed())).toBe(whole)
    expect(await digest(rights.slice(1))).not.toBe(whole)
  })

  it('is nothing that has no end in depth', async () => {
    const deep = `{"account":"a","scopes":${'['.repeat(60_000)}${']'.repeat(60_000)}}`
    expect(await refusedWith((await tried(() => ({ text: deep }))).whoami)).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      message: expect.stringContaining('nested'),
    })
  })
})

describe('an empty answer', () => {
  const whoami = { method: 'GET', url: me, refused: [401, 403] }
  const answered = async (definition: Readonly<Record<string, unknown>>) => {
    const provider = await started()
    const current = seeded(provider)
    const options = optionsOn(provider, { definition })
    const place = placeOf(behind(options, ({ url }) => (/me$|last-use$/.test(url.pathname) ? {} : undefined)))
    return { current, place }
  }

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['active', { whoami: { ...whoami, expect: { active: { pointer: '/status', equals: 'active' } } } }],
    ['keyId', { whoami: { ...whoami, expect: { keyId: '/key_id' } } }],
    ['failure', { whoami }],
    ['success', { whoami, failure: undefined, success: { pointer: '/ok', equals: true } }],
  ])('is no word on a key where the definition has %s', async (_what, definition) => {
    const { current, place } = await answered(definition)
    expect(await refusedWith(place.whoami(current))).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      detail: { step: 'whoami' },
    })
  })

  it('accepts a key where the definition reads nothing but the status', async () => {
    const { current, place } = await answered({ whoami, failure: undefined })
    expect(await place.whoami(current)).toMatchObject({ answer: 'accepted' })
  })

  it('is no word on a last use', async () => {
    const { current, place } = await answered({})
    expect(await refusedWith(place.lastUse(current, current.keyId))).toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      detail: { step: 'lastUsed' },
    })
  })
})

it('never tells the key for what used it', async () => {
  const provider = await started()
  const current = seeded(provider)
  const place = placeOf(
    behind(optionsOn(provider), ({ url }) =>
      url.pathname.endsWith('/last-use')
        ? {
            text: JSON.stringify({
              last_used_at: '2026-11-26T10:00:00Z',
              last_used_for: `curl with ${current.key}`,
            }),
          }
        : undefined,
    ),
  )
  expect(await refusedWith(place.lastUse(current, current.keyId), current.key)).toMatchObject({
    code: 'PROVIDER_ANSWER_INVALID',
  })
})
