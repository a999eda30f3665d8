import { type Clock, systemClock } from '../clock.ts'
import { type JsonService, type Members, Refusal, startJsonService } from '../json-service.ts'
import { type Alarm, type AlarmEvent, Alarms, type AlarmTargets } from './alarms.ts'
import { type Dashboard, Dashboards } from './dashboards.ts'
import { embeddedMetrics } from './embedded-metrics.ts'
import { LogEvents, type LogGroupOptions } from './log-events.ts'
import { type Datum, type MetricIdentity, MetricStore } from './metric-store.ts'

export type { Alarm, AlarmEvent, AlarmTargets, Dashboard }

export interface CloudWatchOptions {
  /** Of the logs' API; 0, the default, lets the system choose. */
  readonly port?: number
  /** Default us-east-1. */
  readonly region?: string
  /** Default 123456789012. */
  readonly accountId?: string
  readonly clock?: Clock
  readonly targets: AlarmTargets
  /** Events that FilterLogEvents looks at for one page. Default 1000. */
  readonly scannedPerPage?: number
}

/** Logs, metrics, alarms and dashboards of an account. `url`, for AWS_ENDPOINT_URL_CLOUDWATCH_LOGS, answers what functions call. */
export interface CloudWatch extends JsonService {
  /** Of one that is there already the events stay. */
  addLogGroup(name: string, options?: LogGroupOptions): void
  /** A line that a function writes now, with the metrics that it may hold. Throws when there is no such group. */
  write(logGroup: string, line: string): void
  /** What an AWS service measures, such as AWS/Lambda's Errors. */
  putMetric(metric: MetricIdentity & { readonly value: number }): void
  /** Every metric that was published, by whomever. */
  metrics(): readonly MetricIdentity[]
  /** The Properties of an AWS::CloudWatch::Alarm, references resolved; returns the ARN. Throws for what CloudWatch or the sandbox refuses. */
  putAlarm(properties: Members): string
  /** Does nothing when there is no such alarm. */
  deleteAlarm(name: string): void
  alarms(): readonly Alarm[]
  /** Every change of every alarm, oldest first. */
  alarmEvents(): readonly AlarmEvent[]
  /** Throws for a body that CloudWatch or the sandbox refuses. */
  putDashboard(name: string, body: string): Dashboard
  /** Does nothing when there is no such dashboard. */
  deleteDashboard(name: string): void
  dashboards(): readonly Dashboard[]
  /** Resolves when no alarm's action is under way. */
  idle(): Promise<void>
}

export async function startCloudWatch(options: CloudWatchOptions): Promise<CloudWatch> {
  const { clock = systemClock, region = 'us-east-1', accountId = '123456789012' } = options
  const logs = new LogEvents(options.scannedPerPage ?? 1_000)
  const store = new MetricStore()
  const alarms = new Alarms(clock, { region, accountId }, store, options.targets)
  const dashboards = new Dashboards(accountId)
  const endpoint = await startJsonService({
    port: options.port,
    target: 'Logs_20140328',
    perform(operation, request) {
      switch (operation) {
        case 'FilterLogEvents':
          return logs.filter(request, clock.now())
        case 'CreateLogStream':
          return logs.createStream(request)
        case 'PutLogEvents':
          return logs.put(request, clock.now())
        case 'DescribeLogGroups':
          return logs.describe(request)
      }
      throw new Refusal('UnknownOperationException', `${operation} is not part of the sandbox.`)
    },
  })
  return {
    ...endpoint,
    addLogGroup: (name, options) => logs.addGroup(name, options),
    write(logGroup, line) {
      logs.write(logGroup, line, clock.now())
      for (const datum of embeddedMetrics(line)) store.put(datum)
    },
    putMetric({ value, ...identity }) {
      const datum: Datum = { ...identity, unit: 'Count', values: [value], at: clock.now() }
      store.put(datum)
    },
    metrics: () => store.list(),
    putAlarm: (properties) => alarms.put(properties),
    deleteAlarm: (name) => alarms.delete(name),
    alarms: () => alarms.list(),
    alarmEvents: () => alarms.events(),
    putDashboard: (name, body) => dashboards.put(name, body),
    deleteDashboard: (name) => dashboards.delete(name),
    dashboards: () => dashboards.list(),
    idle: () => alarms.idle(),
    async close() {
      alarms.close()
      await endpoint.close()
    },
  }
}
