import { expect, it } from 'vitest'
import { readdressed, readdressedSecret } from '../../../sandbox/deployment/addresses.ts'

const addresses = new Map([
  ['postgres.sandbox:5432', { host: 'localhost', port: 40_001 }],
  ['replica.sandbox:5432', { host: 'localhost', port: 40_002 }],
])

it('replaces the servers that stand for others, and nothing else', () => {
  expect(readdressed('{"postgres.sandbox:5432":["replica.sandbox:5432","db:5432"]}', addresses)).toBe(
    '{"localhost:40001":["localhost:40002","db:5432"]}',
  )
  expect(readdressed('postgres.sandbox', addresses)).toBe('postgres.sandbox')
})

it.each([
  [
    { host: 'postgres.sandbox', port: 5432, username: 'app' },
    { host: 'localhost', port: 40_001, username: 'app' },
  ],
  [
    { host: 'postgres.sandbox', port: 5433 },
    { host: 'postgres.sandbox', port: 5433 },
  ],
  [{ username: 'app' }, { username: 'app' }],
])('of the secret %j', (value, expected) => {
  expect(JSON.parse(readdressedSecret(JSON.stringify(value), addresses))).toEqual(expected)
})
