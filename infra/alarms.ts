import { type CfnResource, Lazy } from 'aws-cdk-lib'
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { ageAlarms } from './age-alarms.ts'
import { type AlarmDefinition, emitted, ofFunction, type WatchedMetric } from './alarm-definition.ts'
import { DEFAULT_DEPLOYMENT_NAME } from './names.ts'
import type { OverlapFunction } from './overlap-function.ts'
import type { Settings } from './overlap-settings.ts'
import { runbook } from './reported-alarms.ts'
import type { Topics } from './topics.ts'

const SWEEP_PERIOD_SECONDS = 300

export interface AlarmsProps {
  readonly deploymentName: string
  readonly topics: Topics
  readonly sweep: OverlapFunction
  readonly report: OverlapFunction
  readonly deadLetters: IQueue
  /** Those outside networks; looked at when synthesis ends. */
  readonly functions: readonly OverlapFunction[]
  readonly settings: Settings
}

/**
 * Each alarm adds up over all secrets. Which secrets it is about and what to do for each, `report` finds out and tells; an alarm that asks no such
 * question goes to its topic directly, so that it rings without any function of ours.
 */
export class Alarms extends Construct {
  readonly #props: AlarmsProps

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.#props = props
    this.#addFindings()
    this.#addOwn()
    for (const [slug, alarm] of ageAlarms({
      ...props.settings,
      deploymentName: props.deploymentName,
      owners: [...props.topics.owners.keys()],
      action: props.report.functionArn,
      silence: props.topics.ticket.topicArn,
      sweepLogGroup: props.sweep.logGroup.logGroupName,
    }))
      this.#add(slug, alarm)
    this.#addThrottled('throttled', () => [
      ...props.functions.map(({ functionName }) => ofFunction('Throttles', functionName)),
      this.#emitted('Throttled'),
    ])
  }

  /** The functions of one network are throttled, or of whatever else has this name. An alarm of their own, since one takes ten metrics. */
  watch(name: string, functions: readonly OverlapFunction[]): void {
    this.#addThrottled(`throttled-${name}`, () =>
      functions.map(({ functionName }) => ofFunction('Throttles', functionName)),
    )
  }

  #addFindings(): void {
    const atOnce = { statistic: 'Sum', period: 60, treatMissingData: 'notBreaching' }
    const { functionArn } = this.#props.report
    this.#add('consumers-affected', {
      ...this.#emitted('Failures', { severity: 'page' }),
      ...atOnce,
      action: functionArn,
      means:
        'A consumer is failing or soon will be: a credential that is in use was refused, or could not be put back.',
      consumersAffected: 'yes',
      next: this.#command('check'),
    })
    this.#add('rotation-failed', {
      ...this.#emitted('Failures', { severity: 'ticket' }),
      ...atOnce,
      action: functionArn,
      means: 'A rotation or a retirement failed, and nothing that a consumer uses was changed.',
      consumersAffected: 'no',
      next: this.#command('check'),
    })
    this.#add('rotation-missed', {
      // Not the gauge `Overdue`: it stays up while one secret is overdue, and an alarm that rings already does not ring for the next one.
      ...this.#emitted('OverdueNews'),
      statistic: 'Maximum',
      period: SWEEP_PERIOD_SECONDS,
      treatMissingData: 'notBreaching',
      action: functionArn,
      means:
        'A secret was not rotated in time, by its schedule or by its maximum age, or a credential became stale.',
      consumersAffected: 'no',
      next: this.#command('check'),
    })
    this.#add('drain-stuck', {
      // Not the gauge `Stuck`, for the same reason.
      ...this.#emitted('StuckNews'),
      statistic: 'Maximum',
      period: SWEEP_PERIOD_SECONDS,
      treatMissingData: 'notBreaching',
      action: functionArn,
      means:
        'A replaced credential is not retired in time: a consumer is not on the new version, something still uses it, or too little is known. It stays valid.',
      consumersAffected: 'no',
      next: this.#command('status'),
    })
  }

  #addOwn(): void {
    const { topics, deadLetters, report, sweep } = this.#props
    this.#add('sweep-silent', {
      ...this.#emitted('Heartbeat'),
      statistic: 'Sum',
      period: SWEEP_PERIOD_SECONDS,
      comparisonOperator: 'LessThanThreshold',
      evaluationPeriods: 3,
      // A function that is dead says nothing.
      treatMissingData: 'breaching',
      action: topics.ticket.topicArn,
      means:
        'No pass of the sweep was complete for 15 minutes: nothing is rotated on schedule, nothing is retired.',
      consumersAffected: 'no',
      next: `aws logs tail ${sweep.logGroup.logGroupName} --since 1h`,
    })
    this.#add('dead-letters', {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: [{ name: 'QueueName', value: deadLetters.queueName }],
      statistic: 'Maximum',
      period: 300,
      treatMissingData: 'notBreaching',
      action: topics.ticket.topicArn,
      means:
        'A schedule, a label event or a report was not delivered. The next pass makes up for the first two.',
      consumersAffected: 'no, unless the message is an alarm that was not told',
      next: `aws sqs receive-message --queue-url ${deadLetters.queueUrl} --message-attribute-names All`,
    })
    this.#add('report-failed', {
      ...ofFunction('Errors', report.functionName),
      statistic: 'Sum',
      period: 60,
      treatMissingData: 'notBreaching',
      action: topics.page.topicArn,
      means: 'The function that says what an alarm is about failed, so a page may not have been sent.',
      consumersAffected: 'unknown: look at the alarms that are ringing',
      next: `aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix ${this.#props.deploymentName}-`,
    })
  }

  #emitted(metricName: string, further: Readonly<Record<string, string>> = {}): WatchedMetric {
    return emitted(this.#props.deploymentName, metricName, further)
  }

  /** For each secret that the message names. */
  #command(word: 'check' | 'status'): string {
    const { deploymentName } = this.#props
    const deployment = deploymentName === DEFAULT_DEPLOYMENT_NAME ? '' : ` --deployment ${deploymentName}`
    return `npm run overlap -- ${word} SECRET${deployment}, for each secret that the message names`
  }

  #addThrottled(slug: string, metrics: () => readonly WatchedMetric[]): void {
    this.#add(slug, {
      metrics: Lazy.any({ produce: () => sumOf(metrics()) }),
      treatMissingData: 'notBreaching',
      action: this.#props.topics.ticket.topicArn,
      means: 'Lambda or Secrets Manager limited the rate of calls. What was refused is tried again.',
      consumersAffected: 'no',
      next: 'aws lambda get-account-settings --query AccountLimit',
      runbookSlug: 'throttled',
    })
  }

  #add(
    slug: string,
    { means, consumersAffected, next, action, runbookSlug = slug, ...alarm }: AlarmDefinition,
  ): void {
    const { evaluationPeriods = 1 } = alarm
    const { deploymentName, report } = this.#props
    // An owner's name may have a slash, which is none in an id: a/b and a--b would be the same.
    const made = new CfnAlarm(this, encodeURIComponent(slug), {
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      ...alarm,
      evaluationPeriods,
      datapointsToAlarm: evaluationPeriods,
      alarmName: `${deploymentName}-${slug}`,
      alarmDescription: [
        means,
        `Consumers affected: ${consumersAffected}.`,
        `Next: ${next}`,
        `Runbook: ${runbook(runbookSlug)}`,
      ].join('\n'),
      alarmActions: [action],
      okActions: [action],
    })
    if (action === report.functionArn)
      made.addResourceDependency(report.function.node.defaultChild as CfnResource)
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html */
const MAX_METRICS = 10

function sumOf(metrics: readonly WatchedMetric[]): CfnAlarm.MetricDataQueryProperty[] {
  if (metrics.length > MAX_METRICS)
    throw new Error(
      `an alarm would add up ${metrics.length} metrics, and CloudWatch allows ${MAX_METRICS}: use a second deployment`,
    )
  const ids = metrics.map((_, at) => `m${at + 1}`)
  return [
    { id: 'sum', expression: ids.map((id) => `FILL(${id}, 0)`).join(' + '), returnData: true },
    ...metrics.map((metric, at) => ({
      id: `m${at + 1}`,
      metricStat: { metric, period: 300, stat: 'Sum' },
      returnData: false,
    })),
  ]
}
