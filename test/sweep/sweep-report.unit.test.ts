import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { type FleetOptions, fleet } from './fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const NOW = '2026-01-11T12:00:00.000Z'
const RUN = Date.parse('2026-01-11T03:00:00.000Z')
const DAY_MS = 86_400_000
const weekly = { cron: '0 3 ? * SUN *', timezone: 'UTC' }
const planned = {
  'overlap:schedule': 'weekly',
  'overlap:owner': 'team shop',
  [STATE_TAG]: encodeState({ plan: { digest: scheduleOf(weekly).digest, from: 0 } }),
}
const lastWeek = { lastRotated: new Date(RUN - 7 * DAY_MS) }

function recordedFleet(options: FleetOptions = {}) {
  const recorded = recordedTelemetry()
  const swept = fleet(NOW, { schedules: { weekly }, telemetry: recorded.telemetry, ...options })
  const metric = (name: string) => recorded.metrics().flatMap((line) => (name in line ? [line[name]] : []))
  const lines = (outcome: string) => recorded.logs().filter((line) => line.outcome === outcome)
  return { swept, metric, lines }
}

describe('a secret that is overdue', () => {
  it('has a line of its own in every pass, with its owner, why, and what to do', async () => {
    const { swept, lines, metric } = recordedFleet()
    swept.set('shop', { ...lastWeek, rotationEnabled: false }, planned)
    await swept.pass()
    expect(lines('overdue')).toEqual([
      expect.objectContaining({
        level: 'WARN',
        kind: 'sweep',
        step: 'overdue',
        outcome: 'overdue',
        secret: 'shop',
        owner: 'team shop',
        reason: 'ROTATION_MISSED',
        error: expect.stringContaining('rotation is turned off. To turn it on run: aws secretsmanager'),
        severity: 'ticket',
      }),
    ])
    await swept.pass()
    expect(lines('overdue')).toHaveLength(2)
    expect(metric('Overdue')).toEqual([1, 1])
  })

  it('belongs to somebody even where nobody is named', async () => {
    const { swept, lines } = recordedFleet()
    swept.set('shop', { lastRotated: new Date(RUN - 100 * DAY_MS) })
    await swept.pass()
    expect(lines('overdue')).toEqual([
      expect.objectContaining({ owner: 'unowned', reason: 'MAX_AGE_EXCEEDED' }),
    ])
  })

  it.each<{
    when: string
    secret: Partial<SecretDescription>
    tags: Record<string, string>
    overdue: number
  }>([
    { when: 'it is asked for in this very pass', secret: lastWeek, tags: planned, overdue: 0 },
    {
      when: 'it is on hold',
      secret: lastWeek,
      tags: { ...planned, 'overlap:hold': '2026-02-01T00:00:00Z audit' },
      overdue: 0,
    },
    {
      when: 'it is on hold and too old',
      secret: { lastRotated: new Date(RUN - 100 * DAY_MS) },
      tags: { ...planned, 'overlap:hold': '2026-02-01T00:00:00Z audit' },
      overdue: 1,
    },
    {
      when: 'its rotation has only just begun',
      secret: {
        ...lastWeek,
        versions: new Map([
          ['now', ['AWSCURRENT']],
          ['next', ['AWSPENDING']],
        ]),
      },
      tags: planned,
      overdue: 0,
    },
  ])('counts as $overdue when $when', async ({ secret, tags, overdue }) => {
    const { swept, metric } = recordedFleet()
    swept.set('shop', secret, tags)
    expect((await swept.pass()).overdue).toBe(overdue)
    expect(metric('Overdue')).toEqual([overdue])
  })
})

describe('a pass gives', () => {
  it('a sign of life when there is nothing to do', async () => {
    const { swept, metric } = recordedFleet()
    await swept.pass()
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[1], [0]])
  })

  it('a sign of life when every secret fails: that is told in another way', async () => {
    const { swept, metric } = recordedFleet()
    swept.set('shop', {}, { 'overlap:mode': 'off' })
    await swept.pass()
    expect([metric('Heartbeat'), metric('Failures')]).toEqual([[1], [1]])
  })

  it('none when the secrets could not be listed', async () => {
    const { swept, metric } = recordedFleet()
    swept.set('shop', {}, planned)
    await expect(swept.pass({ listFails: true })).rejects.toThrow('slow down')
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[], []])
  })

  it('none when there was time for no secret at all', async () => {
    const { swept, metric } = recordedFleet({ timeMs: 14_000 })
    swept.set('shop', {}, { 'overlap:mode': 'off' })
    expect(await swept.pass()).toMatchObject({ seen: 0, left: 1 })
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[], []])
  })

  it('no "nothing is overdue" when it did not look at all', async () => {
    const { swept, metric } = recordedFleet({ timeMs: 20_000, callMs: 6_000 })
    for (const arn of ['a', 'b', 'c']) swept.set(arn, {}, { 'overlap:schedule': 'weekly' })
    expect(await swept.pass()).toMatchObject({ seen: 1, overdue: 0, left: 2 })
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[1], []])
  })

  it('what it knows of when it did not look at all: some are overdue', async () => {
    const { swept, metric } = recordedFleet({ timeMs: 20_000, callMs: 6_000 })
    for (const arn of ['a', 'b', 'c']) swept.set(arn, { lastRotated: new Date(0) })
    expect(await swept.pass()).toMatchObject({ seen: 1, overdue: 1, left: 2 })
    expect(metric('Overdue')).toEqual([1])
  })

  it('neither when it is a visit to one secret', async () => {
    const { swept, metric } = recordedFleet()
    swept.set('shop', { lastRotated: new Date(0) })
    expect(await swept.visit('shop')).toMatchObject({ seen: 1, overdue: 1 })
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[], []])
  })
})

describe('a policy that cannot be read', () => {
  it.each([
    { tag: 'overlap:mode', text: 'off', says: 'tag overlap:mode must be observe or enforce' },
    { tag: 'overlap:hold', text: 'soon', says: 'tag overlap:hold must be an instant' },
    { tag: 'overlap:max-age', text: 'old', says: 'tag overlap:max-age must be a whole number and a unit' },
    {
      tag: 'overlap:schedule',
      text: 'wekly',
      says: 'tag overlap:schedule names wekly, which is no schedule of this deployment: it must be one of weekly',
    },
  ])('is a failure in every pass, by the name of its tag: $tag', async ({ tag, text, says }) => {
    const { swept, lines } = recordedFleet()
    swept.set('shop', {}, { [tag]: text })
    expect(await swept.pass()).toMatchObject({ seen: 1, failed: 1 })
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        secret: 'shop',
        reason: 'POLICY_INVALID',
        severity: 'ticket',
        error: expect.stringContaining(says),
      }),
    ])
  })

  it('names a schedule where the deployment has none', async () => {
    const { swept, lines } = recordedFleet({ schedules: {} })
    swept.set('shop', {}, { 'overlap:schedule': 'weekly' })
    await swept.pass()
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        error: expect.stringContaining('no schedule of this deployment: it has none'),
      }),
    ])
  })

  it('is no reason to leave AWSCURRENT disabled', async () => {
    const { swept } = recordedFleet()
    const versions = new Map([['old', ['AWSCURRENT', 'DRAINING']]])
    swept.set('shop', { versions }, { 'overlap:mode': 'off' })
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'restore old of shop'])
  })
})

describe('a rotation that waits for a day behind what is only observed', () => {
  it('is not given up, and nobody is asked whether it could be', async () => {
    const { swept } = recordedFleet()
    const [drain, pending] = ['old', 'next'].map((version) => ({ version, since: RUN - 9 * DAY_MS }))
    const versions = new Map([
      ['now', ['AWSCURRENT']],
      ['old', ['AWSPREVIOUS', 'DRAINING']],
      ['next', ['AWSPENDING']],
    ])
    swept.set(
      'shop',
      { versions, lastChanged: new Date(RUN - 9 * DAY_MS), lastRotated: new Date(RUN) },
      { [STATE_TAG]: encodeState({ ...(drain && { drain }), ...(pending && { pending }) }) },
    )
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'list versions of shop'])
  })
})

describe('a secret on hold', () => {
  const onHold = { 'overlap:mode': 'enforce', 'overlap:hold': '2026-02-01T00:00:00Z audit' }
  const drained = encodeState({ drain: { version: 'old', since: RUN - 10 * DAY_MS } })
  const rolledBack = new Map([
    ['old', ['AWSCURRENT', 'DRAINING']],
    ['next', ['AWSPENDING']],
  ])
  const replaced = new Map([
    ['now', ['AWSCURRENT']],
    ['old', ['AWSPREVIOUS', 'DRAINING']],
  ])

  it('has AWSCURRENT made to work all the same', async () => {
    const { swept, lines } = recordedFleet()
    swept.set('shop', { versions: rolledBack }, onHold)
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'restore old of shop'])
    expect(lines('wait')).toEqual([expect.objectContaining({ reason: 'ON_HOLD' })])
  })

  it('and AWSCURRENT, which could not be made to work, pages somebody', async () => {
    const retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'the server is gone'))
    const { swept, lines } = recordedFleet({ retire })
    swept.set('shop', { versions: rolledBack }, onHold)
    await swept.pass()
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        severity: 'page',
        reason: 'UNREACHABLE',
        error: expect.stringContaining('version old is AWSCURRENT again, and whether it works is not known'),
      }),
    ])
  })

  it.each([
    { when: 'long ago', lastChanged: RUN - 9 * DAY_MS, calls: [] },
    { when: 'a moment ago', lastChanged: RUN, calls: ['disable old of shop'] },
  ])(
    'that drained and was changed $when: what a pass before had begun to retire is undone, by $calls',
    async ({ lastChanged, calls }) => {
      const requests: unknown[] = []
      const { swept, lines } = recordedFleet({
        retire: (request) => {
          requests.push(request)
          return Promise.reject(new OverlapError('DRAIN_IN_PROGRESS', 'the secret was changed'))
        },
      })
      const tags = { ...onHold, [STATE_TAG]: drained }
      swept.set('shop', { versions: replaced, lastChanged: new Date(lastChanged) }, tags)
      expect(await swept.pass()).toMatchObject({ failed: 0 })
      expect(swept.calls).toEqual(['describe shop', ...calls])
      // A time at which no secret was unchanged: it forbids the retire function to disable anything.
      for (const request of requests) expect(request).toMatchObject({ evenIfUsed: false, unchangedSince: 0 })
      expect(lines('wait')).toEqual([expect.objectContaining({ reason: 'ON_HOLD' })])
    },
  )

  it('is looked at in the same way when a freeze has begun', async () => {
    const freezes = [{ from: RUN, until: RUN + DAY_MS, reason: 'release' }]
    const { swept } = recordedFleet({ deployment: { freezes } })
    const tags = { 'overlap:mode': 'enforce', [STATE_TAG]: drained }
    swept.set('shop', { versions: replaced, lastChanged: new Date(RUN - 9 * DAY_MS) }, tags)
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'disable old of shop'])
  })

  it('says that an attempt which was cut off could not be undone', async () => {
    const retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'the server is gone'))
    const { swept } = recordedFleet({ retire })
    swept.set('shop', { versions: replaced, lastChanged: new Date(RUN) }, { ...onHold, [STATE_TAG]: drained })
    expect(await swept.pass()).toMatchObject({ failed: 1 })
  })
})
