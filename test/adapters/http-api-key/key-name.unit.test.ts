import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyName, nameMark, readKeyName } from '../../../lambdas/adapters/http-api-key/key-name.ts'
import { placedKey } from '../../../lambdas/adapters/http-api-key/listing.ts'

const mark = nameMark('arn:aws:secretsmanager:us-east-1:123456789012:secret:mail-AbCdEf')
const at = Date.UTC(2026, 10, 26, 10, 11, 12)

describe('the name of a key', () => {
  it.each([randomUUID(), 'a'.repeat(64), 'terraform-20261126101112000000000001'])(
    'says which version it is of: %s',
    (versionId) => {
      const name = keyName({ mark, versionId, at: at + 999 })
      expect(readKeyName(name)).toEqual({ mark, versionId, at })
      expect(name).toMatch(/^[\w-]{1,100}$/)
    },
  )

  it('has a digest for a version that a provider might not like', () => {
    const name = keyName({ mark, versionId: 'a version/with {anything}'.padEnd(64, '✓'), at })
    expect(name).toMatch(/^[\w-]{1,100}$/)
    expect(readKeyName(name)?.versionId).toMatch(/^_[\w-]{22}$/)
  })

  it.each([
    '',
    'overlap',
    'my key',
    `overlap-${mark}`,
    `overlap-${mark}-${randomUUID()}`,
    `x overlap-${mark}-${randomUUID()}-t9x3zk`,
  ])('is none of ours: %j', (name) => {
    expect(readKeyName(name)).toBeUndefined()
  })

  it.each([
    ['is hours behind', at - 7_200_000, at],
    ['is ahead', at + 5_000, at + 5_000],
    ['tells nothing', undefined, at],
  ])('says how old a key is at most, where the clock of a provider %s', (_what, created, since) => {
    const versionId = randomUUID()
    const listed = { id: 'k', name: keyName({ mark, versionId, at }), active: true, created }
    expect(placedKey(listed, mark)).toMatchObject({ created: since, record: { since } })
    expect(placedKey(listed, nameMark('arn:theirs'))).toMatchObject({ created: since, isAnothers: true })
    expect(placedKey({ ...listed, name: 'by hand' }, mark).created).toBe(created)
  })

  it('says whose a key is', () => {
    const versionId = randomUUID()
    const listed = { id: 'k', created: undefined, active: true }
    const named = (of: string) =>
      placedKey({ ...listed, name: keyName({ mark: nameMark(of), versionId, at }) }, nameMark('arn:ours'))
    expect(named('arn:ours')).toMatchObject({
      created: at,
      record: { versionId, state: 'live', since: at },
      isAnothers: false,
    })
    expect(named('arn:theirs')).toMatchObject({ record: undefined, isAnothers: true })
    expect(placedKey({ ...listed, name: 'by hand' }, mark)).toEqual({
      ...{ id: 'k', active: true, created: undefined, record: undefined },
      ...{ perhapsFor: undefined, isAnothers: false },
    })
  })
})
