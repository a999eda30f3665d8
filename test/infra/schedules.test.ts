import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { environment, functionArn, type Resource, resourcesOf, templatesOf, theOne } from './deployed.ts'

const deployed = (fields: Partial<typeof environment> = {}) =>
  resourcesOf(templatesOf({ ...environment, ...fields }).get('Overlap-test'))
const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const timing = ({ Properties }: Resource) => [
  Properties.Name,
  Properties.ScheduleExpression,
  Properties.ScheduleExpressionTimezone,
]

describe('the schedules', () => {
  const resources = deployed()
  const queue = theOne(ofType(resources, 'AWS::SQS::Queue'))
  const role = theOne(
    ofType(resources, 'AWS::IAM::Role'),
    ({ Properties }) => Properties.Policies[0].PolicyName === 'schedules',
  )

  it('are Sunday 03:00 local and every five minutes, unless something else is said', () => {
    expect(ofType(resources, 'AWS::Scheduler::Schedule').map(timing)).toEqual([
      ['overlap-weekly', 'cron(0 3 ? * SUN *)', 'Europe/Berlin'],
      ['overlap-sweep', 'rate(5 minutes)', 'UTC'],
    ])
  })

  it.each([
    ['weekly', 3600],
    ['sweep', 300],
  ])('%s invokes the sweep, tries again, and keeps what could not be delivered', (name, seconds) => {
    const schedule = theOne(resources, ({ Properties }) => Properties.Name === `overlap-${name}`)
    expect(schedule.Properties).toMatchObject({
      GroupName: 'overlap',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: functionArn('overlap-sweep'),
        RoleArn: `<${role.id}.Arn>`,
        Input: JSON.stringify({ schedule: name }),
        RetryPolicy: { MaximumEventAgeInSeconds: seconds, MaximumRetryAttempts: 10 },
        DeadLetterConfig: { Arn: `<${queue.id}.Arn>` },
      },
    })
    expect(schedule.DependsOn).toEqual(
      expect.arrayContaining([
        theOne(ofType(resources, 'AWS::Scheduler::ScheduleGroup')).id,
        theOne(
          resources,
          ({ Properties }) => Properties.FunctionName === 'overlap-sweep' && Properties.Runtime,
        ).id,
      ]),
    )
  })

  it('are one for each distinct cron and time zone', () => {
    const schedules = ofType(
      deployed({
        schedules: {
          weekly: { cron: '0 3 ? * SUN *' },
          'also-weekly': { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' },
          york: { cron: '0 3 ? * SUN *', timezone: 'America/New_York' },
          monthly: { cron: '0 4 1 * ? *' },
        },
      }),
      'AWS::Scheduler::Schedule',
    )
    expect(schedules.map(timing)).toEqual([
      ['overlap-weekly', 'cron(0 3 ? * SUN *)', 'Europe/Berlin'],
      ['overlap-york', 'cron(0 3 ? * SUN *)', 'America/New_York'],
      ['overlap-monthly', 'cron(0 4 1 * ? *)', 'Europe/Berlin'],
      ['overlap-sweep', 'rate(5 minutes)', 'UTC'],
    ])
  })

  it('may make a pass come every minute', () => {
    const schedules = ofType(deployed({ sweepEvery: Duration.minutes(1) }), 'AWS::Scheduler::Schedule')
    expect(schedules.map(timing).at(-1)).toEqual(['overlap-sweep', 'rate(1 minute)', 'UTC'])
  })
})

describe('a label that moves', () => {
  const resources = deployed()
  const queue = theOne(ofType(resources, 'AWS::SQS::Queue'))

  it('makes the sweep look', () => {
    const sweep = theOne(
      resources,
      ({ Properties }) => Properties.FunctionName === 'overlap-sweep' && Properties.Runtime,
    )
    expect(theOne(ofType(resources, 'AWS::Events::Rule')).Properties).toMatchObject({
      EventPattern: { source: ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] },
      State: 'ENABLED',
      Targets: [
        {
          Arn: `<${sweep.id}.Arn>`,
          DeadLetterConfig: { Arn: `<${queue.id}.Arn>` },
          RetryPolicy: { MaximumEventAgeInSeconds: 900, MaximumRetryAttempts: 3 },
        },
      ],
    })
  })
})

describe('what could not be delivered', () => {
  const resources = deployed()
  const queue = theOne(ofType(resources, 'AWS::SQS::Queue'))

  it('is kept for 14 days, encrypted, from whom it may come', () => {
    expect(queue.Properties).toEqual({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true })
    expect(theOne(ofType(resources, 'AWS::SQS::QueuePolicy')).Properties.PolicyDocument.Statement).toEqual([
      {
        Action: 'sqs:*',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Resource: `<${queue.id}.Arn>`,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        Sid: expect.any(String),
        Action: 'sqs:SendMessage',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Resource: `<${queue.id}.Arn>`,
        Condition: {
          ArnEquals: { 'aws:SourceArn': `<${theOne(ofType(resources, 'AWS::Events::Rule')).id}.Arn>` },
        },
      },
    ])
  })

  it('is an alarm that could not be told, too; a pass that failed is made up by the next', () => {
    const invocations = (name: string) => {
      const { id } = theOne(
        resources,
        ({ Properties }) => Properties.FunctionName === name && Properties.Runtime,
      )
      return theOne(
        ofType(resources, 'AWS::Lambda::EventInvokeConfig'),
        ({ Properties }) => Properties.FunctionName === `<${id}>`,
      ).Properties
    }
    expect(invocations('overlap-report')).toMatchObject({
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: `<${queue.id}.Arn>` } },
    })
    expect(invocations('overlap-sweep')).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 300,
    })
  })
})

describe('a freeze', () => {
  it('is told to the functions as absolute instants', () => {
    const resources = deployed({
      freezes: [{ from: '2026-12-20T00:00:00+01:00', until: '2027-01-04T06:00:00-05:00', reason: 'peak' }],
    })
    const told = (name: string) =>
      theOne(resources, ({ Properties }) => Properties.FunctionName === name && Properties.Runtime).Properties
        .Environment.Variables.OVERLAP_FREEZES
    for (const name of ['overlap-sweep', 'overlap-operate', 'overlap-rotate-postgres-main'])
      expect(JSON.parse(told(name))).toEqual([
        { from: '2026-12-19T23:00:00.000Z', until: '2027-01-04T11:00:00.000Z', reason: 'peak' },
      ])
  })

  it('is nowhere by default', () => {
    const sweep = theOne(
      deployed(),
      ({ Properties }) => Properties.FunctionName === 'overlap-sweep' && Properties.Runtime,
    )
    expect(sweep.Properties.Environment.Variables.OVERLAP_FREEZES).toBe('[]')
  })
})
