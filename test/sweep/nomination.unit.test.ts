import { describe, expect, it } from 'vitest'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { nominationOf } from '../../lambdas/sweep/nomination.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { secretWith } from '../rotation/secret.ts'
import { retirementDefaults } from './watched.ts'

const NOW = Date.parse('2026-01-04T03:00:10.000Z')
const DAY_MS = 86_400_000
const weekly = scheduleOf({ cron: '0 3 ? * SUN *', timezone: 'UTC' })
const planned = encodeState({ plan: { digest: weekly.digest, from: NOW - 30 * DAY_MS } })
const deployment = {
  ...retirementDefaults,
  drainFloorSeconds: 3600,
  abandonSeconds: 86_400,
  schedules: new Map([['weekly', weekly]]),
  freezes: [],
}
const lastRotated = (daysAgo: number) => new Date(NOW - daysAgo * DAY_MS)

interface Row {
  readonly when: string
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly tags?: Readonly<Record<string, string>>
  readonly secret?: Partial<SecretDescription>
  readonly nomination: 'at once' | 'in turn' | undefined
}

describe('a listed secret', () => {
  it.each<Row>([
    { when: 'it is at rest', nomination: undefined },
    {
      when: 'it drains',
      versions: { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] },
      nomination: 'at once',
    },
    {
      when: 'DRAINING is on AWSCURRENT',
      versions: { now: ['AWSCURRENT', 'DRAINING'] },
      nomination: 'at once',
    },
    {
      when: 'a rotation waits',
      versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
      nomination: 'at once',
    },
    {
      when: 'AWSPENDING was left on AWSCURRENT',
      versions: { now: ['AWSCURRENT', 'AWSPENDING'] },
      nomination: undefined,
    },
    { when: 'it has no version', versions: {}, nomination: undefined },
    {
      when: 'a rotation waits and its policy cannot be read',
      versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
      tags: { 'overlap:mode': 'off' },
      nomination: 'at once',
    },
    {
      when: 'the version whose drain was counted is AWSCURRENT again',
      tags: { [STATE_TAG]: encodeState({ drain: { version: 'now', since: 0 } }) },
      nomination: 'at once',
    },
    {
      when: 'it may be due',
      tags: { [STATE_TAG]: planned, 'overlap:schedule': 'weekly' },
      nomination: 'in turn',
    },
    {
      when: 'it was rotated since its run',
      tags: { [STATE_TAG]: planned, 'overlap:schedule': 'weekly' },
      secret: { lastRotated: new Date(NOW) },
      nomination: undefined,
    },
    {
      when: 'it is due and on hold',
      tags: {
        [STATE_TAG]: planned,
        'overlap:schedule': 'weekly',
        'overlap:hold': '2026-02-01T00:00:00Z close',
      },
      nomination: undefined,
    },
    {
      when: 'it is due and cancelled',
      tags: { [STATE_TAG]: planned, 'overlap:schedule': 'weekly' },
      secret: { rotationEnabled: false, lastRotated: lastRotated(7) },
      nomination: undefined,
    },
    {
      when: 'its schedule was not seen before',
      tags: { 'overlap:schedule': 'weekly' },
      nomination: 'at once',
    },
    { when: 'its schedule is none any more', tags: { [STATE_TAG]: planned }, nomination: 'at once' },
    { when: 'it is too old', secret: { lastRotated: lastRotated(91) }, nomination: 'at once' },
    {
      when: 'it is too old and on hold',
      tags: { 'overlap:hold': '2026-02-01T00:00:00Z close' },
      secret: { lastRotated: lastRotated(91) },
      nomination: 'at once',
    },
    { when: 'it is too old by its own measure', tags: { 'overlap:max-age': '6d' }, nomination: 'at once' },
    {
      when: 'it was created long ago and never rotated',
      secret: { lastRotated: undefined, created: new Date(0) },
      nomination: 'at once',
    },
    {
      when: 'its schedule is no schedule here',
      tags: { 'overlap:schedule': 'wekly' },
      nomination: 'at once',
    },
    { when: 'its hold cannot be read', tags: { 'overlap:hold': 'please' }, nomination: 'at once' },
    { when: 'its drain cannot be read', tags: { 'overlap:drain': 'soon' }, nomination: 'at once' },
  ])('is worth a visit when $when: $nomination', ({ versions, tags = {}, secret, nomination }) => {
    const listed = secretWith(versions ?? { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] }, {
      lastRotated: lastRotated(7),
      tags: new Map(Object.entries(tags)),
      ...secret,
    })
    expect(nominationOf(listed, deployment, NOW)).toBe(nomination)
  })
})
