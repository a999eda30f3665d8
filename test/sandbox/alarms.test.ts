import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AlarmDefinition } from '../../sandbox/cloudwatch/alarm-definition.ts'
import type { MetricIdentity } from '../../sandbox/cloudwatch/metric-store.ts'
import { Calendar } from '../../sandbox/demo/calendar.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from './program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const ROTATE = 'overlap-rotate-postgres-loopback'

let sandbox: Sandbox
let calendar: Calendar

beforeAll(async () => {
  sandbox = await startSandbox()
  calendar = new Calendar(sandbox)
  await calendar.toNextPass()
  await consumersAreHurt()
  await secretsManagerIsThrottled()
  await sandbox.settled()
})

afterAll(() => sandbox.stop())

/** Somebody sets another password for the user that is in use: AWSCURRENT works no longer. */
async function consumersAreHurt(): Promise<void> {
  const { client, postgres, secret, secretsManager } = sandbox
  await postgres.query("ALTER ROLE app PASSWORD 'somebody set it by hand'")
  await client.send(new RotateSecretCommand({ SecretId: secret }))
  await eventually('a failure', () => secretsManager.rotations(secret).at(-1)?.outcome === 'failed')
}

/** A step that meets a Secrets Manager which asks to be called less. */
async function secretsManagerIsThrottled(): Promise<void> {
  const { lambda, secret } = sandbox
  const endpoint = createServer((_, response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
    response.end('{"__type":"ThrottlingException","message":"Rate exceeded"}')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => endpoint.once('listening', resolve))
  const definition = lambda.definitions().find(({ name }) => name === ROTATE)
  if (!definition) throw new Error(`there is no ${ROTATE}`)
  const { port } = endpoint.address() as AddressInfo
  const environment = {
    ...definition.environment,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
  }
  lambda.register({ ...definition, environment })
  const event = { Step: 'setSecret', SecretId: secret, ClientRequestToken: '0'.repeat(32) }
  expect(await lambda.invoke(ROTATE, event)).toMatchObject({ ok: false })
  lambda.register(definition)
  endpoint.close()
}

function watchedBy({ watched }: AlarmDefinition): readonly MetricIdentity[] {
  return watched.by === 'metric'
    ? [watched.query.metric]
    : [...watched.queries.values()].map(({ metric }) => metric)
}

const isOurs = ({ namespace }: MetricIdentity) => namespace === 'Overlap'
const definitions = () => sandbox.cloudwatch.alarms().map(({ definition }) => definition)

/** Alarms that watch a metric of ours which no function has ever published: they never ring. */
const deaf = (alarms: readonly AlarmDefinition[]) =>
  alarms
    .filter((alarm) =>
      watchedBy(alarm)
        .filter(isOurs)
        .some((metric) => !sandbox.cloudwatch.metrics().some((emitted) => isSame(emitted, metric))),
    )
    .map(({ name }) => name)

function isSame(one: MetricIdentity, other: MetricIdentity): boolean {
  const sorted = ({ namespace, name, dimensions }: MetricIdentity) =>
    JSON.stringify([namespace, name, Object.entries(dimensions).toSorted()])
  return sorted(one) === sorted(other)
}

describe('every alarm of the template', () => {
  it('watches metrics that the functions emit, dimension for dimension', () => {
    const ours = definitions().flatMap(watchedBy).filter(isOurs)

    expect(new Set(ours.map(({ name }) => name))).toEqual(
      new Set(['Due', 'Failures', 'Heartbeat', 'OverdueNews', 'Stale', 'StuckNews', 'Throttled']),
    )
    expect(deaf(definitions())).toEqual([])
  })

  it.each<readonly [string, (metric: MetricIdentity) => MetricIdentity]>([
    ['dimension', (metric) => ({ ...metric, dimensions: { service: 'overlap', severty: 'page' } })],
    [
      'value of a dimension',
      (metric) => ({ ...metric, dimensions: { service: 'overlap', severity: 'pages' } }),
    ],
    ['dimension too few', (metric) => ({ ...metric, dimensions: { severity: 'page' } })],
    ['name', (metric) => ({ ...metric, name: 'Failure' })],
  ])('would be found out with a mistyped %s', (_, mistype) => {
    const alarm = definitions().find(({ name }) => name === 'overlap-consumers-affected')
    if (alarm?.watched.by !== 'metric') throw new Error('the alarm is not there')
    const { query } = alarm.watched
    const mistyped: AlarmDefinition = {
      ...alarm,
      watched: { by: 'metric', query: { ...query, metric: mistype(query.metric) } },
    }

    expect(deaf([alarm])).toEqual([])
    expect(deaf([mistyped])).toEqual(['overlap-consumers-affected'])
  })

  it('watches functions and queues that exist', () => {
    const functions = sandbox.lambda.definitions().map(({ name }) => name)
    const others = definitions()
      .flatMap(watchedBy)
      .filter((metric) => !isOurs(metric))
    const named = others.flatMap(({ dimensions }) => dimensions.FunctionName ?? [])

    // Whoever asks these waits for the answer, and hears of a throttle.
    const asked = ['overlap-acknowledge', 'overlap-revoke', 'overlap-view']
    expect(new Set(named)).toEqual(new Set(functions.filter((name) => !asked.includes(name))))
    const queue = others.find(({ namespace }) => namespace === 'AWS/SQS')?.dimensions.QueueName ?? ''
    expect(sandbox.queues.letters(`arn:aws:sqs:us-east-1:123456789012:${queue}`)).toEqual([])
  })

  it('acts on a function or topic that exists and lets it in', () => {
    const failed = sandbox.cloudwatch
      .alarmEvents()
      .flatMap(({ alarm, actions }) =>
        actions.flatMap(({ error }) => (error === undefined ? [] : [`${alarm}: ${error}`])),
      )
    expect(sandbox.cloudwatch.alarmEvents().length).toBeGreaterThanOrEqual(definitions().length)
    expect(failed).toEqual([])
  })
})

describe('a consumer that is hurt', () => {
  it('wakes somebody up, and the message says whose secret it is, why and what to do', async () => {
    const pages = () =>
      sandbox.notifications.messages().filter(({ subject }) => subject?.startsWith('[PAGE]'))
    await calendar.pass(60_000)
    const findings = () => sandbox.bus.events().filter(({ source }) => source === 'overlap')
    await eventually('the page', () => pages().length > 0)
    // Told at the same time as the page, and not before it.
    await sandbox.settled()

    const [{ topicArn, message } = { topicArn: '', message: '' }] = pages()
    expect(topicArn).toContain('TopicsPage')
    for (const fact of ['shop/app', 'team-shop', 'CURRENT_REFUSED', 'npm run overlap --', 'docs/runbooks/'])
      expect(message).toContain(fact)
    expect(findings()).toContainEqual(
      expect.objectContaining({
        'detail-type': 'Overlap Finding',
        detail: expect.objectContaining({ severity: 'page', name: 'shop/app', code: 'CURRENT_REFUSED' }),
      }),
    )
  })
})
