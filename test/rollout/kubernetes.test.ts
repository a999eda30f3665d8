import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConsumer } from '../../lambdas/rollout/consumer.ts'
import type { KubernetesConsumer } from '../../lambdas/rollout/kubernetes-progress.ts'
import { writeStamp } from '../../lambdas/rollout/kubernetes-stamp.ts'
import type { Goal } from '../../lambdas/rollout/rollout.ts'
import { documentedRole } from '../../sandbox/kubernetes/access.ts'
import type { SeededWorkload, Workload } from '../../sandbox/kubernetes/server.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { type OnLoopback, startOnLoopback } from './kubernetes-on-loopback.ts'

const MINUTE = 60_000
let loopback: OnLoopback

beforeEach(async () => {
  loopback = await startOnLoopback()
})
afterEach(() => loopback.close())

const consumerOf = (text: string) => parseConsumer(`kubernetes:eks-shop/shop/${text}`) as KubernetesConsumer

function seed(kind: SeededWorkload['kind'], more: Partial<SeededWorkload> = {}) {
  const workload = loopback.kubernetes.seed({ kind, namespace: 'shop', name: 'api', ...more })
  loopback.clock.advance(10 * MINUTE)
  return { workload, consumer: consumerOf(`${kind}/api`) }
}

/** A version that has just become AWSCURRENT. */
function goalNow(versionId = 'v2'): Goal {
  const { clock } = loopback
  clock.advance(2_000)
  const since = clock.now()
  clock.advance(2_000)
  return { secretId: SECRET_ARN, versionId, since, created: since - MINUTE }
}

const progressOf = (consumer: KubernetesConsumer, goal: Goal) => loopback.rollout().progress(consumer, goal)

/** One pass of the sweep. */
async function pass(consumer: KubernetesConsumer, goal: Goal) {
  const found = await progressOf(consumer, goal)
  if (found.state === 'absent') await loopback.rollout().start(consumer, goal)
  return found
}

const podsOf = ({ staying }: Workload) => staying.map(({ uid }) => uid).toSorted()
const isReady = ({ ready }: { ready: boolean }) => ready

describe.each([
  ['deployment', 3],
  ['statefulset', 2],
  ['daemonset', 2],
] as const)('a %s', (kind, atLeast) => {
  it('replaces every pod once, a few at a time, and says how far it is', async () => {
    const { workload, consumer } = seed(kind)
    const goal = goalNow()
    const before = podsOf(workload)

    expect(await pass(consumer, goal)).toMatchObject({ state: 'absent' })
    const told = new Set<string>()
    for (let second = 0; second < 60; second++) {
      loopback.clock.advance(1_000)
      const { state, detail = '' } = await progressOf(consumer, goal)
      if (state === 'done') break
      expect(state).toBe('running')
      told.add(detail)
      expect(workload.pods.filter(isReady).length).toBeGreaterThanOrEqual(atLeast)
    }

    expect(await progressOf(consumer, goal)).toEqual({ state: 'done' })
    expect([...told].join('\n')).toMatch(/1 of 3 pods are new|2 of 3 pods are ready/)
    expect(podsOf(workload).some((uid) => before.includes(uid))).toBe(false)
    const after = podsOf(workload)
    await loopback.rollout().start(consumer, goal)
    loopback.clock.advance(10 * MINUTE)
    expect(podsOf(workload)).toEqual(after)
  })

  it('that somebody takes back by kubectl rollout undo halfway is told once, and not restarted again', async () => {
    const { workload, consumer } = seed(kind)
    const goal = goalNow()
    await pass(consumer, goal)
    loopback.clock.advance(6_000)
    workload.undo()
    loopback.clock.advance(10 * MINUTE)

    const { state, detail } = await pass(consumer, goal)
    expect([state, detail]).toEqual(['failed', expect.stringContaining(`patch ${kind} api --patch`)])
    const pods = podsOf(workload)
    loopback.clock.advance(10 * MINUTE)
    await pass(consumer, goal)
    expect(podsOf(workload)).toEqual(pods)

    workload.change({ annotations: { ...workload.annotations, ...writeStamp(goal, undefined) } })
    loopback.clock.advance(10 * MINUTE)
    expect(await progressOf(consumer, goal)).toEqual({ state: 'done' })
  })

  it('whose stamp is taken away by a tool with each of its rollouts is there all the same', async () => {
    const { workload, consumer } = seed(kind)
    const goal = goalNow()
    await pass(consumer, goal)
    loopback.clock.advance(10 * MINUTE)
    workload.change({ annotations: { 'app.example/release': '7' } })
    loopback.clock.advance(10 * MINUTE)
    expect(await progressOf(consumer, goal)).toMatchObject({
      state: 'done',
      detail: expect.stringContaining('3'),
    })
  })
})

it('a Deployment that somebody else restarts is left to that, and is not restarted once more', async () => {
  const started: string[] = []
  const { workload, consumer } = seed('deployment', { onPodStarted: ({ name }) => started.push(name) })
  const goal = goalNow()
  started.length = 0
  workload.restart()
  const states = new Set<string>()
  for (let second = 0; second < 60; second++) {
    states.add((await pass(consumer, goal)).state)
    loopback.clock.advance(1_000)
  }
  expect([[...states], started.length]).toEqual([['running', 'done'], 3])
})

it.each([true, false])('a Deployment is not there while an old pod ends, stamped: %s', async (isStamped) => {
  const pace = { startMs: 2_000, readyMs: 3_000, stopMs: 60 * MINUTE }
  let running = 0
  const { workload, consumer } = seed('deployment', {
    pace,
    onPodStarted: () => running++,
    onPodStopped: () => running--,
  })
  const goal = goalNow()
  if (isStamped) await pass(consumer, goal)
  else workload.restart()
  loopback.clock.advance(2 * MINUTE)
  expect([await pass(consumer, goal), running]).toEqual([
    { state: 'running', detail: expect.stringMatching(/^3 old pods have not ended/) },
    6,
  ])
  loopback.clock.advance(60 * MINUTE)
  expect([(await pass(consumer, goal)).state, running]).toEqual(['done', 3])
})

it('a Deployment of which a new image does not come up is failed, and is not restarted into it', async () => {
  const { workload, consumer } = seed('deployment')
  workload.health = 'broken'
  workload.restart()
  loopback.clock.advance(20 * MINUTE)
  const goal = goalNow()
  const { generation } = workload
  expect(await pass(consumer, goal)).toMatchObject({
    state: 'failed',
    detail: expect.stringMatching(/deadline.*4 of 4 pods may have read an older version/),
  })
  expect(workload.generation).toBe(generation)
  workload.health = 'healthy'
  workload.restart()
  loopback.clock.advance(10 * MINUTE)
  expect((await pass(consumer, goal)).state).toBe('done')
})

describe('a StatefulSet or DaemonSet that restarts only what somebody deletes', () => {
  it.each(['statefulset', 'daemonset'] as const)('is failed, as %s, until somebody has', async (kind) => {
    const { workload, consumer } = seed(kind, { strategy: 'OnDelete' })
    const goal = goalNow()
    expect(await pass(consumer, goal)).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('OnDelete'),
    })
    expect(workload.generation).toBe(1)
    // Its template was changed as well, which by itself restarts nothing.
    workload.restart()
    for (const pod of workload.pods) pod.delete()
    loopback.clock.advance(10 * MINUTE)
    expect(await progressOf(consumer, goal)).toMatchObject({ state: 'done' })
  })
})

it('a StatefulSet with a partition is failed, and is not restarted in part', async () => {
  const { workload, consumer } = seed('statefulset', { partition: 2 })
  const goal = goalNow()
  expect(await pass(consumer, goal)).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('partition 2'),
  })
  workload.change({ partition: 0 })
  loopback.clock.advance(10 * MINUTE)
  await pass(consumer, goal)
  loopback.clock.advance(10 * MINUTE)
  expect(await progressOf(consumer, goal)).toEqual({ state: 'done' })
})

it('a paused Deployment is failed until it is resumed, with its stamp or without', async () => {
  const { workload, consumer } = seed('deployment')
  const goal = goalNow()
  workload.change({ paused: true })
  expect(await pass(consumer, goal)).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('resume'),
  })
  workload.change({ paused: false })
  loopback.clock.advance(1_000)
  expect(await pass(consumer, goal)).toMatchObject({ state: 'absent' })
  workload.change({ paused: true })
  expect(await pass(consumer, goal)).toMatchObject({ state: 'failed' })
  workload.change({ paused: false })
  loopback.clock.advance(10 * MINUTE)
  expect(await pass(consumer, goal)).toEqual({ state: 'done' })
})

it('a Deployment whose new pods do not come up runs until its deadline, and serves all the while', async () => {
  const { workload, consumer } = seed('deployment')
  const goal = goalNow()
  workload.health = 'broken'
  await pass(consumer, goal)
  loopback.clock.advance(9 * MINUTE)
  expect(await progressOf(consumer, goal)).toMatchObject({ state: 'running' })
  loopback.clock.advance(2 * MINUTE)
  expect(await progressOf(consumer, goal)).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('deadline'),
  })
  expect(workload.pods.filter(isReady)).toHaveLength(3)
})

describe('a Secret that is synced', () => {
  const consumer = consumerOf('deployment/api@db')

  it('comes first: its workload waits for it, and reads it then', async () => {
    const { kubernetes, clock } = loopback
    const read: string[] = []
    const password = () => kubernetes.secretData('shop', 'db').password ?? ''
    kubernetes.syncSecret('shop', 'db', { password: 'old' })
    seed('deployment', { onPodStarted: () => read.push(password()) })
    const goal = goalNow()
    for (const _ of [1, 2, 3]) {
      expect(await pass(consumer, goal)).toMatchObject({
        state: 'running',
        detail: expect.stringMatching(/waits for Secret db .*last written at/),
      })
      clock.advance(5 * MINUTE)
    }
    kubernetes.syncSecret('shop', 'db', { password: 'new' })
    clock.advance(2_000)
    expect(await pass(consumer, goal)).toMatchObject({ state: 'absent' })
    clock.advance(10 * MINUTE)
    expect(await pass(consumer, goal)).toEqual({ state: 'done' })
    expect(read).toEqual(['old', 'old', 'old', 'new', 'new', 'new'])
  })

  it('is asked for its metadata alone', async () => {
    const { kubernetes } = loopback
    kubernetes.syncSecret('shop', 'db', { password: 'a canary' })
    seed('deployment')
    expect(await pass(consumer, goalNow())).toMatchObject({ state: 'running' })
    expect(kubernetes.calls().filter(({ path }) => path.includes('/secrets/'))).toEqual([
      { method: 'GET', path: '/api/v1/namespaces/shop/secrets/db', status: 200 },
    ])
  })

  it('that is missing is waited for', async () => {
    seed('deployment')
    expect(await pass(consumer, goalNow())).toMatchObject({
      state: 'running',
      detail: expect.stringContaining('no such Secret'),
    })
  })

  it('is waited for again after a rollback, though it was written after the version was made', async () => {
    const { kubernetes, clock } = loopback
    kubernetes.syncSecret('shop', 'db', { password: 'v1' })
    const { workload } = seed('deployment')
    const second = goalNow('v2')
    kubernetes.syncSecret('shop', 'db', { password: 'v2' })
    await pass(consumer, second)
    clock.advance(10 * MINUTE)
    expect(await pass(consumer, second)).toEqual({ state: 'done' })

    const back = { ...goalNow('v1'), created: second.created - 60 * MINUTE }
    const { generation } = workload
    expect(await pass(consumer, back)).toMatchObject({
      state: 'running',
      detail: expect.stringContaining('with version v2'),
    })
    expect(workload.generation).toBe(generation)
    kubernetes.syncSecret('shop', 'db', { password: 'v1' })
    clock.advance(2_000)
    await pass(consumer, back)
    clock.advance(10 * MINUTE)
    expect(await pass(consumer, back)).toEqual({ state: 'done' })
  })

  it('that was synced after a rollback, and before a pass saw that, is there', async () => {
    const { kubernetes, clock } = loopback
    const read: string[] = []
    kubernetes.syncSecret('shop', 'db', { password: 'v1' })
    seed('deployment', { onPodStarted: () => read.push(kubernetes.secretData('shop', 'db').password ?? '') })
    const second = goalNow('v2')
    kubernetes.syncSecret('shop', 'db', { password: 'v2' })
    await pass(consumer, second)
    clock.advance(10 * MINUTE)
    kubernetes.syncSecret('shop', 'db', { password: 'v1' })
    clock.advance(5 * MINUTE)
    const since = goalNow('v1').since
    const back = { ...goalNow('v1'), since, created: since - MINUTE / 2, rolledBack: 'v2' }
    read.length = 0
    expect(await pass(consumer, back)).toMatchObject({ state: 'absent' })
    clock.advance(10 * MINUTE)
    expect([await pass(consumer, back), read]).toEqual([{ state: 'done' }, ['v1', 'v1', 'v1']])
  })
})

describe('what the cluster refuses', () => {
  it.each([
    ['get', 'deployments.apps', 'deployment/api'],
    ['patch', 'deployments.apps', 'deployment/api'],
    ['list', 'replicasets.apps', 'deployment/api'],
    ['list', 'controllerrevisions.apps', 'statefulset/api'],
    ['list', 'pods', 'deployment/api'],
    ['get', 'secrets', 'deployment/api@db'],
  ] as const)('to %s %s is named as the right that is missing', async (verb, resource, text) => {
    const { kubernetes } = loopback
    const consumer = consumerOf(text)
    seed(consumer.workload)
    kubernetes.allow(
      documentedRole.flatMap((rule) =>
        rule.resources.map((one) => ({
          resources: [one],
          verbs: rule.verbs.filter((other) => one !== resource || other !== verb),
        })),
      ),
    )
    await expect(pass(consumer, goalNow())).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
      message: expect.stringMatching(new RegExp(`grant the verb ${verb} on ${resource} in namespace shop`)),
    })
  })

  it('because it does not know who asks is told apart', async () => {
    seed('deployment')
    const goal = goalNow()
    const elsewhere = await startOnLoopback()
    elsewhere.eks.add(loopback.kubernetes)
    // Its tokens are an hour old for this cluster.
    loopback.clock.advance(60 * MINUTE)
    await expect(elsewhere.rollout().progress(consumerOf('deployment/api'), goal)).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
      message: expect.stringContaining('access entry'),
    })
    await elsewhere.close()
  })
})

describe('the way to the cluster', () => {
  it('is taken only where its certificate is of its own authority: no token leaves otherwise', async () => {
    const { kubernetes, eks } = loopback
    const other = await startOnLoopback()
    eks.add({ ...kubernetes, ca: other.kubernetes.ca })
    seed('deployment')
    await expect(progressOf(consumerOf('deployment/api'), goalNow())).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
      message: expect.stringMatching(/not answered \(\w*(CERT|SIGNATURE|VERIFY)\w*\)/),
    })
    expect(kubernetes.calls()).toEqual([])
    await other.close()
  })

  it('is unknown where EKS knows no such cluster', async () => {
    const consumer = parseConsumer('kubernetes:eks-none/shop/deployment/api') as KubernetesConsumer
    const rollout = loopback.rollout({ cluster: 'eks-none' })
    await expect(rollout.progress(consumer, goalNow())).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
      message: 'there is no EKS cluster eks-none in this Region',
    })
  })

  it('ends when the time of the function is up', async () => {
    seed('deployment')
    const rollout = loopback.rollout({ signal: AbortSignal.abort() })
    await expect(rollout.progress(consumerOf('deployment/api'), goalNow())).rejects.toMatchObject({
      code: 'TIME_UP',
    })
  })

  it('leads past nothing that would say the token', async () => {
    seed('deployment')
    const errors: unknown[] = []
    loopback.kubernetes.allow([])
    await progressOf(consumerOf('deployment/api'), goalNow()).catch((error) => errors.push(error))
    await loopback.kubernetes.close()
    await progressOf(consumerOf('deployment/api'), goalNow()).catch((error) => errors.push(error))
    expect(errors).toHaveLength(2)
    for (const error of errors as (Error & { detail: object })[])
      expect(`${error.message}${error.stack}${error.cause}${JSON.stringify(error.detail)}`).not.toMatch(
        /k8s-aws-v1|X-Amz|Bearer/,
      )
  })
})
