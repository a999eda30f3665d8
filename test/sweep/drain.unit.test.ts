import { describe, expect, it } from 'vitest'
import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import type { Rung } from '../../lambdas/evidence/record.ts'
import type { Proven } from '../../lambdas/evidence/watcher.ts'
import type { Hold } from '../../lambdas/rotation/hold.ts'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { phaseOf } from '../../lambdas/sweep/drain.ts'
import { nextAction } from '../../lambdas/sweep/next-action.ts'
import type { Asked, Sight, Standing } from '../../lambdas/sweep/sight.ts'
import type { Drain } from '../../lambdas/sweep/state.ts'
import { secretWith } from '../rotation/secret.ts'
import { sentence } from './sentence.ts'
import { provenByClock } from './watched.ts'

const NOW = Date.parse('2026-01-04T03:00:00.000Z')
const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS
const iso = (ms: number) => new Date(ms).toISOString()
const onHold: Hold = { until: NOW + DAY_MS, reason: 'close', by: 'hold' }
const reports: Sighting = {
  endpoint: 'db:5432',
  application: 'reports',
  address: '10.0.0.7',
  since: iso(NOW),
}
const consumers = { 'overlap:consumers': 'ecs:shop/api event:etl' }
const both = (api: Standing['state'], etl: Standing['state']): readonly Standing[] => [
  { name: 'ecs:shop/api', state: api },
  { name: 'event:etl', state: etl },
]
const proven = (rung: Rung): Proven => ({ ...provenByClock, proof: { ...provenByClock.proof, rung } })
const login = {
  principal: 'a',
  at: NOW - 1,
  outcome: 'refused',
  address: '10.0.0.7',
  application: 'reports',
} as const

interface Row {
  readonly when: string
  readonly drain?: Omit<Drain, 'version'>
  readonly tags?: Readonly<Record<string, string>>
  readonly secret?: Partial<SecretDescription>
  readonly hold?: Hold
  readonly asked?: Asked
  readonly action: string
}

/** How long ago, in ms, each moment of a drain was. */
const ago = ({ since = 0, rolled, seen, off }: Partial<Omit<Drain, 'version'>>) => ({
  since: NOW - since,
  ...(rolled === undefined ? {} : { rolled: NOW - rolled }),
  ...(seen === undefined ? {} : { seen: NOW - seen }),
  ...(off === undefined ? {} : { off: NOW - off }),
})
const replica = (status: string) => ({ replicas: [{ region: 'eu-west-1', status }] })
const look = (sightings: readonly Sighting[] | 'unknown'): Asked => ({
  lookDue: true,
  look: { at: NOW, sightings },
})

const beginning: readonly Row[] = [
  { when: 'a replica has it', secret: replica('InSync'), action: 'start-drain old' },
  {
    when: 'a replica does not have the new version yet',
    secret: replica('InProgress'),
    action: 'wait REPLICAS',
  },
  { when: 'nobody can tell what a replica has', secret: replica('Paused'), action: 'wait REPLICAS' },
  {
    when: 'a replica is behind, and the drain is 0',
    secret: replica('Failed'),
    tags: { 'overlap:drain': '0s' },
    action: 'wait REPLICAS',
  },
]

const rollingOut: readonly Row[] = [
  { when: 'nobody has asked how far consumers are', action: 'ask about consumers of old' },
  { when: 'it is time for a look', asked: { lookDue: true }, action: 'ask about look of old' },
  { when: 'one does not say so', asked: { consumers: both('done', 'running') }, action: 'wait ROLLING_OUT' },
  {
    when: 'one could not be asked',
    asked: { consumers: both('unknown', 'done') },
    action: 'wait ROLLING_OUT',
  },
  { when: 'one failed', asked: { consumers: both('failed', 'done') }, action: 'wait ROLLING_OUT' },
  { when: 'all are there', asked: { consumers: both('done', 'done') }, action: 'note-rolled old' },
  {
    when: 'all are there, on hold',
    hold: onHold,
    asked: { consumers: both('done', 'done') },
    action: 'note-rolled old',
  },
  {
    when: 'it is used, as it will be until all are there',
    asked: { ...look([reports]), consumers: both('running', 'done') },
    action: 'wait ROLLING_OUT',
  },
].map((row) => ({ drain: ago({ since: 9 * DAY_MS }), tags: consumers, ...row }))

const quiet: readonly Row[] = [
  {
    when: 'consumers were there less than a drain ago',
    drain: ago({ since: 9 * DAY_MS, rolled: DAY_MS - 1 }),
    tags: consumers,
  },
  { when: 'it was used since', drain: ago({ since: DAY_MS - 1, seen: 1 }) },
  { when: 'nobody could tell who used it', drain: ago({ since: 1 }), asked: look('unknown') },
].map((row) => ({ ...row, action: 'wait DRAINING' }))

const quietBroken: readonly Row[] = [
  {
    when: 'it was used less than a drain ago, and may have been disabled before',
    drain: ago({ since: 9 * DAY_MS, seen: DAY_MS - 1 }),
    action: 'put-back old: DRAINING',
  },
  {
    when: 'it is time for a look',
    drain: ago({ since: 1 }),
    asked: { lookDue: true },
    action: 'ask about look of old',
  },
  {
    when: 'a look saw a use',
    drain: ago({ since: 1 }),
    asked: look([reports]),
    action: `note-seen old at ${iso(NOW)}`,
  },
  {
    when: 'the secret was changed after its drain: an attempt may have been cut off',
    drain: ago({ since: 2 * DAY_MS }),
    secret: { lastChanged: new Date(NOW - 1) },
    action: 'put-back old: DRAINING',
  },
  {
    when: 'nobody knows when the secret was changed',
    drain: ago({ since: 2 * DAY_MS }),
    secret: { lastChanged: undefined },
    action: 'put-back old: DRAINING',
  },
  {
    when: 'a use was seen after that change: the attempt is undone first',
    drain: ago({ since: 2 * DAY_MS }),
    secret: { lastChanged: new Date(NOW - 1) },
    asked: look([reports]),
    action: `put back and note-seen old at ${iso(NOW)}`,
  },
]

const over: readonly Row[] = [
  { when: 'it is time for a look', asked: { lookDue: true }, action: 'ask about look of old' },
  { when: 'a look saw a use', asked: look([reports]), action: `put back and note-seen old at ${iso(NOW)}` },
  {
    when: 'it is only observed: it was quiet for a drain, and is looked at no more',
    tags: { 'overlap:mode': 'observe' },
    asked: { lookDue: true },
    action: 'wait OBSERVING',
  },
  { when: 'it is on hold', hold: onHold, action: 'wait ON_HOLD' },
  ...['InProgress', 'Failed'].map((status) => ({
    when: `a replica is ${status}`,
    secret: replica(status),
    asked: { proven: proven('d') },
    action: 'put-back old: REPLICAS',
  })),
  { when: 'nobody has asked what is proved', action: 'ask about proof of old' },
  { when: 'the clock proves it', asked: { proven: proven('d') }, action: 'retire old' },
  {
    when: 'the log of logins shows a use that no look saw',
    asked: { proven: { ...proven('d'), lastUse: { at: NOW - HOUR_MS, sighting: reports }, uses: [] } },
    action: `put back and note-seen old at ${iso(NOW - HOUR_MS)}`,
  },
  ...(['sampled', 'logged'] as const).map((evidence) => ({
    when: `the clock alone proves it, and ${evidence} is asked for`,
    tags: { 'overlap:evidence': evidence },
    asked: { proven: proven('d') },
    action: 'put-back old: EVIDENCE_LACKING',
  })),
  {
    when: 'looks prove it, and a log is asked for',
    tags: { 'overlap:evidence': 'logged' },
    asked: { proven: proven('b') },
    action: 'put-back old: EVIDENCE_LACKING',
  },
  {
    when: 'what a log tells a few minutes late may prove more, and an attempt may have been cut off',
    asked: { proven: { ...proven('b'), late: true } },
    action: 'put-back old: DRAINING',
  },
  {
    when: 'looks prove it, as is asked for',
    tags: { 'overlap:evidence': 'sampled' },
    asked: { proven: proven('b') },
    action: 'retire old',
  },
  {
    when: 'a log proves it, as is asked for',
    tags: { 'overlap:evidence': 'logged' },
    asked: { proven: proven('a') },
    action: 'retire old',
  },
].map((row) => ({ drain: ago({ since: DAY_MS }), ...row }))

const overWithConsumers: readonly Row[] = [
  {
    when: 'nobody has looked once more',
    asked: { proven: proven('b') },
    action: 'ask about consumers of old',
  },
  {
    when: 'one is on another version again',
    asked: { consumers: both('absent', 'done'), proven: proven('b') },
    action: 'forget-rolled old',
  },
  {
    when: 'one that acknowledges by itself was declared since, and was told nothing',
    asked: { consumers: both('done', 'running'), proven: proven('b') },
    action: 'forget-rolled old',
  },
  ...(['running', 'failed', 'unknown'] as const).map((state) => ({
    when: `one is ${state}`,
    asked: { consumers: both(state, 'done'), proven: proven('b') },
    action: 'put-back old: ROLLING_OUT',
  })),
  {
    when: 'all are there',
    asked: { consumers: both('done', 'done'), proven: proven('b') },
    action: 'retire old',
  },
].map((row) => ({ drain: ago({ since: 2 * DAY_MS, rolled: DAY_MS }), tags: consumers, ...row }))

const logged = { 'overlap:login-log': 'logs:/shop' }
const disabled: readonly Row[] = [
  { when: 'it is time for a look', asked: { lookDue: true }, action: 'ask about look of old' },
  { when: 'its quarantine goes on', asked: look([]), action: 'wait QUARANTINE' },
  { when: 'a look saw a use', asked: look([reports]), action: 'enable old' },
  { when: 'a look saw a use, on hold', asked: look([reports]), hold: onHold, action: 'enable old' },
  {
    when: 'it is time to read the log of logins',
    tags: logged,
    asked: look([]),
    action: 'ask about logins of old',
  },
  { when: 'it is read, between two looks too', tags: logged, action: 'ask about logins of old' },
  { when: 'nobody was refused', tags: logged, asked: { ...look([]), logins: [] }, action: 'wait QUARANTINE' },
  {
    when: 'nobody knows',
    tags: logged,
    asked: { ...look([]), logins: 'unknown' },
    action: 'wait QUARANTINE',
  },
  {
    when: 'somebody was refused',
    tags: logged,
    asked: { ...look([]), logins: [login] },
    action: 'enable old',
  },
  {
    when: 'somebody was refused, and it is only observed by now',
    tags: { ...logged, 'overlap:mode': 'observe' },
    asked: { ...look([]), logins: [login] },
    action: 'enable old',
  },
].map((row) => ({ drain: ago({ since: 9 * DAY_MS, off: 48 * HOUR_MS - 1 }), ...(row as Row) }))

const removable: readonly Row[] = [
  { when: 'nobody has asked by what it was disabled', action: 'ask about disabling of old' },
  { when: 'the clock did', asked: { disabledBy: proven('d').proof }, action: 'remove old (d)' },
  { when: 'the journal does not say', asked: { disabledBy: 'unknown' }, action: 'remove old (no proof)' },
  { when: 'it is on hold', hold: onHold, action: 'wait ON_HOLD' },
  { when: 'it is only observed by now', tags: { 'overlap:mode': 'observe' }, action: 'wait OBSERVING' },
  { when: 'the log was not read to the end', tags: logged, action: 'ask about logins of old' },
  {
    when: 'the log shows that nobody was refused, which is more than the clock',
    tags: logged,
    asked: { logins: [], disabledBy: proven('d').proof },
    action: 'remove old (c)',
  },
  {
    when: 'the log shows that, and looks had shown more',
    tags: logged,
    asked: { logins: [], disabledBy: proven('b').proof },
    action: 'remove old (b)',
  },
  {
    when: 'the log has a gap',
    tags: logged,
    asked: { logins: 'unknown', disabledBy: proven('d').proof },
    action: 'remove old (d)',
  },
  {
    when: 'somebody was refused at the last moment',
    tags: logged,
    asked: { logins: [login] },
    action: 'enable old',
  },
].map((row): Row => ({ drain: ago({ since: 9 * DAY_MS, off: 48 * HOUR_MS }), ...(row as Row) }))

function sightOf({ drain, tags = {}, secret, hold, asked = {} }: Row): Sight {
  const all = new Map(Object.entries({ 'overlap:mode': 'enforce', ...tags }))
  return {
    secret: secretWith({ old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }, { tags: all, ...secret }),
    policy: parsePolicy(all, 0),
    state: drain === undefined ? {} : { drain: { version: 'old', ...drain } },
    now: NOW,
    abandonSeconds: 86_400,
    hold,
    run: undefined,
    pendingDispensable: false,
    pendingOvertaken: undefined,
    ...asked,
  }
}

describe('a replaced version', () => {
  it.each(beginning)('that is seen for the first time, when $when: $action', (row) => {
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each(rollingOut)('whose consumers come to the next one, when $when: $action', (row) => {
    expect(phaseOf(sightOf(row), 'old')).toBe('rolling out')
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each([...quiet, ...quietBroken])('that must go unused, when $when: $action', (row) => {
    expect(phaseOf(sightOf(row), 'old')).toBe('quiet')
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each(over)('that went unused for its drain, when $when: $action', (row) => {
    expect(phaseOf(sightOf(row), 'old')).toBe('over')
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each(overWithConsumers)('that did, with consumers that are declared, when $when: $action', (row) => {
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each(disabled)('that is disabled, when $when: $action', (row) => {
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
  it.each(removable)('that was disabled for its quarantine, when $when: $action', (row) => {
    expect(sentence(nextAction(sightOf(row)))).toBe(row.action)
  })
})

describe('a proof of a swap', () => {
  it('claims nothing', () => {
    const action = nextAction(sightOf({ when: '', action: '', tags: { 'overlap:drain': '0s' } }))
    expect(action).toMatchObject({ do: 'retire', swap: true, proof: { rung: 'd', samples: 0 } })
  })
})
