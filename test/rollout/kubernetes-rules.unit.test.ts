import { describe, expect, it } from 'vitest'
import type {
  DaemonSetSight,
  DeploymentSight,
  StatefulSetSight,
  WorkloadSight,
} from '../../lambdas/rollout/kubernetes-cluster.ts'
import { rolledOut } from '../../lambdas/rollout/kubernetes-rules.ts'

const common = { uid: 'u', selector: 'app=api', annotations: {}, generation: 4, observedGeneration: 4 }
const deployment: DeploymentSight = {
  ...common,
  workload: 'deployment',
  paused: false,
  deadlineExceeded: false,
  wanted: 3,
  replicas: 3,
  updated: 3,
  available: 3,
}
const set: StatefulSetSight = {
  ...common,
  workload: 'statefulset',
  strategy: 'RollingUpdate',
  partition: 0,
  wanted: 3,
  updated: 3,
  ready: 3,
  currentRevision: 'r2',
  updateRevision: 'r2',
}
const daemons: DaemonSetSight = {
  ...common,
  workload: 'daemonset',
  strategy: 'RollingUpdate',
  wanted: 3,
  updated: 3,
  available: 3,
}

type Row = readonly [sentence: string, sight: WorkloadSight, state: string, told: RegExp]

const rows: readonly Row[] = [
  ['a Deployment with every pod new and available is done', deployment, 'done', /^/],
  [
    'a Deployment whose change nobody has seen runs',
    { ...deployment, observedGeneration: 3 },
    'running',
    /note/,
  ],
  [
    'a Deployment with too few new pods runs',
    { ...deployment, updated: 2 },
    'running',
    /2 of 3 pods are new/,
  ],
  ['a Deployment with old pods runs', { ...deployment, replicas: 5 }, 'running', /2 old pods/],
  [
    'a Deployment waits for pods to be available',
    { ...deployment, available: 1 },
    'running',
    /1 of 3 new pods/,
  ],
  [
    'a Deployment that was scaled to nothing is done',
    { ...deployment, wanted: 0, replicas: 0, updated: 0, available: 0 },
    'done',
    /^/,
  ],
  [
    'a Deployment beyond its deadline failed',
    { ...deployment, updated: 1, deadlineExceeded: true },
    'failed',
    /deadline/,
  ],
  [
    'an older deadline says nothing of a change that nobody has seen',
    { ...deployment, observedGeneration: 3, deadlineExceeded: true },
    'running',
    /^/,
  ],
  [
    'a paused Deployment failed, and is to be resumed',
    { ...deployment, paused: true },
    'failed',
    /kubectl rollout resume/,
  ],
  ['a StatefulSet with every pod new and ready is done', set, 'done', /^/],
  ['a StatefulSet whose change nobody has seen runs', { ...set, observedGeneration: 0 }, 'running', /note/],
  ['a StatefulSet waits for pods to be ready', { ...set, ready: 2 }, 'running', /2 of 3 pods are ready/],
  ['a StatefulSet with old pods runs', { ...set, updated: 1 }, 'running', /1 of 3 pods are new/],
  ['a StatefulSet between revisions runs', { ...set, currentRevision: 'r1' }, 'running', /from r1 to r2/],
  [
    'a StatefulSet that waits for deletions failed, whatever its revisions are',
    { ...set, strategy: 'OnDelete', currentRevision: 'r1' },
    'failed',
    /OnDelete/,
  ],
  ['a StatefulSet with a partition leaves pods behind', { ...set, partition: 1 }, 'failed', /partition 1/],
  [
    'a StatefulSet that waits for deletions failed',
    { ...set, strategy: 'OnDelete' },
    'failed',
    /OnDelete.*delete its pods/,
  ],
  ['a DaemonSet with every pod new and available is done', daemons, 'done', /^/],
  ['a DaemonSet whose change nobody has seen runs', { ...daemons, observedGeneration: 3 }, 'running', /note/],
  ['a DaemonSet with old pods runs', { ...daemons, updated: 2 }, 'running', /2 of 3 pods are new/],
  ['a DaemonSet waits for pods to be available', { ...daemons, available: 0 }, 'running', /0 of 3 pods/],
  ['a DaemonSet that waits for deletions failed', { ...daemons, strategy: 'OnDelete' }, 'failed', /OnDelete/],
]

describe('the rules of a rollout', () => {
  it.each(rows)('%s', (_, sight, state, told) => {
    const progress = rolledOut(sight)
    expect(progress.state).toBe(state)
    expect(progress.detail ?? '').toMatch(told)
  })
})
