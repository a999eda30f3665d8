import { afterEach } from 'vitest'
import { rolloutContract } from '../contracts/rollout.contract.ts'
import { CLUSTER, type OnLoopback, startOnLoopback } from './kubernetes-on-loopback.ts'

const started: OnLoopback[] = []
afterEach(async () => {
  for (const loopback of started.splice(0)) await loopback.close()
})

rolloutContract('a Deployment', {
  async subject() {
    const loopback = await startOnLoopback()
    started.push(loopback)
    const { clock, kubernetes } = loopback
    const workload = kubernetes.seed({ kind: 'deployment', namespace: 'shop', name: 'api', replicas: 3 })
    const consumer = (name: string) => ({
      kind: 'kubernetes' as const,
      cluster: CLUSTER,
      namespace: 'shop',
      workload: 'deployment' as const,
      name,
      synced: undefined,
    })
    return {
      consumer: consumer('api'),
      missing: consumer('missing'),
      rollout: () => loopback.rollout(),
      now() {
        clock.advance(1_000)
        const now = clock.now()
        clock.advance(1_000)
        return now
      },
      settle: async () => clock.advance(1_200_000),
      serves: async () => workload.pods.filter(({ ready }) => ready).length >= 3,
      breaks() {
        workload.health = 'broken'
      },
      heals() {
        workload.health = 'healthy'
      },
      async deployedByHand() {
        workload.restart()
      },
      cut: () => loopback.close(),
    }
  },
})
