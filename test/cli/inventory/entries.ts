import type { Entry } from '../../../lambdas/inventory/entry.ts'

export const NOW = Date.parse('2026-11-25T12:00:00Z')
export const DAY_MS = 86_400_000

/** A secret that is fresh and of nobody's rotation, apart from what is said otherwise. */
export function entryOf(more: Partial<Entry> = {}): Entry {
  const name = more.name ?? 'shop/app'
  return {
    type: 'secret',
    id: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`,
    name,
    owner: 'team-shop',
    age: { since: NOW - 10 * DAY_MS, precision: 'exact', of: 'AWSCURRENT' },
    lastRotated: undefined,
    nextDue: undefined,
    states: ['FRESH', 'UNMANAGED'],
    reason: undefined,
    because: undefined,
    path: { kind: undefined, says: 'Nobody knows its kind', entry: `{ name: '${name}' },`, run: undefined },
    ...more,
  }
}
