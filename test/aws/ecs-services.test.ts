import {
  type DescribeTasksCommandOutput,
  ECSClient,
  type ListTasksCommandInput,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { afterEach, describe, expect, it } from 'vitest'
import { ecsServices } from '../../lambdas/aws/ecs-services.ts'
import { ecsRollout } from '../../lambdas/rollout/ecs.ts'
import { movableClock } from '../../sandbox/clock.ts'
import { type Ecs, type SeededService, startEcs } from '../../sandbox/ecs/server.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const started: Ecs[] = []
afterEach(async () => {
  for (const ecs of started.splice(0)) await ecs.close()
})

const account = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  maxAttempts: 1,
}
const signal = () => AbortSignal.timeout(10_000)

async function shop(service: Partial<SeededService> = {}) {
  const clock = movableClock(Date.parse('2026-03-01T03:00:00Z'))
  const ecs = await startEcs({ clock })
  started.push(ecs)
  ecs.seed({ cluster: 'shop', name: 'api', ...service })
  const client = new ECSClient({ endpoint: ecs.url, ...account })
  return { clock, ecs, client, services: ecsServices(client, signal) }
}

const consumer = { kind: 'ecs', cluster: 'shop', service: 'api' } as const

describe('a service of ECS', () => {
  it.each([
    ['is not there', async (_: Ecs) => {}, 'gone'],
    ['was deleted', async (ecs: Ecs) => ecs.delete('shop', 'api'), 'api'],
  ])('that %s is unknown, by name', async (_, happens, name) => {
    const { ecs, services } = await shop()
    await happens(ecs)
    await expect(services.service('shop', name)).rejects.toMatchObject({
      code: 'ECS_FAILED',
      message: expect.stringContaining(`ecs:shop/${name}`),
    })
  })

  it('in a cluster that is not there is unknown, by name', async () => {
    const { services } = await shop()
    await expect(services.service('gone', 'api')).rejects.toMatchObject({
      code: 'ECS_FAILED',
      message: expect.stringContaining('ecs:gone/api'),
    })
  })

  it('is asked for every task, however many there are', async () => {
    const { clock, services, client } = await shop({ desiredCount: 230 })
    clock.advance(1_000)
    await client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'api', forceNewDeployment: true }))
    expect(await services.tasks('shop', 'api')).toHaveLength(460)
    clock.advance(21_000)
    const tasks = await services.tasks('shop', 'api')
    expect(tasks.filter(({ desiredStatus }) => desiredStatus === 'STOPPED')).toHaveLength(230)
  })

  it('is not done while the last of many tasks is older', async () => {
    const { clock, services, client } = await shop({ desiredCount: 150 })
    const since = clock.now() + 1
    clock.advance(10)
    await client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'api', desiredCount: 151 }))
    clock.advance(30_000)
    const goal = { secretId: SECRET_ARN, versionId: 'v', since, created: since }
    expect(await ecsRollout(services).progress(consumer, goal)).toMatchObject({
      state: 'absent',
      detail: expect.stringMatching(/^1 of 151 tasks .* 150 began before/),
    })
  })

  it.each(['CODE_DEPLOY', 'EXTERNAL'] as const)(
    'that %s deploys is not driven, and says how to declare it',
    async (controller) => {
      const { services, ecs } = await shop({ controller })
      const goal = { secretId: SECRET_ARN, versionId: 'v', since: 0, created: 0 }
      expect(await ecsRollout(services).progress(consumer, goal)).toMatchObject({
        state: 'failed',
        detail: expect.stringMatching(new RegExp(`${controller}.*event:NAME or manual:NAME`)),
      })
      expect(ecs.calls()).toEqual({ DescribeServices: 1 })
    },
  )

  it('is deployed anew, and nothing else of it is changed', async () => {
    const sent: object[] = []
    const { client, services } = await shop()
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'UpdateServiceCommand') sent.push(args.input)
          return next(args)
        },
      { step: 'initialize' },
    )
    await services.forceDeployment('shop', 'api')
    expect(sent).toEqual([{ cluster: 'shop', service: 'api', forceNewDeployment: true }])
  })

  it('is told of deployments page by page: those since, and older ones that are not over', async () => {
    const { clock, services, ecs } = await shop()
    const deploy = () => services.forceDeployment('shop', 'api')
    for (let made = 0; made < 3; made++) {
      await deploy()
      clock.advance(100_000)
    }
    const since = clock.now()
    for (let made = 0; made < 120; made++) {
      await deploy()
      clock.advance(60_000)
    }
    expect(await services.deployments('shop', 'api', since)).toHaveLength(120)
    ecs.setHealth('shop', 'api', 'stuck')
    await deploy()
    clock.advance(3_600_000)
    expect(await services.deployments('shop', 'api', clock.now())).toMatchObject([{ status: 'IN_PROGRESS' }])
  })

  it('whose tasks ECS does not tell of is unknown, and one that is gone meanwhile is none', async () => {
    const answering = (reason: string) => {
      const client = new ECSClient(account)
      const lists: unknown[] = []
      client.middlewareStack.add(
        (_next, { commandName }) =>
          async ({ input }) => {
            if (commandName === 'ListTasksCommand') lists.push((input as ListTasksCommandInput).desiredStatus)
            const answer =
              commandName === 'ListTasksCommand'
                ? { taskArns: ['one'] }
                : { failures: [{ arn: 'one', reason }] }
            return { output: { $metadata: {}, ...answer } as DescribeTasksCommandOutput, response: undefined }
          },
        { step: 'initialize' },
      )
      return { tasks: () => ecsServices(client, signal).tasks('shop', 'api'), lists }
    }
    const gone = answering('MISSING')
    expect(await gone.tasks()).toEqual([])
    // A task goes from the first list to the second: in the other order one could be in neither.
    expect(gone.lists).toEqual(['RUNNING', 'STOPPED'])
    await expect(answering('ACCESS_DENIED').tasks()).rejects.toMatchObject({ code: 'ECS_FAILED' })
  })
})
