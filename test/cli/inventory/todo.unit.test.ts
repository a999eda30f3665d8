import { describe, expect, it } from 'vitest'
import { todoLines } from '../../../cli/inventory/todo.ts'
import type { Entry } from '../../../lambdas/inventory/entry.ts'
import { entryOf } from './entries.ts'

const command =
  'aws secretsmanager rotate-secret --secret-id arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/a-rather-long-name-AbCdEf'
const way = (says: string, run?: string): Entry['path'] => ({ kind: 'postgres', says, entry: undefined, run })
const stale = entryOf({ states: ['STALE'], path: way('By schedule weekly', command) })

describe('what to do', () => {
  it('is told of what stands in need of somebody: why, and the whole command on a line of its own', () => {
    const held = entryOf({
      name: 'shop/held',
      states: ['FRESH', 'ON_HOLD'],
      reason: 'ON_HOLD',
      because: 'until 2026-12-01T00:00:00.000Z: year-end close',
      path: way('By schedule weekly. It goes on when the hold ends'),
    })
    const blocked = entryOf({
      name: 'shop/blocked',
      states: ['STALE', 'BLOCKED'],
      reason: 'ADMIN_LACKS_RIGHT',
      because: 'the admin user lacks a right',
      path: way(
        'By schedule weekly. Blocked: the admin user lacks a right',
        'npm run overlap -- check shop/blocked',
      ),
    })
    expect([...todoLines([stale, blocked, held])]).toEqual([
      'What to do:',
      '',
      'shop/app (stale)',
      '  By schedule weekly',
      `  ${command}`,
      '',
      'shop/blocked (stale, blocked; ADMIN_LACKS_RIGHT)',
      '  By schedule weekly. Blocked: the admin user lacks a right',
      '  npm run overlap -- check shop/blocked',
      '',
      'shop/held (fresh, on hold)',
      '  On hold until 2026-12-01T00:00:00.000Z: year-end close. By schedule weekly. It goes on when the hold ends',
    ])
  })

  it.each<[string, Partial<Entry>]>([
    ['what goes its way', { states: ['FRESH'], path: way('By schedule weekly') }],
    ['what Overlap does not rotate', { states: ['STALE', 'UNMANAGED'], reason: 'X', because: 'y' }],
    ['an access key', { type: 'access key', states: ['STALE', 'UNMANAGED'], path: way('By hand', 'aws') }],
    ["a service's own", { states: ['AGE_UNKNOWN', 'MANAGED_BY_AWS'], reason: 'X', because: 'y' }],
    ['a replica', { states: ['REPLICA'], reason: 'X', because: 'y' }],
  ])('is nothing of %s', (_, more) => {
    expect([...todoLines([entryOf(more)])]).toEqual([])
  })

  it('is told of fifty, and how many more there are', () => {
    const lines = [...todoLines(Array.from({ length: 53 }, () => stale))]
    expect(lines.filter((line) => line === `  ${command}`)).toHaveLength(50)
    expect(lines.at(-1)).toBe('and 3 more: --json tells all of them')
    expect([...todoLines(Array.from({ length: 50 }, () => stale))].at(-1)).toBe(`  ${command}`)
  })

  it('holds nothing that a terminal obeys, whatever others wrote', () => {
    const hostile = '\u001b[2J\u202e\nnext\u2028'
    const lines = [
      ...todoLines([
        entryOf({
          name: hostile,
          states: ['STALE'],
          reason: hostile,
          because: hostile,
          path: way(hostile, hostile),
        }),
      ]),
    ]
    expect(lines).toHaveLength(5)
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  })
})
