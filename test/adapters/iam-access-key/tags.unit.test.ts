import { describe, expect, it } from 'vitest'
import {
  isMinting,
  type ListedKey,
  placedKeys,
  recordsOfGone,
  tagsOf,
} from '../../../lambdas/adapters/iam-access-key/attribution.ts'
import {
  INTENT_TAG,
  type Intent,
  intentText,
  readIntent,
} from '../../../lambdas/adapters/iam-access-key/intent-tag.ts'
import {
  readRecord,
  recordTag,
  recordText,
  secretMark,
} from '../../../lambdas/adapters/iam-access-key/record-tag.ts'
import type { KeyRecord, KeyState } from '../../../lambdas/adapters/keys/place.ts'

const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`
const MARK = secretMark(arn('robots/deploy'))
const ANOTHERS = secretMark(arn('robots/test'))
const NOW = Date.parse('2026-11-26T10:00:00Z')
const VERSION = '5048b5d2-06ac-45cd-bd6e-1d0c3f5d9f10'
const OLD = 'AKIAIOSFODNN7EXAMPLE'
const NEW = 'AKIAI44QH8DHBEXAMPLE'

const key = (id: string, created: number | undefined = NOW, active = true): ListedKey => ({
  id,
  active,
  created,
})
const record = (state: KeyState = 'live', since = NOW): KeyRecord => ({ versionId: VERSION, state, since })
const recorded = (id: string, mark = MARK, of = record()) => [recordTag(id), recordText(mark, of)] as const
const intended = (more: Partial<Intent> = {}) =>
  [INTENT_TAG, intentText({ mark: MARK, versionId: VERSION, at: NOW, ids: [OLD], ...more })] as const

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
const takenByIam = {
  name: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
  value: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
}

describe('the tags of an IAM user', () => {
  it('have names and values that IAM takes, also where all is as long as can be', () => {
    const longest = 'f'.repeat(64)
    const ids = [OLD, NEW]
    const intent = intentText({ mark: MARK, versionId: longest, at: NOW, ids })
    expect(intent).toBe(`v=1 secret=${MARK} version=${longest} at=2026-11-26T10:00:00Z ids=${OLD}/${NEW}`)
    const disabling = recordText(MARK, { ...record('disabling'), versionId: longest })
    expect(disabling).toBe(`v=1 secret=${MARK} version=${longest} state=disabling since=2026-11-26T10:00:00Z`)
    for (const value of [intent, disabling]) expect(value).toMatch(takenByIam.value)
    for (const name of [INTENT_TAG, recordTag(OLD)]) expect(name).toMatch(takenByIam.name)
  })

  it.each([
    'release#2026-11-26(prod)!000000000000',
    'a version  of  two  spaces, and more...',
    '="quoted" state=live since=2020 at=now ids=',
    '=starts-with-what-marks-the-others-00',
    'Ausgabe-für-Zoë-2026-11-26T10:00:00+01:00',
    '<>'.repeat(32),
  ])('hold any version id as IAM takes it, and give it back: %s', (versionId) => {
    const of = { ...record('disabling'), versionId }
    const intent = { mark: MARK, versionId, at: NOW, ids: [OLD, NEW] }
    for (const value of [recordText(MARK, of), intentText(intent)]) expect(value).toMatch(takenByIam.value)
    expect(readRecord(recordText(MARK, of))).toEqual({ mark: MARK, record: of })
    expect(readIntent(intentText(intent))).toEqual(intent)
  })

  it('speak of a secret by a mark of its ARN', () => {
    expect(MARK).toMatch(/^[0-9a-f]{16}$/)
    expect(ANOTHERS).not.toBe(MARK)
  })
})

describe('a key', () => {
  const placed = (listed: ListedKey, ...tags: (readonly [string, string])[]) =>
    placedKeys(MARK, [listed], new Map(tags))[0]
  const nobodys = { record: undefined, perhapsFor: undefined, isAnothers: false }
  const doubtful = (what: 'record' | 'intent', tag: string) => ({
    ...key(NEW),
    ...nobodys,
    unreadable: { what, error: expect.objectContaining({ code: 'STAMP_INVALID', detail: { tag } }) },
  })

  it.each<KeyState>(['live', 'disabling', 'disabled', 'leaked', 'orphan'])(
    'that is on record as %s is so, told to the second',
    (state) => {
      const written = recorded(NEW, MARK, record(state, NOW + 999))
      expect(placed(key(NEW, NOW, false), written)).toEqual({
        ...key(NEW, NOW, false),
        ...nobodys,
        record: record(state),
      })
    },
  )

  it('without a tag is nobody’s, and so is one beside an announcement that was there already', () => {
    expect(placed(key(OLD))).toEqual({ ...key(OLD), ...nobodys })
    expect(placed(key(OLD), intended())).toEqual({ ...key(OLD), ...nobodys })
  })

  it('on record for another secret is that one’s, whatever was announced', () => {
    const tags = [recorded(NEW, ANOTHERS), intended()]
    expect(placed(key(NEW), ...tags)).toEqual({ ...key(NEW), ...nobodys, isAnothers: true })
  })

  it.each([
    ['at the moment of the announcement', NOW, true],
    ['two seconds before it, by IAM’s clock', NOW - 2_000, true],
    ['earlier', NOW - 3_000, false],
    ['30 s after it', NOW + 30_000, true],
    ['later', NOW + 31_000, false],
    ['at a time that IAM does not tell', undefined, false],
  ])(
    'that was made %s, and is not on record, is perhaps the announced one: %s',
    (_when, created, isPerhaps) => {
      const listed = { id: NEW, active: true, created }
      expect(placed(listed, intended())?.perhapsFor).toEqual(isPerhaps ? { versionId: VERSION } : undefined)
    },
  )

  it.each([
    ['is on record', [intended(), recorded(NEW)]],
    ['was announced by another secret', [intended({ mark: ANOTHERS })]],
    ['was there before', [intended({ ids: [OLD, NEW] })]],
  ])('is not perhaps the announced one when it %s', (_why, tags) => {
    expect(placed(key(NEW), ...tags)?.perhapsFor).toBeUndefined()
  })

  it('is in doubt beside a tag about it that nobody can read, or beside such an announcement where nothing is on record of it', () => {
    for (const text of [
      '',
      'mine',
      `v=2 secret=${MARK} version=${VERSION} state=live since=2026-11-26T10:00:00Z`,
      `v=1 secret=${MARK} version=${VERSION} state=lost since=2026-11-26T10:00:00Z`,
      `v=1 secret=${MARK} version=${VERSION} state=toString since=2026-11-26T10:00:00Z`,
      `v=1 secret=${MARK} version=${VERSION} state=live since=yesterday`,
      `v=1 secret=deploy version=${VERSION} state=live since=2026-11-26T10:00:00Z`,
    ])
      expect(placed(key(NEW), [recordTag(NEW), text], intended())).toEqual(doubtful('record', recordTag(NEW)))
    for (const text of ['', 'soon', `v=1 secret=${MARK} version=${VERSION} at=soon ids=${OLD}`]) {
      expect(placed(key(NEW), [INTENT_TAG, text])).toEqual(doubtful('intent', INTENT_TAG))
      expect(placed(key(NEW), [INTENT_TAG, text], recorded(NEW))?.record).toEqual(record())
      expect(placed(key(NEW), [INTENT_TAG, text], recorded(NEW))?.unreadable).toBeUndefined()
      expect(() => isMinting(new Map([[INTENT_TAG, text]]), NOW)).toThrow(
        expect.objectContaining({ code: 'STAMP_INVALID', detail: { tag: INTENT_TAG } }),
      )
      expect(tagsOf(MARK, new Map([[INTENT_TAG, text]]))).toEqual([])
    }
  })

  it('is told of beside a tag about one that is gone, whatever it says', () => {
    expect(placed(key(NEW), [recordTag(OLD), 'unreadable'], ['team', 'x'])).toEqual({
      ...key(NEW),
      ...nobodys,
    })
  })
})

describe('an announcement', () => {
  const minting = (later: number, ...tags: (readonly [string, string])[]) =>
    isMinting(new Map(tags), NOW + later)

  it.each([
    ['there is none', minting(0), false],
    ['it is just made', minting(0, intended()), true],
    ['it is of another secret', minting(0, intended({ mark: ANOTHERS })), true],
    ['it is 30 s old', minting(30_000, intended()), true],
    ['it is older', minting(30_001, intended()), false],
    ['its key is on record', minting(0, intended(), recorded(NEW)), false],
    ['its key is on record for another secret', minting(0, intended(), recorded(NEW, ANOTHERS)), true],
    [
      'another version’s key is on record',
      minting(0, intended(), recorded(NEW, MARK, { ...record(), versionId: 'another' })),
      true,
    ],
    ['a key that was there is on record for its version', minting(0, intended(), recorded(OLD)), true],
    ['a record cannot be read', minting(0, intended(), [recordTag(NEW), 'unreadable']), true],
  ])('keeps others from minting when %s', (_when, is, expected) => {
    expect(is).toBe(expected)
  })
})

describe('what is taken away', () => {
  const HOUR = 3_600_000
  const tags = new Map([
    intended(),
    recorded(OLD),
    recorded(NEW, ANOTHERS),
    recorded('AKIAUNREADABLE'),
    ['team', 'robots'] as const,
  ]).set(recordTag('AKIAUNREADABLE'), 'unreadable')

  it('with a key is what this secret recorded of keys that are gone for long', () => {
    expect(recordsOfGone(MARK, [], tags, NOW + HOUR)).toEqual([])
    expect(recordsOfGone(MARK, [], tags, NOW + HOUR + 1)).toEqual([recordTag(OLD)])
    expect(recordsOfGone(ANOTHERS, [], tags, NOW + HOUR + 1)).toEqual([recordTag(NEW)])
    expect(recordsOfGone(MARK, [{ id: OLD }], tags, NOW + HOUR + 1)).toEqual([])
  })

  it('with the secret is all that it wrote, and nothing else', () => {
    expect(tagsOf(MARK, tags)).toEqual([recordTag(OLD), INTENT_TAG])
    expect(tagsOf(ANOTHERS, tags)).toEqual([recordTag(NEW)])
    expect(tagsOf(MARK, new Map())).toEqual([])
  })
})
