import { afterEach, describe, expect, it, vi } from 'vitest'
import { type CensusEnvironment, censusTaker } from '../../lambdas/inventory/census.ts'
import { DEFAULT_THRESHOLDS } from '../../lambdas/inventory/entry.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { secretArn } from '../report/alarm.ts'
import { secretWith } from '../rotation/secret.ts'
import { listed } from '../sweep/listed.ts'
import { retirementDefaults } from '../sweep/watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-11-25T12:00:00Z')
const OURS = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-rotate-postgres-main'
const daysAgo = (days: number) => new Date(NOW - days * DAY_MS)

interface Given {
  readonly owners?: readonly string[]
  /** By the secret's name: days since its current version was created, or what the service answers. */
  readonly dates?: Readonly<Record<string, number | OverlapError>>
  /** Milliseconds that the function may run. */
  readonly timeMs?: number
  /** Milliseconds that each call takes. */
  readonly callMs?: number
}

/** A sweep function whose passes list these secrets, its clock, and what it asked and wrote. */
function counting(given: Given = {}) {
  const clock = { now: NOW }
  const recorded = recordedTelemetry(() => clock.now)
  const asked: string[] = []
  const dates = { ...given.dates }
  const environment: CensusEnvironment = {
    name: 'overlap',
    deployment: {
      ...retirementDefaults,
      drainFloorSeconds: 3600,
      abandonSeconds: 86_400,
      schedules: new Map([['weekly', scheduleOf({ cron: '0 3 ? * SUN *', timezone: 'UTC' })]]),
      freezes: [],
    },
    rotationFunctions: new Set([OURS]),
    thresholds: DEFAULT_THRESHOLDS,
    owners: given.owners ?? [],
    region: 'us-east-1',
  }
  const take = censusTaker({
    telemetry: recorded.telemetry,
    environment,
    createdDatesFor: () => async (arn) => {
      asked.push(arn)
      clock.now += given.callMs ?? 0
      const name = Object.keys(dates).find((each) => secretArn(each) === arn) ?? ''
      const answer = dates[name]
      if (answer instanceof OverlapError) throw answer
      return new Map([
        ['current', daysAgo(answer ?? 0)],
        ['previous', new Date(0)],
        ['draining', daysAgo(61)],
      ])
    },
    sleep: async (ms) => {
      clock.now += ms
    },
  })
  const pass = async (secrets: readonly ListedSecret[]) => {
    const endsAt = clock.now + (given.timeMs ?? 300_000)
    const census = take(
      () => new AbortController().signal,
      () => endsAt - clock.now,
    )
    for (const secret of secrets) census.see(secret)
    return census.publish()
  }
  const isDimension = (field: string) => ['service', 'owner'].includes(field)
  /** Name and dimensions to value. */
  const gauges = () =>
    Object.fromEntries(
      recorded.metrics().flatMap((line) => {
        const { _aws: _, ...fields } = line
        const names = Object.keys(fields).filter((field) => !isDimension(field))
        return names.map((name) => [
          `${name}${fields.owner === undefined ? '' : ` of ${fields.owner}`}`,
          fields[name],
        ])
      }),
    )
  const ages = () =>
    recorded.logs().filter(({ step, outcome }) => step === 'age' && ['due', 'stale'].includes(`${outcome}`))
  const linesOf = (outcome: string) => recorded.logs().filter((line) => line.outcome === outcome)
  return { pass, gauges, ages, linesOf, asked, dates, clock, recorded }
}

/** One that was replaced at some time, so that its age takes the date of its version. */
function secret(
  name: string,
  tags: Readonly<Record<string, string>> = { 'overlap:owner': 'team-shop' },
  different: Partial<ListedSecret> = {},
) {
  return listed(
    secretWith(
      { current: ['AWSCURRENT'], previous: ['AWSPREVIOUS'] },
      {
        arn: secretArn(name),
        name,
        rotationFunction: OURS,
        created: daysAgo(500),
        lastChanged: daysAgo(0),
        lastRotated: daysAgo(0),
        tags: new Map(Object.entries(tags)),
      },
    ),
    different,
  )
}

const failed = (awsError: string) =>
  new OverlapError('SECRETS_MANAGER_FAILED', `ListSecretVersionIds failed: ${awsError}`, {
    detail: { awsError },
  })

describe('a census', () => {
  it('counts what is stale, due, never rotated and unowned, and the oldest age', async () => {
    const { pass, gauges } = counting({ dates: { old: 97, soon: 80, young: 3 } })
    const original = { versions: new Map([['current', ['AWSCURRENT']]]), lastRotated: undefined }
    expect(
      await pass([
        secret('old'),
        secret('soon'),
        secret('young', {}),
        secret(
          'original',
          { 'overlap:owner': 'team-shop' },
          { ...original, created: daysAgo(400), lastChanged: daysAgo(400) },
        ),
      ]),
    ).toEqual({ outcome: 'counted' })
    expect(gauges()).toEqual({
      Stale: 2,
      Due: 3,
      NeverRotated: 1,
      // Nothing asks for the rotation of the one that is past its maximum age.
      Blocked: 1,
      OldestAgeDays: 400,
      Unowned: 1,
      Unmanaged: 0,
    })
  })

  it('says 0 where there is nothing, which is not to say nothing', async () => {
    const { pass, gauges } = counting({ owners: ['team-shop'] })
    expect(await pass([])).toEqual({ outcome: 'counted' })
    expect(gauges()).toMatchObject({ Stale: 0, Due: 0, OldestAgeDays: 0, 'Stale of team-shop': 0 })
  })

  it('has figures of the owners that are declared, and of no other that a tag names', async () => {
    const { pass, gauges } = counting({ owners: ['team-shop', 'team-new'], dates: { old: 97, evil: 97 } })
    await pass([
      secret('old'),
      secret('evil', { 'overlap:owner': 'x'.repeat(200) }),
      secret('theirs', { Team: 'team-mail' }),
    ])
    expect(Object.keys(gauges()).filter((name) => name.includes(' of '))).toEqual(
      ['team-shop', 'team-new'].flatMap((owner) =>
        ['Stale', 'Due', 'NeverRotated', 'Blocked', 'OldestAgeDays'].map((name) => `${name} of ${owner}`),
      ),
    )
    expect(gauges()).toMatchObject({ Stale: 2, 'Stale of team-shop': 1, 'Stale of team-new': 0 })
  })

  it('of secrets that it does not rotate counts all but those of AWS and replicas, whatever their functions are called, and asks nothing about any', async () => {
    const { pass, gauges, asked } = counting()
    const theirs = {
      rotationFunction: 'arn:aws:lambda:us-east-1:123456789012:function:prod-rotate-postgres-main',
    }
    await pass([
      secret('by hand', {}, { rotationFunction: undefined }),
      secret('by a function of their own', {}, { rotationFunction: 'arn:theirs' }),
      secret('handed back', {}, { rotationEnabled: false }),
      secret('of another deployment', { 'overlap:owner': 'x' }, theirs),
      secret('made by AWS', {}, { rotationFunction: undefined, owningService: 'rds' }),
      secret('a replica', {}, { rotationFunction: undefined, primaryRegion: 'eu-west-1' }),
    ])
    expect(gauges()).toMatchObject({ Unmanaged: 4, Stale: 0, OldestAgeDays: 0 })
    expect(asked).toEqual([])
  })

  it('counts a secret that its network left behind as blocked, names it where it may be stale, and asks nothing that it may not', async () => {
    const { pass, gauges, ages, asked } = counting({ owners: ['team-shop'], dates: { kept: 1 } })
    const left = { rotationFunction: OURS.replace(/main$/, 'gone') }
    const original = { versions: new Map([['current', ['AWSCURRENT']]]), lastRotated: undefined }
    const tags = { 'overlap:owner': 'team-shop' }
    await pass([
      secret('kept'),
      secret('left', tags, left),
      secret('young', tags, { ...left, ...original, created: daysAgo(3), lastChanged: daysAgo(3) }),
      secret('untagged', {}, left),
    ])
    expect(gauges()).toMatchObject({ Stale: 1, Due: 1, Blocked: 2, 'Blocked of team-shop': 2, Unmanaged: 1 })
    expect(ages()).toMatchObject([{ secret: secretArn('left'), outcome: 'stale', owner: 'team-shop' }])
    for (const said of [
      'SECRET_NOT_OURS: its rotation function overlap-rotate-postgres-gone is none of deployment overlap any more',
      'Put back what was taken out (a network, a group of access keys or a provider), or give the secret another one, and deploy (docs/changes.md)',
    ])
      expect(ages()[0]?.error).toContain(said)
    expect(asked).toEqual([secretArn('kept')])
  })

  it('takes the date of the version for the age: a tag that was edited today makes nothing younger', async () => {
    const { pass, gauges } = counting({ dates: { old: 97 } })
    await pass([secret('old', { 'overlap:owner': 'x' }, { lastChanged: daysAgo(0) })])
    expect(gauges()).toMatchObject({ Stale: 1, OldestAgeDays: 97 })
  })

  it('judges a secret by its own maximum age', async () => {
    const { pass, ages } = counting({ dates: { quick: 8 } })
    await pass([secret('quick', { 'overlap:max-age': '7d' })])
    expect(ages()).toMatchObject([
      {
        outcome: 'stale',
        error: expect.stringContaining('8 days old (since 2026-11-17), older than 7 days:'),
      },
    ])
  })

  it('twice says the same twice', async () => {
    const { pass, recorded } = counting({ dates: { old: 97 } })
    await Promise.all([pass([secret('old')]), pass([secret('old')])])
    expect(recorded.metrics().filter((line) => 'Stale' in line)).toMatchObject([{ Stale: 1 }, { Stale: 1 }])
  })
})

describe('the lines of a census', () => {
  it('are one for each that is due or stale, stalest first, and hold no value', async () => {
    const { pass, ages, recorded } = counting({ dates: { soon: 80, old: 97, older: 300, young: 1 } })
    await pass([secret('soon'), secret('old'), secret('older', {}), secret('young')])
    expect(
      ages().map(({ level, secret, outcome, owner, reason }) => [level, secret, outcome, owner, reason]),
    ).toEqual([
      ['WARN', secretArn('older'), 'stale', 'unowned', 'STALE'],
      ['WARN', secretArn('old'), 'stale', 'team-shop', 'STALE'],
      ['WARN', secretArn('soon'), 'due', 'team-shop', 'DUE'],
    ])
    expect(recorded.text()).not.toContain('SecretString')
  })

  it('are a hundred at most, of each owner with an alarm at least one among them, and how many more there are', async () => {
    const many = Array.from({ length: 130 }, (_, at) => `many-${at}`)
    const dates = { ...Object.fromEntries(many.map((name, at) => [name, 400 + at])), last: 91, soon: 76 }
    const { pass, ages, gauges, linesOf } = counting({ owners: ['team-mail', 'team-shop'], dates })
    const mail = { 'overlap:owner': 'team-mail' }
    await pass([...many.map((name) => secret(name)), secret('last', mail), secret('soon', mail)])
    expect(ages()).toHaveLength(100)
    expect(ages()[0]).toMatchObject({ secret: secretArn('many-129') })
    expect(ages().slice(-2)).toMatchObject([
      { secret: secretArn('last'), outcome: 'stale' },
      { secret: secretArn('soon'), outcome: 'due' },
    ])
    expect(gauges()).toMatchObject({ Stale: 131, Due: 132 })
    const untold = { step: 'age', severity: 'ticket', stale: 32, due: 0 }
    expect(linesOf('untold')).toEqual([
      expect.objectContaining(untold),
      expect.objectContaining({ ...untold, owner: 'team-shop' }),
    ])
    expect(linesOf('untold')[0]).not.toHaveProperty('owner')
  })

  it('are one at least of each owner with an alarm, however many owners there are', async () => {
    const owners = Array.from({ length: 60 }, (_, at) => `team-${at}`)
    const dates = Object.fromEntries(
      owners.flatMap((name) => [
        [`${name}-old`, 97],
        [`${name}-soon`, 80],
      ]),
    )
    const { pass, ages } = counting({ owners, dates })
    await pass(
      owners.flatMap((owner) =>
        ['old', 'soon'].map((what) => secret(`${owner}-${what}`, { 'overlap:owner': owner })),
      ),
    )
    const ofEach = owners.flatMap((owner) => [`${owner} stale`, `${owner} due`])
    expect(
      ages()
        .map(({ owner, outcome }) => `${owner} ${outcome}`)
        .toSorted(),
    ).toEqual(ofEach.toSorted())
  })

  it('are of what is stale before what is due, though that was never rotated, and then of the oldest', async () => {
    const original = { versions: new Map([['current', ['AWSCURRENT']]]), lastRotated: undefined }
    const early = Array.from({ length: 120 }, (_, at) => `early-${at}`)
    const { pass, ages, linesOf } = counting({ dates: { strict: 8, older: 300 } })
    await pass([
      ...early.map((name) =>
        secret(name, {}, { ...original, created: daysAgo(80), lastChanged: daysAgo(80) }),
      ),
      secret('strict', { 'overlap:max-age': '7d' }),
      secret('older'),
    ])
    expect(
      ages()
        .slice(0, 3)
        .map(({ secret, outcome, reason }) => [secret, outcome, reason]),
    ).toEqual([
      [secretArn('older'), 'stale', 'STALE'],
      [secretArn('strict'), 'stale', 'STALE'],
      [secretArn('early-0'), 'due', 'NEVER_ROTATED'],
    ])
    expect(linesOf('untold')).toMatchObject([{ stale: 0, due: 22 }])
  })
})

describe('a secret that becomes stale', () => {
  const MINUTE_MS = 60_000
  /** The credential before this one still works, and is 61 days old. */
  const draining = {
    versions: new Map([
      ['current', ['AWSCURRENT']],
      ['draining', ['AWSPREVIOUS', 'DRAINING']],
    ]),
    lastRotated: daysAgo(58),
  }
  const observed = { 'overlap:owner': 'team-shop', 'overlap:mode': 'observe' }
  const weekly = { ...observed, 'overlap:schedule': 'weekly' }
  const told = async (
    criticalAt: number,
    tags: Readonly<Record<string, string>>,
    different: Partial<ListedSecret>,
  ) => {
    const { pass, linesOf, gauges, recorded } = counting({ dates: { shop: 58 } })
    await pass([
      secret(
        'shop',
        { ...tags, 'overlap:max-age': `${(61 * DAY_MS - (NOW - criticalAt)) / MINUTE_MS}m` },
        different,
      ),
    ])
    const news = recorded.metrics().flatMap(({ OverdueNews }) => OverdueNews ?? [])
    return { lines: linesOf('overdue'), news, stale: gauges().Stale }
  }

  it('is told to be overdue, since the alarm on what is stale may ring for another one already', async () => {
    const { lines, news, stale } = await told(NOW - 5 * MINUTE_MS, observed, draining)
    expect(lines).toMatchObject([
      {
        step: 'age',
        secret: secretArn('shop'),
        owner: 'team-shop',
        reason: 'STALE',
        severity: 'ticket',
        error: expect.stringContaining('the credential before this one still works, and is 61 days old'),
      },
    ])
    expect([news, stale]).toEqual([[1], 1])
  })

  /** Nobody has replaced it, so since its creation, 61 days ago, for the service never says when. */
  const never = {
    versions: new Map([['current', ['AWSCURRENT']]]),
    lastRotated: undefined,
    created: daysAgo(61),
    lastChanged: daysAgo(61),
  }
  const untilTomorrow = `${new Date(NOW + DAY_MS).toISOString()} hold: year-end close`

  it.each([
    ['rotation turned off', weekly, { ...draining, lastRotated: undefined, rotationEnabled: false }],
    ['a hold', { ...weekly, 'overlap:hold': untilTomorrow }, { ...draining, lastRotated: undefined }],
    [
      'a tag that cannot be read',
      { ...weekly, 'overlap:drain': 'x' },
      { ...draining, lastRotated: undefined },
    ],
    [
      'no network any more',
      weekly,
      {
        ...draining,
        lastRotated: undefined,
        rotationFunction: OURS.replace(/main$/, 'gone'),
        lastChanged: daysAgo(61),
        created: daysAgo(61),
      },
    ],
  ] as const)(
    'is told so with %s, though the service knows of no rotation',
    async (_what, tags, different) => {
      const { lines, news } = await told(NOW - 5 * MINUTE_MS, tags, different)
      expect(lines.map(({ reason, secret }) => [reason, secret])).toEqual([['STALE', secretArn('shop')]])
      expect(news).toEqual([1])
    },
  )

  it('is told so when it has no schedule, was never rotated, and promises more than the deployment does', async () => {
    const { pass, linesOf } = counting()
    const since = new Date(NOW - 90 * DAY_MS - 5 * MINUTE_MS)
    await pass([
      secret('shop', { 'overlap:max-age': '180d' }, { ...never, created: since, lastChanged: since }),
    ])
    expect(linesOf('overdue')).toMatchObject([{ reason: 'STALE', secret: secretArn('shop') }])
  })

  it.each([
    ['twenty minutes later', NOW - 20 * MINUTE_MS, observed, draining],
    [
      'when the sweep itself tells that it is overdue',
      NOW - 5 * MINUTE_MS,
      observed,
      { ...draining, lastRotated: daysAgo(200) },
    ],
    [
      'when it was adopted after others had replaced it by hand',
      NOW - 5 * MINUTE_MS,
      weekly,
      { ...draining, lastRotated: undefined },
    ],
    ['when it was adopted, and waits for its first run', NOW - 5 * MINUTE_MS, weekly, never],
  ] as const)('is not told so %s', async (_when, criticalAt, tags, different) => {
    expect(await told(criticalAt, tags, different)).toEqual({ lines: [], news: [], stale: 1 })
  })

  it('is told so again at the beginning of each day', async () => {
    const { pass, linesOf, clock } = counting({ dates: { shop: 58 } })
    const secrets = [secret('shop', { ...observed, 'overlap:max-age': '60d' }, draining)]
    await pass(secrets)
    clock.now = Date.parse('2026-11-26T00:04:00Z')
    await pass(secrets)
    clock.now = Date.parse('2026-11-26T00:20:00Z')
    await pass(secrets)
    expect(linesOf('overdue').map(({ reason }) => reason)).toEqual(['STALE'])
  })
})

describe('a secret whose age cannot be found out', () => {
  const denied = failed('AccessDeniedException')

  it('counts as due and stale, is named, and keeps nobody from measuring the others', async () => {
    const { pass, gauges, ages } = counting({
      owners: ['team-shop', 'team-mail'],
      dates: { young: 3, hidden: denied },
    })
    expect(await pass([secret('young'), secret('hidden', { 'overlap:owner': 'team-mail' })])).toEqual({
      outcome: 'counted',
    })
    expect(gauges()).toMatchObject({
      Stale: 1,
      Due: 1,
      OldestAgeDays: 3,
      'Stale of team-shop': 0,
      'Stale of team-mail': 1,
      'Due of team-mail': 1,
    })
    // Nobody knows how old what team-mail has is, so it is not 0 days.
    expect(gauges()).not.toHaveProperty('OldestAgeDays of team-mail')
    expect(ages()).toMatchObject([
      {
        secret: secretArn('hidden'),
        owner: 'team-mail',
        outcome: 'stale',
        reason: 'AGE_UNKNOWN',
        severity: 'ticket',
        error: expect.stringContaining('ListSecretVersionIds failed: AccessDeniedException'),
      },
    ])
  })

  it('counts as what the listing proves, where that is enough', async () => {
    const { pass, gauges, ages } = counting({ dates: { young: denied, old: denied } })
    const tags = { 'overlap:owner': 'team-shop' }
    await pass([
      secret('young', tags, { created: daysAgo(10), lastChanged: daysAgo(1) }),
      secret('old', tags, { lastChanged: daysAgo(120) }),
    ])
    expect(gauges()).toMatchObject({ Stale: 1, Due: 1, OldestAgeDays: 120 })
    expect(ages()).toMatchObject([{ secret: secretArn('old'), reason: 'STALE' }])
  })

  it.each(['InvalidRequestException', 'InvalidParameterException'])(
    'keeps nobody from measuring the others, of however many the service says %s',
    async (answer) => {
      const names = ['a', 'b', 'c', 'd']
      const dates = Object.fromEntries(names.map((name) => [name, failed(answer)]))
      const { pass, gauges } = counting({ dates: { ...dates, young: 3 } })
      expect(await pass([...names, 'young'].map((name) => secret(name)))).toEqual({ outcome: 'counted' })
      expect(gauges()).toMatchObject({ Stale: 4, OldestAgeDays: 3 })
    },
  )

  it('is so however many there are: each is named', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `s${at}`)
    const { pass, gauges, ages } = counting({
      dates: Object.fromEntries(names.map((name) => [name, denied])),
    })
    expect(await pass(names.map((name) => secret(name)))).toEqual({ outcome: 'counted' })
    expect(gauges()).toMatchObject({ Stale: 10, Due: 10 })
    expect(ages()).toHaveLength(10)
  })

  it('is told at the beginning of each day, since the alarm may ring for another one already', async () => {
    const { pass, linesOf, clock, recorded } = counting({ dates: { hidden: denied } })
    for (const time of ['2026-11-25T12:00:00Z', '2026-11-26T00:04:00Z', '2026-11-26T00:20:00Z']) {
      clock.now = Date.parse(time)
      await pass([secret('hidden')])
    }
    expect(linesOf('overdue')).toMatchObject([
      { reason: 'AGE_UNKNOWN', secret: secretArn('hidden'), owner: 'team-shop', severity: 'ticket' },
    ])
    expect(recorded.metrics().flatMap(({ OverdueNews }) => OverdueNews ?? [])).toEqual([1])
  })

  it('is one of a few for which the service failed', async () => {
    const down = failed('InternalServiceError')
    const { pass, gauges, ages } = counting({ dates: { a: down, b: down, c: down, young: 3 } })
    await pass(['a', 'b', 'c', 'young'].map((name) => secret(name)))
    expect(gauges()).toMatchObject({ Stale: 3, OldestAgeDays: 3 })
    expect(ages().map(({ reason }) => reason)).toEqual(['AGE_UNKNOWN', 'AGE_UNKNOWN', 'AGE_UNKNOWN'])
  })

  it('is one of whose version the service does not tell a date', async () => {
    const { pass, gauges, ages } = counting()
    const versions = new Map([
      ['unheard of', ['AWSCURRENT']],
      ['previous', ['AWSPREVIOUS']],
    ])
    expect(await pass([secret('odd', {}, { versions })])).toEqual({ outcome: 'counted' })
    expect(gauges()).toMatchObject({ Stale: 1 })
    expect(ages()).toMatchObject([{ reason: 'AGE_UNKNOWN', secret: secretArn('odd') }])
  })

  it('is named although a hundred others are stale', async () => {
    const many = Array.from({ length: 110 }, (_, at) => `many-${at}`)
    const dates = { ...Object.fromEntries(many.map((name) => [name, 400])), hidden: denied }
    const { pass, ages } = counting({ dates })
    await pass([...many, 'hidden'].map((name) => secret(name)))
    expect(ages()).toHaveLength(100)
    expect(ages().at(-1)).toMatchObject({ secret: secretArn('hidden') })
  })

  it('is not one that is empty: there is nothing to be old, and it is blocked', async () => {
    const { pass, gauges, ages, asked } = counting()
    await pass([secret('empty', {}, { versions: new Map() })])
    expect(gauges()).toMatchObject({ Stale: 0, Due: 0, Blocked: 1, OldestAgeDays: 0 })
    expect([ages(), asked]).toEqual([[], []])
  })
})

describe('an incomplete census', () => {
  it('for want of time publishes nothing, and the next pass goes on where it stopped', async () => {
    const names = Array.from({ length: 50 }, (_, at) => `s${at}`)
    const dates = Object.fromEntries(names.map((name) => [name, 100]))
    const { pass, gauges, asked, clock } = counting({ dates, callMs: 1_000, timeMs: 40_000 })
    const secrets = names.map((name) => secret(name))
    const beganAt = clock.now
    expect(await pass(secrets)).toEqual({ outcome: 'cut' })
    expect(clock.now - beganAt).toBeLessThanOrEqual(31_000)
    expect(gauges()).toEqual({})
    const first = asked.length
    expect(first).toBeGreaterThan(20)
    expect(await pass(secrets)).toEqual({ outcome: 'counted' })
    expect(asked).toHaveLength(50)
    expect(gauges()).toMatchObject({ Stale: 50 })
  })

  it.each([
    { timeMs: 9_000, asks: 0 },
    { timeMs: 12_000, asks: 2 },
    { timeMs: 300_000, asks: 120 },
  ])(
    'asks $asks times within $timeMs ms: the end of the pass has its time, and the next event its turn',
    async ({ timeMs, asks }) => {
      const names = Array.from({ length: 150 }, (_, at) => `s${at}`)
      const { pass, asked } = counting({ callMs: 1_000, timeMs })
      expect(await pass(names.map((name) => secret(name)))).toEqual({ outcome: 'cut' })
      expect(asked).toHaveLength(asks)
    },
  )

  it('because the service fails publishes nothing, names one of them, and tells of what is known', async () => {
    const names = ['a', 'b', 'c', 'd']
    const down = Object.fromEntries(names.map((name) => [name, failed('InternalServiceError')]))
    const { pass, gauges, ages } = counting({ dates: { old: 97, ...down } })
    await expect(pass(['old', ...names].map((name) => secret(name)))).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
      message: expect.stringMatching(
        /^how old 4 of 5 secrets are could not be found out.*Of a: .*InternalServiceError/,
      ),
      detail: { secret: secretArn('a'), unknown: 4, awsError: 'InternalServiceError' },
    })
    expect(gauges()).toEqual({})
    expect(ages()).toMatchObject([{ secret: secretArn('old') }])
  })

  it.each([
    failed('ThrottlingException'),
    failed('ExpiredTokenException'),
    failed('Error'),
    new OverlapError('UNEXPECTED', 'x'),
  ])(
    'because of what would fail for any secret publishes nothing when it is more than a few: %s',
    async (answer) => {
      const names = ['a', 'b', 'c', 'd']
      const { pass, gauges, ages } = counting({
        dates: Object.fromEntries(names.map((name) => [name, answer])),
      })
      await expect(pass(names.map((name) => secret(name)))).rejects.toMatchObject({ detail: { unknown: 4 } })
      expect([gauges(), ages()]).toEqual([{}, []])
    },
  )

  it('because of one call that was too many publishes nothing: it is no answer about that secret, and is asked again', async () => {
    const { pass, gauges, ages, dates } = counting({
      dates: { old: 97, late: failed('ThrottlingException') },
    })
    const secrets = [secret('old'), secret('late')]
    await expect(pass(secrets)).rejects.toMatchObject({ detail: { awsError: 'ThrottlingException' } })
    expect(gauges()).toEqual({})
    expect(ages()).toMatchObject([{ secret: secretArn('old') }])
    dates.late = 3
    expect(await pass(secrets)).toEqual({ outcome: 'counted' })
    expect(gauges()).toMatchObject({ Stale: 1 })
  })

  it('says which secret it was, though the listing proves how old each is', async () => {
    const { pass, ages } = counting({ dates: { old: failed('ThrottlingException') } })
    await expect(pass([secret('old', {}, { lastChanged: daysAgo(120) })])).rejects.toMatchObject({
      message: expect.stringMatching(/^how old 1 of 1 secrets are.*Of old: SECRETS_MANAGER_FAILED: List/),
      detail: { secret: secretArn('old'), unknown: 1 },
    })
    expect(ages()).toMatchObject([{ secret: secretArn('old'), outcome: 'stale' }])
  })

  it('because a call was not answered before time was up publishes nothing, and tells nothing of an age', async () => {
    const dates = { old: 97, slow: new OverlapError('TIME_UP', 'not answered in time') }
    const { pass, gauges, ages } = counting({ dates })
    expect(await pass([secret('old'), secret('slow')])).toEqual({ outcome: 'cut' })
    expect(gauges()).toEqual({})
    expect(ages()).toMatchObject([{ secret: secretArn('old') }])
  })

  it('it is not because a secret was deleted meanwhile', async () => {
    const { pass, gauges } = counting({ dates: { old: 97, gone: failed('ResourceNotFoundException') } })
    expect(await pass([secret('gone'), secret('old')])).toEqual({ outcome: 'counted' })
    expect(gauges()).toMatchObject({ Stale: 1 })
  })
})

describe('what is asked', () => {
  it('is asked once for the versions that are in use, and anew when another one is', async () => {
    const { pass, asked, dates, gauges } = counting({ dates: { app: 97 } })
    await pass([secret('app')])
    await pass([secret('app')])
    expect(asked).toHaveLength(1)
    expect(gauges()).toMatchObject({ Stale: 1 })
    dates.app = 0
    const versions = new Map([
      ['next', ['AWSCURRENT']],
      ['current', ['AWSPREVIOUS']],
    ])
    await pass([secret('app', {}, { versions })])
    expect(asked).toHaveLength(2)
  })

  it('is asked slowly: rotations need the same calls', async () => {
    const names = Array.from({ length: 101 }, (_, at) => `s${at}`)
    const { pass, clock } = counting()
    const beganAt = clock.now
    await pass(names.map((name) => secret(name)))
    expect(clock.now - beganAt).toBe(5_000)
  })
})
