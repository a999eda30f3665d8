import { type CfnResource, Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Recurrence } from './cron.ts'
import type { OverlapFunction } from './overlap-function.ts'
import { OverlapRole, type RoleOptions } from './roles.ts'

/** Name of the schedule that makes a pass come every few minutes. */
export const SWEEP_SCHEDULE = 'sweep'

/** A pass derives by itself what is due, so a run that comes later than this is made up by another pass. */
const PATIENCE = Duration.hours(1)
const RETRIES = 10

export interface SchedulesProps extends RoleOptions {
  readonly deploymentName: string
  readonly schedules: Readonly<Record<string, Recurrence>>
  /** Whole minutes. */
  readonly sweepEvery: Duration
  readonly sweep: OverlapFunction
  readonly deadLetters: IQueue
}

/**
 * What makes a pass of the sweep come at the right moment: one schedule for each distinct cron and time zone, and one every few minutes.
 */
export class Schedules extends Construct {
  readonly #props: SchedulesProps
  readonly #group: CfnScheduleGroup
  readonly #role: OverlapRole

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id)
    this.#props = props
    this.#group = new CfnScheduleGroup(this, 'Group', { name: props.deploymentName })
    this.#role = this.#invoker()
    for (const [name, { cron, timezone }] of distinct(props.schedules))
      this.#schedule(name, { expression: `cron(${cron})`, timezone, patience: PATIENCE })
    const minutes = props.sweepEvery.toMinutes()
    this.#schedule(SWEEP_SCHEDULE, {
      expression: `rate(${minutes} minute${minutes === 1 ? '' : 's'})`,
      timezone: 'UTC',
      patience: props.sweepEvery,
    })
  }

  #invoker(): OverlapRole {
    const { deploymentName, sweep, deadLetters } = this.#props
    const stack = Stack.of(this)
    const group = stack.formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: deploymentName,
    })
    const role = new OverlapRole(this, 'Role', {
      ...this.#props,
      policyName: 'schedules',
      // Without these, schedules of others could make Scheduler act in this role's name. The ARN is the group's, not the schedule's:
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group } },
      }),
    })
    role.allow(
      new PolicyStatement({
        sid: 'Sweep',
        actions: ['lambda:InvokeFunction'],
        resources: [sweep.functionArn],
      }),
      new PolicyStatement({
        sid: 'KeepWhatWasNotDelivered',
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
      }),
    )
    return role
  }

  #schedule(name: string, { expression, timezone, patience }: Timing): void {
    const { deploymentName, sweep, deadLetters } = this.#props
    const schedule = new CfnSchedule(this, name, {
      name: `${deploymentName}-${name}`,
      groupName: deploymentName,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timezone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: sweep.functionArn,
        roleArn: this.#role.roleArn,
        input: JSON.stringify({ schedule: name }),
        retryPolicy: { maximumEventAgeInSeconds: patience.toSeconds(), maximumRetryAttempts: RETRIES },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    })
    schedule.addResourceDependency(this.#group)
    schedule.addResourceDependency(sweep.function.node.defaultChild as CfnResource)
  }
}

interface Timing {
  readonly expression: string
  readonly timezone: string
  /** How long a delivery is tried. */
  readonly patience: Duration
}

/** Of schedules that are the same but for their names, the first. */
function distinct(schedules: Readonly<Record<string, Recurrence>>): [string, Recurrence][] {
  const byTiming = new Map<string, [string, Recurrence]>()
  for (const [name, recurrence] of Object.entries(schedules)) {
    const timing = `${recurrence.cron} ${recurrence.timezone}`
    if (!byTiming.has(timing)) byTiming.set(timing, [name, recurrence])
  }
  return [...byTiming.values()]
}
