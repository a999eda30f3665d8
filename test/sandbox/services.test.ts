import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleHandler } from '../../infra/bundling.ts'
import { sandboxClient } from '../../sandbox/aws-client.ts'
import { type RunningClock, runningClock } from '../../sandbox/running-clock.ts'
import { type Services, startServices } from '../../sandbox/services.ts'

const MINUTE = 60_000
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/label-moved'
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:letters'

let folder: string
let bundle: string
let clock: RunningClock
let services: Services
let endings: (() => Promise<unknown>)[]
let functionArn: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'overlap-services-'))
  const source = fileURLToPath(new URL('./lambda/functions/behaviours.ts', import.meta.url))
  bundle = (await bundleHandler(source, folder)).file
})

afterAll(() => rm(folder, { recursive: true }))

beforeEach(async () => {
  clock = runningClock(Date.UTC(2027, 2, 28, 1))
  endings = []
  const nobody = () => {}
  const heard = { onEvent: nobody, onLog: nobody, onMessage: nobody }
  services = await startServices({ clock, region: 'us-east-1', accountId: '123456789012', ...heard }, endings)
  services.cloudwatch.addLogGroup('group')
  functionArn = services.lambda.register({
    name: 'probe',
    bundle,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 10,
    memoryMb: 128,
    logGroup: 'group',
  })
})

afterEach(() => Promise.all(endings.map((end) => end())))

const grant = (principal: string) =>
  services.permissions.grant({ functionName: 'probe', principal, sourceArn: undefined })

describe('a service that the template forgot to let in', () => {
  it('is Secrets Manager: it refuses to rotate', async () => {
    const { secretsManager } = services
    const client = sandboxClient(secretsManager.url, 'us-east-1')
    const { ARN } = await client.send(new CreateSecretCommand({ Name: 'one', SecretString: 'x' }))
    const rotate = new RotateSecretCommand({
      SecretId: ARN,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 90 },
    })

    await expect(client.send(rotate)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    grant('secretsmanager.amazonaws.com')
    await expect(client.send(rotate)).resolves.toMatchObject({ ARN })
    await services.settled()
    client.destroy()
  })

  it('is the event bus: it cannot hand over', async () => {
    const deliver = () => services.deliver(RULE, functionArn, { do: 'log', lines: ['delivered'] })

    expect(deliver).toThrow(`events.amazonaws.com may not invoke ${functionArn} for ${RULE}`)
    grant('events.amazonaws.com')
    deliver()
    await services.settled()
    // The last lines of a process that runs may come after its answer.
    await expect.poll(() => services.lambda.logs('probe')).toContain('delivered')
  })

  it('is CloudWatch: an alarm rings and nobody hears it', async () => {
    const { cloudwatch } = services
    const alarm = (AlarmName: string) => ({
      AlarmName,
      AlarmActions: [functionArn],
      Namespace: 'Test',
      MetricName: AlarmName,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    })
    const ring = async (name: string) => {
      cloudwatch.putAlarm(alarm(name))
      cloudwatch.putMetric({ namespace: 'Test', name, dimensions: {}, value: 1 })
      clock.advance(MINUTE)
      await services.settled()
      return cloudwatch.alarmEvents().find((event) => event.alarm === name)?.actions
    }

    expect(await ring('before')).toEqual([
      { arn: functionArn, error: expect.stringContaining('may not invoke') },
    ])
    grant('lambda.alarms.cloudwatch.amazonaws.com')
    expect(await ring('after')).toEqual([{ arn: functionArn }])
  })
})

describe('what functions do', () => {
  it('is in their log group and among the metrics, those of Lambda included', async () => {
    const { lambda, cloudwatch } = services
    const _aws = {
      Timestamp: clock.now(),
      CloudWatchMetrics: [{ Namespace: 'Test', Dimensions: [['service']], Metrics: [{ Name: 'Beats' }] }],
    }
    await lambda.invoke('probe', { do: 'log', lines: [JSON.stringify({ _aws, service: 'probe', Beats: 1 })] })
    await lambda.invoke('probe', { do: 'throw', name: 'Broken', message: 'it broke' })

    const metrics = cloudwatch
      .metrics()
      .map(({ namespace, name, dimensions }) => [namespace, name, dimensions])
    expect(metrics).toEqual(
      expect.arrayContaining([
        ['Test', 'Beats', { service: 'probe' }],
        ['AWS/Lambda', 'Errors', { FunctionName: 'probe' }],
        ['AWS/Lambda', 'Invocations', { FunctionName: 'probe' }],
      ]),
    )
    const answer = await fetch(cloudwatch.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'Logs_20140328.FilterLogEvents', authorization: 'any' },
      body: JSON.stringify({ logGroupName: 'group', startTime: clock.now() - MINUTE }),
    })
    const { events } = (await answer.json()) as { events: readonly { message: string }[] }
    expect(events.some(({ message }) => message.includes('Beats'))).toBe(true)
  })
})

describe('what could not be delivered', () => {
  it('is in the queue of its schedule, which is measured once a minute', async () => {
    services.queues.add(QUEUE)
    services.scheduler.create({
      arn: 'arn',
      name: 'weekly',
      expression: 'cron(0 4 ? * SUN *)',
      timezone: 'Europe/Berlin',
      target: `${functionArn}-that-is-not-there`,
      input: '{"schedule":"weekly"}',
      retry: { attempts: 0, maximumAgeSeconds: 60 },
      deadLetterQueue: QUEUE,
    })
    clock.advance(60 * MINUTE)
    await services.settled()
    clock.advance(MINUTE)

    expect(services.queues.letters(QUEUE)).toEqual([
      { body: { schedule: 'weekly' }, reason: expect.stringContaining('Function not found') },
    ])
    expect(services.cloudwatch.metrics()).toContainEqual({
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: 'letters' },
    })
  })
})

it('no refusal says what time it is, since an SDK with another clock would try again', async () => {
  const { secretsManager, iam, sts, bus, notifications, cloudwatch, lambda } = services
  const answers = await Promise.all(
    [secretsManager, iam, sts, bus, notifications, cloudwatch, lambda].map(({ url }) =>
      fetch(url, { method: 'POST' }),
    ),
  )
  expect(answers.map(({ headers }) => headers.get('date'))).toEqual(Array.from({ length: 7 }, () => null))
})

it('what an inventory asks is answered with the time of the sandbox, as AWS tells its own', async () => {
  clock.advance(40 * 24 * 60 * MINUTE)
  const { secretsManager, iam } = services
  const place = { region: 'us-east-1', credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' } }
  const secretsClient = new SecretsManagerClient({ ...place, endpoint: secretsManager.url })
  const iamClient = new IAMClient({ ...place, endpoint: iam.url })
  const refused = new DescribeSecretCommand({ SecretId: 'none' })
  await expect(secretsClient.send(refused)).rejects.toThrow('find the specified secret')
  expect(secretsClient.config.systemClockOffset).toBe(0)
  await secretsClient.send(new ListSecretsCommand({}))
  await iamClient.send(new ListUsersCommand({}))
  for (const { config } of [secretsClient, iamClient])
    expect(Math.abs(config.systemClockOffset - clock.offset())).toBeLessThan(30_000)
  await expect(secretsClient.send(refused)).rejects.toThrow('find the specified secret')
  expect(secretsManager.calls()).toEqual({ DescribeSecret: 2, ListSecrets: 1 })
})
