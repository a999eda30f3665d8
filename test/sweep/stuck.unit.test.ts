import { describe, expect, it } from 'vitest'
import type { Proven } from '../../lambdas/evidence/watcher.ts'
import type { Hold } from '../../lambdas/rotation/hold.ts'
import { parsePolicy } from '../../lambdas/rotation/policy.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { PATIENCE_MS } from '../../lambdas/sweep/next-action.ts'
import { GRACE_MS } from '../../lambdas/sweep/overdue.ts'
import type { Asked, Sight } from '../../lambdas/sweep/sight.ts'
import type { Drain, SweepState } from '../../lambdas/sweep/state.ts'
import { type Stuck, stuckOf } from '../../lambdas/sweep/stuck.ts'
import { secretWith } from '../rotation/secret.ts'
import { provenByClock } from './watched.ts'

const NOW = Date.parse('2026-01-11T12:00:00.000Z')
const HOUR_MS = 3600_000
/** After it a drain of a day is late: an hour for consumers, the drain, and six hours more. */
const LATE_MS = 31 * HOUR_MS
const limits = { name: 'overlap', rolloutLimitSeconds: 3600, freezes: [] }
const replaced = { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }
const sighting = { endpoint: 'db:5432', application: "o'reports", address: '10.0.0.7', since: '' }
const lastUse = { at: NOW - HOUR_MS, sighting }
const onHold: Hold = { until: NOW + 1, reason: 'close', by: 'hold' }

interface Row {
  readonly when: string
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly secret?: Partial<SecretDescription>
  readonly tags?: Readonly<Record<string, string>>
  readonly drain?: Partial<Drain>
  readonly pending?: NonNullable<SweepState['pending']>
  readonly hold?: Hold
  readonly asked?: Asked
  readonly used?: true
  readonly edited?: true
  readonly stuck: Stuck['reason'] | undefined
  readonly says?: string
}

const late = { since: NOW - LATE_MS - 1 }
const behind = (status: string) => [{ region: 'eu-west-1', status }]
const lacking: Proven = { ...provenByClock, proof: { ...provenByClock.proof, missing: ['no log', 'a gap'] } }

const rows: readonly Row[] = [
  { when: 'nothing drains', versions: { now: ['AWSCURRENT'] }, stuck: undefined },
  { when: 'a rotation is about to finish', versions: { now: ['AWSCURRENT', 'DRAINING'] }, stuck: undefined },
  { when: 'its time is not over', drain: { since: NOW - LATE_MS }, used: true, stuck: undefined },
  {
    when: 'it is used, and that does not end',
    drain: late,
    used: true,
    stuck: 'STILL_USED',
    says: "by o'reports@10.0.0.7, last seen at db:5432 at 2026-01-11T11:00:00.000Z",
  },
  {
    when: 'a command helps, whatever the consumer calls itself',
    drain: late,
    used: true,
    stuck: 'STILL_USED',
    says: `npm run overlap -- retire app/db --despite='o'\\''reports@10.0.0.7' --reason REASON`,
  },
  {
    when: 'the secret is changed again and again',
    drain: late,
    secret: { lastChanged: new Date(NOW - 1) },
    edited: true,
    stuck: 'DRAIN_IN_PROGRESS',
    says: 'the last change of the secret, which was at 2026-01-11T11:59:59.999Z',
  },
  {
    when: 'it was changed just now: a hold was released, it is to be enforced, or a release has come',
    drain: late,
    secret: { lastChanged: new Date(NOW - 1) },
    used: true,
    stuck: undefined,
  },
  {
    when: 'what was changed just now is the note of its use',
    drain: { ...late, seen: NOW - 1000 },
    secret: { lastChanged: new Date(NOW) },
    used: true,
    stuck: 'STILL_USED',
  },
  {
    when: 'a hold that nobody released has just ended',
    drain: late,
    tags: { 'overlap:hold': '2026-01-11T11:59:59Z close' },
    used: true,
    stuck: undefined,
  },
  { when: 'it is disabled', drain: { ...late, off: NOW - 9 * 24 * HOUR_MS }, used: true, stuck: undefined },
  { when: 'it is on hold', drain: late, hold: onHold, used: true, stuck: undefined },
  {
    when: 'it is only observed',
    drain: late,
    tags: { 'overlap:mode': 'observe' },
    used: true,
    stuck: undefined,
  },
  { when: 'the drain is 0', drain: late, tags: { 'overlap:drain': '0s' }, used: true, stuck: undefined },
  {
    when: 'less is known than is asked for',
    drain: { since: NOW - 24 * HOUR_MS },
    tags: { 'overlap:evidence': 'logged' },
    asked: { proven: lacking },
    stuck: 'EVIDENCE_LACKING',
    says: 'overlap:evidence=logged asks for: no log; a gap',
  },
  ...(['running', 'unknown'] as const).map((state) => ({
    when: `its time is over, and one is ${state} that was declared since`,
    drain: { since: NOW - LATE_MS - 1, rolled: NOW - 25 * HOUR_MS },
    tags: { 'overlap:consumers': 'ecs:shop/api' },
    asked: { consumers: [{ name: 'ecs:shop/api', state }] },
    stuck: 'ROLLOUT_LATE' as const,
    says: 'not every consumer runs version now: ecs:shop/api',
  })),
  {
    when: 'its time is over, and one is deployed for another reason just now',
    drain: { since: NOW - LATE_MS, rolled: NOW - 25 * HOUR_MS },
    tags: { 'overlap:consumers': 'ecs:shop/api' },
    asked: { consumers: [{ name: 'ecs:shop/api', state: 'running' }] },
    stuck: undefined,
  },
  {
    when: 'its time is over, and a replica has failed since',
    drain: { since: NOW - 25 * HOUR_MS },
    secret: { replicas: behind('Failed') },
    stuck: 'REPLICAS_BEHIND',
    says: 'version old stays valid, since replicas of the secret do not have the new version: eu-west-1 (Failed)',
  },
  {
    when: 'its time is over, and a replica is copied just now',
    drain: { since: NOW - LATE_MS },
    secret: { replicas: behind('InProgress') },
    stuck: undefined,
  },
  {
    when: 'its time is over for long, and a replica is still copied',
    drain: late,
    secret: { replicas: behind('InProgress') },
    stuck: 'REPLICAS_BEHIND',
  },
  {
    when: 'as much is known as is asked for',
    drain: { since: NOW - 24 * HOUR_MS },
    asked: { proven: lacking },
    stuck: undefined,
  },
  {
    when: 'a consumer failed, in mode observe',
    drain: { since: NOW - 1 },
    tags: { 'overlap:mode': 'observe', 'overlap:consumers': 'ecs:shop/api' },
    asked: { consumers: [{ name: 'ecs:shop/api', state: 'failed', detail: 'no memory' }] },
    stuck: 'ROLLOUT_FAILED',
    says: 'ecs:shop/api (failed: no memory)',
  },
  ...[
    { when: 'a consumer is late', stuck: 'ROLLOUT_LATE' as const },
    {
      when: 'a consumer is late, and nobody knows how far it is',
      state: 'unknown' as const,
      stuck: 'ROLLOUT_LATE' as const,
    },
    { when: 'a consumer is late, in mode observe', tags: { 'overlap:mode': 'observe' }, stuck: undefined },
    { when: 'a consumer is late, on hold', hold: onHold, stuck: undefined },
    {
      when: 'a consumer is late, counted from before a hold that ended',
      tags: { 'overlap:hold': '2026-01-11T11:59:59Z close' },
      stuck: undefined,
    },
    {
      when: 'a consumer is late, counted from before it was declared',
      secret: { lastChanged: new Date(NOW - 1) },
      stuck: undefined,
    },
  ].map(
    ({ state = 'running' as const, tags = {}, ...row }): Row => ({
      drain: { since: NOW - HOUR_MS - 1 },
      asked: { consumers: [{ name: 'ecs:shop/api', state }] },
      tags: { 'overlap:consumers': 'ecs:shop/api', ...tags },
      ...row,
    }),
  ),
  {
    when: 'a consumer that was there is deployed anew at the end',
    drain: { since: NOW - 26 * HOUR_MS, rolled: NOW - 25 * HOUR_MS },
    tags: { 'overlap:consumers': 'ecs:shop/api' },
    asked: { consumers: [{ name: 'ecs:shop/api', state: 'running' }] },
    stuck: undefined,
  },
  {
    when: 'a replica is behind',
    secret: { replicas: behind('InProgress'), lastRotated: new Date(NOW - GRACE_MS) },
    stuck: undefined,
  },
  {
    when: 'a replica is behind for six hours',
    secret: { replicas: behind('InProgress'), lastRotated: new Date(NOW - GRACE_MS - 1) },
    stuck: 'REPLICAS_BEHIND',
    says: 'eu-west-1 (InProgress)',
  },
  {
    when: 'a replica failed',
    secret: { replicas: behind('Failed'), lastRotated: new Date(NOW - 1) },
    stuck: 'REPLICAS_BEHIND',
    says: 'eu-west-1 (Failed)',
  },
  {
    when: 'a replica falls behind while the version drains, which had what it needs',
    drain: { since: NOW - 1 },
    secret: { replicas: behind('Failed') },
    stuck: undefined,
  },
  {
    when: 'AWSCURRENT leaked, and another version has the slot',
    drain: { since: NOW - 1 },
    tags: { 'overlap:leaked': 'now' },
    stuck: 'LEAKED',
    says: 'npm run overlap -- leaked app/db --reason REASON',
  },
  {
    when: 'AWSCURRENT leaked, and rotation is off',
    versions: { now: ['AWSCURRENT'] },
    secret: { rotationEnabled: false },
    tags: { 'overlap:leaked': 'now' },
    stuck: 'LEAKED',
    says: 'since rotation is turned off',
  },
  {
    when: 'AWSCURRENT leaked, and nobody has seen yet that it is being replaced',
    versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
    tags: { 'overlap:leaked': 'now' },
    stuck: undefined,
  },
  {
    when: 'AWSCURRENT leaked, and is being replaced',
    versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
    tags: { 'overlap:leaked': 'now' },
    pending: { version: 'next', since: NOW - PATIENCE_MS },
    stuck: undefined,
  },
  ...[
    'npm run overlap -- check app/db.',
    'npm run overlap -- leaked app/db --reason REASON',
    'so it still works',
    // It may be stored, and refused by the target.
    'version next, which is to replace it, is not AWSCURRENT yet.',
  ].map(
    (says): Row => ({
      when: 'AWSCURRENT leaked, and its replacement does not come',
      versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
      tags: { 'overlap:leaked': 'now' },
      pending: { version: 'next', since: NOW - PATIENCE_MS - 1 },
      stuck: 'LEAKED',
      says,
    }),
  ),
]

function sightOf({ versions = replaced, secret, tags = {}, drain, pending, hold, asked = {} }: Row): Sight {
  const all = new Map(Object.entries({ 'overlap:mode': 'enforce', ...tags }))
  return {
    secret: secretWith(versions, { tags: all, ...secret }),
    policy: parsePolicy(all, 0),
    state: {
      ...(drain && { drain: { version: 'old', since: 0, ...drain } }),
      ...(pending && { pending }),
    },
    now: NOW,
    abandonSeconds: 86_400,
    hold,
    run: undefined,
    pendingDispensable: false,
    pendingOvertaken: undefined,
    ...asked,
  }
}

describe('a retirement is stuck', () => {
  it.each(rows)('when $when: $stuck', (row) => {
    const found = stuckOf(sightOf(row), limits, {
      lastUse: row.used ? lastUse : undefined,
      isEdited: row.edited ?? false,
    })
    expect(found?.reason).toBe(row.stuck)
    if (row.says !== undefined) expect(found?.sentence).toContain(row.says)
  })

  it('not before the last freeze has been over for as long', () => {
    const row = { when: '', drain: late, stuck: undefined }
    const frozen = { ...limits, freezes: [{ from: 0, until: NOW - 1, reason: 'close' }] }
    expect(stuckOf(sightOf(row), frozen, { lastUse })).toBeUndefined()
  })

  it('when the sweep that noted a use in a log of logins has just written that down', () => {
    const found = (noted: number | undefined) => {
      const drain = { ...late, seen: NOW - HOUR_MS, ...(noted === undefined ? {} : { noted }) }
      const secret = { lastChanged: new Date(NOW) }
      return stuckOf(sightOf({ when: '', drain, secret, stuck: undefined }), limits, { lastUse })?.reason
    }
    // The control: a change that nobody knows may have made it something to end.
    expect([found(NOW), found(undefined)]).toEqual(['STILL_USED', undefined])
  })

  it('since its time was over', () => {
    const row = { when: '', drain: late, stuck: undefined }
    expect(stuckOf(sightOf(row), limits, { lastUse })?.since).toBe(NOW - 1)
  })
})
