import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { afterEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { type Ecs, type SeededService, startEcs } from '../../../sandbox/ecs/server.ts'

/* ECS, asked through the AWS SDK, which must not be kinder than ECS. */

const started: Ecs[] = []
afterEach(async () => {
  for (const ecs of started.splice(0)) await ecs.close()
})

const START = Date.parse('2026-03-01T03:00:00.250Z')

async function shop(seeded: Partial<SeededService> = {}) {
  const clock = movableClock(START)
  const ecs = await startEcs({ clock })
  started.push(ecs)
  const running = new Set<string>()
  ecs.seed({
    cluster: 'shop',
    name: 'api',
    desiredCount: 2,
    pace: { startMs: 20_000, stopMs: 5_000 },
    onTaskStarted: (task) => running.add(task),
    onTaskStopped: (task) => running.delete(task),
    ...seeded,
  })
  const client = new ECSClient({
    endpoint: ecs.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  })
  const at = { cluster: 'shop', service: 'api' }
  const deploy = () => client.send(new UpdateServiceCommand({ ...at, forceNewDeployment: true }))
  const deployments = async () =>
    (await client.send(new ListServiceDeploymentsCommand(at))).serviceDeployments ?? []
  const service = async () =>
    (await client.send(new DescribeServicesCommand({ cluster: 'shop', services: ['api'] }))).services?.[0]
  const tasks = async (desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING') => {
    const { taskArns } = await client.send(
      new ListTasksCommand({ cluster: 'shop', serviceName: 'api', desiredStatus }),
    )
    if (taskArns?.length === 0) return []
    return (await client.send(new DescribeTasksCommand({ cluster: 'shop', tasks: taskArns }))).tasks ?? []
  }
  return { clock, ecs, client, running, deploy, deployments, service, tasks }
}

describe('a service', () => {
  it('runs what was wanted from the start', async () => {
    const { service, tasks, running, deployments } = await shop()
    expect(await service()).toMatchObject({
      serviceArn: 'arn:aws:ecs:us-east-1:123456789012:service/shop/api',
      status: 'ACTIVE',
      desiredCount: 2,
      runningCount: 2,
      pendingCount: 0,
      deploymentController: { type: 'ECS' },
      deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', createdAt: new Date(START) }],
    })
    expect(await tasks()).toMatchObject([
      { lastStatus: 'RUNNING', startedAt: new Date(START), group: 'service:api' },
      { lastStatus: 'RUNNING', startedAt: new Date(START) },
    ])
    expect(running.size).toBe(2)
    expect(await deployments()).toEqual([])
  })

  it('replaces a task that somebody stops, and no deployment is needed for that', async () => {
    const { client, clock, tasks, running, deployments } = await shop()
    const [first] = await tasks()
    await client.send(new StopTaskCommand({ cluster: 'shop', task: first?.taskArn, reason: 'by hand' }))
    expect(running.size).toBe(2)
    clock.advance(60_000)
    const now = await tasks()
    expect([now.length, running.size, now.some(({ taskArn }) => taskArn === first?.taskArn)]).toEqual([
      2,
      2,
      false,
    ])
    expect(await tasks('STOPPED')).toMatchObject([{ lastStatus: 'STOPPED', stoppedReason: 'by hand' }])
    expect(await deployments()).toEqual([])
    clock.advance(2 * 3_600_000)
    await client.send(new StopTaskCommand({ cluster: 'shop', task: now[0]?.taskArn }))
    clock.advance(60_000)
    expect(await tasks('STOPPED')).toHaveLength(1)
  })

  it('runs more tasks, or none, when that is wanted', async () => {
    const { client, clock, running } = await shop()
    for (const desiredCount of [4, 0]) {
      await client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'api', desiredCount }))
      clock.advance(60_000)
      expect(running.size).toBe(desiredCount)
    }
  })

  it('that was deleted is told of, runs nothing and is not deployed', async () => {
    const { ecs, clock, service, running, deploy } = await shop()
    ecs.delete('shop', 'api')
    clock.advance(60_000)
    expect(await service()).toMatchObject({ status: 'INACTIVE', runningCount: 0 })
    expect(running.size).toBe(0)
    await expect(deploy()).rejects.toMatchObject({ name: 'ServiceNotActiveException' })
  })

  it('that another controller deploys is not deployed by ECS', async () => {
    const { deploy } = await shop({ controller: 'CODE_DEPLOY' })
    await expect(deploy()).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  it('is refused what the sandbox does not play, by name', async () => {
    const { client } = await shop()
    const update = new UpdateServiceCommand({ cluster: 'shop', service: 'api', taskDefinition: 'other' })
    await expect(client.send(update)).rejects.toMatchObject({
      message: expect.stringContaining('taskDefinition'),
    })
  })
})

describe('a deployment', () => {
  it('starts new tasks, stops the old ones when those run, and is successful when they have ended', async () => {
    const { clock, deploy, deployments, tasks, running, service, client } = await shop()
    clock.advance(1_000)
    await deploy()
    const steps: unknown[] = []
    for (const ms of [0, 11_000, 10_000, 5_000]) {
      clock.advance(ms)
      const [one] = await deployments()
      const states = (await tasks()).map(({ lastStatus }) => lastStatus).join(' ')
      steps.push([one?.status, states, running.size])
    }
    expect(steps).toEqual([
      ['IN_PROGRESS', 'RUNNING RUNNING PROVISIONING PROVISIONING', 2],
      ['IN_PROGRESS', 'RUNNING RUNNING PENDING PENDING', 2],
      ['IN_PROGRESS', 'RUNNING RUNNING', 4],
      ['SUCCESSFUL', 'RUNNING RUNNING', 2],
    ])
    expect((await service())?.deployments).toMatchObject([{ rolloutState: 'COMPLETED' }])
    const [{ serviceDeploymentArn = '' } = {}] = await deployments()
    expect(
      await client.send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeploymentArn, 'arn:other'] }),
      ),
    ).toMatchObject({
      serviceDeployments: [
        { status: 'SUCCESSFUL', targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2 } },
      ],
      failures: [{ arn: 'arn:other', reason: 'MISSING' }],
    })
  })

  it('whose tasks crash is rolled back by the circuit breaker, and what ran runs on', async () => {
    const { ecs, clock, deploy, deployments, running } = await shop({ circuitBreaker: { rollback: true } })
    const before = [...running]
    ecs.setHealth('shop', 'api', 'crashing')
    await deploy()
    clock.advance(600_000)
    expect(await deployments()).toMatchObject([
      { status: 'ROLLBACK_SUCCESSFUL', statusReason: expect.stringContaining('circuit breaker') },
    ])
    expect([...running]).toEqual(before)
  })

  it('whose tasks crash is stopped by the circuit breaker that may not roll back', async () => {
    const { ecs, clock, deploy, deployments, service } = await shop({ circuitBreaker: { rollback: false } })
    ecs.setHealth('shop', 'api', 'crashing')
    await deploy()
    clock.advance(600_000)
    expect(await deployments()).toMatchObject([{ status: 'STOPPED' }])
    expect((await service())?.deployments).toMatchObject([{ rolloutState: 'FAILED' }])
  })

  it.each(['stuck', 'crashing'] as const)(
    'whose tasks are %s goes on for ever without a circuit breaker, and what ran runs on',
    async (health) => {
      const { ecs, clock, deploy, deployments, running } = await shop()
      const before = [...running]
      ecs.setHealth('shop', 'api', health)
      await deploy()
      clock.advance(3_600_000)
      expect(await deployments()).toMatchObject([{ status: 'IN_PROGRESS' }])
      expect([...running]).toEqual(before)
    },
  )

  it('gives way to a newer one', async () => {
    const { ecs, clock, deploy, deployments } = await shop()
    ecs.setHealth('shop', 'api', 'stuck')
    await deploy()
    clock.advance(60_000)
    ecs.setHealth('shop', 'api', 'healthy')
    await deploy()
    clock.advance(60_000)
    expect((await deployments()).map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED'])
  })
})
