import { describe, expect, it } from 'vitest'
import { ordered, type SortKey, sortKeys } from '../../lambdas/inventory/report-order.ts'
import { aged, entry } from './report-entries.ts'

const fleet = [
  aged('b', 9, { owner: 'team-10' }),
  aged('a', 100, { owner: 'team-9' }),
  aged('c', 2000, { owner: undefined }),
  entry('d', { age: undefined, lastRotated: undefined, nextDue: undefined, states: ['AGE_UNKNOWN'] }),
  aged('e', 80, { lastRotated: undefined, states: ['NEVER_ROTATED', 'DUE'] }),
  entry('f', { age: undefined, states: ['REPLICA'], owner: 'Team-9' }),
]
const names = (key: SortKey, descending = false) =>
  ordered(fleet, key, descending)
    .map(({ name }) => name)
    .join('')

describe('the order of a list', () => {
  it.each([
    ['what was never rotated first, then the stalest', 'state', false, 'ecadbf'],
    ['the oldest first, and an unknown age last', 'age', true, 'caebdf'],
    ['the youngest first, and an unknown age last as well', 'age', false, 'beacdf'],
    ['owners as people count, whatever their capitals, and none last', 'owner', false, 'afbedc'],
    ['names', 'name', true, 'fedcba'],
    ['the last rotated first, and what never was last', 'rotated', true, 'bface d'.replace(' ', '')],
  ] as const)('is %s', (_, key, descending, expected) => {
    expect(names(key, descending)).toBe(expected)
  })

  it.each(sortKeys)('by %s loses nobody and changes nothing that it was given', (key) => {
    const before = [...fleet]
    expect(ordered(fleet, key, true)).toHaveLength(fleet.length)
    expect(fleet).toEqual(before)
  })
})
