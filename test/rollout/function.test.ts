import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleHandler, handlersFolder } from '../../infra/bundling.ts'
import { rolloutFunction } from '../../lambdas/aws/rollout-function.ts'
import type { AskRollout, Progress } from '../../lambdas/rollout/rollout.ts'
import { type Ecs, startEcs } from '../../sandbox/ecs/server.ts'
import { type EventBus, startEventBus } from '../../sandbox/event-bus/server.ts'
import { type LambdaHost, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

/* The function's own bundle, in a process of its own, asked as the sweep asks it. */

let folder: string
let lambda: LambdaHost
let ecs: Ecs
let bus: EventBus
let ask: AskRollout

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-rollout-'))
  const bundle = await bundleHandler(path.join(handlersFolder, 'rollout.ts'), path.join(folder, 'rollout'))
  lambda = await startLambdaHost()
  ecs = await startEcs()
  bus = await startEventBus()
  const arn = lambda.register({
    name: 'overlap-rollout',
    bundle: bundle.file,
    handler: 'index.handler',
    timeoutSeconds: 30,
    memoryMb: 256,
    environment: {
      AWS_ENDPOINT_URL_ECS: ecs.url,
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    },
  })
  const client = new LambdaClient({
    endpoint: lambda.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  })
  ask = rolloutFunction(client, arn, () => AbortSignal.timeout(30_000))
})

afterAll(async () => {
  for (const service of [lambda, ecs, bus]) await service?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

describe('the rollout function that is deployed', () => {
  const asked = (action: 'look' | 'advance', consumer: string, since: number) =>
    ask({ action, consumer, secretId: SECRET_ARN, versionId: 'new', since, created: since })

  const untilDone = async (consumer: string, since: number) => {
    const seen: Progress['state'][] = []
    while (seen.at(-1) !== 'done') {
      const { state } = await asked('advance', consumer, since)
      if (seen.at(-1) !== state) seen.push(state)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return seen
  }

  it('brings a service of ECS to the version', async () => {
    ecs.seed({ cluster: 'shop', name: 'api', desiredCount: 2, pace: { startMs: 40, stopMs: 20 } })
    const since = Date.now() + 1
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await asked('look', 'ecs:shop/api', since)).state).toBe('absent')
    expect(await untilDone('ecs:shop/api', since)).toEqual(['running', 'done'])
    expect((await asked('look', 'ecs:shop/api', since)).detail).toBe('2 of 2 tasks run that began since')
  })

  it('brings a function behind an alias to the version', async () => {
    lambda.managed.seed({ name: 'mailer', aliases: ['live'], changeMs: 20 })
    expect(await untilDone('lambda:mailer:live', Date.now() + 1)).toEqual(['running', 'done'])
  })

  it('tells a consumer that it cannot reach', async () => {
    expect(await asked('advance', 'event:billing', Date.now())).toEqual({
      state: 'running',
      detail: expect.stringMatching(/^told by an event; acknowledges with: .* event:billing$/),
    })
    expect(bus.events()).toMatchObject([{ detail: { consumer: 'event:billing', versionId: 'new' } }])
  })

  it.each([
    ['ecs:shop/gone', 'ECS_FAILED'],
    ['lambda:gone', 'LAMBDA_FAILED'],
    ['manual:mainframe', 'EVENT_INVALID'],
    ['kubernetes:eks/shop/deployment/web', 'EVENT_INVALID'],
  ])('knows nothing of %s', async (consumer, code) => {
    await expect(asked('advance', consumer, Date.now())).rejects.toMatchObject({ code })
  })
})
