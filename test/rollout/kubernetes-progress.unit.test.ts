import { describe, expect, it } from 'vitest'
import type { DeploymentSight, Revision, StatefulSetSight } from '../../lambdas/rollout/kubernetes-cluster.ts'
import {
  stampedProgress,
  stampedRevision,
  type Unstamped,
  unstampedProgress,
} from '../../lambdas/rollout/kubernetes-progress.ts'
import { writeStamp } from '../../lambdas/rollout/kubernetes-stamp.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const at = (time: string) => Date.parse(`2026-11-29T${time}Z`)
const goal = { secretId: SECRET_ARN, versionId: 'v2', since: at('03:05:00'), created: at('03:00:00') }
const consumer = {
  kind: 'kubernetes' as const,
  cluster: 'eks-shop',
  namespace: 'shop',
  workload: 'deployment' as const,
  name: 'api',
  synced: undefined,
}
const sight: DeploymentSight = {
  workload: 'deployment',
  uid: 'u',
  selector: 'app=api',
  annotations: {},
  generation: 4,
  observedGeneration: 4,
  paused: false,
  deadlineExceeded: false,
  wanted: 2,
  replicas: 2,
  updated: 2,
  available: 2,
}
const revision: Revision = { number: 7, annotations: writeStamp(goal, undefined), created: at('03:05:02') }
const withSynced = (time: string): Revision => ({ ...revision, annotations: writeStamp(goal, at(time)) })
const pod = (time: string) => ({ made: at(time), ending: false })
const ending = (time: string) => ({ made: at(time), ending: true })
const [old, fresh] = [
  [pod('02:00:00'), pod('03:06:00')],
  [pod('03:06:00'), pod('03:05:00')],
]
const base: Unstamped = { consumer, sight, takenBack: undefined, sync: undefined, pods: old }
const unsynced = { missing: 'there is no such Secret' }
const synced = (time: string) => ({ at: at(time) })
const half = { ...sight, updated: 1 }
const set: StatefulSetSight = {
  workload: 'statefulset',
  uid: 'u',
  selector: 'app=api',
  annotations: {},
  generation: 4,
  observedGeneration: 4,
  strategy: 'RollingUpdate',
  partition: 0,
  wanted: 2,
  updated: 2,
  ready: 2,
  currentRevision: 'r2',
  updateRevision: 'r2',
}
/** As its controller leaves it: of what somebody else brings about it keeps no account. */
const onDelete: StatefulSetSight = { ...set, strategy: 'OnDelete', currentRevision: 'r1' }

type Row = readonly [sentence: string, unstamped: Unstamped, state: string, told: RegExp]

const rows: readonly Row[] = [
  ['old pods: a restart would do', base, 'absent', /1 of 2 pods.*a restart replaces them/],
  ['every pod was made since, whoever restarted them', { ...base, pods: fresh }, 'done', /2/],
  [
    'no pod runs, nor is one wanted',
    { ...base, pods: [], sight: { ...sight, wanted: 0, replicas: 0, updated: 0, available: 0 } },
    'done',
    /0/,
  ],
  ['every pod is new, and not all are up', { ...base, pods: fresh, sight: half }, 'running', /1 of 2/],
  ['somebody restarts them, and old ones are left', { ...base, sight: half }, 'running', /1 of 2/],
  [
    'somebody restarts them, and the cluster has not taken note',
    { ...base, sight: { ...sight, observedGeneration: 3 } },
    'running',
    /note/,
  ],
  [
    'somebody restarts them, and old ones end last',
    { ...base, sight: { ...sight, replicas: 3 } },
    'running',
    /1 old pods/,
  ],
  [
    'somebody restarts a StatefulSet, and not all of it has the new revision',
    { ...base, sight: { ...set, currentRevision: 'r1' } },
    'running',
    /from r1 to r2/,
  ],
  [
    'a pod is not available, and nobody restarts anything',
    { ...base, sight: { ...sight, available: 1 } },
    'absent',
    /a restart replaces them/,
  ],
  [
    'what somebody rolls out does not come up, and old ones are left',
    { ...base, sight: { ...half, deadlineExceeded: true } },
    'failed',
    /deadline.*a restart would come to the same; 1 of 2 pods.*events of its pods/,
  ],
  [
    'what is rolled out does not come up, and all that is left is new',
    { ...base, sight: { ...half, deadlineExceeded: true }, pods: fresh },
    'failed',
    /deadline/,
  ],
  [
    'what did not come up was changed, which the cluster has not taken note of',
    { ...base, sight: { ...half, deadlineExceeded: true, observedGeneration: 3 } },
    'running',
    /note/,
  ],
  [
    'old pods are about to end, and the others are new',
    { ...base, pods: [...fresh, ending('02:00:00')] },
    'running',
    /1 old pods have not ended yet/,
  ],
  ['pods that are new are about to end', { ...base, pods: [...fresh, ending('03:06:00')] }, 'done', /2/],
  [
    'a StatefulSet whose pods somebody deletes one after another, and the last ends',
    { ...base, sight: onDelete, pods: [...fresh, ending('02:00:00')] },
    'running',
    /have not ended/,
  ],
  [
    'a StatefulSet whose pods somebody has deleted, by which its template came to be used',
    { ...base, sight: onDelete, pods: fresh },
    'done',
    /2/,
  ],
  [
    'a StatefulSet of which somebody has deleted one pod',
    { ...base, sight: { ...onDelete, updated: 1 } },
    'failed',
    /OnDelete/,
  ],
  ['a restart would not do', { ...base, sight: { ...sight, paused: true } }, 'failed', /resume/],
  [
    'a restart would not do, and the pods are new all the same',
    { ...base, sight: { ...sight, paused: true }, pods: fresh },
    'done',
    /2/,
  ],
  ['the Secret is not synced', { ...base, sync: unsynced }, 'running', /waits for Secret/],
  [
    'the Secret is not synced, and the pods are new',
    { ...base, sync: unsynced, pods: fresh },
    'running',
    /waits/,
  ],
  [
    'the Secret is not synced, and a pod that starts later would read it',
    { ...base, sync: unsynced, pods: [] },
    'running',
    /waits/,
  ],
  [
    'the Secret is synced, and the pods were made before',
    { ...base, sync: synced('03:06:00'), pods: fresh },
    'absent',
    /2 of 2/,
  ],
  [
    'the Secret is synced, and the pods were made later',
    { ...base, sync: synced('03:04:00'), pods: fresh },
    'done',
    /2/,
  ],
  [
    'the restart was taken back: a person has to see to it',
    { ...base, takenBack: revision },
    'failed',
    /revision 7.*kubectl --namespace shop patch deployment api --patch '\{"spec/,
  ],
  [
    'the restart was taken back, which is under way',
    { ...base, takenBack: revision, sight: half },
    'running',
    /1 of 2/,
  ],
  [
    'the restart was taken back, by which every pod is new',
    { ...base, takenBack: revision, pods: fresh },
    'done',
    /2/,
  ],
  [
    'the restart was taken back, and the Secret written once more since',
    { ...base, takenBack: withSynced('03:04:00'), sync: synced('04:00:00'), pods: fresh },
    'done',
    /2/,
  ],
]

describe('a workload without the stamp', () => {
  it.each(rows)('%s', (_, unstamped, state, told) => {
    const progress = unstampedProgress(unstamped, goal)
    expect(progress.state).toBe(state)
    expect(progress.detail).toMatch(told)
  })

  it('says a command that stamps the template as a restart would, as a shell takes it', () => {
    const odd = { ...goal, versionId: "it's" }
    const takenBack = { ...revision, annotations: writeStamp(odd, undefined) }
    const { detail = '' } = unstampedProgress({ ...base, takenBack }, odd)
    const patch = /--patch '(.*)'$/.exec(detail)?.[1]?.replaceAll(`'\\''`, "'") ?? ''
    expect(JSON.parse(patch)).toEqual({
      spec: { template: { metadata: { annotations: writeStamp(odd, undefined) } } },
    })
  })
})

describe('a workload with the stamp', () => {
  const stamped = { ...sight, annotations: writeStamp(goal, at('03:05:30')) }

  it.each([
    ['before the version was there', '03:04:59', 'running'],
    ['in the second in which the Secret was written', '03:05:30', 'running'],
    ['after the Secret was written', '03:05:31', 'done'],
  ])('of which a pod is about to end that was made %s', (_, made, state) => {
    expect(stampedProgress(stamped, [...fresh, ending(made)], goal)).toMatchObject({ state })
  })

  it('leaves pods that stay to the rules: whatever bears its labels besides is not its own', () => {
    expect(stampedProgress(stamped, old, goal)).toEqual({ state: 'done' })
  })
})

describe('a restart that was taken back', () => {
  const older: Revision = { ...revision, number: 3 }
  it.each([
    ['is the newest template with the stamp', [older, revision], 7],
    [
      'is none that was stamped for another version',
      [{ ...revision, annotations: writeStamp({ ...goal, versionId: 'v1' }, undefined) }],
      undefined,
    ],
    [
      'is none that was stamped before the version came back',
      [{ ...revision, annotations: writeStamp({ ...goal, since: at('01:00:00') }, undefined) }],
      undefined,
    ],
  ])('%s', (_, revisions, number) => {
    expect(stampedRevision(revisions, goal)?.number).toBe(number)
  })
})
