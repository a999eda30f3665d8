import { describe, expect, it } from 'vitest'
import type { Hold } from '../../lambdas/rotation/hold.ts'
import { type Mode, parsePolicy } from '../../lambdas/rotation/policy.ts'
import { tokenOf } from '../../lambdas/sweep/due.ts'
import { isUnderWay, nextAction, PATIENCE_MS } from '../../lambdas/sweep/next-action.ts'
import type { SweepState } from '../../lambdas/sweep/state.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { sentence } from './sentence.ts'
import { provenByClock } from './watched.ts'

const NOW = Date.parse('2026-01-04T03:05:00.000Z')
const RUN = NOW - 5 * 60_000
const DAY_MS = 86_400_000
const onHold: Hold = { until: NOW + DAY_MS, reason: 'close', by: 'hold' }

interface Row {
  readonly when: string
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly state?: SweepState
  readonly drainSeconds?: number
  readonly rotationEnabled?: boolean
  readonly mode?: Mode
  readonly hold?: Hold
  /** Milliseconds since the secret was last changed; default long ago. */
  readonly changed?: number
  /** Digest of the schedule in force; undefined: none. */
  readonly plan?: string | undefined
  readonly tried?: boolean
  readonly pendingDispensable?: boolean
  readonly pendingOvertaken?: boolean
  readonly action: string
}

const replaced = { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }
const waiting = { now: ['AWSCURRENT'], next: ['AWSPENDING'] }
const drain = { version: 'old', since: NOW - 2 * DAY_MS }
const noted = (ms: number) => ({ version: 'next', since: NOW - ms })
const plan = { digest: 'aaaaaaaa', from: 0 }
const request = `request ${tokenOf(SECRET_ARN, RUN)}`

const rows: readonly Row[] = [
  { when: 'a rotation is due', state: { plan }, action: request },
  { when: 'the schedule was not seen before', action: 'record-plan aaaaaaaa' },
  {
    when: 'another schedule was seen',
    state: { plan: { ...plan, digest: 'ffffffff' } },
    action: 'record-plan aaaaaaaa',
  },
  { when: 'the schedule is none any more', state: { plan }, plan: undefined, action: 'record-plan none' },
  { when: 'there never was a schedule', plan: undefined, action: 'nothing' },
  { when: 'the schedule was seen after its run', state: { plan: { ...plan, from: NOW } }, action: 'nothing' },
  {
    when: 'a new schedule is seen while a drain is counted',
    versions: replaced,
    state: { drain: { ...drain, since: NOW } },
    action: 'wait DRAINING',
  },
  {
    when: 'a new schedule is seen while a rotation waits',
    versions: waiting,
    state: { pending: noted(1) },
    action: 'wait ROTATION_UNDER_WAY',
  },
  { when: 'a new schedule is seen on hold', hold: onHold, action: 'record-plan aaaaaaaa' },
  {
    when: 'a rotation is due, and was cancelled: it is not turned on again',
    state: { plan },
    rotationEnabled: false,
    action: 'nothing: ROTATION_DISABLED',
  },
  { when: 'a rotation is due, and was given up', state: { plan }, tried: true, action: 'nothing: GIVEN_UP' },
  {
    when: 'a rotation is due, and a drain is over',
    versions: replaced,
    state: { plan, drain },
    action: 'retire old',
  },
  {
    when: 'a rotation is due, and a rotation waits',
    versions: waiting,
    state: { plan, pending: noted(PATIENCE_MS) },
    action: 'resume next',
  },
  { when: 'a rotation is due, on hold', state: { plan }, hold: onHold, action: 'wait ON_HOLD' },

  {
    when: 'the drain is over, and the mode is to observe',
    versions: replaced,
    state: { drain },
    mode: 'observe',
    action: 'wait OBSERVING',
  },
  {
    when: 'the drain is not over, and the mode is to observe',
    versions: replaced,
    state: { drain: { ...drain, since: NOW - 1 } },
    mode: 'observe',
    action: 'wait DRAINING',
  },
  {
    when: 'the drain begins, and the mode is to observe',
    versions: replaced,
    mode: 'observe',
    action: 'start-drain old',
  },
  {
    when: 'the drain is 0, and the mode is to observe',
    versions: replaced,
    drainSeconds: 0,
    mode: 'observe',
    action: 'wait OBSERVING',
  },
  {
    when: 'a rotation waits behind what is only observed',
    versions: { ...replaced, next: ['AWSPENDING'] },
    state: { drain, pending: noted(3 * DAY_MS) },
    mode: 'observe',
    pendingDispensable: true,
    action: 'wait OBSERVING',
  },
  {
    when: 'a rotation is due, and what it would overwrite is only observed',
    versions: replaced,
    state: { plan, drain },
    mode: 'observe',
    action: 'wait OBSERVING',
  },

  {
    when: 'the mode has become to observe just now: a retirement may have been cut off',
    versions: replaced,
    state: { drain },
    mode: 'observe',
    changed: 1,
    action: 'put-back old: OBSERVING',
  },
  {
    when: 'the mode has become to observe a drain and an hour ago',
    versions: replaced,
    state: { drain },
    mode: 'observe',
    changed: DAY_MS + 3600_000,
    action: 'wait OBSERVING',
  },
  {
    when: 'it was put on hold just now: a retirement may have been cut off',
    versions: replaced,
    state: { drain },
    hold: onHold,
    changed: 1,
    action: 'put-back old: ON_HOLD',
  },
  {
    when: 'a freeze has begun just now: a retirement may have been cut off',
    versions: replaced,
    state: { drain },
    hold: { ...onHold, by: 'freeze', since: NOW - 1 },
    action: 'put-back old: ON_HOLD',
  },
  {
    when: 'a freeze has begun a drain and an hour ago',
    versions: replaced,
    state: { drain },
    hold: { ...onHold, by: 'freeze', since: NOW - DAY_MS - 3600_000 },
    action: 'wait ON_HOLD',
  },
  {
    when: 'the drain is over, on hold',
    versions: replaced,
    state: { drain },
    hold: onHold,
    action: 'wait ON_HOLD',
  },
  {
    when: 'the drain is 0, on hold',
    versions: replaced,
    drainSeconds: 0,
    hold: onHold,
    action: 'wait ON_HOLD',
  },
  { when: 'the drain begins, on hold', versions: replaced, hold: onHold, action: 'start-drain old' },
  {
    when: 'the drain goes on, on hold',
    versions: replaced,
    state: { drain: { ...drain, since: NOW } },
    hold: onHold,
    action: 'wait DRAINING',
  },
  {
    when: 'what drained is AWSCURRENT again, on hold',
    versions: { old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] },
    state: { drain },
    hold: onHold,
    action: 'stop-drain old',
  },
  {
    when: 'DRAINING is on AWSCURRENT, on hold',
    versions: { old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] },
    hold: onHold,
    action: 'move-draining from old to bad',
  },
  {
    when: 'a rotation is seen for the first time, on hold: its clock does not start',
    versions: waiting,
    hold: onHold,
    action: 'wait ON_HOLD',
  },
  {
    when: 'a rotation has waited for long, on hold: its clock stops',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    hold: onHold,
    action: 'forget-pending next',
  },
  {
    when: 'a rotation has waited for a day, on hold: it is not given up for that',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    hold: onHold,
    pendingDispensable: true,
    action: 'forget-pending next',
  },
  {
    when: 'a rotation waits behind a drain, on hold: nothing is written while that is counted',
    versions: { ...replaced, next: ['AWSPENDING'] },
    state: { drain, pending: noted(DAY_MS) },
    hold: onHold,
    action: 'wait ON_HOLD',
  },
  {
    when: 'a rotation was rolled back, on hold',
    versions: { old: ['AWSCURRENT'], bad: ['AWSPREVIOUS', 'AWSPENDING'] },
    hold: onHold,
    action: 'clear-pending bad',
  },
  {
    when: 'a rotation was overtaken, on hold',
    versions: waiting,
    state: { pending: noted(1) },
    pendingOvertaken: true,
    pendingDispensable: true,
    hold: onHold,
    action: 'clear-pending next',
  },
]

describe('the next action of the sweep', () => {
  it.each(rows)('when $when, is: $action', (row) => {
    const { versions = { now: ['AWSCURRENT'] }, mode = 'enforce', rotationEnabled = true } = row
    const digest = 'plan' in row ? row.plan : 'aaaaaaaa'
    const action = nextAction({
      secret: secretWith(versions, {
        rotationEnabled,
        lastChanged: row.changed === undefined ? new Date(0) : new Date(NOW - row.changed),
      }),
      policy: {
        ...parsePolicy(new Map([['overlap:mode', mode]]), 0),
        drainSeconds: row.drainSeconds ?? 86_400,
      },
      state: row.state ?? {},
      now: NOW,
      abandonSeconds: 86_400,
      hold: row.hold,
      run: digest === undefined ? undefined : { plan: digest, at: RUN, tried: row.tried },
      pendingDispensable: row.pendingDispensable ?? false,
      pendingOvertaken: row.pendingOvertaken,
      proven: provenByClock,
    })
    expect(sentence(action)).toBe(row.action)
    if (action.do === 'record-plan' && action.plan) expect(action.plan.from).toBe(NOW)
  })
})

describe('a rotation is under way', () => {
  it.each([
    { action: { do: 'request', token: 'x' }, underWay: true },
    { action: { do: 'note-pending', version: 'x' }, underWay: true },
    { action: { do: 'wait', because: 'ROTATION_UNDER_WAY' }, underWay: true },
    { action: { do: 'wait', because: 'ON_HOLD' }, underWay: false },
    { action: { do: 'resume', version: 'x' }, underWay: false },
    { action: { do: 'nothing' }, underWay: false },
  ] as const)('when the action is $action: $underWay', ({ action, underWay }) => {
    expect(isUnderWay(action)).toBe(underWay)
  })
})
