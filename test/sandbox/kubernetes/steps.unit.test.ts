import { describe, expect, it } from 'vitest'
import { nextSteps, type SeenPod, type Situation } from '../../../sandbox/kubernetes/steps.ts'

const pod = (name: string, place: number, more: Partial<SeenPod<string>> = {}): SeenPod<string> => ({
  pod: name,
  place,
  isNew: false,
  ready: true,
  staying: true,
  ...more,
})
const three = [pod('a', 0), pod('b', 1), pod('c', 2)]
const fresh = { isNew: true }
const base: Situation<string> = { kind: 'deployment', wanted: 3, rolling: true, partition: 0, pods: three }

type Row = readonly [
  sentence: string,
  situation: Partial<Situation<string>>,
  create: readonly number[],
  remove: readonly string[],
]

const rows: readonly Row[] = [
  ['a Deployment makes a pod beyond what is wanted, and ends none yet', {}, [0], []],
  [
    'a Deployment waits for the new pod',
    { pods: [...three, pod('d', 0, { ...fresh, ready: false })] },
    [],
    [],
  ],
  [
    'a Deployment ends an old pod for each new one that is ready',
    { pods: [...three, pod('d', 0, fresh)] },
    [],
    ['a'],
  ],
  [
    'a Deployment ends an old pod that is not ready at once',
    { pods: [pod('a', 0, { ready: false }), pod('b', 0), pod('c', 0)] },
    [0],
    ['a'],
  ],
  ['a paused Deployment changes nothing', { rolling: false }, [], []],
  [
    'a Deployment whose pods are all new does nothing',
    { pods: three.map((one) => ({ ...one, ...fresh })) },
    [],
    [],
  ],
  [
    'a Deployment that is scaled down ends pods',
    { wanted: 1, pods: three.map((one) => ({ ...one, ...fresh })) },
    [],
    ['b', 'c'],
  ],
  ['a StatefulSet ends the pod with the highest ordinal first', { kind: 'statefulset' }, [], ['c']],
  ['a StatefulSet makes the pod that is missing', { kind: 'statefulset', pods: three.slice(0, 2) }, [2], []],
  [
    'a StatefulSet waits for a pod that ends',
    { kind: 'statefulset', pods: [...three.slice(0, 2), pod('c', 2, { staying: false, ready: false })] },
    [],
    [],
  ],
  [
    'a StatefulSet waits for a pod that is not ready',
    { kind: 'statefulset', pods: [...three.slice(0, 2), pod('c', 2, { ...fresh, ready: false })] },
    [],
    [],
  ],
  [
    'a StatefulSet makes its pods in order',
    { kind: 'statefulset', pods: [pod('a', 0, { ready: false })] },
    [],
    [],
  ],
  [
    'a StatefulSet leaves the pods below its partition',
    { kind: 'statefulset', partition: 2, pods: [...three.slice(0, 2), pod('c', 2, fresh)] },
    [],
    [],
  ],
  ['a StatefulSet that waits for deletions ends nothing', { kind: 'statefulset', rolling: false }, [], []],
  ['a DaemonSet ends one pod at a time', { kind: 'daemonset' }, [], ['c']],
  [
    'a DaemonSet makes a pod on every node that has none',
    { kind: 'daemonset', pods: [pod('a', 0)] },
    [1, 2],
    [],
  ],
  [
    'a DaemonSet replaces what is down first',
    { kind: 'daemonset', pods: [pod('a', 0, { ready: false }), pod('b', 1), pod('c', 2)] },
    [],
    ['a'],
  ],
]

describe('a controller', () => {
  it.each(rows)('of %s', (_, situation, create, remove) => {
    expect(nextSteps({ ...base, ...situation })).toEqual({ create, remove })
  })
})
