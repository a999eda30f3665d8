import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { afterEach, describe, expect, it } from 'vitest'
import { rolloutEvents } from '../../lambdas/aws/rollout-events.ts'
import { eventRollout } from '../../lambdas/rollout/event.ts'
import { type EventBus, startEventBus } from '../../sandbox/event-bus/server.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const started: EventBus[] = []
afterEach(async () => {
  for (const bus of started.splice(0)) await bus.close()
})

async function wired() {
  const bus = await startEventBus()
  started.push(bus)
  const client = new EventBridgeClient({
    endpoint: bus.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  })
  const rollout = eventRollout(
    rolloutEvents(client, () => AbortSignal.timeout(10_000)),
    'payments',
  )
  return { bus, client, rollout }
}

const billing = { kind: 'event', name: 'billing' } as const
const goal = { secretId: SECRET_ARN, versionId: 'new', since: 2, created: 1 }

describe('a consumer that is told by an event', () => {
  it('hears which secret has which version', async () => {
    const { bus, rollout } = await wired()
    await rollout.start(billing, goal)
    expect(bus.events()).toMatchObject([
      {
        source: 'overlap',
        'detail-type': 'Overlap Rollout Requested',
        resources: [SECRET_ARN],
        detail: { secret: SECRET_ARN, versionId: 'new', consumer: 'event:billing' },
      },
    ])
  })

  it('is told again each time, and is nowhere by being told: it says with which command it acknowledges', async () => {
    const { bus, rollout } = await wired()
    for (const _ of [1, 2]) {
      await rollout.start(billing, goal)
      expect(await rollout.progress(billing, goal)).toEqual({
        state: 'absent',
        detail: expect.stringMatching(/acknowledge \S+ --consumer event:billing --deployment payments$/),
      })
    }
    expect(bus.events()).toHaveLength(2)
  })

  it('was not told when the bus cannot be reached', async () => {
    const { bus, rollout } = await wired()
    await bus.close()
    started.length = 0
    await expect(rollout.start(billing, goal)).rejects.toMatchObject({ code: 'EVENTS_FAILED' })
  })

  it.each([
    { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'try again' }] },
    { FailedEntryCount: 0, Entries: [] },
    { FailedEntryCount: undefined, Entries: [{ EventId: 'id' }] },
  ])('was not told when the bus answers %j', async (answer) => {
    const { client, rollout } = await wired()
    client.middlewareStack.add(
      () => async () => ({ output: { $metadata: {}, ...answer }, response: undefined }),
      { step: 'initialize' },
    )
    await expect(rollout.start(billing, goal)).rejects.toMatchObject({
      code: 'EVENTS_FAILED',
      message: expect.stringContaining('event:billing'),
    })
  })
})
