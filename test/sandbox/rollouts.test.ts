import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { Application, HOUR_MS, live, livedUntil, MINUTE_MS, unreachable } from './application.ts'

/* Consumers that are brought to each new version: services of ECS, workloads of Kubernetes, Lambda functions, and one that says so itself. */

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 })

const PACE = { startMs: 50, stopMs: 50 }

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/lives.config.ts' })
})

afterAll(() => sandbox.stop())

/** Instances of a consumer that run, each with the version that it read when it began. */
function readers(app: () => Application) {
  const running = new Map<string, Promise<string>>()
  return {
    running,
    started: (id: string) => {
      running.set(
        id,
        app()
          .read()
          .then(({ versionId }) => versionId),
      )
    },
    stopped: (id: string) => void running.delete(id),
    versions: async () => [...new Set(await Promise.all(running.values()))],
  }
}

describe('a secret with consumers of every kind', () => {
  it('is disabled when all of them run the new version and nobody was seen, and the journal holds the proof', async () => {
    let app: Application | undefined
    const shop = readers(() => app ?? fail())
    const fail = (): never => {
      throw new Error('nothing reads before there is a secret')
    }
    const consumers =
      'ecs:shop/web kubernetes:sandbox/shop/deployment/mail lambda:receipts:live event:warehouse'
    app = await Application.add(sandbox, 'every', { consumers, evidence: 'sampled' })
    const { onTaskStarted, onTaskStopped } = { onTaskStarted: shop.started, onTaskStopped: shop.stopped }
    sandbox.ecs.seed({
      cluster: 'shop',
      name: 'web',
      desiredCount: 2,
      pace: PACE,
      onTaskStarted,
      onTaskStopped,
    })
    sandbox.kubernetes.seed({
      kind: 'deployment',
      namespace: 'shop',
      name: 'mail',
      replicas: 2,
      pace: { startMs: 20, readyMs: 20, stopMs: 20 },
      onPodStarted: ({ name }) => shop.started(name),
      onPodStopped: ({ name }) => shop.stopped(name),
    })
    sandbox.lambda.managed.seed({
      name: 'receipts',
      aliases: ['live'],
      changeMs: 20,
      onStarted: (qualifier) => shop.started(qualifier === 'live' ? 'live' : 'latest'),
    })
    const { old, current } = await app.rotate()
    expect(await app.status()).toMatch(/draining since .+ of 4 consumers still on the old version: /)

    await live(sandbox, HOUR_MS)
    // All but the one that has to say so: the quiet time has not begun.
    const { headline = '' } = await app.ask('view', 'status')
    expect(headline).toContain('1 of 4 consumers still on the old version: event:warehouse')
    expect(await shop.versions()).toEqual([current.versionId])
    const told = sandbox.bus.events().filter((event) => event['detail-type'] === 'Overlap Rollout Requested')
    expect(told.map(({ detail }) => detail)).toContainEqual(
      expect.objectContaining({ consumer: 'event:warehouse', versionId: current.versionId }),
    )
    expect(await app.login(old)).toBe('accepted')

    await app.ask('operate', 'acknowledge', { consumer: 'event:warehouse', version: current.versionId })
    await live(sandbox, 15 * MINUTE_MS)
    expect(await app.status()).toContain('every declared consumer was on the new version by ')
    await livedUntil(sandbox, 'its being disabled', async () => !(await app.hasPassword(old.username)))
    expect(await app.login(current)).toBe('accepted')
    await livedUntil(sandbox, 'the end of its quarantine', () => app.isRetired())

    const records = await app.journal(old.versionId)
    const proofs = records.flatMap((record) => ('proof' in record && record.proof ? [record.proof] : []))
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'removed'])
    for (const proof of proofs) {
      expect(proof.rung).toBe('b')
      expect(proof.samples).toBeGreaterThanOrEqual(4)
      expect(proof.consumers).toEqual(
        consumers.split(' ').map((name) => ({ name, version: current.versionId })),
      )
    }
    expect(await app.status()).toMatch(
      /was removed at .+: it was looked for \d+ times and never seen, and every declared consumer ran the new version/,
    )
  })
})

describe('a deployment that its circuit breaker rolls back', () => {
  it('keeps the old credential valid and is told by name, until somebody deploys what works', async () => {
    const app = await Application.add(sandbox, 'broken', { consumers: 'ecs:shop/broken' })
    sandbox.ecs.seed({ cluster: 'shop', name: 'broken', circuitBreaker: { rollback: true }, pace: PACE })
    sandbox.ecs.setHealth('shop', 'broken', 'crashing')
    const { old } = await app.rotate()

    await live(sandbox, HOUR_MS)
    const ticket = await app.told('TICKET')
    expect(ticket).toContain('ROLLOUT_FAILED')
    expect(ticket).toContain('ecs:shop/broken')
    expect(ticket).toContain('docs/runbooks/drain-stuck.md')
    expect(await app.status()).toContain('stuck, ROLLOUT_FAILED')

    await live(sandbox, 3 * HOUR_MS, HOUR_MS)
    expect(await app.fate(old.versionId)).toEqual([])
    expect(await app.login(old)).toBe('accepted')

    sandbox.ecs.setHealth('shop', 'broken', 'healthy')
    await deployByHand('broken')
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'removed'])
    expect(await app.login(old)).toBe('28P01')
  })
})

async function deployByHand(service: string): Promise<void> {
  const response = await fetch(sandbox.ecs.url, {
    method: 'POST',
    headers: {
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.UpdateService',
      authorization: 'any',
    },
    body: JSON.stringify({ cluster: 'shop', service, forceNewDeployment: true }),
  })
  expect(response.status).toBe(200)
}

const ecsIsDown = () =>
  unreachable(sandbox, 'overlap-rollout', () => ({ AWS_ENDPOINT_URL_ECS: 'http://127.0.0.1:9' }))

describe('an ECS that does not answer', () => {
  it('is no failure of its services: they are unknown, nothing is disabled, and it goes on when ECS is back', async () => {
    const app = await Application.add(sandbox, 'silent', { consumers: 'ecs:shop/silent' })
    sandbox.ecs.seed({ cluster: 'shop', name: 'silent', pace: PACE })
    const mend = ecsIsDown()
    const { old } = await app.rotate()
    await live(sandbox, 2 * HOUR_MS, HOUR_MS / 2)

    const status = await app.status()
    expect(status).toContain('of 1 of 1 consumers it is not known: ecs:shop/silent')
    expect(status).not.toContain('ROLLOUT_FAILED')
    expect(await app.login(old)).toBe('accepted')
    expect(await app.fate(old.versionId)).toEqual([])

    mend()
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
    expect(await app.fate(old.versionId)).toEqual(['disabled', 'removed'])
  })

  it('at the end of the drain keeps the old credential valid, too', async () => {
    const app = await Application.add(sandbox, 'late', { consumers: 'ecs:shop/late' })
    sandbox.ecs.seed({ cluster: 'shop', name: 'late', pace: PACE })
    const { old } = await app.rotate()
    await livedUntil(sandbox, 'the rollout', async () => (await app.tag('state')).includes(' rolled='))

    const mend = ecsIsDown()
    await live(sandbox, 3 * HOUR_MS, HOUR_MS / 2)
    expect(await app.fate(old.versionId)).toEqual([])
    expect(await app.login(old)).toBe('accepted')

    mend()
    await livedUntil(sandbox, 'its retirement', () => app.isRetired())
  })
})
