import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { afterEach, describe, expect, it } from 'vitest'
import { ecsServices } from '../../lambdas/aws/ecs-services.ts'
import { ecsRollout } from '../../lambdas/rollout/ecs.ts'
import { movableClock } from '../../sandbox/clock.ts'
import { type Ecs, startEcs } from '../../sandbox/ecs/server.ts'
import { rolloutContract } from '../contracts/rollout.contract.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const started: Ecs[] = []
afterEach(async () => {
  for (const ecs of started.splice(0)) await ecs.close().catch(() => {})
})

async function api(circuitBreaker: { readonly rollback: boolean } | undefined) {
  const clock = movableClock(Date.parse('2026-03-01T03:00:00Z'))
  const ecs = await startEcs({ clock })
  started.push(ecs)
  const running = new Set<string>()
  ecs.seed({
    cluster: 'shop',
    name: 'api',
    desiredCount: 3,
    ...(circuitBreaker === undefined ? {} : { circuitBreaker }),
    onTaskStarted: (task) => running.add(task),
    onTaskStopped: (task) => running.delete(task),
  })
  const client = new ECSClient({
    endpoint: ecs.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  })
  return {
    ecs,
    consumer: { kind: 'ecs' as const, cluster: 'shop', service: 'api' },
    missing: { kind: 'ecs' as const, cluster: 'shop', service: 'missing' },
    rollout: () => ecsRollout(ecsServices(client, () => AbortSignal.timeout(10_000))),
    now() {
      clock.advance(1_000)
      const now = clock.now()
      clock.advance(1_000)
      return now
    },
    settle: async () => clock.advance(600_000),
    serves: async () => running.size >= 3,
    breaks: () => ecs.setHealth('shop', 'api', 'crashing'),
    heals: () => ecs.setHealth('shop', 'api', 'healthy'),
    async deployedByHand() {
      const command = new UpdateServiceCommand({ cluster: 'shop', service: 'api', forceNewDeployment: true })
      await client.send(command)
    },
    cut: () => ecs.close(),
  }
}

rolloutContract('ECS, with a circuit breaker that rolls back', { subject: () => api({ rollback: true }) })
rolloutContract('ECS, with a circuit breaker that stops', { subject: () => api({ rollback: false }) })

describe('a rollout of a service', () => {
  it('whose new tasks never come to run goes on, is not begun again, and nothing ends that ran', async () => {
    const { ecs, consumer, rollout, now, settle, serves } = await api(undefined)
    const since = now()
    const goal = { secretId: SECRET_ARN, versionId: 'new', since, created: since }
    ecs.setHealth('shop', 'api', 'stuck')
    await rollout().start(consumer, goal)
    for (const _ of [1, 2, 3]) {
      await settle()
      expect(await rollout().progress(consumer, goal)).toEqual({
        state: 'running',
        detail:
          'the deployment is IN_PROGRESS; 0 of 3 tasks run that began since, 3 began before the version was there, 3 are starting',
      })
      expect(await serves()).toBe(true)
    }
  })

  it('that ECS had given up before is failed, is not begun, and is done once somebody deployed what works', async () => {
    const { ecs, consumer, rollout, now, settle, serves, ...by } = await api({ rollback: false })
    by.breaks()
    await by.deployedByHand()
    await settle()
    const since = now()
    const goal = { secretId: SECRET_ARN, versionId: 'new', since, created: since }
    expect(await rollout().progress(consumer, goal)).toEqual({
      state: 'failed',
      detail: expect.stringMatching(/did not come up \(.*circuit breaker.*\).*3 began before/),
    })
    expect(await serves()).toBe(true)
    by.heals()
    await by.deployedByHand()
    await settle()
    expect((await rollout().progress(consumer, goal)).state).toBe('done')
  })

  it('is done though it was never begun, once every task was replaced', async () => {
    const { ecs, consumer, rollout, now, settle } = await api(undefined)
    const since = now()
    const goal = { secretId: SECRET_ARN, versionId: 'new', since, created: since }
    ecs.stopTasks('shop', 'api')
    await settle()
    expect((await rollout().progress(consumer, goal)).state).toBe('done')
    expect(ecs.calls()).not.toHaveProperty('UpdateService')
  })
})
