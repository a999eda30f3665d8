import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hold } from '../../lambdas/rotation/hold.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { dueOf, missedRun, obstacleTo, tokenOf } from '../../lambdas/sweep/due.ts'
import type { SweepState } from '../../lambdas/sweep/state.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'

const at = (text: string) => Date.parse(text)
const SUNDAY_3 = at('2026-01-04T03:00:00.000Z')
const TOKEN = tokenOf(SECRET_ARN, SUNDAY_3)
const onHold: Hold = { until: SUNDAY_3 + 1, reason: 'close', by: 'hold' }

interface Row {
  readonly when: string
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly secret?: Partial<SecretDescription>
  /** Since when the sweep has seen the schedule in force; undefined: it has not. */
  readonly from?: string | undefined
  readonly digest?: string
  /** The schedule's latest run; undefined: none yet. */
  readonly run?: number | undefined
  readonly schedule?: false
  readonly tried?: boolean
  readonly hold?: Hold
  readonly due: string
}

const lastRotated = (text: string) => ({ lastRotated: new Date(text) })

const rows: readonly Row[] = [
  { when: 'it was rotated the Sunday before', secret: lastRotated('2025-12-28T03:01:00Z'), due: 'due' },
  { when: 'it was never rotated', due: 'due' },
  {
    when: 'it was rotated a millisecond before the run',
    secret: { lastRotated: new Date(SUNDAY_3 - 1) },
    due: 'due',
  },
  {
    when: 'it was rotated in the very moment of the run',
    secret: { lastRotated: new Date(SUNDAY_3) },
    due: 'not due',
  },
  { when: 'it was rotated since', secret: lastRotated('2026-01-04T03:00:40Z'), due: 'not due' },
  { when: 'a person rotated it since', secret: lastRotated('2026-01-06T11:00:00Z'), due: 'not due' },
  {
    when: 'its rotation has finished, and its date is not there yet',
    versions: { [TOKEN]: ['AWSCURRENT', 'AWSPENDING'], old: ['AWSPREVIOUS'] },
    due: 'not due',
  },
  {
    when: 'its rotation has finished, and somebody has rolled back',
    versions: { old: ['AWSCURRENT'], [TOKEN]: ['AWSPREVIOUS'] },
    due: 'not due',
  },
  { when: 'it has no schedule', schedule: false, due: 'not due' },
  { when: 'its schedule has had no run yet', run: undefined, due: 'not due' },
  { when: 'the sweep has not seen its schedule before', from: undefined, due: 'not due' },
  { when: 'the sweep has seen another schedule', digest: 'ffffffff', due: 'not due' },
  {
    when: 'the sweep saw its schedule a millisecond before the run',
    from: '2026-01-04T02:59:59.999Z',
    due: 'due',
  },
  {
    when: 'the sweep saw its schedule in the very moment of the run',
    from: '2026-01-04T03:00:00.000Z',
    due: 'not due',
  },
  {
    when: 'the sweep first saw its schedule on a Thursday after it',
    from: '2026-01-08T11:00:00.000Z',
    due: 'not due',
  },

  { when: 'it is on hold', hold: onHold, due: 'not due: ON_HOLD' },
  {
    when: 'the credential before this one drains',
    versions: { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] },
    due: 'not due: DRAIN_IN_PROGRESS',
  },
  {
    when: 'DRAINING is on AWSCURRENT',
    versions: { now: ['AWSCURRENT', 'DRAINING'] },
    due: 'not due: DRAIN_IN_PROGRESS',
  },
  {
    when: 'its rotation was cancelled',
    secret: { rotationEnabled: false },
    due: 'not due: ROTATION_DISABLED',
  },
  { when: 'RDS manages it', secret: { owningService: 'rds' }, due: 'not due: MANAGED_SECRET' },
  {
    when: 'a rotation waits',
    versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
    due: 'not due: ROTATION_UNDER_WAY',
  },
  {
    when: 'AWSPENDING was left on AWSCURRENT, which is a rotation that has finished',
    versions: { now: ['AWSCURRENT', 'AWSPENDING'] },
    due: 'due',
  },
  { when: 'this run was tried and given up', tried: true, due: 'not due: GIVEN_UP' },
  { when: 'nobody has tried this run', tried: false, due: 'due' },
  {
    when: 'it is on hold, drains, is cancelled and waits: what clears by itself is said first',
    hold: onHold,
    versions: { now: ['AWSCURRENT'], old: ['DRAINING'], next: ['AWSPENDING'] },
    secret: { rotationEnabled: false },
    due: 'not due: ON_HOLD',
  },
  {
    when: 'it drains and a rotation waits behind that',
    versions: { now: ['AWSCURRENT'], old: ['DRAINING'], next: ['AWSPENDING'] },
    due: 'not due: DRAIN_IN_PROGRESS',
  },
  {
    when: 'it is on hold, and no run was missed',
    hold: onHold,
    secret: lastRotated('2026-01-04T03:00:40Z'),
    due: 'not due',
  },
]

function sightOf(row: Row) {
  const { versions = { now: ['AWSCURRENT'] }, digest = 'aaaaaaaa' } = row
  const from = 'from' in row ? row.from : '2025-12-01T00:00:00.000Z'
  const state: SweepState = from === undefined ? {} : { plan: { digest, from: at(from) } }
  return {
    secret: secretWith(versions, row.secret),
    state,
    hold: row.hold,
    run:
      row.schedule === false
        ? undefined
        : { plan: 'aaaaaaaa', at: 'run' in row ? row.run : SUNDAY_3, tried: row.tried },
  }
}

describe('a rotation', () => {
  it.each(rows)('is $due when $when', (row) => {
    const due = dueOf(sightOf(row))
    const because = due.due ? undefined : due.because
    expect(`${due.due ? 'due' : 'not due'}${because === undefined ? '' : `: ${because}`}`).toBe(row.due)
    if (due.due) expect(due.token).toBe(TOKEN)
  })

  it('that is not due for an obstacle was missed; one that is not due without one was not', () => {
    for (const row of rows) {
      const sight = sightOf(row)
      expect(missedRun(sight) !== undefined).toBe(row.due !== 'not due')
    }
  })

  it('has an obstacle or none whether a run was missed or not', () => {
    expect(obstacleTo(sightOf({ when: '', due: '', schedule: false, hold: onHold }))).toBe('ON_HOLD')
    expect(obstacleTo(sightOf({ when: '', due: '', schedule: false }))).toBeUndefined()
  })
})

describe('the token of a run', () => {
  const moment = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map(Number)

  it('is what RotateSecret takes, in the form of a UUID', () => {
    fc.assert(
      fc.property(fc.string(), moment, (secretId, run) => {
        expect(tokenOf(secretId, run)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
        )
      }),
    )
  })

  it('is the same for whoever asks for the same run of the same secret, and no other', () => {
    expect(tokenOf(SECRET_ARN, SUNDAY_3)).toBe(TOKEN)
    expect(tokenOf(SECRET_ARN, SUNDAY_3 + 1)).not.toBe(TOKEN)
    expect(tokenOf(`${SECRET_ARN}2`, SUNDAY_3)).not.toBe(TOKEN)
  })
})
