import { describe, expect, it } from 'vitest'
import { kubernetesRollout } from '../../lambdas/rollout/kubernetes.ts'
import type {
  Annotations,
  KubernetesCluster,
  SecretSight,
  WorkloadSight,
} from '../../lambdas/rollout/kubernetes-cluster.ts'
import { clusterVariable } from '../../lambdas/rollout/kubernetes-environment.ts'
import { writeStamp } from '../../lambdas/rollout/kubernetes-stamp.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const since = Date.parse('2026-11-29T03:05:00Z')
const goal = { secretId: SECRET_ARN, versionId: 'v2', since, created: since - 60_000 }
const consumer = {
  kind: 'kubernetes' as const,
  cluster: 'eks-shop',
  namespace: 'shop',
  workload: 'deployment' as const,
  name: 'api',
  synced: undefined,
}

const sight: WorkloadSight = {
  workload: 'deployment',
  uid: 'u',
  selector: 'app=api',
  annotations: {},
  generation: 1,
  observedGeneration: 1,
  paused: false,
  deadlineExceeded: false,
  wanted: 1,
  replicas: 1,
  updated: 1,
  available: 1,
}

/** A Deployment with one old pod. `onRevisions`: what happens while the history is read. */
function cluster({
  secret,
  onRevisions,
  ending = false,
}: {
  secret?: SecretSight
  onRevisions?: () => void
  ending?: boolean
} = {}) {
  const state = { annotations: {} as Annotations, writes: 0, updated: 1 }
  const fake: KubernetesCluster = {
    workload: async () => ({ ...sight, annotations: state.annotations, updated: state.updated }),
    async annotate(_, annotations) {
      state.annotations = { ...state.annotations, ...annotations }
      state.writes++
    },
    async revisions() {
      onRevisions?.()
      return [{ number: 1, annotations: state.annotations, created: since }]
    },
    pods: async () => [{ made: since - 3_600_000, ending }],
    secret: async () => secret,
  }
  return { state, rollout: kubernetesRollout('eks-shop', fake) }
}

describe('a rollout of Kubernetes', () => {
  it('writes nothing where the stamp is there', async () => {
    const { state, rollout } = cluster()
    await rollout.start(consumer, goal)
    await rollout.start(consumer, { ...goal, since: since - 1 })
    expect(state).toMatchObject({ annotations: writeStamp(goal, undefined), writes: 1 })
  })

  it('asks for pods that end once all others are new', async () => {
    const { state, rollout } = cluster({ ending: true })
    await rollout.start(consumer, goal)
    await expect(rollout.progress(consumer, goal)).resolves.toMatchObject({ state: 'running' })
    state.updated = 0
    await expect(rollout.progress(consumer, goal)).resolves.toMatchObject({ detail: '0 of 1 pods are new' })
  })

  it('takes a stamp that another pass writes while it looks for no restart that was taken back', async () => {
    const onRevisions = () => void Object.assign(state, { annotations: writeStamp(goal, undefined) })
    const { state, rollout } = cluster({ onRevisions })
    await expect(rollout.progress(consumer, goal)).resolves.toEqual({ state: 'done' })
  })

  it.each([
    ['is missing', undefined],
    [
      'was last written before the version was made',
      { created: 0, writes: [{ at: goal.created - 1, data: true }] },
    ],
  ])('restarts nothing, not even when asked to, while its Secret %s', async (_, secret) => {
    const { state, rollout } = cluster(secret === undefined ? {} : { secret })
    const waiting = { ...consumer, synced: 'db' }
    await expect(rollout.progress(waiting, goal)).resolves.toMatchObject({ state: 'running' })
    await rollout.start(waiting, goal)
    expect(state.writes).toBe(0)
  })

  it('records when the Secret was written that it restarts for', async () => {
    const { state, rollout } = cluster({ secret: { created: 0, writes: [{ at: since, data: true }] } })
    await rollout.start({ ...consumer, synced: 'db' }, goal)
    expect(state.annotations).toEqual(writeStamp(goal, since))
  })

  it('refuses what another cluster has', async () => {
    const { state, rollout } = cluster()
    const other = { ...consumer, cluster: 'eks-other' }
    for (const act of ['progress', 'start'] as const)
      await expect(rollout[act](other, goal)).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringMatching(/eks-shop.*eks-other.*OVERLAP_ROLLOUTS/),
      })
    expect(state.writes).toBe(0)
  })
})

describe('OVERLAP_CLUSTER', () => {
  it('is the name of a cluster', () => {
    expect(clusterVariable({ OVERLAP_CLUSTER: 'eks-shop_2' })).toBe('eks-shop_2')
    for (const name of [undefined, '', 'a/b', '-a', 'x'.repeat(101)])
      expect(() => clusterVariable({ OVERLAP_CLUSTER: name })).toThrow('OVERLAP_CLUSTER')
  })
})
