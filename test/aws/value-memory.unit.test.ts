import { beforeEach, describe, expect, it } from 'vitest'
import { rememberingValues } from '../../lambdas/aws/value-memory.ts'
import type { SecretStore } from '../../lambdas/rotation/secret-store.ts'

const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop'

let stored: Map<string, string>
let asked: string[]
let now: number
let remembering: (store: SecretStore) => SecretStore

beforeEach(() => {
  stored = new Map([
    [`${secret} one`, 'first'],
    [`${secret} two`, 'second'],
    [`${secret} three`, 'third'],
    ['another one', 'foreign'],
  ])
  asked = []
  now = 1_000
  remembering = rememberingValues(
    () => now,
    (store: SecretStore) => store,
  )
})

const unasked = () => Promise.reject(new Error('not part of this test'))

/** A store as each invocation makes its own. */
const store = (): SecretStore => ({
  describe: unasked,
  createdDates: unasked,
  write: unasked,
  moveLabel: unasked,
  read: async (secretId, versionId) => {
    asked.push(versionId)
    return stored.get(`${secretId} ${versionId}`)
  },
})

const read = (versionId: string, secretId = secret) => remembering(store()).read(secretId, versionId)

describe('the memory of values', () => {
  it('asks once for the current value and the pending one, over all steps', async () => {
    const values = [await read('one'), await read('two'), await read('one'), await read('two')]

    expect(values).toEqual(['first', 'second', 'first', 'second'])
    expect(asked).toEqual(['one', 'two'])
  })

  it('asks again while there is no value', async () => {
    stored.delete(`${secret} two`)
    expect(await read('two')).toBeUndefined()
    stored.set(`${secret} two`, 'second')

    expect(await read('two')).toBe('second')
  })

  it('tells versions of different secrets apart', async () => {
    await read('one')

    expect(await read('one', 'another')).toBe('foreign')
  })

  it('holds no more than two values', async () => {
    for (const version of ['one', 'two', 'three']) await read(version)
    asked = []
    for (const version of ['two', 'three', 'one']) await read(version)

    expect(asked).toEqual(['one'])
  })

  it('forgets after a minute', async () => {
    await read('one')
    now += 59_999
    await read('one')
    expect(asked).toEqual(['one'])
    now += 1
    await read('one')

    expect(asked).toEqual(['one', 'one'])
  })

  it('remembers nothing of a read that failed', async () => {
    const failing = { ...store(), read: () => Promise.reject(new Error('throttled')) }
    await expect(remembering(failing).read(secret, 'one')).rejects.toThrow('throttled')

    expect(await read('one')).toBe('first')
  })

  it('leaves every other call to the store', async () => {
    const labels = { ...store(), moveLabel: async () => {} }

    await expect(remembering(labels).moveLabel(secret, 'AWSCURRENT', { to: 'two' })).resolves.toBeUndefined()
    await expect(remembering(labels).describe(secret)).rejects.toThrow('not part of this test')
  })
})
