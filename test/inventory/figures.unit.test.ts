import { describe, expect, it } from 'vitest'
import type { Entry } from '../../lambdas/inventory/entry.ts'
import { figuresOf } from '../../lambdas/inventory/figures.ts'
import type { State } from '../../lambdas/inventory/states.ts'
import { DAY, NOW } from './account.ts'

function entry(days: number | undefined, states: readonly State[], owner?: string): Entry {
  return {
    type: 'secret',
    id: 'a',
    name: 'a',
    owner,
    age: days === undefined ? undefined : { since: NOW - days * DAY, precision: 'exact', of: 'AWSCURRENT' },
    lastRotated: undefined,
    nextDue: undefined,
    states,
    reason: undefined,
    because: undefined,
    path: { kind: undefined, says: '', entry: undefined, run: undefined },
  }
}

describe('the figures', () => {
  it('of nothing are zeros, also for an owner who has nothing', () => {
    const none = { stale: 0, due: 0, neverRotated: 0, blocked: 0, oldestAgeDays: 0 }
    const { total, owners } = figuresOf([], ['team-shop'], NOW)
    expect(total).toEqual({ ...none, unowned: 0 })
    expect([...owners]).toEqual([['team-shop', none]])
  })

  it('count all, and what each of these owners has', () => {
    const { total, owners } = figuresOf(
      [
        entry(91.9, ['STALE'], 'team-shop'),
        entry(80, ['DUE', 'BLOCKED'], 'team-shop'),
        entry(85, ['NEVER_ROTATED', 'DUE', 'UNOWNED']),
        entry(2, ['FRESH'], 'team-news'),
        entry(undefined, ['AGE_UNKNOWN'], 'team-news'),
      ],
      ['team-shop', 'team-news'],
      NOW,
    )
    // Of an age that is not known nobody can say that it is fresh.
    expect(total).toEqual({
      stale: 2,
      due: 4,
      neverRotated: 1,
      blocked: 1,
      unowned: 1,
      oldestAgeDays: 91,
    })
    expect(owners.get('team-shop')).toEqual({
      stale: 1,
      due: 2,
      neverRotated: 0,
      blocked: 1,
      oldestAgeDays: 91,
    })
    expect(owners.get('team-news')).toEqual({
      stale: 1,
      due: 1,
      neverRotated: 0,
      blocked: 0,
      oldestAgeDays: 2,
    })
    expect([...owners.keys()]).toEqual(['team-shop', 'team-news'])
  })

  it('do not say that the oldest is young when not one age is known', () => {
    const unknown = entry(undefined, ['AGE_UNKNOWN'])
    const oldest = (entries: readonly Entry[]) => figuresOf(entries, [], NOW).total.oldestAgeDays
    expect(oldest([unknown])).toBeUndefined()
    expect(oldest([unknown, entry(3, ['FRESH'])])).toBe(3)
  })

  it('count an empty one as blocked, and as neither fresh nor stale', () => {
    expect(figuresOf([entry(undefined, ['EMPTY', 'BLOCKED'])], [], NOW).total).toMatchObject({
      stale: 0,
      due: 0,
      blocked: 1,
      oldestAgeDays: 0,
    })
  })

  it('take the least that an age can be for an age, and the most that it can be for none', () => {
    const only = (days: number, precision: 'at least' | 'at most') => ({
      ...entry(days, ['FRESH']),
      age: { since: NOW - days * DAY, precision, of: 'AWSCURRENT' } as const,
    })
    const oldest = (...entries: readonly Entry[]) => figuresOf(entries, [], NOW).total.oldestAgeDays
    expect(oldest(only(70, 'at most'), entry(3, ['FRESH']))).toBe(3)
    expect(oldest(only(100, 'at least'), entry(3, ['FRESH']))).toBe(100)
    expect(oldest(only(70, 'at most'))).toBeUndefined()
  })
})
