import { describe, expect, it } from 'vitest'
import { ageLine } from '../../lambdas/inventory/age-line.ts'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-11-25T12:00:00Z')

function entry(days: number, given: Partial<Entry> = {}): Entry {
  return {
    type: 'secret',
    id: 'arn:shop',
    name: 'shop/app',
    owner: 'team-shop',
    age: { since: NOW - days * DAY_MS, precision: 'exact', of: 'AWSCURRENT' },
    lastRotated: undefined,
    nextDue: undefined,
    states: [days >= 90 ? 'STALE' : days >= 75 ? 'DUE' : 'FRESH'],
    reason: undefined,
    because: undefined,
    path: {
      kind: 'postgres',
      says: 'Overlap rotates it by schedule weekly',
      entry: undefined,
      run: undefined,
    },
    ...given,
  }
}

const line = (given: Entry, thresholds = DEFAULT_THRESHOLDS) => ageLine(given, thresholds, NOW)

describe('the line of an age', () => {
  it('reads so', () => {
    expect(line(entry(97))).toEqual({
      kind: 'sweep',
      step: 'age',
      outcome: 'stale',
      secret: 'arn:shop',
      owner: 'team-shop',
      reason: 'STALE',
      error:
        'the credential is 97 days old (since 2026-08-20), older than 90 days: Overlap rotates it by schedule weekly',
      severity: 'ticket',
    })
  })

  const since = (days: number) => NOW - days * DAY_MS
  const path = entry(0).path
  it.each<[string, Entry, object]>([
    [
      'due',
      entry(80),
      {
        outcome: 'due',
        reason: 'DUE',
        error: expect.stringContaining(
          'is 80 days old (since 2026-09-06), older than 75 days, and stale from 90 days on: ',
        ),
      },
    ],
    [
      'never replaced, and stale',
      entry(0, {
        age: { since: since(400), precision: 'exact', of: 'secret' },
        states: ['NEVER_ROTATED', 'STALE'],
      }),
      {
        outcome: 'stale',
        reason: 'NEVER_ROTATED',
        error: expect.stringContaining(
          'the credential was never replaced, and is 400 days old (since 2025-10-21)',
        ),
      },
    ],
    [
      'never replaced, and due',
      entry(0, {
        age: { since: since(80), precision: 'exact', of: 'secret' },
        states: ['NEVER_ROTATED', 'DUE'],
      }),
      { outcome: 'due', reason: 'NEVER_ROTATED' },
    ],
    [
      'of a credential that was replaced and still works',
      entry(0, { age: { since: since(91), precision: 'exact', of: 'DRAINING' }, states: ['STALE'] }),
      { error: expect.stringContaining('the credential before this one still works, and is 91 days old') },
    ],
    ['of nobody', entry(97, { owner: undefined }), { owner: 'unowned' }],
    [
      'of one with a way that begins with a command',
      entry(97, { path: { ...path, run: 'aws secretsmanager rotate-secret --secret-id shop/app' } }),
      {
        error: expect.stringMatching(
          /by schedule weekly\. Run: aws secretsmanager rotate-secret --secret-id shop\/app$/,
        ),
      },
    ],
    [
      'of one on hold, with the words of whoever holds it',
      entry(97, { reason: 'ON_HOLD', because: 'until 2026-12-01T00:00:00.000Z: stocktaking' }),
      { error: expect.stringMatching(/weekly\. ON_HOLD until 2026-12-01T00:00:00.000Z: stocktaking$/) },
    ],
    [
      'of one whose way says already what blocks it, once',
      entry(97, {
        reason: 'POLICY_INVALID',
        because: 'tag x must be y',
        path: { ...path, says: 'Blocked: tag x must be y' },
      }),
      { error: expect.stringMatching(/: Blocked: tag x must be y$/) },
    ],
  ])('is told: %s', (_what, given, expected) => {
    expect(line(given)).toMatchObject(expected)
  })

  it.each([
    [36 * 3600, 1.6, 'is 38 hours old (since 2026-11-23), older than 36 hours:'],
    [36 * 3600, 10.9, 'is 10 days old (since 2026-11-14), older than 36 hours:'],
    [4 * 3600, 0.25, 'is 6 hours old (since 2026-11-25), older than 4 hours:'],
    [90, 0.0015, 'is 2 minutes old (since 2026-11-25), older than 90 seconds:'],
    [86_400, 1, 'is 24 hours old (since 2026-11-24), older than 24 hours:'],
  ])('has the units of a promise of %s seconds', (criticalSeconds, days, said) => {
    const told = line(entry(days, { states: ['STALE'] }), { warningSeconds: 1, criticalSeconds })
    expect(told?.error).toContain(said)
  })

  it('of one whose age is not known says that it may be stale, and why', () => {
    const unknown = entry(97, {
      age: undefined,
      states: ['AGE_UNKNOWN'],
      reason: 'SECRETS_MANAGER_FAILED',
      because: 'ListSecretVersionIds failed: AccessDeniedException: no',
    })
    expect(line(unknown)).toEqual({
      kind: 'sweep',
      step: 'age',
      outcome: 'stale',
      secret: 'arn:shop',
      owner: 'team-shop',
      reason: 'AGE_UNKNOWN',
      error:
        'how old the credential is could not be found out, so it may be stale: SECRETS_MANAGER_FAILED: ListSecretVersionIds failed: AccessDeniedException: no. Overlap rotates it by schedule weekly',
      severity: 'ticket',
    })
  })

  it.each<[string, Entry]>([
    ['is fresh', entry(10)],
    ['is empty', entry(97, { age: undefined, states: ['EMPTY', 'BLOCKED'] })],
  ])('is none for one that %s', (_what, given) => {
    expect(line(given)).toBeUndefined()
  })
})
