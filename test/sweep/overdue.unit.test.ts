import { describe, expect, it } from 'vitest'
import type { Hold } from '../../lambdas/rotation/hold.ts'
import { type Mode, parsePolicy } from '../../lambdas/rotation/policy.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { GRACE_MS, isNews, overdueOf } from '../../lambdas/sweep/overdue.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'

const RUN = Date.parse('2026-01-04T03:00:00.000Z')
const DAY_MS = 86_400_000
const onHold: Hold = { until: RUN + 30 * DAY_MS, reason: 'year-end close', by: 'hold' }
const waiting = { now: ['AWSCURRENT'], next: ['AWSPENDING'] }
const draining = { now: ['AWSCURRENT'], old: ['DRAINING'] }

interface Row {
  readonly when: string
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly secret?: Partial<SecretDescription>
  /** Milliseconds since the run; default a day. */
  readonly passed?: number
  readonly schedule?: false
  readonly from?: number
  readonly tried?: boolean
  readonly hold?: Hold
  readonly mode?: Mode
  readonly underWay?: true
  readonly overdue: 'ROTATION_MISSED' | 'MAX_AGE_EXCEEDED' | undefined
  readonly says?: string
}

const rotated = (beforeRun: number) => ({ lastRotated: new Date(RUN - beforeRun) })
const weekAgo = rotated(7 * DAY_MS)
const longAgo = rotated(90 * DAY_MS)

const rows: readonly Row[] = [
  { when: 'its run is six hours ago', passed: GRACE_MS, overdue: undefined },
  {
    when: 'its run is more than six hours ago',
    passed: GRACE_MS + 1,
    overdue: 'ROTATION_MISSED',
    says: 'that schedule weekly asked for at 2026-01-04T03:00:00.000Z has not happened: it waits for its turn',
  },
  { when: 'it was rotated since the run', secret: { lastRotated: new Date(RUN + 1) }, overdue: undefined },
  { when: 'the run was before the sweep first saw the schedule', from: RUN, overdue: undefined },
  { when: 'it has no schedule', schedule: false, overdue: undefined },
  { when: 'it is asked for now, or has just begun', underWay: true, overdue: undefined },
  { when: 'it is on hold', hold: onHold, overdue: undefined },
  { when: 'the credential before this one drains', versions: draining, overdue: undefined },
  { when: 'that drain is only observed', versions: draining, mode: 'observe', overdue: undefined },
  {
    when: 'a rotation waits behind that drain',
    versions: { ...waiting, old: ['DRAINING'] },
    overdue: undefined,
  },
  {
    when: 'its rotation was cancelled',
    secret: { ...weekAgo, rotationEnabled: false },
    overdue: 'ROTATION_MISSED',
    says: `rotation is turned off. To turn it on run: aws secretsmanager rotate-secret --secret-id ${SECRET_ARN} --no-rotate-immediately`,
  },
  {
    when: 'its rotation does not finish',
    versions: waiting,
    overdue: 'ROTATION_MISSED',
    says: 'version next is AWSPENDING and does not finish',
  },
  {
    when: 'its rotation was tried and given up',
    tried: true,
    overdue: 'ROTATION_MISSED',
    says: `it was tried and given up, and is not tried again before the next run. To try it now run: aws secretsmanager rotate-secret --secret-id ${SECRET_ARN}`,
  },
  {
    when: 'RDS manages it',
    secret: { ...weekAgo, owningService: 'rds' },
    overdue: 'ROTATION_MISSED',
    says: 'rds owns this secret',
  },

  { when: 'it is 90 days old', secret: longAgo, passed: 0, overdue: undefined },
  {
    when: 'it is older than 90 days',
    secret: longAgo,
    passed: 1,
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'the credential is from 2025-10-06T03:00:00.000Z, longer ago than tag overlap:max-age allows: it waits for its turn',
  },
  {
    when: 'it was never rotated, and was created long ago',
    secret: { lastRotated: undefined, created: new Date(RUN - 90 * DAY_MS) },
    passed: 1,
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'never rotated since it was created at 2025-10-06T03:00:00.000Z',
  },
  {
    when: 'it was never rotated, was created long ago, and waits for the first run since it was adopted',
    secret: { lastRotated: undefined, created: new Date(0) },
    from: RUN,
    overdue: undefined,
  },
  {
    when: 'it was never rotated, was created long ago, and no schedule asks for it',
    secret: { lastRotated: undefined, created: new Date(0) },
    schedule: false,
    overdue: 'MAX_AGE_EXCEEDED',
  },
  {
    when: 'it was never rotated, was created long ago, and rotation is turned off: no run will ask for it',
    secret: { lastRotated: undefined, created: new Date(0), rotationEnabled: false },
    from: RUN,
    overdue: 'MAX_AGE_EXCEEDED',
  },
  {
    when: 'it was created long ago, and rotated last week',
    secret: { ...weekAgo, created: new Date(0) },
    passed: 1,
    overdue: undefined,
  },
  {
    when: 'nobody knows when it was created',
    secret: { lastRotated: undefined, created: undefined },
    passed: 1,
    overdue: undefined,
  },
  {
    when: 'it is too old and has no schedule',
    secret: longAgo,
    passed: 1,
    schedule: false,
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'no schedule asks for it (tag overlap:schedule). To rotate it now run:',
  },
  {
    when: 'it is too old and its schedule is slower than that',
    secret: longAgo,
    passed: 1,
    from: RUN,
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'schedule weekly has not asked for it since. To rotate it now run:',
  },
  {
    when: 'it is too old and on hold: the age asks for no reason, and tells it',
    secret: longAgo,
    passed: 1,
    hold: onHold,
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'it is on hold until 2026-02-03T03:00:00.000Z (year-end close)',
  },
  {
    when: 'it is too old and drains',
    secret: longAgo,
    passed: 1,
    versions: draining,
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'still drains',
  },
  {
    when: 'it is too old and only observed',
    secret: longAgo,
    passed: 1,
    versions: draining,
    mode: 'observe',
    overdue: 'MAX_AGE_EXCEEDED',
    says: 'Tag the secret overlap:mode=enforce',
  },
  {
    when: 'it is too old and missed a run as well: one of the two is said',
    secret: longAgo,
    overdue: 'MAX_AGE_EXCEEDED',
  },
]

describe('a secret', () => {
  it.each(rows)('is overdue when $when: $overdue', (row) => {
    const { passed = DAY_MS, from = 0, mode = 'enforce', underWay = false } = row
    const policy = parsePolicy(
      new Map([
        ['overlap:mode', mode],
        ...(row.schedule === false ? [] : ([['overlap:schedule', 'weekly']] as const)),
      ]),
      3600,
    )
    const found = overdueOf(
      {
        secret: secretWith(row.versions ?? { now: ['AWSCURRENT'] }, row.secret ?? weekAgo),
        state: { plan: { digest: 'aaaaaaaa', from } },
        hold: row.hold,
        run: row.schedule === false ? undefined : { plan: 'aaaaaaaa', at: RUN, tried: row.tried },
        policy,
        now: RUN + passed,
      },
      underWay,
    )
    expect(found?.reason).toBe(row.overdue)
    if (row.overdue === 'ROTATION_MISSED') expect(found?.since).toBe(RUN + GRACE_MS)
    if (row.says !== undefined) expect(found?.sentence).toContain(row.says)
  })
})

describe('what is overdue is told', () => {
  const since = Date.parse('2026-01-04T09:00:00.000Z')
  it.each([
    { when: 'in the pass that finds it', at: '2026-01-04T09:00:01Z', news: true },
    { when: 'in the next passes, should the first get lost', at: '2026-01-04T09:19:59Z', news: true },
    { when: 'not in every pass after that', at: '2026-01-04T09:20:00Z', news: false },
    { when: 'at the beginning of the next day', at: '2026-01-05T00:04:59Z', news: true },
    { when: 'not later on that day', at: '2026-01-05T00:20:00Z', news: false },
    { when: 'on every day for as long as it lasts', at: '2026-03-05T00:00:00Z', news: true },
  ])('$when', ({ at, news }) => {
    expect(isNews({ since }, Date.parse(at))).toBe(news)
  })
})
