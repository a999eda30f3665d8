import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { afterEach } from 'vitest'
import { ecsServices } from '../../lambdas/aws/ecs-services.ts'
import { ecsRollout } from '../../lambdas/rollout/ecs.ts'
import { movableClock } from '../../sandbox/clock.ts'
import { type Ecs, startEcs } from '../../sandbox/ecs/server.ts'
import { rolloutContract } from '../contracts/rollout.contract.ts'

const started: Ecs[] = []
afterEach(async () => {
  for (const ecs of started.splice(0)) await ecs.close().catch(() => {})
})

rolloutContract('ECS', {
  async subject() {
    const clock = movableClock(Date.parse('2026-03-01T03:00:00Z'))
    const ecs = await startEcs({ clock })
    started.push(ecs)
    const running = new Set<string>()
    ecs.seed({
      cluster: 'shop',
      name: 'api',
      desiredCount: 3,
      circuitBreaker: { rollback: true },
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
        await client.send(
          new UpdateServiceCommand({ cluster: 'shop', service: 'api', forceNewDeployment: true }),
        )
      },
      cut: () => ecs.close(),
    }
  },
})
