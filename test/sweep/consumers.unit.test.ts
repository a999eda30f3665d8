import { afterEach, describe, expect, it, vi } from 'vitest'
import { acknowledging } from '../../lambdas/rollout/acknowledged.ts'
import type { Progress, RolloutRequest } from '../../lambdas/rollout/rollout.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Drain, encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import type { FleetOptions } from './fleet.ts'
import { NOW_MS, recordedFleet } from './recorded-fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const since = NOW_MS - 10 * MINUTE_MS
const replaced = new Map([
  ['now', ['AWSCURRENT']],
  ['old', ['AWSPREVIOUS', 'DRAINING']],
])

/** A secret whose drain began ten minutes ago, and what was asked of its consumers. */
function rolling(
  consumers: string,
  progress: (request: RolloutRequest) => Promise<Progress>,
  {
    tags = {},
    drain = {},
    ...options
  }: FleetOptions & { tags?: Record<string, string>; drain?: Partial<Drain> } = {},
) {
  const asked: RolloutRequest[] = []
  const { swept, lines, metric } = recordedFleet({
    ...options,
    rollout: async (request) => {
      asked.push(request)
      return progress(request)
    },
  })
  const facts = {
    versions: replaced,
    lastRotated: new Date(since),
    lastChanged: new Date(drain.since ?? since),
  }
  swept.set('shop', facts, {
    'overlap:mode': 'enforce',
    'overlap:consumers': consumers,
    [STATE_TAG]: encodeState({ drain: { version: 'old', since, ...drain } }),
    ...tags,
  })
  return { swept, lines, metric, asked, drain: () => swept.state('shop').drain }
}

const running = async (): Promise<Progress> => ({ state: 'running' })
const there = async (): Promise<Progress> => ({ state: 'done' })

describe('the consumers of a secret', () => {
  it('are brought to its new version, in each pass until all are there', async () => {
    let state: Progress['state'] = 'running'
    const { swept, asked, drain } = rolling('ecs:shop/api lambda:orders', async ({ consumer }) => ({
      state: consumer === 'lambda:orders' ? 'done' : state,
    }))
    await swept.pass()
    expect(asked).toEqual(
      ['ecs:shop/api', 'lambda:orders'].map((consumer) => ({
        action: 'advance',
        consumer,
        secretId: 'shop',
        versionId: 'now',
        since,
        created: since - MINUTE_MS / 2,
      })),
    )
    expect(drain()).toEqual({ version: 'old', since })
    state = 'done'
    await swept.pass()
    expect(drain()).toEqual({ version: 'old', since, rolled: NOW_MS })
    await swept.pass()
    expect(asked).toHaveLength(4)
  })

  it('are asked by the moment at which a value was stored by hand, where that came later', async () => {
    const stored = new Map([['now', new Date(since + MINUTE_MS)]])
    const { swept, asked } = rolling('ecs:shop/api', running, { stored })
    await swept.pass()
    expect(asked).toEqual([expect.objectContaining({ since: since + MINUTE_MS, created: since + MINUTE_MS })])
  })

  it('are told after a rollback that nothing written before it can hold the version, however old that is', async () => {
    const stored = new Map([
      ['now', new Date(since - HOUR_MS)],
      ['old', new Date(since - MINUTE_MS)],
    ])
    const { swept, asked } = rolling('ecs:shop/api', running, { stored })
    await swept.pass()
    expect(asked).toEqual([
      expect.objectContaining({ since, created: since - MINUTE_MS / 2, rolledBack: 'old' }),
    ])
  })

  it.each([
    ['when the rotation ended that made it AWSCURRENT', 5 * MINUTE_MS, -5.5 * MINUTE_MS],
    ['when it was stored, where no rotation ended since', 2 * HOUR_MS, -HOUR_MS],
    ['a little before a pass saw it, where the rotation had not ended by then', -MINUTE_MS / 12, -25_000],
    ['when it was stored, where the last rotation ended much later', -HOUR_MS, -HOUR_MS],
  ])('are told that what holds the version was not written before %s', async (_, ago, created) => {
    const stored = new Map([['now', new Date(since - HOUR_MS)]])
    const { swept, asked } = rolling('ecs:shop/api', running, { stored })
    const { versions, lastChanged, tags } = swept.get('shop')
    const lastRotated = new Date(since - ago)
    swept.set('shop', { versions, lastChanged, lastRotated }, Object.fromEntries(tags))
    await swept.pass()
    expect(asked).toEqual([{ ...asked[0], since, created: since + created }])
    expect(asked[0]).not.toHaveProperty('rolledBack')
  })

  it('are brought there in mode observe, too; on hold they are only looked at', async () => {
    const observed = rolling('ecs:shop/api', running, { tags: { 'overlap:mode': 'observe' } })
    await observed.swept.pass()
    const held = rolling('ecs:shop/api', running, { tags: { 'overlap:hold': '2026-02-01T00:00:00Z close' } })
    await held.swept.pass()
    const leaked = rolling('ecs:shop/api', running, {
      tags: { 'overlap:hold': '2026-02-01T00:00:00Z close', 'overlap:leaked': 'old' },
      deployment: { leakDrainSeconds: 3600 },
    })
    await leaked.swept.pass()
    expect([observed, held, leaked].map(({ asked }) => asked.map(({ action }) => action))).toEqual([
      ['advance'],
      ['look'],
      ['advance'],
    ])
  })

  it('that cannot be asked are unknown, which is a warning, and the others are asked all the same', async () => {
    const { swept, lines, asked, drain } = rolling('ecs:shop/api lambda:orders', async ({ consumer }) => {
      if (consumer === 'lambda:orders') return { state: 'done' }
      throw new OverlapError('ECS_FAILED', 'denied')
    })
    expect(await swept.pass()).toMatchObject({ failed: 0, stuck: 0 })
    expect([asked.length, drain()?.rolled]).toEqual([2, undefined])
    expect(lines('unknown')).toEqual([expect.objectContaining({ reason: 'ECS_FAILED', error: 'denied' })])
  })

  it('that acknowledge are there when they have, for this very version and in this very drain', async () => {
    const said = (version: string, drain: number | undefined) => ({
      'overlap:acknowledged': acknowledging(version, drain, ['event:etl', 'manual:batch']),
    })
    const earlier = [said('old', since), said('now', since - HOUR_MS), said('now', undefined)]
    for (const tags of earlier) {
      const before = rolling('event:etl manual:batch', there, { tags })
      await before.swept.pass()
      expect([before.asked.length, before.drain()?.rolled]).toEqual([1, undefined])
    }
    const tags = said('now', since)
    const { swept, asked, drain } = rolling('event:etl manual:batch', running, { tags })
    await swept.pass()
    expect([asked, drain()?.rolled]).toEqual([[], NOW_MS])
    expect(swept.calls).not.toContain('list versions of shop')
  })

  it('that acknowledge are told at first and once an hour, and nobody is told who does so by hand', async () => {
    const { swept, asked, drain } = rolling('event:etl manual:batch', running)
    for (let pass = 0; pass <= 24; pass++) {
      await swept.pass()
      swept.clock.now += 5 * MINUTE_MS
    }
    expect(asked.map(({ consumer, action }) => `${action} ${consumer}`)).toEqual(
      Array(3).fill('advance event:etl'),
    )
    // Whatever the function says: they are there when they say so.
    expect(drain()?.rolled).toBeUndefined()
  })

  it('that were not told, since the event failed, are told by the next pass', async () => {
    const { swept, asked } = rolling('event:etl', async () => {
      throw new OverlapError('EVENTS_FAILED', 'x')
    })
    await swept.pass()
    await swept.pass()
    expect(asked).toHaveLength(2)
  })

  it('are looked at once more at the end, and one that went back is brought there again', async () => {
    let state: Progress['state'] = 'absent'
    const rolled = NOW_MS - 25 * HOUR_MS
    const { swept, asked, drain } = rolling('ecs:shop/api', async () => ({ state }), {
      drain: { since: NOW_MS - 26 * HOUR_MS, rolled },
    })
    const { versions, lastRotated, tags } = swept.get('shop')
    swept.set('shop', { versions, lastRotated, lastChanged: new Date(0) }, Object.fromEntries(tags))
    await swept.pass()
    expect(asked.map(({ action }) => action)).toEqual(['look'])
    expect(swept.calls.slice(-3)).toEqual(['enable old of shop', 'describe shop', 'save shop'])
    expect(drain()?.rolled).toBeUndefined()
    await swept.pass()
    expect(asked.map(({ action }) => action)).toEqual(['look', 'advance'])
    state = 'done'
    await swept.pass()
    expect(drain()?.rolled).toBe(NOW_MS)
    expect(swept.calls).not.toContain('disable old of shop')
  })
})

describe('a consumer that cannot be read', () => {
  it('keeps the version before valid, is told at once with the form that is expected, and keeps no other from coming', async () => {
    const { swept, asked, lines, drain } = rolling('kubernetes:shop/deployment/api ecs:shop/api', there)
    expect(await swept.pass()).toMatchObject({ failed: 0, stuck: 1, stuckNews: 1 })
    expect(asked.map(({ consumer }) => consumer)).toEqual(['ecs:shop/api'])
    expect(lines('stuck')).toEqual([
      expect.objectContaining({
        reason: 'ROLLOUT_FAILED',
        error: expect.stringMatching(
          /kubernetes:shop\/deployment\/api \(failed: .*to the form kubernetes:CLUSTER\/NAMESPACE\//,
        ),
      }),
    ])
    expect(drain()?.rolled).toBeUndefined()
  })
})

describe('consumers that do not come', () => {
  it('are told at once when one failed, and it is over when somebody has mended it', async () => {
    let progress: Progress = { state: 'failed', detail: 'rolled back by the circuit breaker' }
    const { swept, lines, metric, drain } = rolling('ecs:shop/api lambda:orders', async ({ consumer }) =>
      consumer === 'ecs:shop/api' ? progress : { state: 'done' },
    )
    expect(await swept.pass()).toMatchObject({ failed: 0, stuck: 1, stuckNews: 1 })
    expect(lines('stuck')).toEqual([
      expect.objectContaining({
        severity: 'ticket',
        reason: 'ROLLOUT_FAILED',
        owner: 'unowned',
        error: expect.stringContaining('ecs:shop/api (failed: rolled back by the circuit breaker)'),
      }),
    ])
    swept.clock.now += 25 * MINUTE_MS
    expect(await swept.pass()).toMatchObject({ stuck: 1, stuckNews: 0 })
    progress = { state: 'done' }
    expect(await swept.pass()).toMatchObject({ stuck: 0 })
    expect(drain()?.rolled).toBe(swept.clock.now)
    expect([metric('Stuck'), metric('StuckNews')]).toEqual([
      [1, 1, 0],
      [1, 0, 0],
    ])
  })

  it('are told when no function of the deployment reaches one', async () => {
    const { swept, lines } = recordedFleet()
    swept.set(
      'shop',
      { versions: replaced, lastRotated: new Date(since) },
      {
        'overlap:consumers': 'kubernetes:eks/web/deployment/api',
        [STATE_TAG]: encodeState({ drain: { version: 'old', since } }),
      },
    )
    expect(await swept.pass()).toMatchObject({ stuck: 1 })
    expect(lines('stuck')).toEqual([
      expect.objectContaining({
        reason: 'ROLLOUT_FAILED',
        error: expect.stringContaining('no function of this deployment reaches it'),
      }),
    ])
  })

  it.each([
    { after: HOUR_MS, stuck: 0 },
    { after: HOUR_MS + 1000, stuck: 1 },
  ])('are late $after ms after the drain began: $stuck', async ({ after, stuck }) => {
    const { swept, lines } = rolling('ecs:shop/api manual:batch', running, {
      drain: { since: NOW_MS - after },
    })
    expect(await swept.pass()).toMatchObject({ stuck })
    for (const line of lines('stuck')) {
      expect(line).toMatchObject({ reason: 'ROLLOUT_LATE' })
      expect(line.error).toContain('ecs:shop/api (running), manual:batch (running: it has not acknowledged')
      expect(line.error).toContain('npm run overlap -- acknowledge app/db --consumer manual:batch')
      expect(line.error).toContain('npm run overlap -- status app/db')
    }
  })
})
