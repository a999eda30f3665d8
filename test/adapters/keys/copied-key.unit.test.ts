import { expect, it } from 'vitest'
import { fieldThatRepeats } from '../../../lambdas/adapters/keys/copied-key.ts'

/** Its Base64 has both characters in which the alphabets differ, wherever it begins. */
const KEY = 'SG.a?b/c"d.???>>>~~~???>>>~~~'
const base64 = (text: string) => Buffer.from(text).toString('base64')

it.each<readonly [what: string, value: unknown, path: string]>([
  ['as it is', KEY, 'field'],
  ['in a longer text', `smtp://apikey:${KEY}@smtp.example.com`, 'field'],
  ['deep inside', { list: [1, { text: KEY }] }, 'field.list.1.text'],
  ['as JSON writes it', JSON.stringify({ key: KEY }), 'field'],
  ['as an address writes it', `https://x/?key=${encodeURIComponent(KEY)}`, 'field'],
  ['in Base64', base64(KEY), 'field'],
  ['in Base64 after one byte', base64(`u${KEY}x`), 'field'],
  ['in Base64 after two bytes', base64(`u:${KEY}xy`), 'field'],
  ['in Base64 with line breaks', base64(`user:${KEY}`).replaceAll(/.{8}/g, '$&\r\n'), 'field'],
  ['in the Base64 of addresses', Buffer.from(`user:${KEY}`).toString('base64url'), 'field'],
  ['as the name of a field', { [KEY]: 1 }, 'whose name holds the key'],
  ['as the name of a field that holds others', { [KEY]: {} }, 'whose name holds the key'],
])('a key that is repeated %s is found, and not told', (_how, value, path) => {
  expect(fieldThatRepeats([['field', value]], ['other-text-of-it', KEY])).toBe(path)
})

it('a number that is the key is a copy of it', () => {
  expect(fieldThatRepeats([['port', 123456]], ['123456'])).toBe('port')
})

it('a short key within a longer text is a coincidence', () => {
  expect(fieldThatRepeats([['port', 18443]], ['8443'])).toBeUndefined()
  expect(fieldThatRepeats([['pin', '8443']], ['8443'])).toBe('pin')
})

it('what holds less than the key repeats nothing', () => {
  const others = { from: 'me@example.com', part: KEY.slice(1), nothing: null, is: true, list: [[], {}] }
  expect(fieldThatRepeats(Object.entries(others), [KEY])).toBeUndefined()
  expect(fieldThatRepeats([['word', base64('abc')]], ['abc'])).toBeUndefined()
})
