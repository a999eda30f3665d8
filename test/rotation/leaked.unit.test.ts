import { describe, expect, it } from 'vitest'
import {
  isLeaked,
  LEAKED_TAG,
  leakedToken,
  leakedVersions,
  versionInTag,
  withLeaked,
} from '../../lambdas/rotation/leaked.ts'
import { secretWith } from './secret.ts'

const uuids = [1, 2, 3, 4].map((count) => `${count}`.repeat(8).concat('-0000-4000-8000-000000000000'))
const [one = '', two = '', three = '', four = ''] = uuids
const long = 'a version id of sixty-four characters, which may hold any of them'
const tagged = (value: string | undefined) => new Map(value === undefined ? [] : [[LEAKED_TAG, value]])

describe('a version id in a tag', () => {
  it('is itself when it is as short and plain as a UUID, and otherwise 22 characters of its digest', () => {
    expect(versionInTag(one)).toBe(one)
    expect(versionInTag(long)).toMatch(/^@[A-Za-z0-9_-]{22}$/)
    expect(versionInTag(long)).toBe(versionInTag(long))
    expect(versionInTag(`${long}.`)).not.toBe(versionInTag(long))
  })
})

describe('the tag of what leaked', () => {
  it('keeps the newest three, the last one told last, and each once', () => {
    const all = uuids.reduce<string | undefined>(withLeaked, undefined)
    expect(all).toBe([two, three, four].join(' '))
    expect(withLeaked(all, two)).toBe([three, four, two].join(' '))
  })

  it('fits into a tag, whatever the ids are', () => {
    const ids = ['1', '2', '3'].map((end) => 'x'.repeat(36).slice(1) + end)
    expect(ids.reduce<string | undefined>(withLeaked, undefined)?.length).toBeLessThanOrEqual(256)
  })

  it('is read for versions with a label, newest last, and asked about any', () => {
    const { versions } = secretWith({ [one]: ['AWSCURRENT'], [long]: ['DRAINING'], [two]: ['AWSPREVIOUS'] })
    const value = [one, three, long].reduce<string | undefined>(withLeaked, undefined)
    expect(leakedVersions(tagged(value), versions)).toEqual([one, long])
    const secret = { tags: tagged(value) }
    expect([one, two, three, long].map((id) => isLeaked(secret, id))).toEqual([true, false, true, true])
  })

  it('says of nothing that it leaked where there is none', () => {
    expect(leakedVersions(tagged(undefined), secretWith({ [one]: [] }).versions)).toEqual([])
    expect([isLeaked({ tags: tagged(undefined) }, one), isLeaked({ tags: tagged('') }, '')]).toEqual([
      false,
      false,
    ])
  })
})

describe('the rotation that replaces what leaked', () => {
  it('is the same one whoever asks for it, and another one for any other version and secret', () => {
    const token = leakedToken('arn:a', one)
    expect(token).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(leakedToken('arn:a', one)).toBe(token)
    expect(new Set([token, leakedToken('arn:a', two), leakedToken('arn:b', one)]).size).toBe(3)
  })
})
