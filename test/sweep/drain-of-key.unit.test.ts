import { describe, expect, it } from 'vitest'
import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import { phaseOf } from '../../lambdas/sweep/drain.ts'
import { leakAction } from '../../lambdas/sweep/leak.ts'
import { nextAction } from '../../lambdas/sweep/next-action.ts'
import type { Asked, Sight } from '../../lambdas/sweep/sight.ts'
import type { Drain } from '../../lambdas/sweep/state.ts'
import { secretWith } from '../rotation/secret.ts'
import { sentence } from './sentence.ts'
import { provenByClock, retirementDefaults } from './watched.ts'

/* A key whose last use is told as much as a day late: the drain of a day lasts two. */

const NOW = Date.parse('2026-01-11T12:00:00.000Z')
const HOUR_MS = 3600_000
const iso = (ms: number) => new Date(ms).toISOString()
const ago = (hours: number) => NOW - hours * HOUR_MS
/** `hours`: how long ago it was last used, as is told now. */
const lastUsed = (hours: number): Sighting => ({
  endpoint: 'iam.amazonaws.com:443',
  application: 's3',
  address: 'eu-central-1',
  since: iso(ago(hours)),
  lastUsed: iso(ago(hours)),
})
const told = (hours: number): Asked => ({
  lookDue: true,
  look: { at: NOW, sightings: [lastUsed(hours)] },
})
const at = (hours: number) => `note-seen old at ${iso(ago(hours))}`

interface Row {
  readonly when: string
  readonly drain: Omit<Drain, 'version'>
  readonly tags?: Readonly<Record<string, string>>
  /** How many hours ago the secret was changed. Default long ago. */
  readonly changed?: number
  readonly asked?: Asked
  readonly action: string
}

const quiet: readonly Row[] = [
  {
    when: 'a drain has passed, and what was used at its end may not be told yet',
    drain: { since: ago(47) },
    action: 'wait DRAINING',
  },
  {
    when: 'it was last used before it was replaced',
    drain: { since: ago(10) },
    asked: told(11),
    action: 'wait DRAINING',
  },
  {
    when: 'it was used in the moment when it was replaced',
    drain: { since: ago(10) },
    asked: told(10),
    action: 'wait DRAINING',
  },
  { when: 'it was used since', drain: { since: ago(10) }, asked: told(9), action: at(9) },
  {
    when: 'it was used before consumers were there',
    drain: { since: ago(10), rolled: ago(5) },
    tags: { 'overlap:consumers': 'manual:batch' },
    asked: told(6),
    action: 'wait DRAINING',
  },
  {
    when: 'it was used after that',
    drain: { since: ago(10), rolled: ago(5) },
    tags: { 'overlap:consumers': 'manual:batch' },
    asked: told(4),
    action: at(4),
  },
  {
    when: 'the same use is told once more: it was noted three hours after it',
    drain: { since: ago(30), seen: ago(9), noted: ago(6) },
    changed: 6,
    asked: told(9),
    action: 'wait DRAINING',
  },
  {
    when: 'a use is told that was before that note, from which the drain counts',
    drain: { since: ago(30), seen: ago(9), noted: ago(6) },
    changed: 6,
    asked: told(7),
    action: 'wait DRAINING',
  },
  {
    when: 'one is told that was after it',
    drain: { since: ago(30), seen: ago(9), noted: ago(6) },
    changed: 6,
    asked: told(5),
    action: at(5),
  },
  {
    when: 'a use is told of which it may have been disabled before',
    drain: { since: ago(90), seen: ago(9) },
    asked: told(8),
    action: `put back and ${at(8)}`,
  },
  {
    when: 'the lag is shorter, and so is the wait',
    drain: { since: ago(27) },
    tags: { 'overlap:lag': '4h' },
    action: 'wait DRAINING',
  },
]

const over: readonly Row[] = [
  {
    when: 'nothing is known of a use',
    drain: { since: ago(48) },
    asked: { proven: provenByClock },
    action: 'retire old',
  },
  {
    when: 'it was last used before it was replaced',
    drain: { since: ago(48) },
    asked: { ...told(49), proven: provenByClock },
    action: 'retire old',
  },
  {
    when: 'a use at the end of the drain is told at last',
    drain: { since: ago(48) },
    asked: { ...told(25), proven: provenByClock },
    action: `put back and ${at(25)}`,
  },
  {
    when: 'the lag is shorter',
    drain: { since: ago(28) },
    tags: { 'overlap:lag': '4h' },
    asked: { proven: provenByClock },
    action: 'retire old',
  },
]

const disabled: readonly Row[] = [
  {
    when: 'it was last used before it was replaced',
    drain: { since: ago(90), off: ago(10) },
    asked: told(91),
    action: 'wait QUARANTINE',
  },
  {
    when: 'it was last used before the quiet time: that was known when it was disabled',
    drain: { since: ago(90), off: ago(10) },
    asked: told(58),
    action: 'wait QUARANTINE',
  },
  {
    when: 'a use of the quiet time is told only now, whose tag was written after it',
    drain: { since: ago(90), off: ago(10) },
    changed: 10,
    asked: told(11),
    action: 'enable old',
  },
  {
    when: 'a use of the beginning of the quiet time is told, later than anything should be',
    drain: { since: ago(90), off: ago(10) },
    asked: told(57.9),
    action: 'enable old',
  },
  {
    when: 'it was used since',
    drain: { since: ago(90), off: ago(10) },
    asked: told(9),
    action: 'enable old',
  },
]

/** Its target cannot disable. */
const working = { since: ago(90), off: ago(10), works: true } as const
const left: readonly Row[] = [
  { when: 'it was last used before', drain: working, asked: told(58), action: 'wait QUARANTINE' },
  { when: 'a use of the quiet time is told only now', drain: working, asked: told(11), action: at(11) },
  { when: 'it was used since', drain: working, asked: told(9), action: at(9) },
  {
    when: 'a log of logins shows that it was used',
    drain: working,
    tags: { 'overlap:login-log': 'logs:/mail' },
    asked: {
      logins: [{ principal: 'k', at: ago(3), outcome: 'authorized', address: '', application: 'mailer' }],
    },
    action: at(3),
  },
]

const removable = { since: ago(190), off: ago(90) } as const
/** Nothing else tells that it may have been AWSCURRENT once more. */
const changedSince: Row = {
  when: 'the secret was changed since it was found unused',
  drain: { ...removable, works: true },
  changed: 47,
  asked: { disabledBy: 'unknown' },
  action: 'wait QUARANTINE',
}

const lengthened: Row = {
  when: 'it was last used before it was replaced, and the drain was lengthened since',
  drain: { since: ago(90), off: ago(10) },
  tags: { 'overlap:drain': '7d' },
  asked: told(91),
  action: 'wait QUARANTINE',
}

function sightOf({ drain, tags = {}, changed = 999, asked = {} }: Row): Sight {
  const all = new Map(
    Object.entries({ 'overlap:mode': 'enforce', 'overlap:kind': 'iam-access-key', ...tags }),
  )
  return {
    secret: secretWith(
      { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] },
      { tags: all, lastChanged: new Date(ago(changed)) },
    ),
    policy: parsePolicy(all, 0),
    state: { drain: { version: 'old', ...drain } },
    now: NOW,
    abandonSeconds: 86_400,
    hold: undefined,
    run: undefined,
    pendingDispensable: false,
    pendingOvertaken: undefined,
    ...asked,
  }
}

describe('a replaced key', () => {
  it.each(quiet)('that must go unused, when $when: $action', (row) => {
    expect(phaseOf(sightOf(row), 'old')).toBe('quiet')
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each(over)('that went unused as far as is known, when $when: $action', (row) => {
    expect(phaseOf(sightOf(row), 'old')).toBe('over')
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each([...disabled, lengthened])('that is disabled, when $when: $action', (row) => {
    expect(phaseOf(sightOf(row), 'old')).toBe('disabled')
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each([...left, changedSince])('that works until it is deleted, when $when: $action', (row) => {
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each([
    { what: 'that works until it is deleted', works: true, unusedSince: ago(138) },
    { what: 'that is disabled', works: undefined, unusedSince: undefined },
  ] as const)(
    '$what is removed after its quarantine, if unused since $unusedSince',
    ({ works, unusedSince }) => {
      const drain = { ...removable, ...(works ? { works } : {}) }
      const action = nextAction(sightOf({ when: '', action: '', drain, asked: { disabledBy: 'unknown' } }))
      expect({ unusedSince: undefined, ...action }).toMatchObject({
        do: 'remove',
        version: 'old',
        unusedSince,
      })
    },
  )

  it('is disabled only where the secret is unchanged, and the key unused, for drain and lag together', () => {
    const row = { when: '', drain: { since: ago(60) }, asked: { proven: provenByClock }, action: '' }
    expect(nextAction(sightOf(row))).toMatchObject({
      do: 'retire',
      unchangedSince: ago(48),
      quietForMs: 48 * HOUR_MS,
    })
  })

  it('whose drain is 0 is swapped at once, whatever the lag', () => {
    const row = { when: '', drain: { since: ago(0) }, tags: { 'overlap:drain': '0s' }, action: '' }
    expect(nextAction(sightOf(row))).toMatchObject({ do: 'retire', swap: true, quietForMs: 0 })
  })

  it('is named with the moment of its use to whoever is helped', () => {
    const row = { when: '', drain: { since: ago(90), off: ago(10) }, asked: told(9), action: '' }
    expect(nextAction(sightOf(row))).toMatchObject({
      use: `s3@eu-central-1, which used it at ${iso(ago(9))}, as iam.amazonaws.com:443 tells`,
    })
  })

  it('that leaked goes after the drain of what leaked, to which no lag is added', () => {
    const { secret, state, now } = sightOf({
      when: '',
      drain: { since: NOW - retirementDefaults.leakDrainSeconds * 1000 },
      tags: { 'overlap:leaked': 'old', 'overlap:lag': '7d' },
      action: '',
    })
    expect(leakAction({ secret, state, now }, retirementDefaults)).toMatchObject({
      do: 'revoke',
      version: 'old',
    })
  })
})
