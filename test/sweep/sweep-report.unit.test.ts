import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { DAY_MS, lastWeek, NOW_MS, planned, RUN, recordedFleet } from './recorded-fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

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

  it('is told when it becomes overdue and not in every pass: an alarm that never ends tells of no other', async () => {
    const { swept, metric } = recordedFleet()
    const age = (days: number, minutes = 0) => ({
      lastRotated: new Date(NOW_MS - days * DAY_MS - minutes * 60_000),
    })
    swept.set('old', age(100))
    await swept.pass()
    swept.set('new', age(90, 1))
    await swept.pass()
    expect([metric('Overdue'), metric('OverdueNews')]).toEqual([
      [1, 2],
      [0, 1],
    ])
  })

  it('belongs to somebody even where nobody is named', async () => {
    const { swept, lines } = recordedFleet()
    swept.set('shop', { lastRotated: new Date(RUN - 100 * DAY_MS) })
    await swept.pass()
    expect(lines('overdue')).toEqual([
      expect.objectContaining({ owner: 'unowned', reason: 'MAX_AGE_EXCEEDED' }),
    ])
  })

  it.each([
    { stored: 'yesterday', daysAgo: 1, overdue: 0 },
    { stored: 'long ago', daysAgo: 91, overdue: 1 },
  ])(
    'counts as $overdue when rotation is turned off, which hides its date, and AWSCURRENT was stored $stored',
    async ({ daysAgo, overdue }) => {
      const stored = new Map([['first', new Date(RUN - daysAgo * DAY_MS)]])
      const { swept, lines } = recordedFleet({ stored })
      const turnedOff = { rotationEnabled: false, lastRotated: undefined, created: new Date(0) }
      swept.set('shop', turnedOff, { 'overlap:owner': 'team shop' })
      expect(await swept.pass()).toMatchObject({ seen: 1, overdue })
      expect(lines('overdue').map(({ reason }) => reason)).toEqual(overdue ? ['MAX_AGE_EXCEEDED'] : [])
    },
  )

  it('has not missed its run when rotation was turned off after it', async () => {
    const stored = new Map([['first', new Date(RUN + 60_000)]])
    const { swept } = recordedFleet({ stored })
    swept.set('shop', { rotationEnabled: false, lastRotated: undefined }, planned)
    expect(await swept.pass()).toMatchObject({ seen: 1, overdue: 0 })
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
    expect(await swept.pass()).toMatchObject({ seen: 1, overdue: 0, news: 0, left: 2 })
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[1], []])
  })

  it('what it knows of when it did not look at all: some are overdue', async () => {
    const { swept, metric } = recordedFleet({ timeMs: 20_000, callMs: 6_000 })
    for (const arn of ['a', 'b', 'c']) swept.set(arn, { lastRotated: new Date(0) })
    expect(await swept.pass()).toMatchObject({ seen: 1, overdue: 1, news: 0, left: 2 })
    expect(metric('Overdue')).toEqual([1])
  })

  it('neither when it is a visit to one secret', async () => {
    const { swept, metric } = recordedFleet()
    swept.set('shop', { lastRotated: new Date(0) })
    expect(await swept.visit('shop')).toMatchObject({ seen: 1, overdue: 1 })
    expect([metric('Heartbeat'), metric('Overdue')]).toEqual([[], []])
  })
})
