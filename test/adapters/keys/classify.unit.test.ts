import { describe, expect, it } from 'vitest'
import { classify, type Standing } from '../../../lambdas/adapters/keys/classify.ts'
import type { KeyState, PlacedKey } from '../../../lambdas/adapters/keys/place.ts'
import { writtenVersion } from '../../../lambdas/adapters/keys/written-version.ts'

const plain: PlacedKey = {
  id: 'K2',
  created: 0,
  active: true,
  record: undefined,
  perhapsFor: undefined,
  isAnothers: false,
}
const recorded = (versionId: string, state: KeyState = 'live') => ({
  record: { versionId, state, since: 0 },
})
const perhaps = { perhapsFor: { versionId: 'v2' } }
const inactive = { active: false }
const foreign: Standing = { is: 'foreign' }
const lost = (sure: boolean, neverHeld = false): Standing => ({ is: 'lost', of: 'v2', sure, neverHeld })
const held = (by: string): Standing => ({ is: 'held', by })

interface Row {
  readonly when: string
  readonly key: Partial<PlacedKey>
  readonly labelled?: Readonly<Record<string, string>>
  readonly stored?: Readonly<Record<string, string>>
  readonly standing: Standing
}

const rows: readonly Row[] = [
  { when: 'nothing is known of it', key: {}, standing: foreign },
  { when: 'a labelled version names it', key: {}, labelled: { v2: 'K2' }, standing: held('v2') },
  {
    when: 'a labelled version names it, and another secret has it on record',
    key: { isAnothers: true },
    labelled: { v2: 'K2' },
    standing: held('v2'),
  },
  {
    when: 'two labelled versions name it, and it is on record for the second',
    key: recorded('v3'),
    labelled: { v2: 'K2', v3: 'K2' },
    standing: held('v3'),
  },
  {
    when: 'a labelled version names it, and it is on record for one that holds nothing',
    key: recorded('v2'),
    labelled: { v3: 'K2' },
    standing: held('v3'),
  },
  {
    when: 'a value that cannot be read speaks of it',
    key: recorded('v2'),
    labelled: { v3: '{"keyId": "K2"' },
    standing: held('v3'),
  },
  {
    when: 'a version that lost its label holds it',
    key: recorded('v2'),
    stored: { v2: 'K2' },
    standing: held('v2'),
  },
  {
    when: 'a version that lost its label holds it, and only the intent tells of that',
    key: perhaps,
    stored: { v2: 'K2' },
    standing: held('v2'),
  },
  { when: 'its version holds nothing', key: recorded('v2'), standing: lost(true) },
  {
    when: 'its version holds another key, which another delivery stored',
    key: recorded('v2'),
    labelled: { v2: 'K3' },
    standing: lost(true, true),
  },
  {
    when: 'its version lost its label and holds another key',
    key: recorded('v2'),
    stored: { v2: 'K3' },
    standing: lost(true, true),
  },
  {
    when: 'its version holds a key that no list shows, which may be this one by another name',
    key: recorded('v2'),
    labelled: { v2: 'K9' },
    standing: lost(true),
  },
  {
    when: 'its version holds what nobody can read, which does not speak of it',
    key: recorded('v2'),
    labelled: { v2: '{"keyId": "' },
    standing: lost(true),
  },
  {
    when: 'its version holds nothing, and it was taken out of use',
    key: { ...recorded('v2', 'disabled'), ...inactive },
    standing: lost(true),
  },
  {
    when: 'its version holds nothing, it was taken out of use, and it works',
    key: recorded('v2', 'disabled'),
    standing: foreign,
  },
  { when: 'only an intent fits, and its version holds nothing', key: perhaps, standing: lost(false) },
  {
    when: 'an intent fits whose call did not get lost: its version holds another key',
    key: perhaps,
    labelled: { v2: 'K3' },
    standing: foreign,
  },
  {
    when: 'it was taken for an orphan',
    key: { ...recorded('v2', 'orphan'), ...inactive },
    standing: lost(false),
  },
  {
    when: 'it was taken for an orphan, and somebody activated it again',
    key: recorded('v2', 'orphan'),
    standing: foreign,
  },
  {
    when: 'its version is written as a digest, and nobody can ask what that one holds',
    key: recorded(writtenVersion('release 7 of 2026-11-26, by hand')),
    standing: foreign,
  },
  { when: 'another secret has it on record', key: { isAnothers: true, ...perhaps }, standing: foreign },
]

describe('whose a key is', () => {
  it.each(rows)('when $when', ({ key, labelled = {}, stored = {}, standing }) => {
    const given = { ...plain, ...key }
    const values = (of: Readonly<Record<string, string>>) =>
      Object.entries(of).map(([versionId, value]) => ({ versionId, value }))
    const others = ['K1', 'K3'].map((id) => ({ ...plain, id }))
    const classified = classify([given, ...others], {
      currentId: 'K1',
      labelled: [...values(labelled), { versionId: 'v1', value: 'K1' }],
      stored: values(stored),
      keyIdIn: (value) => (value.startsWith('K') ? value : undefined),
    })
    expect(classified.map(({ key }) => key.id)).toEqual(['K2', 'K3'])
    expect(classified[0]).toEqual({ key: given, standing })
  })
})
