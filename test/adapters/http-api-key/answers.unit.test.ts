import { describe, expect, it } from 'vitest'
import {
  comparable,
  instantAt,
  keyIdAt,
  listAt,
  parsedAnswer,
  refuseFailure,
  refuseKey,
  textAt,
} from '../../../lambdas/adapters/http-api-key/answers.ts'

const told = (document: unknown) => ({ step: 'list', host: 'api.example.com', document })
const invalid = expect.objectContaining({ code: 'PROVIDER_ANSWER_INVALID' })

describe('an answer', () => {
  it.each([
    ['HTML', '<!doctype html><p>CANARY', 'is HTML or XML, not JSON'],
    ['HTML after a line break', '\n <html>CANARY', 'is HTML or XML, not JSON'],
    ['cut off', '{"key": "CANARY', 'is not JSON, or is cut off'],
    ['a plain text', 'CANARY', 'is not JSON, or is cut off'],
  ])('that is %s is refused, and not repeated', (_what, text, why) => {
    let thrown: unknown
    try {
      parsedAnswer('create', 'api.example.com', text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toEqual(invalid)
    expect(thrown).toMatchObject({ message: `create: the answer of api.example.com ${why}` })
    expect((thrown as Error).cause).toBeUndefined()
  })

  it('that is nested without an end is refused: whoever follows it runs out of stack', () => {
    const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`
    const read = (levels: number) => () => parsedAnswer('list', 'api.example.com', nested(levels))
    expect(read(100)).not.toThrow()
    expect(read(102)).toThrow(invalid)
    expect(read(100_000)).toThrow('nested more than 100 levels deep')
  })

  it('that repeats the key is refused without it, also where JSON writes it otherwise', () => {
    const key = 'CANARY"\\'
    for (const text of [key, `x${key}x`, JSON.stringify({ key })]) {
      const refuse = () => refuseKey(told({}), '/account', text, key)
      expect(refuse).toThrow(invalid)
      expect(refuse).toThrow('/account')
      expect(refuse).not.toThrow('CANARY')
    }
    expect(() => refuseKey(told({}), '/account', 'CANAR', key)).not.toThrow()
  })

  it.each([
    ['a text where there is none', () => textAt(told({ id: null }), '/id'), '/id'],
    ['a text where there is an object', () => textAt(told({ id: { a: 'CANARY' } }), '/id'), '/id'],
    ['a text where there is an empty one', () => textAt(told({ id: '' }), '/id'), '/id'],
    ['a text where there is a fraction', () => textAt(told({ id: 1.5 }), '/id'), '/id'],
    ['an id that leads out of its path', () => keyIdAt(told({ id: '..' }), '/id'), '/id'],
    ['an id with a space', () => keyIdAt(told({ id: 'CANARY x' }), '/id'), '/id'],
    ['a list where there is an object', () => listAt(told({ keys: {} }), '/keys'), '/keys'],
    ['a list where the answer is empty', () => listAt(told(undefined), ''), 'its top'],
    [
      'an instant without a time zone',
      () => instantAt(told({ at: '2026-01-01T00:00:00' }), '/at', 'iso'),
      '/at',
    ],
    ['an instant that is a day', () => instantAt(told({ at: '2026-01-01' }), '/at', undefined), '/at'],
    ['an instant that is a number', () => instantAt(told({ at: 1_700_000_000 }), '/at', 'iso'), '/at'],
    [
      'seconds that are a date',
      () => instantAt(told({ at: '2026-01-01T00:00:00Z' }), '/at', 'seconds'),
      '/at',
    ],
    ['milliseconds for seconds', () => instantAt(told({ at: 1.7e15 }), '/at', 'seconds'), '/at'],
  ])('that has to hold %s is refused, naming step and pointer', (_what, read, pointer) => {
    expect(read).toThrow(invalid)
    expect(read).toThrow(new RegExp(`^list: .*at ${pointer}$`))
    expect(read).not.toThrow('CANARY')
  })

  it.each([
    ['2026-11-26T10:00:00Z', undefined, Date.UTC(2026, 10, 26, 10)],
    ['2026-11-26T10:00:00.123456+02:00', 'iso', Date.UTC(2026, 10, 26, 8, 0, 0, 123)],
    [1_700_000_000, 'seconds', 1_700_000_000_000],
    ['1700000000.5', 'seconds', 1_700_000_000_500],
    [1_700_000_000_123, 'milliseconds', 1_700_000_000_123],
    [null, 'iso', undefined],
    [undefined, 'iso', undefined],
  ] as const)('tells the instant %s (%s)', (at, times, expected) => {
    expect(instantAt(told({ at }), '/at', times)).toBe(expected)
  })

  it.each([
    [{ error: 'CANARY' }, true],
    [{ error: { code: 1 } }, true],
    [{ error: ['CANARY'] }, true],
    [{ error: null }, false],
    [{ error: '' }, false],
    [{ error: [] }, false],
    [{ error: false }, false],
    [{}, false],
  ])('%j holds an error: %j', (document, holdsOne) => {
    const refuse = () => refuseFailure(told(document), { failure: '/error' })
    if (holdsOne) expect(refuse).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED' }))
    else expect(refuse).not.toThrow()
  })

  it('must say that it is a success where a definition says how', () => {
    const success = { pointer: '/success', equals: true } as const
    expect(() => refuseFailure(told({ success: true }), { success })).not.toThrow()
    expect(() => refuseFailure(told({ success: 'true' }), { success })).toThrow('/success')
    expect(() => refuseFailure(told([]), { success })).toThrow('/success')
    expect(() => refuseFailure(told('a text'), { success })).toThrow('/success')
    // Nothing at all is what some providers answer to a deletion.
    expect(() => refuseFailure(told(undefined), { success })).not.toThrow()
  })

  it('tells of the same rights in any order', () => {
    expect(comparable(['b', 'a'])).toBe(comparable(['a', 'b']))
    expect(comparable({ x: [1], y: null })).toBe(comparable({ y: null, x: [1] }))
    expect(comparable(['a'])).not.toBe(comparable(['a', 'b']))
    expect(comparable({ x: 'a' })).not.toBe(comparable({ y: 'a' }))
  })
})
