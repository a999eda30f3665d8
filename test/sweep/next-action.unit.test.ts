import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import {
  afterFailedRetirement,
  nextAction,
  PATIENCE_MS,
  perhapsDisabled,
} from '../../lambdas/sweep/next-action.ts'
import type { Sight } from '../../lambdas/sweep/sight.ts'
import type { SweepState } from '../../lambdas/sweep/state.ts'
import { secretWith } from '../rotation/secret.ts'
import { sentence } from './sentence.ts'
import { provenByClock } from './watched.ts'

const NOW = Date.parse('2026-01-04T03:00:00.000Z')
const DAY_MS = 86_400_000

interface Row {
  readonly when: string
  readonly versions: Readonly<Record<string, readonly string[]>>
  readonly state?: SweepState
  readonly drainSeconds?: number
  readonly rotationEnabled?: boolean
  readonly pendingDispensable?: boolean
  readonly pendingOvertaken?: boolean
  readonly action: string
}

const replaced = { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }
const waiting = { now: ['AWSCURRENT'], next: ['AWSPENDING'] }
const since = (ms: number) => ({ version: 'old', since: NOW - ms })
const noted = (ms: number) => ({ version: 'next', since: NOW - ms })

const rows: readonly Row[] = [
  {
    when: 'a version was retired, and is still remembered in case somebody rolls back to it',
    versions: { old: ['AWSPREVIOUS'], now: ['AWSCURRENT'] },
    state: { drain: since(9 * DAY_MS) },
    action: 'nothing',
  },
  {
    when: 'somebody rolled back to a version that was retired',
    versions: { old: ['AWSCURRENT'], bad: ['AWSPREVIOUS'] },
    state: { drain: since(9 * DAY_MS) },
    action: 'stop-drain old',
  },
  { when: 'nothing is labelled but AWSCURRENT', versions: { now: ['AWSCURRENT'] }, action: 'nothing' },
  { when: 'there is no version at all', versions: {}, action: 'nothing' },
  {
    when: 'AWSPENDING was left on AWSCURRENT',
    versions: { now: ['AWSCURRENT', 'AWSPENDING'] },
    action: 'nothing',
  },

  { when: 'a version is seen replaced for the first time', versions: replaced, action: 'start-drain old' },
  {
    when: 'the clock on the tag is another version’s',
    versions: replaced,
    state: { drain: { version: 'older', since: 0 } },
    action: 'start-drain old',
  },
  {
    when: 'its drain has not passed',
    versions: replaced,
    state: { drain: since(DAY_MS - 1) },
    action: 'wait DRAINING',
  },
  { when: 'its drain has passed', versions: replaced, state: { drain: since(DAY_MS) }, action: 'retire old' },
  {
    when: 'its drain has passed and a rotation waits for it',
    versions: { ...replaced, next: ['AWSPENDING'] },
    state: { drain: since(DAY_MS), pending: noted(DAY_MS) },
    action: 'retire old',
  },
  {
    when: 'its drain has begun and the rotation behind it was not noted',
    versions: { ...replaced, next: ['AWSPENDING'] },
    state: { drain: since(1) },
    action: 'note-pending next',
  },
  {
    when: 'it and the rotation behind it are both new',
    versions: { ...replaced, next: ['AWSPENDING'] },
    action: 'start-drain old',
  },
  {
    when: 'the clock was set back',
    versions: replaced,
    state: { drain: since(-DAY_MS) },
    action: 'wait DRAINING',
  },
  {
    when: 'the drain is 0, which is a swap',
    versions: replaced,
    drainSeconds: 0,
    action: 'retire old even if used',
  },
  {
    when: 'the drain has passed and the rotation is cancelled: the old credential goes all the same',
    versions: replaced,
    state: { drain: since(DAY_MS) },
    rotationEnabled: false,
    action: 'retire old',
  },

  {
    when: 'DRAINING is on AWSCURRENT after a rollback',
    versions: { old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] },
    action: 'move-draining from old to bad',
  },
  {
    when: 'DRAINING is on AWSCURRENT and there is no AWSPREVIOUS',
    versions: { old: ['AWSCURRENT', 'DRAINING'] },
    action: 'move-draining from old to nowhere',
  },
  {
    when: 'the version whose drain was counted is AWSCURRENT again',
    versions: { old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] },
    state: { drain: since(DAY_MS) },
    action: 'stop-drain old',
  },
  {
    when: 'it is AWSCURRENT again, with a rotation about to replace it: its next drain begins anew',
    versions: { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'] },
    state: { drain: since(DAY_MS), pending: noted(DAY_MS) },
    action: 'stop-drain old',
  },
  {
    when: 'DRAINING is on AWSCURRENT because a rotation is about to finish',
    versions: { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'], older: ['AWSPREVIOUS'] },
    state: { pending: noted(1) },
    action: 'wait ROTATION_UNDER_WAY',
  },
  {
    when: 'that rotation did not finish',
    versions: { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'], older: ['AWSPREVIOUS'] },
    state: { pending: noted(PATIENCE_MS) },
    action: 'resume next',
  },

  {
    when: 'AWSPENDING is on a version that was published and rolled back before the service cleaned up',
    versions: { old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS', 'AWSPENDING'] },
    action: 'clear-pending bad',
  },
  {
    when: 'AWSPENDING was put on the version that drains',
    versions: { old: ['AWSPENDING', 'DRAINING'], now: ['AWSCURRENT'] },
    state: { drain: since(DAY_MS) },
    action: 'clear-pending old',
  },

  { when: 'a rotation is seen for the first time', versions: waiting, action: 'note-pending next' },
  {
    when: 'it is under way',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS - 1) },
    pendingOvertaken: false,
    action: 'wait ROTATION_UNDER_WAY',
  },
  {
    when: 'it should have finished',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOvertaken: false,
    action: 'resume next',
  },
  {
    when: 'it should have finished, and a person cancelled it',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    rotationEnabled: false,
    action: 'nothing',
  },
  {
    when: 'it was overtaken by a value stored by hand, and nothing is lost with it',
    versions: waiting,
    state: { pending: noted(1) },
    pendingOvertaken: true,
    pendingDispensable: true,
    action: 'clear-pending next',
  },
  {
    when: 'it was overtaken, and may be the only password that works',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOvertaken: true,
    action: 'resume next',
  },
  {
    when: 'it was overtaken, and an older version drains',
    versions: { ...replaced, next: ['AWSPENDING'] },
    state: { drain: since(1), pending: noted(1) },
    pendingOvertaken: true,
    pendingDispensable: true,
    action: 'clear-pending next',
  },
  {
    when: 'it has not finished for a day, and nothing is lost with it',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    pendingDispensable: true,
    action: 'clear-pending next',
  },
  {
    when: 'it has not finished for less than a day',
    versions: waiting,
    state: { pending: noted(DAY_MS - 1) },
    pendingDispensable: true,
    action: 'resume next',
  },
  {
    when: 'it has not finished for a day, and a person cancelled it',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    pendingDispensable: true,
    rotationEnabled: false,
    action: 'clear-pending next',
  },
  {
    when: 'it has not finished for a day, and nobody knows whether it can be given up: unknown is not "yes"',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    action: 'resume next',
  },
]

const lost: readonly (Row & { readonly pendingOrphan: Sight['pendingOrphan'] })[] = [
  {
    when: 'it has not finished, and a lost key is being removed',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOrphan: true,
    action: 'wait ORPHAN_KEY',
  },
  {
    when: 'it has not finished, and no key is lost any more',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOrphan: false,
    action: 'resume next',
  },
  {
    when: 'it has not finished, and nobody knows whether a key is lost: its first step finds out',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOrphan: 'unknown',
    action: 'resume next',
  },
  {
    when: 'it has not finished for a day, and a lost key is being removed',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    pendingDispensable: true,
    pendingOrphan: true,
    action: 'wait ORPHAN_KEY',
  },
  {
    when: 'it has not finished for a day, and nobody knows whether a key is lost: unknown is not "no"',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    pendingDispensable: true,
    pendingOrphan: 'unknown',
    action: 'resume next',
  },
  {
    when: 'it has not finished for a day, and no key is lost',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    pendingDispensable: true,
    pendingOrphan: false,
    action: 'clear-pending next',
  },
  {
    when: 'it was overtaken, and a lost key is being removed',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOvertaken: true,
    pendingDispensable: true,
    pendingOrphan: true,
    action: 'wait ORPHAN_KEY',
  },
  {
    when: 'it was overtaken, and nobody knows whether a key is lost',
    versions: waiting,
    state: { pending: noted(PATIENCE_MS) },
    pendingOvertaken: true,
    pendingDispensable: true,
    pendingOrphan: 'unknown',
    action: 'resume next',
  },
  {
    when: 'it was cancelled, and a lost key is being removed',
    versions: waiting,
    state: { pending: noted(DAY_MS) },
    pendingDispensable: true,
    pendingOrphan: true,
    rotationEnabled: false,
    action: 'wait ORPHAN_KEY',
  },
]

function sightOf(row: Row): Sight {
  const { versions, state = {}, drainSeconds = 86_400, rotationEnabled = true } = row
  return {
    secret: secretWith(versions, { rotationEnabled }),
    policy: { ...parsePolicy(new Map([['overlap:mode', 'enforce']]), 0), drainSeconds },
    state,
    now: NOW,
    abandonSeconds: 86_400,
    hold: undefined,
    run: undefined,
    pendingDispensable: row.pendingDispensable ?? false,
    pendingOvertaken: row.pendingOvertaken,
    proven: provenByClock,
  }
}

describe('the next action for a rotation whose target mints keys', () => {
  it.each(lost)('when $when, is: $action', ({ pendingOrphan, ...row }) => {
    const asked = pendingOrphan === undefined ? {} : { pendingOrphan }
    expect(sentence(nextAction({ ...sightOf(row), ...asked }))).toBe(row.action)
  })

  it('on hold, is what it is for any other', () => {
    const [row] = lost
    if (row === undefined) throw new Error('there is no row')
    const hold = { until: NOW + DAY_MS, reason: 'close', by: 'hold' } as const
    expect(sentence(nextAction({ ...sightOf(row), pendingOrphan: true, hold }))).toBe('forget-pending next')
  })
})

describe('the next action of the sweep', () => {
  it.each(rows)('when $when, is: $action', (row) => {
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
})

const behindIt = { ...replaced, next: ['AWSPENDING'] }

describe('what is left to do after a failed retirement', () => {
  it.each<Row>([
    { when: 'no rotation waits', versions: replaced, action: 'nothing' },
    {
      when: 'AWSPENDING was left on AWSCURRENT',
      versions: { ...replaced, now: ['AWSCURRENT', 'AWSPENDING'] },
      action: 'nothing',
    },
    {
      when: 'a rotation is under way',
      versions: behindIt,
      state: { pending: noted(PATIENCE_MS - 1) },
      action: 'wait ROTATION_UNDER_WAY',
    },
    {
      when: 'a rotation waits: it may be what heals the slot',
      versions: behindIt,
      state: { pending: noted(PATIENCE_MS) },
      action: 'resume next',
    },
    {
      when: 'it has waited for a day',
      versions: behindIt,
      state: { pending: noted(DAY_MS) },
      pendingDispensable: true,
      action: 'clear-pending next',
    },
  ])('when $when, is: $action', (row) => {
    expect(sentence(afterFailedRetirement(sightOf(row)))).toBe(row.action)
  })
})

describe('AWSCURRENT may be disabled', () => {
  it.each<Omit<Row, 'action'> & { readonly disabled: string | undefined }>([
    { when: 'DRAINING is on it', versions: { old: ['AWSCURRENT', 'DRAINING'] }, disabled: 'old' },
    {
      when: 'its drain was counted, though its label was lifted',
      versions: { old: ['AWSCURRENT'] },
      state: { drain: since(1) },
      disabled: 'old',
    },
    {
      when: 'another version drains',
      versions: replaced,
      state: { drain: since(1) },
      disabled: undefined,
    },
    { when: 'nothing drains', versions: { now: ['AWSCURRENT'] }, disabled: undefined },
    { when: 'there is no version at all', versions: {}, disabled: undefined },
  ])('when $when: $disabled', ({ disabled, ...row }) => {
    expect(perhapsDisabled(sightOf({ ...row, action: '' }))).toBe(disabled)
  })
})
