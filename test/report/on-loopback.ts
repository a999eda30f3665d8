import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundleHandler, handlersFolder } from '../../infra/bundling.ts'
import type { OverlapError } from '../../lambdas/rotation/errors.ts'
import { observed } from '../../lambdas/rotation/observed.ts'
import { type MovableClock, movableClock } from '../../sandbox/clock.ts'
import { type CloudWatch, startCloudWatch } from '../../sandbox/cloudwatch/server.ts'
import { type EventBus, startEventBus } from '../../sandbox/event-bus/server.ts'
import { type LambdaHost, startLambdaHost } from '../../sandbox/lambda/host.ts'
import { type Notifications, startNotifications } from '../../sandbox/notifications/server.ts'
import { type SecretsManager, startSecretsManager } from '../../sandbox/secrets-manager/server.ts'
import { type Line, recordedTelemetry } from '../fakes/telemetry.ts'
import { OVERDUE, PAGE, TICKET } from './alarm.ts'

export const MINUTE = 60_000
export const [SWEEP, ROTATE] = ['/aws/lambda/overlap-sweep', '/aws/lambda/overlap-rotate-postgres']
export const topics = {
  page: 'arn:aws:sns:us-east-1:123456789012:overlap-page',
  ticket: 'arn:aws:sns:us-east-1:123456789012:overlap-ticket',
}

/** The report's bundle in a process of its own, between the services that it uses and an alarm that calls it. */
export interface Loopback {
  readonly clock: MovableClock
  readonly cloudWatch: CloudWatch
  readonly notifications: Notifications
  readonly bus: EventBus
  readonly lambda: LambdaHost
  readonly secretsManager: SecretsManager
  /** Registers the function under a name, with what differs from the usual environment; returns the ARN. */
  register(name: string, environment?: Readonly<Record<string, string>>): string
  /** Work that fails, as a function reports it. */
  fail(logGroup: string, secret: string, error: OverlapError): Promise<void>
  /** Lets so many minutes pass, and alarms do what they do. */
  minutes(count: number): Promise<void>
  close(): Promise<void>
}

export async function startLoopback(): Promise<Loopback> {
  const folder = await mkdtemp(path.join(tmpdir(), 'overlap-report-'))
  const bundle = (await bundleHandler(path.join(handlersFolder, 'report.ts'), path.join(folder, 'report')))
    .file
  const clock = movableClock(Date.parse('2026-03-01T03:00:20Z'))
  const lambda = await startLambdaHost()
  const notifications = await startNotifications({ clock })
  const bus = await startEventBus({ clock })
  const secretsManager = await startSecretsManager({ clock, functions: lambda })
  const cloudWatch = await startCloudWatch({
    clock,
    // Few, so that every search has several pages, and empty ones.
    scannedPerPage: 3,
    targets: {
      async invoke(functionArn, payload) {
        const outcome = await lambda.invoke(functionArn, payload)
        const dimensions = { FunctionName: functionArn.split(':').at(-1) ?? '' }
        cloudWatch.putMetric({
          namespace: 'AWS/Lambda',
          name: 'Errors',
          dimensions,
          value: outcome.ok ? 0 : 1,
        })
        if (!outcome.ok) throw new Error(`${outcome.errorType}: ${outcome.errorMessage}`)
      },
      publish: (publication) => {
        notifications.publish(publication)
      },
    },
  })
  for (const group of [SWEEP, ROTATE]) cloudWatch.addLogGroup(group)
  for (const topic of Object.values(topics)) notifications.addTopic(topic)

  return {
    clock,
    cloudWatch,
    notifications,
    bus,
    lambda,
    secretsManager,
    register: (name, environment = {}) =>
      lambda.register({
        name,
        bundle,
        handler: 'index.handler',
        timeoutSeconds: 60,
        memoryMb: 256,
        logGroup: `/aws/lambda/${name}`,
        environment: {
          AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudWatch.url,
          AWS_ENDPOINT_URL_SNS: notifications.url,
          AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
          OVERLAP_LOG_GROUPS: JSON.stringify([SWEEP, ROTATE]),
          OVERLAP_TOPICS: JSON.stringify(topics),
          OVERLAP_ALARMS: JSON.stringify({
            'overlap-consumers-affected': PAGE,
            'overlap-rotation-failed': TICKET,
            'overlap-rotation-missed': OVERDUE,
          }),
          ...environment,
        },
      }),
    async fail(logGroup, secret, error) {
      const recorded = recordedTelemetry()
      const work = { kind: 'postgres', step: 'setSecret', secret, version: 'version-1' }
      await observed(recorded.telemetry, work, () => Promise.reject(error)).catch(() => undefined)
      for (const line of [...recorded.logs(), ...recorded.metrics()])
        cloudWatch.write(logGroup, JSON.stringify(atTime(line, clock.now())))
    },
    async minutes(count) {
      for (let minute = 0; minute < count; minute++) {
        clock.advance(MINUTE)
        await cloudWatch.idle()
      }
    },
    async close() {
      await Promise.all([cloudWatch, notifications, bus, secretsManager, lambda].map((each) => each.close()))
      await rm(folder, { recursive: true })
    },
  }
}

/** A metric carries the time of the process that wrote it, which here is not the clock's. */
function atTime(line: Line, now: number): Line {
  return line._aws === undefined ? line : { ...line, _aws: { ...line._aws, Timestamp: now } }
}

/** An endpoint that asks whoever calls to call less. */
export async function startThrottling(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      .end('{"__type":"ThrottlingException","message":"Rate exceeded"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
