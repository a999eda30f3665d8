/**
 * The services of one account, on loopback and on one clock, joined as AWS joins them:
 *
 *   Secrets Manager -> rotation functions;  its events -> the event bus -> rules -> functions
 *   Scheduler -> functions, or a queue of dead letters
 *   what functions write -> CloudWatch -> metrics -> alarms -> functions and topics
 */
import { type CloudWatch, startCloudWatch } from './cloudwatch/server.ts'
import { InvokePermissions } from './deployment/invoke-permissions.ts'
import { type EventBus, startEventBus } from './event-bus/server.ts'
import { type LambdaHost, startLambdaHost } from './lambda/host.ts'
import { type Notification, type Notifications, startNotifications } from './notifications/server.ts'
import { type Queues, startQueues } from './queues.ts'
import type { RunningClock } from './running-clock.ts'
import { type Scheduler, startScheduler } from './scheduler/scheduler.ts'
import { type SecretsManager, type ServiceEvent, startSecretsManager } from './secrets-manager/server.ts'

export interface ServicesOptions {
  readonly clock: RunningClock
  readonly region: string
  readonly accountId: string
  /** Of Secrets Manager; default: the system chooses. */
  readonly port?: number
  /** Milliseconds before each further attempt of a failed rotation. */
  readonly retryDelaysMs?: readonly number[]
  readonly onEvent: (event: ServiceEvent) => void
  readonly onLog: (functionName: string, line: string) => void
  readonly onMessage: (message: Notification) => void
}

export interface Services {
  readonly lambda: LambdaHost
  /** Who may invoke which function. */
  readonly permissions: InvokePermissions
  readonly secretsManager: SecretsManager
  readonly bus: EventBus
  readonly notifications: Notifications
  readonly queues: Queues
  readonly cloudwatch: CloudWatch
  readonly scheduler: Scheduler
  /** Hands an event to a function on behalf of a rule. Throws when that may not, or cannot, be done. ARNs. */
  deliver(rule: string, functionArn: string, event: unknown): void
  /** Resolves when no function is at an event, and no action of an alarm is under way. */
  settled(): Promise<void>
}

/** @param endings gets what ends each service, from the moment that it is up */
export async function startServices(
  options: ServicesOptions,
  endings: (() => Promise<unknown>)[],
): Promise<Services> {
  const { clock, region, accountId } = options
  const place = { clock, region, accountId }
  const permissions = new InvokePermissions()
  const kept = async <T extends { close(): unknown }>(starting: Promise<T>): Promise<T> => {
    const service = await starting
    endings.push(async () => service.close())
    return service
  }

  const lambda = await kept(
    startLambdaHost({
      region,
      accountId,
      clockOffset: clock.offset,
      onLog(functionName, line, logGroup) {
        cloudwatch.write(logGroup, line)
        options.onLog(functionName, line)
      },
      onOutcome(FunctionName, { ok }) {
        const metric = { namespace: 'AWS/Lambda', dimensions: { FunctionName } }
        cloudwatch.putMetric({ ...metric, name: 'Invocations', value: 1 })
        cloudwatch.putMetric({ ...metric, name: 'Errors', value: ok ? 0 : 1 })
      },
    }),
  )
  const notifications = await kept(startNotifications({ clock, onMessage: options.onMessage }))
  const cloudwatch: CloudWatch = await kept(
    startCloudWatch({
      ...place,
      targets: {
        async invoke(functionArn, payload) {
          const { alarmArn } = payload as { readonly alarmArn: string }
          permit('lambda.alarms.cloudwatch.amazonaws.com', functionArn, alarmArn)
          const outcome = await lambda.invoke(functionArn, payload)
          if (!outcome.ok) throw new Error(`${outcome.errorType}: ${outcome.errorMessage}`)
        },
        publish: (publication) => void notifications.publish(publication),
      },
    }),
  )
  const bus = await kept(startEventBus(place))
  const queues = startQueues({
    clock,
    onDepth(QueueName, value) {
      const metric = { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible' }
      cloudwatch.putMetric({ ...metric, dimensions: { QueueName }, value })
    },
  })
  endings.push(async () => queues.close())

  const secretsManager = await kept(
    startSecretsManager({
      ...place,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.retryDelaysMs === undefined ? {} : { retryDelaysMs: options.retryDelaysMs }),
      functions: {
        exists: (functionArn) =>
          lambda.exists(functionArn) && permissions.allows('secretsmanager.amazonaws.com', functionArn, ''),
        invoke: lambda.invoke,
      },
      onEvent(event) {
        bus.put(event)
        options.onEvent(event)
      },
    }),
  )

  function permit(principal: string, functionArn: string, source: string): void {
    if (!permissions.allows(principal, functionArn, source))
      throw new Error(`${principal} may not invoke ${functionArn} for ${source}`)
  }

  const underWay = new Set<Promise<unknown>>()
  /** Once, as Lambda runs an event of a function that is configured so; how it ends is between the function and its log. */
  function handOver(functionArn: string, event: unknown): void {
    if (!lambda.exists(functionArn)) throw new Error(`Function not found: ${functionArn}`)
    const invocation = lambda
      .invoke(functionArn, event)
      .catch(() => {})
      .finally(() => underWay.delete(invocation))
    underWay.add(invocation)
  }

  const scheduler = startScheduler({
    ...place,
    deliver: async (target, payload) => handOver(target, payload),
    bury: (queue, body, reason) => queues.send(queue, { body, reason }),
  })
  endings.push(async () => scheduler.close())

  return {
    lambda,
    permissions,
    secretsManager,
    bus,
    notifications,
    queues,
    cloudwatch,
    scheduler,
    deliver(rule, functionArn, event) {
      permit('events.amazonaws.com', functionArn, rule)
      handOver(functionArn, event)
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
      await cloudwatch.idle()
    },
  }
}
