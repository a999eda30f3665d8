import type { AlarmDefinition, MetricQuery } from './alarm-definition.ts'
import type { AlarmState, Datapoint } from './evaluation.ts'

/** A state and how the alarm came to it. */
export interface AlarmStatus {
  readonly state: AlarmState
  readonly reason: string
  /** When the alarm changed to it, in milliseconds since the epoch. */
  readonly since: number
  /** What decided it; absent for the state that an alarm is born with. */
  readonly evaluated?: readonly Datapoint[]
}

export interface AlarmChange {
  readonly arn: string
  readonly region: string
  readonly accountId: string
  readonly definition: AlarmDefinition
  readonly from: AlarmStatus
  readonly to: AlarmStatus
}

/**
 * What CloudWatch sends to a function
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html).
 */
export function functionPayload({ arn, region, accountId, definition, from, to }: AlarmChange) {
  return {
    source: 'aws.cloudwatch',
    alarmArn: arn,
    accountId,
    time: timestamp(to.since),
    region,
    alarmData: {
      alarmName: definition.name,
      state: stateOf(definition, to),
      previousState: stateOf(definition, from),
      configuration: {
        ...(definition.description === undefined ? {} : { description: definition.description }),
        metrics: configuredMetrics(definition),
      },
    },
  }
}

function stateOf(definition: AlarmDefinition, { state, reason, since, evaluated }: AlarmStatus) {
  return {
    value: state,
    reason,
    ...(evaluated === undefined ? {} : { reasonData: reasonData(definition, since, evaluated) }),
    timestamp: timestamp(since),
  }
}

function reasonData(
  { watched, period, threshold }: AlarmDefinition,
  at: number,
  evaluated: readonly Datapoint[],
): string {
  const oldest = evaluated.at(-1)
  return JSON.stringify({
    version: '1.0',
    queryDate: timestamp(at),
    ...(oldest === undefined ? {} : { startDate: timestamp(oldest.at) }),
    ...(watched.by === 'metric' ? { statistic: watched.query.statistic } : {}),
    period,
    recentDatapoints: evaluated.map(({ value }) => value).reverse(),
    threshold,
    evaluatedDatapoints: evaluated.map((one) => ({ timestamp: timestamp(one.at), value: one.value })),
  })
}

function configuredMetrics({ watched, period }: AlarmDefinition) {
  const metricOf = (id: string, { metric, statistic, unit }: MetricQuery, returnData: boolean) => ({
    id,
    metricStat: {
      metric: { namespace: metric.namespace, name: metric.name, dimensions: metric.dimensions },
      period,
      stat: statistic,
      ...(unit === undefined ? {} : { unit }),
    },
    returnData,
  })
  if (watched.by === 'metric') return [metricOf('m1', watched.query, true)]
  const { id, expression, label, queries } = watched
  return [
    { id, expression, ...(label === undefined ? {} : { label }), returnData: true },
    ...[...queries].map(([one, query]) => metricOf(one, query, false)),
  ]
}

/** What CloudWatch publishes to a topic, as recorded from AWS; `Message` is JSON. */
export function topicMessage({ arn, region, accountId, definition, from, to }: AlarmChange) {
  const place = regionNames.get(region) ?? region
  return {
    subject: `${to.state}: "${definition.name}" in ${place}`.slice(0, 99),
    message: JSON.stringify({
      AlarmName: definition.name,
      AlarmDescription: definition.description ?? null,
      AWSAccountId: accountId,
      NewStateValue: to.state,
      NewStateReason: to.reason,
      StateChangeTime: timestamp(to.since),
      Region: place,
      AlarmArn: arn,
      OldStateValue: from.state,
      OKActions: definition.actions.OK,
      AlarmActions: definition.actions.ALARM,
      InsufficientDataActions: definition.actions.INSUFFICIENT_DATA,
      Trigger: trigger(definition),
    }),
  }
}

const regionNames: ReadonlyMap<string, string> = new Map([
  ['us-east-1', 'US East (N. Virginia)'],
  ['eu-central-1', 'EU (Frankfurt)'],
  ['eu-west-1', 'EU (Ireland)'],
])

function trigger({ watched, ...rules }: AlarmDefinition) {
  const limits = {
    Period: rules.period,
    EvaluationPeriods: rules.evaluationPeriods,
    DatapointsToAlarm: rules.datapointsToAlarm,
    ComparisonOperator: rules.comparison,
    Threshold: rules.threshold,
    TreatMissingData: rules.missingData,
    EvaluateLowSampleCountPercentile: '',
  }
  if (watched.by === 'metric') {
    const { metric, statistic, unit } = watched.query
    return {
      MetricName: metric.name,
      Namespace: metric.namespace,
      StatisticType: 'Statistic',
      Statistic: statistic.toUpperCase(),
      Unit: unit ?? null,
      Dimensions: dimensionsOf(metric.dimensions),
      ...limits,
    }
  }
  const { id, expression, label, queries } = watched
  return {
    ...limits,
    Metrics: [
      { Expression: expression, Id: id, ...(label === undefined ? {} : { Label: label }), ReturnData: true },
      ...[...queries].map(([one, { metric, statistic }]) => ({
        Id: one,
        MetricStat: {
          Metric: {
            Dimensions: dimensionsOf(metric.dimensions),
            MetricName: metric.name,
            Namespace: metric.namespace,
          },
          Period: rules.period,
          Stat: statistic,
        },
        ReturnData: false,
      })),
    ],
  }
}

function dimensionsOf(dimensions: Readonly<Record<string, string>>) {
  return Object.entries(dimensions).map(([name, value]) => ({ value, name }))
}

/** `2023-08-04T12:36:15.490+0000`, as CloudWatch writes it. */
function timestamp(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000')
}
