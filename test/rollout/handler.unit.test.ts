import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Consumer } from '../../lambdas/rollout/consumer.ts'
import { type Rollouts, rolloutHandler } from '../../lambdas/rollout/handler.ts'
import type { Progress, Rollout } from '../../lambdas/rollout/rollout.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const request = {
  action: 'advance',
  consumer: 'ecs:shop/api',
  secretId: SECRET_ARN,
  versionId: 'new',
  since: 1_000,
  created: 900,
}

function wired(
  progress: () => Promise<Progress>,
  start: () => Promise<Progress | undefined> = async () => undefined,
) {
  const recorded = recordedTelemetry()
  const asked: unknown[] = []
  const ecs: Rollout<Extract<Consumer, { kind: 'ecs' }>> = {
    start(consumer, goal) {
      asked.push(['start', consumer.service, goal.versionId])
      return start()
    },
    progress(consumer, goal) {
      asked.push(['progress', consumer.service, goal.versionId])
      return progress()
    },
  }
  const rollouts: Rollouts = { ecs }
  const handler = rolloutHandler({ telemetry: recorded.telemetry, rolloutsFor: () => rollouts })
  const invoke = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 60_000 })
  return { recorded, asked, invoke }
}

const looked = ['progress', 'api', 'new']
const started = ['start', 'api', 'new']

describe('a rollout function', () => {
  it('begins what is absent, and says that it runs', async () => {
    const { invoke, asked } = wired(async () => ({ state: 'absent', detail: '2 of 2 tasks are older' }))
    expect(await invoke(request)).toEqual({ outcome: 'running', reason: '2 of 2 tasks are older' })
    expect(asked).toEqual([looked, started])
  })

  it('says what came of it where that is known at once', async () => {
    const failed = { state: 'failed', detail: 'version 2 does not start' } as const
    const { invoke } = wired(
      async () => ({ state: 'absent' }),
      async () => failed,
    )
    expect(await invoke(request)).toEqual({ outcome: 'failed', reason: failed.detail })
  })

  it('begins nothing when it is to look alone', async () => {
    const { invoke, asked } = wired(async () => ({ state: 'absent' }))
    expect(await invoke({ ...request, action: 'look' })).toEqual({ outcome: 'absent' })
    expect(asked).toEqual([looked])
  })

  it.each(['running', 'done', 'failed'] as const)('begins nothing where a rollout is %s', async (state) => {
    const { invoke, asked } = wired(async () => ({ state, detail: 'so' }))
    expect(await invoke(request)).toEqual({ outcome: state, reason: 'so' })
    expect(asked).toEqual([looked])
  })

  it('knows nothing when the platform does not answer, and begins nothing', async () => {
    const { invoke, asked } = wired(() => Promise.reject(new OverlapError('ECS_FAILED', 'no answer')))
    await expect(invoke(request)).rejects.toMatchObject({ code: 'ECS_FAILED' })
    expect(asked).toEqual([looked])
  })

  it.each([
    ['a refusal', { consumer: 'ecs:shop/api' }, new OverlapError('ECS_FAILED', 'access denied')],
    ['a defect', { consumer: 'ecs:shop/api' }, new TypeError('undefined')],
    ['a request that is not understood', { consumer: 'ecs:api' }, undefined],
  ])('rings nothing for %s, which whoever asked is told: it is a warning', async (_what, part, error) => {
    const { invoke, recorded } = wired(() => Promise.reject(error))
    await expect(invoke({ ...request, ...part })).rejects.toBeInstanceOf(OverlapError)
    expect(recorded.logs()).toMatchObject([{ level: 'WARN', kind: 'rollout', outcome: 'unfinished' }])
    expect(recorded.logs()[0]).not.toHaveProperty('severity')
    expect(recorded.metrics().filter((metric) => 'Failures' in metric)).toEqual([])
  })

  it('is throttled by a platform all the same, which an alarm of its own tells', async () => {
    const detail = { awsError: 'ThrottlingException' }
    const { invoke, recorded } = wired(() =>
      Promise.reject(new OverlapError('ECS_FAILED', 'slow', { detail })),
    )
    await expect(invoke(request)).rejects.toMatchObject({ code: 'ECS_FAILED' })
    expect(recorded.metrics().filter((metric) => 'Throttled' in metric)).toHaveLength(1)
  })

  it('does not say that it runs when it could not be begun', async () => {
    const { invoke } = wired(
      async () => ({ state: 'absent' }),
      () => Promise.reject(new OverlapError('ECS_FAILED', 'refused')),
    )
    await expect(invoke(request)).rejects.toMatchObject({ code: 'ECS_FAILED' })
  })

  it('says which consumer of which secret it was asked about', async () => {
    const { invoke, recorded } = wired(async () => ({ state: 'failed', detail: 'it was rolled back' }))
    await invoke(request)
    expect(recorded.logs()).toMatchObject([
      {
        kind: 'rollout',
        step: 'advance',
        secret: SECRET_ARN,
        version: 'new',
        consumer: 'ecs:shop/api',
        outcome: 'failed',
        reason: 'it was rolled back',
      },
    ])
  })

  it('refuses a kind that it does not know', async () => {
    const { invoke } = wired(async () => ({ state: 'done' }))
    await expect(invoke({ ...request, consumer: 'event:billing' })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining('kind event'),
    })
  })

  it.each([
    ['action', 'begin'],
    ['action', undefined],
    ['consumer', undefined],
    ['consumer', 'ecs:api'],
    ['secretId', 'app/db'],
    ['versionId', ''],
    ['since', '2026-01-01'],
    ['since', Number.NaN],
    ['created', undefined],
  ])('refuses a request whose %s is %j, by name, and asks nothing', async (field, value) => {
    const { invoke, asked } = wired(async () => ({ state: 'done' }))
    await expect(invoke({ ...request, [field]: value })).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining(`field ${field} `),
    })
    expect(asked).toEqual([])
  })

  it.each([null, undefined, 'advance', []])('refuses %j', async (event) => {
    await expect(wired(async () => ({ state: 'done' })).invoke(event)).rejects.toMatchObject({
      code: 'EVENT_INVALID',
    })
  })
})
