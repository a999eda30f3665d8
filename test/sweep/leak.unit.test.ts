import { describe, expect, it } from 'vitest'
import { LEAKED_TAG, leakedToken } from '../../lambdas/rotation/leaked.ts'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { leakAction } from '../../lambdas/sweep/leak.ts'
import { afterFailedRetirement, nextAction, PATIENCE_MS } from '../../lambdas/sweep/next-action.ts'
import type { SweepState } from '../../lambdas/sweep/state.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { sentence } from './sentence.ts'

const NOW = Date.parse('2026-01-04T03:00:00.000Z')
const MINUTE_MS = 60_000
const replaced = { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }
const drained = (ms: number, off?: number): SweepState => ({
  drain: { version: 'old', since: NOW - ms, ...(off === undefined ? {} : { off: NOW - off }) },
})
const replace = `replace-leaked ${leakedToken(SECRET_ARN, 'now')}`

interface Row {
  readonly when: string
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly leaked: string | undefined
  readonly state?: SweepState
  readonly secret?: Partial<SecretDescription>
  readonly action: string | undefined
}

const rows: readonly Row[] = [
  { when: 'nothing did', leaked: undefined, state: drained(9 * MINUTE_MS), action: undefined },
  { when: 'a version did that is gone', leaked: 'older', action: undefined },
  { when: 'what drains did, and no pass has seen it', leaked: 'old', action: 'start-drain old' },
  {
    when: 'what drains did, and the clock on the tag is another version’s',
    leaked: 'old',
    state: { drain: { version: 'older', since: 0 } },
    action: 'start-drain old',
  },
  {
    when: 'what drains did, and a replica is behind: nobody waits for that',
    leaked: 'old',
    secret: { replicas: [{ region: 'eu-west-1', status: 'Failed' }] },
    action: 'start-drain old',
  },
  {
    when: 'what drains did less than ten minutes ago',
    leaked: 'old',
    state: drained(10 * MINUTE_MS - 1),
    action: undefined,
  },
  { when: 'what drains did', leaked: 'old', state: drained(10 * MINUTE_MS), action: 'revoke old' },
  {
    when: 'what drains did, and a tag cannot be read',
    leaked: 'old',
    state: drained(10 * MINUTE_MS),
    secret: { tags: new Map([['overlap:mode', 'off']]) },
    action: 'revoke old',
  },
  { when: 'what is disabled did', leaked: 'old', state: drained(MINUTE_MS, 1), action: 'revoke old' },
  { when: 'AWSCURRENT did', versions: { now: ['AWSCURRENT'] }, leaked: 'now', action: replace },
  {
    when: 'AWSCURRENT did, and it is on hold and observed',
    versions: { now: ['AWSCURRENT'] },
    leaked: 'now',
    secret: { tags: new Map([['overlap:hold', '2999-01-01T00:00:00Z close']]) },
    action: replace,
  },
  {
    when: 'AWSCURRENT did, and a person turned rotation off',
    versions: { now: ['AWSCURRENT'] },
    leaked: 'now',
    secret: { rotationEnabled: false },
    action: undefined,
  },
  {
    when: 'AWSCURRENT did, and its rotation is under way',
    versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
    leaked: 'now',
    action: undefined,
  },
  {
    when: 'AWSCURRENT did, and another drains: there is no slot',
    leaked: 'now',
    state: drained(1),
    action: undefined,
  },
  {
    when: 'AWSCURRENT did, and was rolled back to',
    versions: { old: ['AWSCURRENT'], bad: ['AWSPREVIOUS'] },
    leaked: 'old',
    state: drained(9 * MINUTE_MS),
    action: undefined,
  },
  {
    when: 'AWSPREVIOUS did, and does not drain',
    versions: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS'] },
    leaked: 'two',
    action: 'move-draining from nowhere to two',
  },
  {
    when: 'AWSPREVIOUS did, and was disabled',
    versions: { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] },
    leaked: 'old',
    state: drained(9 * MINUTE_MS, 1),
    action: undefined,
  },
  {
    when: 'AWSPREVIOUS did, and was found unused by a target that cannot disable: it works',
    versions: { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] },
    leaked: 'old',
    state: { drain: { version: 'old', since: NOW - 9 * MINUTE_MS, off: NOW - 1, works: true } },
    action: 'move-draining from nowhere to old',
  },
  {
    when: 'AWSPREVIOUS did, and a rotation is under way',
    versions: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS'], next: ['AWSPENDING'] },
    leaked: 'two',
    action: undefined,
  },
  {
    when: 'AWSPREVIOUS did, and another version drains',
    versions: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS'], old: ['DRAINING'] },
    leaked: 'two',
    action: undefined,
  },
  {
    when: 'AWSPREVIOUS did, and so did AWSCURRENT, which is replaced first',
    versions: { now: ['AWSCURRENT'], two: ['AWSPREVIOUS'] },
    leaked: 'two now',
    action: replace,
  },
  { when: 'both did', leaked: 'old now', state: drained(10 * MINUTE_MS), action: 'revoke old' },
]

function secretOf({ versions = replaced, leaked, secret }: Omit<Row, 'when' | 'action'>): SecretDescription {
  const tags = new Map([
    ...(secret?.tags ?? []),
    ...(leaked === undefined ? [] : [[LEAKED_TAG, leaked] as const]),
  ])
  return secretWith(versions, { ...secret, tags })
}

describe('a leak', () => {
  it.each(rows)('asks, when $when, for: $action', ({ action, state = {}, ...row }) => {
    const found = leakAction({ secret: secretOf(row), state, now: NOW }, { leakDrainSeconds: 600 })
    expect(found && sentence(found)).toBe(action)
  })

  it('is proved by nothing but itself', () => {
    const found = leakAction(
      { secret: secretOf({ leaked: 'old' }), state: drained(600_000), now: NOW },
      { leakDrainSeconds: 600 },
    )
    expect(found).toMatchObject({ do: 'revoke', proof: { rung: 'leaked', samples: 0, consumers: [] } })
  })

  it.each([
    { leaked: undefined, action: 'forget-pending next' },
    { leaked: 'now', action: 'resume next' },
  ])('of $leaked lets a rotation that waits on hold do what comes next: $action', ({ leaked, action }) => {
    const secret = secretOf({ versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] }, leaked })
    const sight = {
      secret,
      policy: parsePolicy(secret.tags, 0),
      state: { pending: { version: 'next', since: NOW - PATIENCE_MS } },
      now: NOW,
      abandonSeconds: 86_400,
      hold: { until: NOW + 1, reason: 'close', by: 'hold' } as const,
      run: undefined,
      pendingDispensable: false,
      pendingOvertaken: undefined,
    }
    expect([nextAction(sight), afterFailedRetirement(sight)].map(sentence)).toEqual([action, action])
  })
})
