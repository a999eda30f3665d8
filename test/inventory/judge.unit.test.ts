import { describe, expect, it } from 'vitest'
import type { AccessKey } from '../../lambdas/inventory/access-key.ts'
import { exactAge } from '../../lambdas/inventory/age.ts'
import { type Age, DEFAULT_THRESHOLDS } from '../../lambdas/inventory/entry.ts'
import { accessKeyEntry, type Standards, secretEntry } from '../../lambdas/inventory/judge.ts'
import { isOursAmong } from '../../lambdas/inventory/ours.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState } from '../../lambdas/sweep/state.ts'
import { retirementDefaults } from '../sweep/watched.ts'
import { arnOf, DAY, daysAgo, listed, NOW, OUR_FUNCTION, ours, REGION, tagged } from './account.ts'

const weekly = scheduleOf({ cron: '0 3 ? * SUN *', timezone: 'UTC' })
const LAST_SUNDAY = Date.parse('2026-11-22T03:00:00Z')
const NEXT_SUNDAY = Date.parse('2026-11-29T03:00:00Z')
const deployment = {
  ...retirementDefaults,
  drainFloorSeconds: 3600,
  abandonSeconds: 86_400,
  schedules: new Map([['weekly', weekly]]),
  freezes: [],
}
const standards: Standards = {
  now: NOW,
  region: REGION,
  thresholds: DEFAULT_THRESHOLDS,
  deployment,
  isOurs: isOursAmong(new Set([OUR_FUNCTION])),
  ownerTags: [],
}
const unknownDeployment: Standards = { ...standards, deployment: undefined, isOurs: isOursAmong(undefined) }

const aged = (days: number, of: Age['of'] = 'AWSCURRENT', precision: Age['precision'] = 'exact'): Age => ({
  since: NOW - days * DAY,
  precision,
  of,
})
const judged = (secret: ListedSecret, age = aged(1), by = standards) => secretEntry(secret, age, by)
const seen = encodeState({ plan: { digest: weekly.digest, from: LAST_SUNDAY - 30 * DAY } })
const draining = new Map([
  ['new', ['AWSCURRENT']],
  ['old', ['AWSPREVIOUS', 'DRAINING']],
])
const waiting = new Map([
  ['new', ['AWSCURRENT']],
  ['next', ['AWSPENDING']],
])

describe('the state of a secret', () => {
  it.each<{
    what: string
    secret: ListedSecret
    age?: Age
    by?: Partial<Standards>
    states: string
  }>([
    { what: 'rotated yesterday', secret: ours('a'), states: 'FRESH' },
    { what: 'past the warning', secret: ours('a'), age: aged(75), states: 'DUE' },
    { what: 'past the critical threshold', secret: ours('a'), age: aged(90), states: 'STALE' },
    {
      what: 'as old as itself, and past the warning',
      secret: ours('a', { lastRotated: undefined }),
      age: aged(80, 'secret'),
      by: { deployment: undefined },
      states: 'NEVER_ROTATED DUE',
    },
    {
      what: 'as old as itself, and stale',
      secret: listed('a', { tags: tagged({ team: 'shop' }) }),
      age: aged(300, 'secret'),
      states: 'NEVER_ROTATED STALE UNMANAGED',
    },
    { what: 'as old as itself, and young', secret: ours('a'), age: aged(3, 'secret'), states: 'FRESH' },
    {
      what: 'with a maximum age of its own, past the warning for that',
      secret: ours('a', {}, { 'overlap:max-age': '30d' }),
      age: aged(26),
      states: 'DUE',
    },
    {
      what: 'of which another Region has the primary, however old and tagged',
      secret: ours('a', { primaryRegion: 'us-east-1' }),
      age: aged(500),
      states: 'REPLICA',
    },
    {
      what: 'that is the primary itself',
      secret: listed('a', { primaryRegion: REGION }),
      states: 'FRESH UNOWNED UNMANAGED',
    },
    {
      what: 'that RDS made',
      secret: listed('rds!cluster', { owningService: 'rds' }),
      age: aged(95),
      states: 'STALE MANAGED_BY_AWS',
    },
    {
      what: 'that RDS made, with our function on it',
      secret: ours('rds!cluster', { owningService: 'rds' }, { 'overlap:owner': '' }),
      states: 'FRESH MANAGED_BY_AWS',
    },
    { what: 'that nothing rotates', secret: listed('a'), states: 'FRESH UNOWNED UNMANAGED' },
    {
      what: 'that another function rotates',
      secret: listed('a', {
        rotationEnabled: true,
        rotationFunction: 'arn:aws:lambda:eu-west-1:111122223333:function:theirs',
      }),
      states: 'FRESH UNOWNED UNMANAGED',
    },
    {
      what: 'that was handed back: our function is still on it',
      secret: listed('a', { rotationFunction: OUR_FUNCTION }),
      states: 'FRESH UNOWNED UNMANAGED',
    },
    {
      what: 'that another deployment of Overlap rotates, by a schedule that is none of this one’s',
      secret: ours(
        'a',
        { rotationFunction: OUR_FUNCTION.replace('overlap-', 'other-') },
        { 'overlap:schedule': 'nightly' },
      ),
      states: 'FRESH',
    },
    {
      what: 'whose function is only called like one of Overlap’s: no tag speaks of it',
      secret: listed('a', {
        rotationEnabled: true,
        rotationFunction: OUR_FUNCTION.replace('overlap-', 'other-'),
      }),
      states: 'FRESH UNOWNED UNMANAGED',
    },
    {
      what: 'whose rotation is turned off',
      secret: ours('a', { rotationEnabled: false, lastRotated: undefined }),
      states: 'FRESH DISABLED',
    },
    {
      what: 'that a person holds',
      secret: ours('a', {}, { 'overlap:hold': '2026-12-24T00:00:00Z close' }),
      states: 'FRESH ON_HOLD',
    },
    {
      what: 'whose hold is over',
      secret: ours('a', {}, { 'overlap:hold': '2026-11-24T00:00:00Z close' }),
      states: 'FRESH',
    },
    {
      what: 'that a person holds, with another tag that cannot be read',
      secret: ours('a', {}, { 'overlap:hold': '2026-12-24T00:00:00Z close', 'overlap:mode': 'x' }),
      states: 'FRESH BLOCKED ON_HOLD',
    },
    {
      what: 'whose hold cannot be read',
      secret: ours('a', {}, { 'overlap:hold': 'long' }),
      states: 'FRESH BLOCKED',
    },
    {
      what: 'while the deployment is frozen',
      secret: ours('a'),
      by: { deployment: { ...deployment, freezes: [{ from: NOW, until: NOW + DAY, reason: 'sales' }] } },
      states: 'FRESH ON_HOLD',
    },
    { what: 'with a rotation under way', secret: ours('a', { versions: waiting }), states: 'FRESH ROTATING' },
    {
      what: 'with AWSPENDING left on AWSCURRENT',
      secret: ours('a', { versions: new Map([['new', ['AWSCURRENT', 'AWSPENDING']]]) }),
      states: 'FRESH',
    },
    {
      what: 'whose credential before still works',
      secret: ours('a', { versions: draining }),
      age: aged(100, 'DRAINING'),
      states: 'STALE DRAINING',
    },
    {
      what: 'with DRAINING on AWSCURRENT',
      secret: ours('a', { versions: new Map([['new', ['AWSCURRENT', 'DRAINING']]]) }),
      states: 'FRESH',
    },
    {
      what: 'that promises more than the deployment, and is older than that',
      secret: ours('a', {}, { 'overlap:max-age': '900d' }),
      age: aged(95),
      states: 'STALE',
    },
    {
      what: 'that nothing of Overlap’s rotates, with a maximum age that anybody may have written',
      secret: listed('a', { tags: tagged({ 'overlap:max-age': '900d', team: 'x' }) }),
      age: aged(95),
      states: 'STALE UNMANAGED',
    },
    {
      what: 'that another deployment rotates, which may be less strict than this one',
      secret: ours('a', { rotationFunction: OUR_FUNCTION.replace('overlap-', 'other-') }),
      age: aged(50),
      by: { thresholds: { warningSeconds: 20 * 86_400, criticalSeconds: 40 * 86_400 } },
      states: 'FRESH',
    },
    {
      what: 'that this deployment rotates, which is stricter than the usual',
      secret: ours('a'),
      age: aged(50),
      by: { thresholds: { warningSeconds: 20 * 86_400, criticalSeconds: 40 * 86_400 } },
      states: 'STALE',
    },
    {
      what: 'that has no value, however old it is itself',
      secret: listed('a', { versions: new Map() }),
      age: aged(500),
      states: 'EMPTY UNOWNED UNMANAGED',
    },
    {
      what: 'of ours that has no value',
      secret: ours('a', { versions: new Map() }),
      states: 'EMPTY BLOCKED',
    },
    {
      what: 'that RDS made and has not filled yet',
      secret: listed('rds!a', { owningService: 'rds', versions: new Map() }),
      states: 'EMPTY MANAGED_BY_AWS',
    },
    {
      what: 'that Secrets Manager rotates itself',
      secret: listed('a', { rotationEnabled: true, tags: tagged({ team: 'x' }) }),
      states: 'FRESH UNMANAGED',
    },
    {
      what: 'of ours without an owner',
      secret: ours('a', { tags: tagged({ 'overlap:schedule': 'weekly' }) }),
      states: 'FRESH UNOWNED',
    },
  ])('$what: $states', ({ secret, age = aged(1), by = {}, states }) => {
    expect(secretEntry(secret, age, { ...standards, ...by }).states.join(' ')).toBe(states)
  })

  it('is never fresh while its age is unknown, and says why', () => {
    const unknown = { reason: 'TIME_UP', because: 'no time' }
    for (const secret of [ours('a'), listed('a'), listed('a', { owningService: 'rds' })]) {
      const { states, age, reason, because } = secretEntry(secret, unknown, standards)
      expect(states[0]).toBe('AGE_UNKNOWN')
      expect(states).not.toContain('FRESH')
      expect({ age, reason, because }).toEqual({ age: undefined, ...unknown })
    }
  })
})

describe('a secret is blocked', () => {
  const missed = { lastRotated: new Date(LAST_SUNDAY - 7 * DAY) }

  it.each<{ what: string; secret: ListedSecret; age?: Age; reason: string; says: string; run: string }>([
    {
      what: 'by a tag that cannot be read',
      secret: ours('a', {}, { 'overlap:drain': 'long' }),
      reason: 'POLICY_INVALID',
      says: 'tag overlap:drain must be',
      run: 'npm run overlap -- check a',
    },
    {
      what: 'by a schedule that the deployment does not have',
      secret: ours('a', {}, { 'overlap:schedule': 'nightly' }),
      reason: 'POLICY_INVALID',
      says: 'it must be one of weekly',
      run: 'npm run overlap -- check a',
    },
    {
      what: 'by a hold that cannot be read, so that nobody takes it for none',
      secret: ours('a', {}, { 'overlap:hold': 'until Christmas' }),
      reason: 'POLICY_INVALID',
      says: 'tag overlap:hold must be',
      run: 'npm run overlap -- check a',
    },
    {
      what: 'when it has no current value, whatever its tags say',
      secret: ours('a', { versions: new Map([['next', ['AWSPENDING']]]) }, { 'overlap:drain': 'long' }),
      reason: 'NO_CURRENT_VERSION',
      says: 'store a value that works first',
      run: 'npm run overlap -- check a',
    },
    {
      what: 'when a run was missed because rotation is turned off',
      secret: ours('a', { ...missed, rotationEnabled: false }, { 'overlap:state': seen }),
      reason: 'ROTATION_MISSED',
      says: 'rotation is turned off',
      run: `aws secretsmanager rotate-secret --secret-id ${arnOf('a')} --rotation-lambda-arn ${OUR_FUNCTION} --no-rotate-immediately`,
    },
    {
      what: 'when it is older than it may be, and nothing asks for a rotation',
      secret: ours(
        'a',
        { lastRotated: daysAgo(40) },
        { 'overlap:max-age': '30d', 'overlap:state': seen.replace(weekly.digest, '00000000') },
      ),
      age: aged(40),
      reason: 'MAX_AGE_EXCEEDED',
      says: 'longer ago than tag overlap:max-age allows',
      run: `aws secretsmanager rotate-secret --secret-id ${arnOf('a')}`,
    },
    {
      what: 'by a rotation that the sweep has known for more than six hours',
      secret: ours(
        'a',
        { versions: waiting },
        { 'overlap:state': encodeState({ pending: { version: 'next', since: NOW - 6 * 3600_000 - 1000 } }) },
      ),
      reason: 'ROTATION_UNDER_WAY',
      says: 'version next is AWSPENDING since 2026-11-25T05:59:59.000Z and does not finish',
      run: 'npm run overlap -- check a',
    },
    {
      what: 'by mode observe, when the drain is over and its schedule asks',
      secret: ours(
        'a',
        { ...missed, versions: draining },
        {
          'overlap:mode': 'observe',
          'overlap:state': encodeState({
            drain: { version: 'old', since: NOW - DAY },
            plan: { digest: weekly.digest, from: LAST_SUNDAY - 30 * DAY },
          }),
        },
      ),
      reason: 'OBSERVING',
      says: 'mode observe keeps it valid',
      run: `aws secretsmanager tag-resource --secret-id ${arnOf('a')} --tags Key=overlap:mode,Value=enforce`,
    },
    {
      what: 'by a hold while mode observe keeps what is too old: ending the hold makes it no younger',
      secret: ours(
        'a',
        { lastRotated: daysAgo(40), versions: draining },
        {
          'overlap:mode': 'observe',
          'overlap:max-age': '30d',
          'overlap:hold': '2026-12-24T00:00:00Z close',
        },
      ),
      age: aged(100, 'DRAINING'),
      reason: 'MAX_AGE_EXCEEDED',
      says: 'it is on hold until 2026-12-24T00:00:00.000Z (close)',
      run: `aws secretsmanager tag-resource --secret-id ${arnOf('a')} --tags Key=overlap:mode,Value=enforce`,
    },
  ])('$what', ({ secret, age = aged(1), reason, says, run }) => {
    const entry = judged(secret, age)
    expect(entry.states).toContain('BLOCKED')
    expect(entry.reason).toBe(reason)
    expect(entry.because).toContain(says)
    expect(entry.path).toMatchObject({ kind: 'postgres', run })
    expect(entry.path.says).toContain(entry.because)
  })

  it('by a hold, and says what mode observe keeps valid meanwhile', () => {
    const secret = ours(
      'a',
      { lastRotated: daysAgo(40), versions: draining },
      { 'overlap:mode': 'observe', 'overlap:max-age': '30d', 'overlap:hold': '2026-12-24T00:00:00Z close' },
    )
    const { run, says } = judged(secret, aged(100, 'DRAINING')).path
    expect(run).toContain('enforce')
    expect(says).toMatch(/\(close\)\. The credential before this one stays valid .*, or is released$/)
    // Rolled back: what drains is the younger one, and the hold is what keeps it.
    expect(judged(secret, aged(40)).path.run).toBe('npm run overlap -- check a')
  })

  it.each<{ what: string; secret: ListedSecret; by?: Standards; age?: Age }>([
    {
      what: 'a rotation that has waited for six hours',
      secret: ours(
        'a',
        { versions: waiting },
        { 'overlap:state': encodeState({ pending: { version: 'next', since: NOW - 6 * 3600_000 } }) },
      ),
    },
    {
      what: 'a rotation that waits for a hold to end',
      secret: ours(
        'a',
        { versions: waiting },
        {
          'overlap:hold': '2026-12-24T00:00:00Z close',
          'overlap:state': encodeState({ pending: { version: 'next', since: NOW - DAY } }),
        },
      ),
    },
    {
      what: 'a rotation that waits for a drain to end',
      secret: ours(
        'a',
        { versions: new Map([...draining, ['next', ['AWSPENDING']]]) },
        { 'overlap:state': encodeState({ pending: { version: 'next', since: NOW - DAY } }) },
      ),
    },
    {
      what: 'another version that the sweep has known for long',
      secret: ours(
        'a',
        { versions: waiting },
        { 'overlap:state': encodeState({ pending: { version: 'new', since: NOW - DAY } }) },
      ),
    },
    {
      what: 'mode observe before its schedule asks again',
      secret: ours(
        'a',
        { versions: draining },
        {
          'overlap:mode': 'observe',
          'overlap:state': encodeState({
            drain: { version: 'old', since: NOW - 5 * DAY },
            plan: { digest: weekly.digest, from: LAST_SUNDAY - 30 * DAY },
          }),
        },
      ),
    },
    {
      what: 'mode observe before the drain is over',
      secret: ours(
        'a',
        { ...missed, versions: draining },
        {
          'overlap:mode': 'observe',
          'overlap:state': encodeState({
            drain: { version: 'old', since: NOW - DAY + 1 },
            plan: { digest: weekly.digest, from: LAST_SUNDAY - 30 * DAY },
          }),
        },
      ),
    },
    {
      what: 'a schedule that nobody here knows',
      secret: ours('a', {}, { 'overlap:schedule': 'nightly' }),
      by: unknownDeployment,
    },
    {
      what: 'an age that only a schedule would explain',
      secret: ours('a', { lastRotated: daysAgo(100) }),
      age: aged(100),
      by: unknownDeployment,
    },
    {
      what: 'that rotation is turned off, when it was rotated lately and the service keeps the date to itself',
      secret: ours('a', { rotationEnabled: false, lastRotated: undefined }),
      age: aged(20),
    },
    {
      what: 'that rotation is turned off, when its first value is young and only the secret is old',
      secret: ours('a', { rotationEnabled: false, lastRotated: undefined, created: daysAgo(200) }),
      age: aged(20, 'secret'),
    },
    {
      what: 'that rotation is turned off, when what is old is the credential before, which still works',
      secret: ours('a', { rotationEnabled: false, lastRotated: undefined, versions: draining }),
      age: aged(200, 'DRAINING'),
    },
    {
      what: 'that rotation is turned off, when nobody knows when AWSCURRENT is from',
      secret: ours('a', { rotationEnabled: false, lastRotated: undefined, created: daysAgo(200) }),
      age: aged(200, 'AWSCURRENT', 'at most'),
    },
  ])('not by $what', ({ secret, age = aged(1), by = standards }) => {
    expect(judged(secret, age, by).states).not.toContain('BLOCKED')
  })
})

describe('when a secret is next to be rotated', () => {
  const moment = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
  it.each<{ what: string; secret: ListedSecret; age?: Age; by?: Standards; due: string | undefined }>([
    { what: 'the next run of its schedule', secret: ours('a'), due: moment(NEXT_SUNDAY) },
    {
      what: 'Secrets Manager’s own rotation, when that comes first',
      secret: ours('a', { nextRotation: new Date(NOW + 2 * DAY) }),
      due: moment(NOW + 2 * DAY),
    },
    {
      what: 'the next run of its schedule, when Secrets Manager’s own comes later',
      secret: ours('a', { nextRotation: new Date(NOW + 20 * DAY) }),
      due: moment(NEXT_SUNDAY),
    },
    {
      what: 'Secrets Manager’s own alone, when it has no schedule',
      secret: ours('a', { tags: tagged({ 'overlap:owner': 'x' }), nextRotation: new Date(NOW + 50 * DAY) }),
      due: moment(NOW + 50 * DAY),
    },
    {
      what: 'not told when nothing asks, however old it is',
      secret: ours('a', { tags: tagged({ 'overlap:owner': 'x' }) }),
      age: aged(100),
      due: undefined,
    },
    {
      what: 'the next run of its schedule, when it is stale already and nothing asks before that',
      secret: ours('a'),
      age: aged(100),
      due: moment(NEXT_SUNDAY),
    },
    {
      what: 'Secrets Manager’s own where schedules are not known',
      secret: ours('a', { nextRotation: new Date(NOW + 50 * DAY) }),
      by: unknownDeployment,
      due: moment(NOW + 50 * DAY),
    },
    {
      what: 'not told while there is no value',
      secret: ours('a', { versions: new Map(), nextRotation: new Date(NOW + 50 * DAY) }),
      due: undefined,
    },
    {
      what: 'since a run that has not happened',
      secret: ours('a', { lastRotated: new Date(LAST_SUNDAY - 7 * DAY) }, { 'overlap:state': seen }),
      due: moment(LAST_SUNDAY),
    },
    {
      what: 'the end of a hold that ends later',
      secret: ours('a', {}, { 'overlap:hold': '2026-12-24T00:00:00Z close' }),
      due: '2026-12-24T00:00:00.000Z',
    },
    {
      what: 'not told while rotation is turned off',
      secret: ours('a', { rotationEnabled: false }),
      due: undefined,
    },
    {
      what: 'not told where schedules are not known',
      secret: ours('a'),
      by: unknownDeployment,
      due: undefined,
    },
    {
      what: 'not told while a tag cannot be read',
      secret: ours('a', {}, { 'overlap:mode': 'x' }),
      due: undefined,
    },
    {
      what: 'as Secrets Manager says, of what something else rotates',
      secret: listed('a', { rotationEnabled: true, nextRotation: new Date(NOW + 5 * DAY) }),
      due: moment(NOW + 5 * DAY),
    },
    {
      what: 'as Secrets Manager says, of what AWS rotates',
      secret: listed('a', { owningService: 'rds', rotationEnabled: true, nextRotation: new Date(NOW + DAY) }),
      due: moment(NOW + DAY),
    },
    { what: 'never, of what nothing rotates', secret: listed('a'), due: undefined },
  ])('is $what', ({ secret, age = aged(1), by = standards, due }) => {
    expect(moment(judged(secret, age, by).nextDue)).toBe(due)
  })
})

describe('an access key', () => {
  const key: AccessKey = {
    id: 'AKIAIOSFODNN7EXAMPLE',
    userName: 'alice',
    userArn: 'arn:aws:iam::111122223333:user/alice',
    active: true,
    created: daysAgo(100),
    isOnly: true,
    tags: tagged({ Owner: 'team-shop' }),
  }
  it('is as old as it is, and is not rotated', () => {
    expect(accessKeyEntry(key, standards)).toMatchObject({
      type: 'access key',
      id: key.id,
      name: 'alice',
      owner: 'team-shop',
      age: { since: daysAgo(100).getTime(), precision: 'exact', of: 'access key' },
      states: ['STALE', 'UNMANAGED'],
      path: {
        kind: 'iam-access-key',
        entry: expect.stringContaining("userArn: 'arn:aws:iam::111122223333:user/alice', owner: 'team-shop'"),
        run: 'aws iam get-access-key-last-used --access-key-id=AKIAIOSFODNN7EXAMPLE',
      },
    })
  })

  it('that its user’s tags say is kept by a secret in rotation is not unmanaged', () => {
    const record = 'v=1 secret=0123456789abcdef version=a state=live since=2026-01-01T00:00:00Z'
    const states = (tag: string, value: string) =>
      accessKeyEntry({ ...key, tags: tagged({ owner: 'a', [tag]: value }) }, standards).states
    expect(states(`overlap:key:${key.id}`, record)).toEqual(['STALE'])
    for (const other of ['', 'v=2 secret=0123456789abcdef', 'v=1 secret=CANARY'])
      expect(states(`overlap:key:${key.id}`, other)).toEqual(['STALE', 'UNMANAGED'])
    expect(states('overlap:key:AKIAIOSFODNN7ANOTHER', record)).toEqual(['STALE', 'UNMANAGED'])
  })

  it('that is inactive opens nothing, so it is not stale, and keeps its age', () => {
    const entry = accessKeyEntry({ ...key, active: false, tags: new Map() }, standards)
    expect(entry.states).toEqual(['DISABLED', 'UNOWNED', 'UNMANAGED'])
    expect(entry.age).toEqual({ since: daysAgo(100).getTime(), precision: 'exact', of: 'access key' })
  })

  it('whose user’s tags could not be read is not called unowned, and says why', () => {
    expect(accessKeyEntry({ ...key, tags: undefined }, standards)).toMatchObject({
      owner: undefined,
      states: ['STALE', 'UNMANAGED'],
      reason: 'OWNER_UNKNOWN',
      because: 'the tags of its user could not be read, so whose it is is not known',
    })
  })

  it('from the future is of unknown age: a clock is wrong', () => {
    expect(accessKeyEntry({ ...key, created: daysAgo(-1) }, standards)).toMatchObject({
      age: undefined,
      states: ['AGE_UNKNOWN', 'UNMANAGED'],
      reason: 'CLOCK_WRONG',
    })
  })

  it('without a date is of unknown age, and not fresh', () => {
    expect(accessKeyEntry({ ...key, created: undefined }, standards)).toMatchObject({
      states: ['AGE_UNKNOWN', 'UNMANAGED'],
      reason: 'AGE_UNKNOWN',
    })
  })
})

describe('a credential that is disabled', () => {
  const off = { drain: { version: 'old', since: NOW - 3 * DAY, off: NOW - DAY } }
  const disabled = ours(
    'a',
    { versions: draining, lastRotated: daysAgo(3) },
    { 'overlap:state': encodeState(off) },
  )

  it('is said to be so, and until when it can be put back', () => {
    const entry = judged(disabled, aged(3))
    expect(entry.states).toEqual(['FRESH', 'DRAINING'])
    expect(entry.path.says).toContain(
      `The credential before this one is disabled, and is removed at ${new Date(NOW + DAY).toISOString()} unless somebody needs it`,
    )
  })

  it('opens nothing, so its age does not count', () => {
    const dates = new Map([
      ['new', daysAgo(3)],
      ['old', daysAgo(100)],
    ])
    expect(exactAge(disabled, dates, NOW)).toMatchObject({ of: 'AWSCURRENT', since: NOW - 3 * DAY })
    const working = ours('a', { versions: draining, lastRotated: daysAgo(3) })
    expect(exactAge(working, dates, NOW)).toMatchObject({ of: 'DRAINING', since: NOW - 100 * DAY })
  })
})
