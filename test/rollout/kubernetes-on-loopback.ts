import { EKSClient } from '@aws-sdk/client-eks'
import { eksWorkloads } from '../../lambdas/aws/kubernetes-cluster.ts'
import { kubernetesRollout } from '../../lambdas/rollout/kubernetes.ts'
import { type MovableClock, movableClock } from '../../sandbox/clock.ts'
import { type Eks, startEks } from '../../sandbox/eks/server.ts'
import { type Kubernetes, startKubernetes } from '../../sandbox/kubernetes/server.ts'

export const CLUSTER = 'eks-shop'

/** A cluster of the sandbox, and the rollout that is deployed, with the real clients. */
export interface OnLoopback {
  readonly clock: MovableClock
  readonly kubernetes: Kubernetes
  readonly eks: Eks
  /** As one invocation makes it. */
  rollout(options?: { cluster?: string; signal?: AbortSignal }): ReturnType<typeof kubernetesRollout>
  close(): Promise<void>
}

export async function startOnLoopback(): Promise<OnLoopback> {
  const clock = movableClock(Date.parse('2026-11-29T03:00:00.250Z'))
  const callers = new Map([['AKIAROLLOUT', 'a secret key']])
  const kubernetes = await startKubernetes({ name: CLUSTER, clock, callers })
  const eks = await startEks()
  eks.add(kubernetes)
  const client = new EKSClient({
    endpoint: eks.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAROLLOUT', secretAccessKey: 'a secret key' },
    maxAttempts: 1,
  })
  return {
    clock,
    kubernetes,
    eks,
    rollout: ({ cluster = CLUSTER, signal = AbortSignal.timeout(20_000) } = {}) =>
      kubernetesRollout(cluster, eksWorkloads({ client, cluster, signal: () => signal, now: clock.now })),
    async close() {
      client.destroy()
      await Promise.allSettled([kubernetes.close(), eks.close()])
    },
  }
}
