import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Recurrence } from './cron.ts'
import type { FunctionOptions } from './overlap-function.ts'
import { overlapRole } from './overlap-function.ts'
import { invoke } from './permissions.ts'

export interface SchedulesProps extends Pick<FunctionOptions, 'permissionsBoundary' | 'rolePath'> {
  readonly deploymentName: string
  readonly schedules: Readonly<Record<string, Recurrence>>
  readonly sweepEvery: Duration
  /** ARN. */
  readonly sweep: string
  readonly deadLetters: IQueue
}

/**
 * What makes a pass of the sweep come at the right moment: one schedule per distinct cron and time zone, and one every few minutes. The sweep derives by itself
 * what is due, so a run that is lost is made up by the next pass.
 */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id)
    const stack = Stack.of(this)
    const { deploymentName, sweep, deadLetters } = props
    const group = new CfnScheduleGroup(this, 'Group', { name: deploymentName })
    const groupArn = stack.formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: deploymentName,
    })
    // Without both, anybody's schedule could act as this role: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const principal = new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': groupArn } },
    })
    const role = overlapRole(this, 'Role', principal, props, {
      schedules: new PolicyDocument({
        statements: [
          invoke('InvokeSweep', [sweep]),
          new PolicyStatement({
            sid: 'KeepWhatCouldNotBeDelivered',
            actions: ['sqs:SendMessage'],
            resources: [deadLetters.queueArn],
          }),
        ],
      }),
    })

    const schedule = (
      name: string,
      expression: string,
      timezone?: string,
      maximumAge = Duration.hours(1),
    ) => {
      const made = new CfnSchedule(this, name, {
        name: `${deploymentName}-${name}`,
        groupName: deploymentName,
        scheduleExpression: expression,
        ...(timezone === undefined ? {} : { scheduleExpressionTimezone: timezone }),
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: sweep,
          roleArn: role.roleArn,
          input: JSON.stringify({ schedule: name }),
          retryPolicy: { maximumEventAgeInSeconds: maximumAge.toSeconds(), maximumRetryAttempts: 10 },
          deadLetterConfig: { arn: deadLetters.queueArn },
        },
      })
      made.addDependency(group)
    }
    const known = new Set<string>()
    for (const [name, { cron, timezone }] of Object.entries(props.schedules)) {
      const distinct = `${cron} ${timezone}`
      if (known.has(distinct)) continue
      known.add(distinct)
      schedule(name, `cron(${cron})`, timezone)
    }
    const minutes = props.sweepEvery.toMinutes()
    schedule('sweep', `rate(${minutes} minute${minutes === 1 ? '' : 's'})`, undefined, props.sweepEvery)
  }
}
