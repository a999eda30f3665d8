/**
 * The services of one account, on loopback and on one clock, joined as AWS joins them:
 *
 *   Secrets Manager -> rotation functions;  its events -> the event bus -> rules -> functions
 *   Scheduler -> functions, or a queue of dead letters
 *   what functions write -> CloudWatch -> metrics -> alarms -> functions and topics
 */
import { type CloudWatch, startCloudWatch } from './cloudwatch/server.ts'
import { InvokePermissions } from './deployment/invoke-permissions.ts'
import { type Ecs, startEcs } from './ecs/server.ts'
import { type Eks, startEks } from './eks/server.ts'
import { type EventBus, startEventBus } from './event-bus/server.ts'
import { type Iam, startIam } from './iam/server.ts'
import { type Kubernetes, startKubernetes } from './kubernetes/server.ts'
import { type EventInvocations, eventInvocations } from './lambda/event-invocations.ts'
import { type LambdaHost, startLambdaHost } from './lambda/host.ts'
import { type Notification, type Notifications, startNotifications } from './notifications/server.ts'
import { type Provider, startProvider } from './provider/server.ts'
import { type Queues, startQueues } from './queues.ts'
import type { RunningClock } from './running-clock.ts'
import { type Scheduler, startScheduler } from './scheduler/scheduler.ts'
import {
  type FunctionInvoker,
  type SecretsManager,
  type ServiceEvent,
  startSecretsManager,
} from './secrets-manager/server.ts'
import { type Sts, startSts } from './sts/server.ts'

export interface ServicesOptions {
  readonly clock: RunningClock
  readonly region: string
  readonly accountId: string
  /** Of Secrets Manager; default: the system chooses. */
  readonly port?: number
  /** Milliseconds before each further attempt of a failed rotation. */
  readonly retryDelaysMs?: readonly number[]
  /** Schedules and events reach no function: for a measurement that shares its processors with nothing. Default false. */
  readonly quiet?: boolean
  /** Stands between Secrets Manager and the functions that it invokes. */
  readonly watch?: (functions: FunctionInvoker) => FunctionInvoker
  readonly onEvent: (event: ServiceEvent) => void
  readonly onLog: (functionName: string, line: string) => void
  readonly onMessage: (message: Notification) => void
}

export interface Services {
  readonly lambda: LambdaHost
  /** What services hand over to functions. */
  readonly events: EventInvocations
  /** Who may invoke which function. */
  readonly permissions: InvokePermissions
  readonly secretsManager: SecretsManager
  readonly iam: Iam
  readonly sts: Sts
  readonly ecs: Ecs
  readonly eks: Eks
  /** The cluster that `eks` knows at first; its name is `sandbox`. */
  readonly kubernetes: Kubernetes
  /** A company that gives its customers keys. It is not AWS. */
  readonly provider: Provider
  readonly bus: EventBus
  readonly notifications: Notifications
  readonly queues: Queues
  readonly cloudwatch: CloudWatch
  readonly scheduler: Scheduler
  /** Hands an event to a function on behalf of a rule. Throws when that may not, or cannot, be done. ARNs. */
  deliver(rule: string, functionArn: string, event: unknown): void
  /** Resolves when nothing is at work: no event, no step of a rotation, no action of an alarm, and nothing that one of them led to. */
  settled(): Promise<void>
}

/** Of the provider of keys, in milliseconds: after which a use is told, and each of its front ends accepts a new key. */
const PROVIDER_LAG_MS = 3 * 3_600_000
const PROVIDER_FRONT_ENDS_MS = [0, 400, 800]

/** @param endings gets what ends each service, from the moment that it is up */
export async function startServices(
  options: ServicesOptions,
  endings: (() => Promise<unknown>)[],
): Promise<Services> {
  const { clock, region, accountId, quiet = false, watch = (functions) => functions } = options
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
      clock,
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
          events.accept(functionArn, payload)
        },
        publish: (publication) => void notifications.publish(publication),
      },
    }),
  )
  const bus = await kept(startEventBus(place))
  const iam = await kept(startIam(place))
  const sts = await kept(startSts({ iam }))
  const ecs = await kept(startEcs(place))
  const kubernetes = await kept(startKubernetes({ clock, region, name: 'sandbox' }))
  const eks = await kept(startEks({ region, accountId, now: clock.now }))
  eks.add(kubernetes)
  const provider = await kept(
    startProvider({ clock, lastUseLagMs: PROVIDER_LAG_MS, frontEndsMs: PROVIDER_FRONT_ENDS_MS }),
  )
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
      functions: watch({
        exists: (functionArn) =>
          lambda.exists(functionArn) && permissions.allows('secretsmanager.amazonaws.com', functionArn, ''),
        invoke: lambda.invoke,
      }),
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

  const bury = (queue: string, body: unknown, reason: string) => queues.send(queue, { body, reason })
  const events = eventInvocations({ clock, lambda, bury })
  endings.push(async () => events.close())
  const scheduler = startScheduler({
    ...place,
    deliver: async (target, payload) => {
      if (!quiet) events.accept(target, payload)
    },
    bury,
  })
  endings.push(async () => scheduler.close())

  return {
    lambda,
    events,
    permissions,
    secretsManager,
    iam,
    sts,
    ecs,
    eks,
    kubernetes,
    provider,
    bus,
    notifications,
    queues,
    cloudwatch,
    scheduler,
    deliver(rule, functionArn, event) {
      permit('events.amazonaws.com', functionArn, rule)
      if (!quiet) events.accept(functionArn, event)
    },
    async settled() {
      for (;;) {
        await cloudwatch.idle()
        const atWork = [...events.underWay(), ...secretsManager.attempts()]
        if (atWork.length === 0) return
        await Promise.all(atWork)
      }
    },
  }
}
