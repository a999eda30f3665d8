import { Lazy } from 'aws-cdk-lib'
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Topics } from './topics.ts'

export type Severity = 'page' | 'ticket'

/** What `report` is told of an alarm that it answers. */
export interface ReportedAlarm {
  readonly severity: Severity
  /** Which of the log lines are its findings. */
  readonly findings: 'failed' | 'overdue'
  /** Path in the repository. */
  readonly runbook: string
}

const EMITTED = 'Overlap'
/** Dimension that Powertools adds to every metric. */
const service = [{ name: 'service', value: 'overlap' }]

export function runbook(slug: string): string {
  return `docs/runbooks/${slug}.md`
}

/** Slug of an alarm that `report` answers, which is also its runbook's, and what it finds. */
const reported: Readonly<Record<string, Omit<ReportedAlarm, 'runbook'>>> = {
  'consumers-affected': { severity: 'page', findings: 'failed' },
  'rotation-failed': { severity: 'ticket', findings: 'failed' },
  'rotation-missed': { severity: 'ticket', findings: 'overdue' },
}

/** Value of OVERLAP_ALARMS, keyed by alarm name. */
export function reportedAlarms(deploymentName: string): Record<string, ReportedAlarm> {
  return Object.fromEntries(
    Object.entries(reported).map(([slug, alarm]) => [
      `${deploymentName}-${slug}`,
      { ...alarm, runbook: runbook(slug) },
    ]),
  )
}

export interface AlarmsProps {
  readonly deploymentName: string
  readonly topics: Topics
  /** ARN of the function that finds out what an alarm is about and tells it. */
  readonly report: string
  readonly reportName: string
  readonly deadLetters: IQueue
  /** Names of the functions outside networks; read at the end of synthesis. */
  readonly functionNames: () => readonly string[]
}

/** Each aggregates over all secrets; which of them it is about, and what to do next, `report` says. */
export class Alarms extends Construct {
  readonly #props: AlarmsProps

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.#props = props
    this.#addReported()
    this.#addDirect()
  }

  /** Throttling of one network's functions. */
  watch(network: string, functionNames: readonly string[]): void {
    this.#throttled(`throttled-${network}`, () =>
      functionNames.map((name) => lambdaMetric('Throttles', name)),
    )
  }

  #addReported(): void {
    const failures = (severity: Severity) => ({
      ...emitted('Failures', [...service, { name: 'severity', value: severity }]),
      statistic: 'Sum',
      period: 60,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
    })
    this.#alarm('consumers-affected', {
      ...failures('page'),
      means: 'A consumer is failing, or soon will be: a credential that is in use does not work.',
      hurt: 'yes',
      next: 'npm run overlap -- check SECRET',
    })
    this.#alarm('rotation-failed', {
      ...failures('ticket'),
      means: 'A rotation or a retirement failed and changed nothing that a consumer uses.',
      hurt: 'no',
      next: 'npm run overlap -- check SECRET',
    })
    this.#alarm('rotation-missed', {
      ...emitted('Overdue', service),
      statistic: 'Maximum',
      period: 300,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      treatMissingData: 'ignore',
      means: 'A secret was not rotated when its schedule or its maximum age says.',
      hurt: 'no',
      next: 'npm run overlap -- check SECRET',
    })
  }

  #addDirect(): void {
    const { topics, deadLetters, reportName, functionNames } = this.#props
    this.#alarm('sweep-silent', {
      ...emitted('Heartbeat', service),
      statistic: 'Sum',
      period: 300,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      treatMissingData: 'breaching',
      means:
        'No pass of the sweep was whole for 15 minutes: nothing is rotated on schedule, drained or retired.',
      hurt: 'no',
      next: `aws logs tail --since 1h for the log group of ${this.#props.deploymentName}-sweep`,
      topic: topics.ticket.topicArn,
    })
    this.#alarm('dead-letters', {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: [{ name: 'QueueName', value: deadLetters.queueName }],
      statistic: 'Maximum',
      period: 300,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
      means:
        'A schedule, an event or a report could not be delivered. The sweep makes up for what it missed by itself.',
      hurt: 'no',
      next: 'aws sqs receive-message on the queue of dead letters',
      topic: topics.ticket.topicArn,
    })
    this.#alarm('report-failed', {
      ...lambdaMetric('Errors', reportName),
      statistic: 'Sum',
      period: 60,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
      means:
        'The function that tells what an alarm is about failed, so a page may be lost: look at the other alarms.',
      hurt: 'perhaps',
      next: 'aws cloudwatch describe-alarms --state-value ALARM',
      topic: topics.page.topicArn,
    })
    this.#throttled('throttled', () => [
      ...functionNames().map((name) => lambdaMetric('Throttles', name)),
      emitted('Throttled', service),
    ])
  }

  #throttled(slug: string, metrics: () => readonly Metric[]): void {
    this.#alarm(slug, {
      metrics: Lazy.any({ produce: () => sumOf(metrics()) }),
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
      means: 'Lambda or Secrets Manager limited us. What was refused is tried again.',
      hurt: 'no',
      next: 'aws service-quotas list-service-quotas --service-code lambda',
      topic: this.#props.topics.ticket.topicArn,
      runbook: 'throttled',
    })
  }

  #alarm(slug: string, { means, hurt, next, topic, runbook: book = slug, ...alarm }: Alarm): void {
    const { deploymentName, report } = this.#props
    const action = [topic ?? report]
    new CfnAlarm(this, slug, {
      ...alarm,
      alarmName: `${deploymentName}-${slug}`,
      alarmDescription: `${means}\nConsumers affected: ${hurt}.\nNext: ${next}\nRunbook: ${runbook(book)}`,
      alarmActions: action,
      okActions: action,
    })
  }
}

type CfnAlarmProps = ConstructorParameters<typeof CfnAlarm>[2]

interface Alarm extends Omit<NonNullable<CfnAlarmProps>, 'alarmActions' | 'okActions' | 'alarmName'> {
  readonly means: string
  readonly hurt: 'yes' | 'no' | 'perhaps'
  /** The next command. */
  readonly next: string
  /** ARN. @default report */
  readonly topic?: string
  /** Slug. @default the alarm's */
  readonly runbook?: string
}

interface Metric {
  readonly namespace: string
  readonly metricName: string
  readonly dimensions: { name: string; value: string }[]
}

function emitted(metricName: string, dimensions: Metric['dimensions']): Metric {
  return { namespace: EMITTED, metricName, dimensions }
}

function lambdaMetric(metricName: string, functionName: string): Metric {
  return { namespace: 'AWS/Lambda', metricName, dimensions: [{ name: 'FunctionName', value: functionName }] }
}

/** Ten metrics at most: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html */
function sumOf(metrics: readonly Metric[]): object[] {
  const ids = metrics.map((_, index) => `m${index + 1}`)
  return [
    { id: 'sum', expression: ids.map((id) => `FILL(${id}, 0)`).join(' + '), returnData: true },
    ...metrics.map((metric, index) => ({
      id: ids[index],
      metricStat: { metric, period: 300, stat: 'Sum' },
      returnData: false,
    })),
  ]
}
