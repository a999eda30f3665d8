import type { V1DaemonSet } from '@kubernetes/client-node/dist/gen/models/V1DaemonSet.js'
import type { V1Deployment } from '@kubernetes/client-node/dist/gen/models/V1Deployment.js'
import type { V1StatefulSet } from '@kubernetes/client-node/dist/gen/models/V1StatefulSet.js'
import { describe, expect, it } from 'vitest'
import {
  controllerRevision,
  daemonSetSight,
  deploymentSight,
  isOwnedBy,
  replicaSetRevision,
  secretSight,
  statefulSetSight,
} from '../../lambdas/aws/kubernetes-sights.ts'

const at = (time: string) => new Date(`2026-11-29T${time}Z`)
const metadata = { name: 'api', namespace: 'shop', uid: 'u1', generation: 4 }
const template = { metadata: { annotations: { a: '1' } } }
const selector = { matchLabels: { app: 'api' } }
const seen = { uid: 'u1', selector: 'app=api', annotations: { a: '1' }, generation: 4, observedGeneration: 3 }

describe('what the API says', () => {
  it('of a Deployment', () => {
    const deployment: V1Deployment = {
      metadata,
      spec: { replicas: 3, paused: true, selector, template },
      status: {
        observedGeneration: 3,
        replicas: 4,
        updatedReplicas: 2,
        availableReplicas: 1,
        conditions: [
          { type: 'Available', status: 'True', reason: 'ProgressDeadlineExceeded' },
          { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
        ],
      },
    }
    expect(deploymentSight(deployment)).toEqual({
      ...seen,
      workload: 'deployment',
      paused: true,
      deadlineExceeded: true,
      wanted: 3,
      replicas: 4,
      updated: 2,
      available: 1,
    })
  })

  it('of a Deployment without counts, which are 0, and without a number of pods, which is 1', () => {
    expect(deploymentSight({ metadata, spec: { selector, template } })).toMatchObject({
      paused: false,
      deadlineExceeded: false,
      observedGeneration: 0,
      wanted: 1,
      replicas: 0,
      updated: 0,
      available: 0,
    })
  })

  it('of a StatefulSet', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }
    const set: V1StatefulSet = {
      metadata,
      spec: { replicas: 3, selector, template, serviceName: 'api', updateStrategy },
      status: {
        observedGeneration: 3,
        replicas: 3,
        readyReplicas: 2,
        updatedReplicas: 1,
        currentRevision: 'r1',
        updateRevision: 'r2',
      },
    }
    expect(statefulSetSight(set)).toEqual({
      ...seen,
      workload: 'statefulset',
      strategy: 'RollingUpdate',
      partition: 2,
      wanted: 3,
      ready: 2,
      updated: 1,
      currentRevision: 'r1',
      updateRevision: 'r2',
    })
  })

  it('of a DaemonSet', () => {
    const daemons: V1DaemonSet = {
      metadata,
      spec: { selector, template, updateStrategy: { type: 'OnDelete' } },
      status: {
        observedGeneration: 3,
        currentNumberScheduled: 5,
        desiredNumberScheduled: 3,
        numberMisscheduled: 0,
        numberReady: 2,
        numberAvailable: 1,
        updatedNumberScheduled: 2,
      },
    }
    expect(daemonSetSight(daemons)).toEqual({
      ...seen,
      workload: 'daemonset',
      strategy: 'OnDelete',
      wanted: 3,
      updated: 2,
      available: 1,
    })
  })

  it('of pods to select, as a query takes it', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['web', 'api'] },
      { key: 'stage', operator: 'NotIn', values: ['test'] },
      { key: 'release', operator: 'Exists' },
      { key: 'legacy', operator: 'DoesNotExist' },
    ]
    const spec = { selector: { ...selector, matchExpressions }, template }
    expect(deploymentSight({ metadata, spec }).selector).toBe(
      'app=api,tier in (web,api),stage notin (test),release,!legacy',
    )
  })

  it('of older templates', () => {
    const made = { creationTimestamp: at('03:00:00') }
    const annotations = { 'deployment.kubernetes.io/revision': '7' }
    const revision = { number: 7, annotations: { a: '1' }, created: at('03:00:00').getTime() }
    expect(replicaSetRevision({ metadata: { ...made, annotations }, spec: { selector, template } })).toEqual(
      revision,
    )
    expect(controllerRevision({ metadata: made, revision: 7, data: { spec: { template } } })).toEqual(
      revision,
    )
    expect(controllerRevision({ metadata: made, revision: 7 })).toEqual({ ...revision, annotations: {} })
  })

  it('of whose they are: of the workload that controls them, not of one of the same name', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api', uid: 'u1', controller: true }
    const owned = (ownerReferences: object[]) => isOwnedBy('u1')({ metadata: { ownerReferences } as never })
    expect(owned([owner])).toBe(true)
    expect(owned([{ ...owner, uid: 'u2' }])).toBe(false)
    expect(owned([{ ...owner, controller: false }])).toBe(false)
    expect(isOwnedBy('u1')({})).toBe(false)
  })

  it('of who wrote a Secret when', () => {
    expect(
      secretSight({
        creationTimestamp: at('01:00:00'),
        managedFields: [
          { manager: 'one', time: at('02:00:00'), fieldsV1: { 'f:data': { 'f:password': {} } } },
          { manager: 'two', time: at('03:00:00'), fieldsV1: { 'f:metadata': {} } },
          { manager: 'three', fieldsV1: { 'f:data': {} } },
          { manager: 'four', time: at('04:00:00') },
        ],
      }),
    ).toEqual({
      created: at('01:00:00').getTime(),
      writes: [
        { at: at('02:00:00').getTime(), data: true },
        { at: at('03:00:00').getTime(), data: false },
        { at: at('04:00:00').getTime(), data: false },
      ],
    })
  })
})
