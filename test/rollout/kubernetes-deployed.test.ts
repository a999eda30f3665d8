import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundleHandler } from '../../infra/bundling.ts'
import { type RunningClock, runningClock } from '../../sandbox/running-clock.ts'
import { type Services, startServices } from '../../sandbox/services.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const DAY = 86_400_000
const NAME = 'overlap-rollout-kubernetes-sandbox'
let folder: string
let bundle: Bundle
let clock: RunningClock
let services: Services
const endings: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-kubernetes-'))
  const source = fileURLToPath(new URL('../../lambdas/handlers/rollout-kubernetes.ts', import.meta.url))
  bundle = await bundleHandler(source, folder)
  // So far from this machine's time that a token by the wrong clock would be refused.
  clock = runningClock(Date.now() + 40 * DAY)
  const nobody = () => {}
  const heard = { onEvent: nobody, onLog: nobody, onMessage: nobody }
  services = await startServices({ clock, region: 'us-east-1', accountId: '123456789012', ...heard }, endings)
  services.cloudwatch.addLogGroup('group')
  services.lambda.register({
    name: NAME,
    bundle: bundle.file,
    handler: 'index.handler',
    environment: { OVERLAP_CLUSTER: 'sandbox', AWS_ENDPOINT_URL_EKS: services.eks.url },
    timeoutSeconds: 60,
    memoryMb: 512,
    logGroup: 'group',
  })
  services.kubernetes.seed({ kind: 'deployment', namespace: 'shop', name: 'api', replicas: 1 })
  // A clock that jumps lets each pod come one step further.
  for (const _ of [1, 2, 3, 4, 5]) clock.advance(10_000)
})
afterAll(async () => {
  await Promise.all(endings.map((end) => end()))
  await rm(folder, { recursive: true })
})

const ask = (action: string, consumer: string) =>
  services.lambda.invoke(NAME, {
    action,
    consumer,
    secretId: SECRET_ARN,
    versionId: 'v2',
    since: clock.now() - 1_000,
    created: clock.now() - 60_000,
  })

describe('the rollout function of a cluster, as it is deployed', () => {
  it('asks the cluster that EKS knows, with a token by its own clock', async () => {
    const consumer = 'kubernetes:sandbox/shop/deployment/api'
    expect(await ask('look', consumer)).toMatchObject({ payload: { outcome: 'absent' } })
    expect(await ask('advance', consumer)).toMatchObject({ payload: { outcome: 'running' } })
    expect(services.kubernetes.workload('deployment', 'shop', 'api').generation).toBe(2)
    expect(services.lambda.logs(NAME).join('\n')).not.toMatch(/k8s-aws-v1|X-Amz-/)
  })

  it('refuses another cluster, and another kind', async () => {
    expect(await ask('look', 'kubernetes:other/shop/deployment/api')).toMatchObject({
      errorType: 'CONFIGURATION_INVALID',
    })
    expect(await ask('look', 'ecs:shop/api')).toMatchObject({ errorType: 'EVENT_INVALID' })
  })

  it('is no larger than it was', () => {
    expect(bundle.bytes).toBeLessThan(1_800_000)
  })
})
