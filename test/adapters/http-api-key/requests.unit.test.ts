import { describe, expect, it } from 'vitest'
import { addressOf, bodyOf } from '../../../lambdas/adapters/http-api-key/requests.ts'
import { small } from './definition.ts'

const keyId = (id: string) => new Map([['keyId', id]])

describe('the address of a step', () => {
  it('has every placeholder percent-encoded', () => {
    expect(addressOf(small, small.remove, keyId('a b@c')).href).toBe('https://api.example.com/keys/a%20b%40c')
  })

  it.each([
    ['a host that a placeholder makes', 'https://{{keyId}}/keys', 'evil.example.com'],
    ['a host that a placeholder is part of', 'https://api.{{keyId}}/keys', 'evil.example.com'],
    ['a user', 'https://me@api.example.com/keys', 'k'],
    ['no TLS', 'http://api.example.com/keys', 'k'],
    ['no host at all', 'https://{{keyId}}/keys', '%'],
  ])('is refused with %s, though its definition was not', (_what, url, id) => {
    const provider = { ...small, hosts: ['x', 'api.x', 'api.example.com'] }
    expect(() => addressOf(provider, { method: 'GET', url }, keyId(id))).toThrow(
      expect.objectContaining({ code: 'TARGET_NOT_ALLOWED' }),
    )
  })
})

describe('what a step copies', () => {
  const step = { ...small.create, copy: { '/scopes': ['/scopes', '/result/0/scopes'] } }
  const body = (document: unknown) =>
    bodyOf(small, step, new Map([['name', 'n']]), { step: 'describe', host: 'api.example.com', document })

  it.each([
    ['the first of several pointers', { scopes: ['a'], result: [{ scopes: ['b'] }] }, ['a']],
    ['the next, where the first leads to nothing', { result: [{ scopes: ['b'] }] }, ['b']],
    ['the next, where the first leads to null', { scopes: null, result: [{ scopes: ['b'] }] }, ['b']],
    ['no rights at all, where that is said', { scopes: [], result: [{ scopes: ['b'] }] }, []],
  ])('is what stands at %s', (_what, document, scopes) => {
    expect(body(document)).toEqual({ name: 'n', scopes })
  })

  it('must be at one of them', () => {
    expect(() => body({ result: [] })).toThrow('holds nothing at /scopes or /result/0/scopes')
  })
})
