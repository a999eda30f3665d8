import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { parseUntil } from '../../cli/until.ts'
import { durationProblems } from '../../infra/checks/durations.ts'
import { DEFAULT_DRAIN, DEFAULT_MAXIMUM_AGE, DEFAULT_QUARANTINE } from '../../infra/checks/policy-defaults.ts'
import { expecting } from '../../infra/checks/problems.ts'
import { readConsumer } from '../../infra/consumers.ts'
import { inTag } from '../../infra/durations.ts'
import { readInstant } from '../../infra/instant.ts'
import { type Kind, lags, mints } from '../../infra/kinds.ts'
import { readLoginLog } from '../../infra/login-logs.ts'
import { freezesVariable } from '../../infra/variables.ts'
import { type Consumer, parseConsumer } from '../../lambdas/rollout/consumer.ts'
import { freezesVariable as readFreezes } from '../../lambdas/rotation/environment.ts'
import { parseInstant } from '../../lambdas/rotation/hold.ts'
import { mints as areMinted, leastLagOf } from '../../lambdas/rotation/minting.ts'
import { loginLogsIn, parseDuration, parsePolicy } from '../../lambdas/rotation/policy.ts'

/*
 * Rules that stand twice, since neither infra nor the command line imports anything of the functions: a deployment may not take what its functions refuse or read in
 * another way, nor refuse what they take.
 */

/** undefined: it is refused. */
type Reader = (text: string) => unknown

/** The texts that the two do not read alike. */
const readDifferently = (texts: readonly string[], one: Reader, other: Reader) =>
  texts.filter((text) => JSON.stringify([one(text)]) !== JSON.stringify([other(text)]))

const undefinedIfThrown =
  <T>(read: (text: string) => T) =>
  (text: string) => {
    try {
      return read(text)
    } catch {
      return undefined
    }
  }

const instants = [
  '2026-12-20T00:00:00Z',
  '2026-12-20T00:00Z',
  '2026-12-20T00:00:00.5+05:30',
  '2026-12-20T00:00:00.123-11:00',
  '2026-12-20T24:00:00Z',
  '2028-02-29T00:00:00Z',
]
const noInstants = [
  '',
  'now',
  '1766188800000',
  '2026-12-20',
  '2026-12-20T00:00:00',
  '2026-12-20 00:00:00Z',
  '2026-12-20T00:00:00Z ',
  '2026-12-20T00:00:00.1234Z',
  '2026-12-20T00:00:00+0100',
  '2026-12-20T25:00:00Z',
  '2026-12-20T00:60:00Z',
  '2026-12-20T00:00:00+25:00',
  '2026-13-01T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-12-00T00:00:00Z',
  '2026-12-32T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-02-30T00:00:00+01:00',
  '2026-04-31T00:00:00Z',
]

const consumers = [
  'ecs:shop/api',
  'ecs:Shop_1/api-2',
  `ecs:${'c'.repeat(255)}/${'s'.repeat(255)}`,
  'lambda:orders',
  'lambda:orders:live',
  'lambda:Orders_1:7',
  'kubernetes:shop/web/deployment/api',
  'kubernetes:shop/web/statefulset/db.1',
  'kubernetes:shop_2/web/daemonset/logs@db-credentials',
  'event:billing',
  'event:Billing_1.eu-west',
  'manual:etl',
]
const noConsumers = [
  '',
  'ecs',
  'ecs:',
  'ecs:api',
  'ecs:shop/api/more',
  'ecs:shop/api ',
  ' ecs:shop/api',
  'ecs:shop/a*',
  `ecs:shop/${'s'.repeat(256)}`,
  'ECS:shop/api',
  'lambda:',
  'lambda:orders:',
  'lambda:orders:live:1',
  'lambda:arn:aws:lambda:eu-west-1:111122223333:function:orders',
  `lambda:${'x'.repeat(65)}`,
  'lambda:*',
  'kubernetes:shop/deployment/api',
  'kubernetes:shop/web/job/api',
  'kubernetes:shop/web/Deployment/api',
  'kubernetes:shop/Web/deployment/api',
  'kubernetes:shop/web/deployment/api@',
  'kubernetes:shop/web/deployment/api@a@b',
  'event:',
  'event:a/b',
  `manual:${'x'.repeat(101)}`,
  'manual:a b',
  'docker:api',
]

/** Of a consumer, what a deployment must know. */
function declared(consumer: Consumer) {
  const { kind } = consumer
  if (kind === 'ecs') return { kind, cluster: consumer.cluster, service: consumer.service }
  if (kind === 'lambda') return { kind, functionName: consumer.functionName }
  return kind === 'kubernetes' ? { kind, cluster: consumer.cluster } : { kind }
}

interface Twins {
  readonly what: string
  readonly taken: readonly string[]
  readonly refused: readonly string[]
  readonly deployment: Reader
  readonly functions: Reader
  /** A way in which one of them could come to differ. */
  readonly drifted: Reader
}

const twins: readonly Twins[] = [
  {
    what: 'instants, in a configuration and in the functions',
    taken: instants,
    refused: noInstants,
    deployment: readInstant,
    functions: parseInstant,
    drifted: (text) => (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : undefined),
  },
  {
    what: 'instants, at the command line and in the functions',
    taken: instants,
    // There, a date alone is its beginning.
    refused: noInstants.filter((text) => text !== '2026-12-20'),
    deployment: (text) => parseUntil(text, 0)?.getTime(),
    functions: parseInstant,
    drifted: (text) => readInstant(text.trim()),
  },
  {
    what: 'consumers',
    taken: consumers,
    refused: noConsumers,
    deployment: readConsumer,
    functions: undefinedIfThrown((text) => declared(parseConsumer(text))),
    drifted: (text) => readConsumer(text.trim()),
  },
]

describe.each(twins)('$what', ({ taken, refused, deployment, functions, drifted }) => {
  it('are read alike', () => {
    expect(readDifferently([...taken, ...refused], deployment, functions)).toEqual([])
  })

  it('are taken by both or refused by both, as they should be', () => {
    expect(taken.filter((text) => deployment(text) === undefined)).toEqual([])
    expect(refused.filter((text) => deployment(text) !== undefined)).toEqual([])
  })

  it('would be noticed to be read differently', () => {
    expect(readDifferently([...taken, ...refused], drifted, functions)).not.toEqual([])
  })
})

describe('a freeze', () => {
  it.each(instants)('that begins at %s is the same to the functions', (from) => {
    const freeze = { from, until: '2030-01-01T00:00:00+01:00', reason: 'peak' }
    expect(readFreezes({ OVERLAP_FREEZES: freezesVariable([freeze]) })).toEqual([
      { from: readInstant(from), until: readInstant(freeze.until), reason: 'peak' },
    ])
  })

  it.each(['9999-12-31T23:59:59-01:00', '0000-01-01T00:00:00+01:00'])(
    'cannot be of a year that UTC writes otherwise: %s',
    (until) => {
      expect(readInstant(until)).toBeUndefined()
      const freeze = { from: '2026-12-20T00:00:00Z', until, reason: 'peak' }
      expect(() => readFreezes({ OVERLAP_FREEZES: freezesVariable([freeze]) })).toThrow('OVERLAP_FREEZES')
    },
  )
})

describe('a duration', () => {
  const problems = (drain: Duration) => durationProblems({ drain }, expecting('secret'))

  it.each([
    ['nothing', Duration.seconds(0)],
    ['90 seconds', Duration.seconds(90)],
    ['999999 seconds', Duration.seconds(999_999)],
    ['an hour and a half', Duration.hours(1.5)],
    ['100001 minutes', Duration.minutes(100_001)],
    ['999999 days', Duration.days(999_999)],
  ])('of %s is what the functions read', (_, duration) => {
    expect(problems(duration)).toEqual([])
    expect(parseDuration(inTag(duration))).toBe(duration.toSeconds())
  })

  it.each([
    ['a second and a half', Duration.millis(1500)],
    ['1000001 seconds', Duration.seconds(1_000_001)],
    ['1000000 days', Duration.days(1_000_000)],
    ['no number of hours', Duration.hours(Number.NaN)],
  ])('of %s is refused at synth, since the functions would refuse it', (_, duration) => {
    expect(problems(duration)).toMatchObject([{ code: 'DURATION_INVALID', field: 'drain' }])
    expect(parseDuration(inTag(duration))).toBeUndefined()
  })
})

describe('where logins are logged', () => {
  it.each(['logs:/aws/rds/instance/shop/postgresql', 'rds:shop-1'])('%s is taken by both', (log) => {
    expect(readLoginLog(log)).toBeDefined()
    expect(loginLogsIn(new Map([['overlap:login-log', log]]))).toEqual([log])
  })

  // The functions take more: an ARN that is not granted is refused by AWS.
  it.each(['logs:', 'rds:', 's3:logins', 'logs', 'rds::shop'])('%s is taken by neither', (log) => {
    expect(readLoginLog(log)).toBeUndefined()
    expect(() => loginLogsIn(new Map([['overlap:login-log', log]]))).toThrow('overlap:login-log')
  })
})

describe('what holds where nobody says anything', () => {
  const policyOf = (tags: Record<string, string>) => parsePolicy(new Map(Object.entries(tags)), 0)

  it('is the same at synth and in the functions', () => {
    expect(policyOf({})).toMatchObject({
      drainSeconds: DEFAULT_DRAIN.toSeconds(),
      quarantineSeconds: DEFAULT_QUARANTINE.toSeconds(),
      maxAgeSeconds: DEFAULT_MAXIMUM_AGE.toSeconds(),
    })
  })

  const kinds = Object.keys(lags) as Kind[]

  it.each(kinds)('of how late the use of a credential of kind %s is told, too', (kind) => {
    expect(policyOf({ 'overlap:kind': kind }).lagSeconds).toBe(lags[kind].byDefault.toSeconds())
  })

  it.each(kinds)('and of kind %s the least that may be said', (kind) => {
    const tags = { 'overlap:kind': kind, 'overlap:lag': '0s' }
    expect(policyOf(tags).lagSeconds).toBe(lags[kind].atLeast.toSeconds())
    expect(leastLagOf(new Map(Object.entries(tags)))).toBe(lags[kind].atLeast.toSeconds())
  })

  it.each(kinds)('and whether a target mints a credential of kind %s', (kind) => {
    expect(areMinted(new Map([['overlap:kind', kind]]))).toBe(mints(kind))
  })

  it('is not the same for all kinds, or a table that is not read would do', () => {
    const of = (value: (kind: Kind) => unknown) => new Set(kinds.map(value)).size
    expect(of((kind) => lags[kind].byDefault.toSeconds())).toBeGreaterThan(1)
    expect(of((kind) => lags[kind].atLeast.toSeconds())).toBeGreaterThan(1)
    expect(of(mints)).toBeGreaterThan(1)
  })
})
