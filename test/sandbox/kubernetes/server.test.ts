import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eksToken } from '../../../lambdas/aws/eks-token.ts'
import { type MovableClock, movableClock } from '../../../sandbox/clock.ts'
import { type Kubernetes, startKubernetes } from '../../../sandbox/kubernetes/server.ts'

const MINUTE = 60_000
const STRATEGIC = 'application/strategic-merge-patch+json'
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const apps = '/apis/apps/v1/namespaces/shop'
let clock: MovableClock
let kubernetes: Kubernetes
let events: string[]

beforeEach(async () => {
  clock = movableClock(Date.parse('2026-11-29T03:00:00Z'))
  kubernetes = await startKubernetes({ name: 'eks-shop', clock, callers: new Map([['AKIA', 'key']]) })
  events = []
  kubernetes.seed({
    kind: 'deployment',
    namespace: 'shop',
    name: 'api',
    replicas: 2,
    onPodStarted: ({ name }) => events.push(`+${name}`),
    onPodStopped: ({ name }) => events.push(`-${name}`),
  })
  clock.advance(MINUTE)
})
afterEach(() => kubernetes.close())

interface Options {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

async function ask(path: string, { method = 'GET', headers = {}, body }: Options = {}) {
  const token = await eksToken({
    cluster: 'eks-shop',
    region: 'us-east-1',
    credentials: async () => ({ accessKeyId: 'AKIA', secretAccessKey: 'key' }),
    now: new Date(clock.now()),
  })
  return new Promise<{ status: number; answer: Record<string, never> }>((resolve, reject) => {
    const asked = request(
      `${kubernetes.url}${path}`,
      { method, ca: kubernetes.ca, headers: { authorization: `Bearer ${token}`, ...headers } },
      (response) => {
        text(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, answer: JSON.parse(answer) }),
          reject,
        )
      },
    )
    asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const patch = (body: unknown, type = STRATEGIC) =>
  ask(`${apps}/deployments/api`, { method: 'PATCH', headers: { 'content-type': type }, body })
const annotated = (annotations: unknown) => ({ spec: { template: { metadata: { annotations } } } })

describe('the sandbox as a cluster', () => {
  it('lets in nobody without a token, or with a wrong one', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer any', 'Basic YTpi'])
      expect((await ask(`${apps}/deployments/api`, { headers: { authorization } })).status).toBe(401)
  })

  it('tells a Deployment as Kubernetes does', async () => {
    const { status, answer } = await ask(`${apps}/deployments/api`)
    expect(status).toBe(200)
    expect(answer).toMatchObject({
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'shop', generation: 1, creationTimestamp: '2026-11-29T03:00:00Z' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'api' } } },
      status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    })
  })

  it('takes note of a changed template a moment later, and replaces pods one after another', async () => {
    const before = [...events]
    expect((await patch(annotated({ 'example.com/a': '1' }))).answer).toMatchObject({
      metadata: { generation: 2 },
      status: { observedGeneration: 1 },
    })
    clock.advance(MINUTE)
    const { answer } = await ask(`${apps}/deployments/api`)
    expect(answer).toMatchObject({ status: { observedGeneration: 2, updatedReplicas: 2 } })
    expect(events.slice(before.length).map((event) => event.charAt(0))).toEqual(['+', '-', '+', '-'])
  })

  it('makes no new generation of what is as it was', async () => {
    await patch(annotated({ 'example.com/a': '1' }))
    expect((await patch(annotated({ 'example.com/a': '1' }))).answer).toMatchObject({
      metadata: { generation: 2 },
    })
    expect((await patch(annotated({ 'example.com/a': null }))).answer).toMatchObject({
      metadata: { generation: 3 },
    })
  })

  it('keeps templates as numbered revisions, and gives one that comes back the newest number', async () => {
    const revisions = async () => {
      const { answer } = await ask(`${apps}/replicasets?labelSelector=app%3Dapi`)
      const items = (answer as unknown as { items: { metadata: { annotations: object } }[] }).items
      return items.map(({ metadata }) => Object.values(metadata.annotations)[0]).toSorted()
    }
    await patch(annotated({ 'example.com/a': '1' }))
    clock.advance(MINUTE)
    expect(await revisions()).toEqual(['1', '2'])
    kubernetes.workload('deployment', 'shop', 'api').undo()
    clock.advance(MINUTE)
    expect(await revisions()).toEqual(['2', '3'])
  })

  it.each([
    ['a patch that is no strategic merge', annotated({}), 'application/json-patch+json', 415],
    ['a patch of more than annotations', { spec: { replicas: 1 } }, STRATEGIC, 400],
    ['an annotation that is no text', annotated({ 'example.com/a': 1 }), STRATEGIC, 400],
    ['a key that Kubernetes does not take', annotated({ 'example.com/a/b': '1' }), STRATEGIC, 422],
    ['a key that is too long', annotated({ [`example.com/${'x'.repeat(64)}`]: '1' }), STRATEGIC, 422],
  ])('refuses %s', async (_, body, type, status) => {
    expect((await patch(body, type)).status).toBe(status)
    expect(kubernetes.workload('deployment', 'shop', 'api').generation).toBe(1)
  })

  it('tells of a Secret who wrote it when, and its data to nobody', async () => {
    const path = '/api/v1/namespaces/shop/secrets/db'
    kubernetes.syncSecret('shop', 'db', { password: 'a canary' })
    clock.advance(MINUTE)
    kubernetes.syncSecret('shop', 'db', { password: 'a canary' })
    const { status, answer } = await ask(path, { headers: { accept: METADATA } })
    expect([status, JSON.stringify(answer)]).toEqual([200, expect.not.stringContaining('canary')])
    expect(answer).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: {
        managedFields: [{ time: '2026-11-29T03:01:00Z', fieldsV1: { 'f:data': { 'f:password': {} } } }],
      },
    })
    for (const accept of ['application/json', '*/*'])
      expect((await ask(path, { headers: { accept } })).status).toBe(403)
    expect(
      (await ask('/api/v1/namespaces/shop/secrets/none', { headers: { accept: METADATA } })).status,
    ).toBe(404)
  })

  it.each([
    ['/apis/apps/v1/namespaces/shop/deployments/none', 404],
    ['/apis/apps/v1/namespaces/other/deployments/api', 404],
    ['/apis/apps/v1/namespaces/shop/statefulsets/api', 404],
    ['/api/v1/namespaces/shop/configmaps/api', 403],
    ['/version', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await ask(path)).status).toBe(status)
  })
})
