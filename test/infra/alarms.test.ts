import { existsSync } from 'node:fs'
import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { configProblems } from '../../infra/checks/config.ts'
import {
  ACCOUNT,
  consumed,
  environment,
  functionArn,
  REGION,
  type Resource,
  resourcesOf,
  templatesOf,
  theOne,
} from './deployed.ts'

const resources = resourcesOf(
  templatesOf({
    ...consumed,
    networks: { ...environment.networks, other: 'no-vpc' },
    page: { emails: ['on-call@example.com'] },
  }).get('Overlap-test'),
)
const ofType = (type: string) => resources.filter(({ Type }) => Type === type)
const alarms = new Map(
  ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => [Properties.AlarmName, Properties]),
)
const functionNames = ofType('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName)
const queue = theOne(ofType('AWS::SQS::Queue'))
const topic = (id: string) => `<${theOne(ofType('AWS::SNS::Topic'), (each) => each.id.includes(id)).id}>`
const variables = (name: string) =>
  theOne(ofType('AWS::Lambda::Function'), ({ Properties }) => Properties.FunctionName === name).Properties
    .Environment.Variables

const [PAGE, TICKET, REPORT] = [topic('Page'), topic('Ticket'), functionArn('overlap-report')]
const service = { Name: 'service', Value: 'overlap' }
const severity = (Value: string) => ({ Name: 'severity', Value })
const atLeastOne = { ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 1 }
const once = { EvaluationPeriods: 1, DatapointsToAlarm: 1 }
const thrice = { EvaluationPeriods: 3, DatapointsToAlarm: 3 }
const forAnHour = {
  Statistic: 'Minimum',
  Period: 900,
  EvaluationPeriods: 4,
  DatapointsToAlarm: 4,
  // Else one that rings for want of data would not ring for what comes to light behind it.
  TreatMissingData: 'ignore',
}

describe('the alarms', () => {
  it('are these, and no others', () => {
    expect([...alarms.keys()].sort()).toEqual([
      'overlap-consumers-affected',
      'overlap-dead-letters',
      'overlap-drain-stuck',
      'overlap-report-failed',
      'overlap-rotation-failed',
      'overlap-rotation-missed',
      'overlap-secrets-due',
      'overlap-secrets-stale',
      'overlap-secrets-uncounted',
      'overlap-sweep-silent',
      'overlap-throttled',
      'overlap-throttled-http-api-key-mail',
      'overlap-throttled-iam-access-key-robots',
      'overlap-throttled-main',
      'overlap-throttled-other',
    ])
  })

  it.each([
    [
      'consumers-affected',
      { Namespace: 'Overlap', MetricName: 'Failures', Dimensions: [service, severity('page')] },
      { Statistic: 'Sum', Period: 60, ...once, ...atLeastOne, TreatMissingData: 'notBreaching' },
      REPORT,
    ],
    [
      'rotation-failed',
      { Namespace: 'Overlap', MetricName: 'Failures', Dimensions: [service, severity('ticket')] },
      { Statistic: 'Sum', Period: 60, ...once, ...atLeastOne, TreatMissingData: 'notBreaching' },
      REPORT,
    ],
    [
      'rotation-missed',
      { Namespace: 'Overlap', MetricName: 'OverdueNews', Dimensions: [service] },
      { Statistic: 'Maximum', Period: 300, ...once, ...atLeastOne, TreatMissingData: 'notBreaching' },
      REPORT,
    ],
    [
      'drain-stuck',
      { Namespace: 'Overlap', MetricName: 'StuckNews', Dimensions: [service] },
      { Statistic: 'Maximum', Period: 300, ...once, ...atLeastOne, TreatMissingData: 'notBreaching' },
      REPORT,
    ],
    [
      'secrets-due',
      { Namespace: 'Overlap', MetricName: 'Due', Dimensions: [service] },
      { ...forAnHour, ...atLeastOne },
      REPORT,
    ],
    [
      'secrets-stale',
      { Namespace: 'Overlap', MetricName: 'Stale', Dimensions: [service] },
      { ...forAnHour, ...atLeastOne },
      REPORT,
    ],
    [
      'secrets-uncounted',
      { Namespace: 'Overlap', MetricName: 'Stale', Dimensions: [service] },
      {
        Statistic: 'SampleCount',
        Period: 900,
        EvaluationPeriods: 4,
        DatapointsToAlarm: 4,
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
      },
      TICKET,
    ],
    [
      'sweep-silent',
      { Namespace: 'Overlap', MetricName: 'Heartbeat', Dimensions: [service] },
      {
        Statistic: 'Sum',
        Period: 300,
        ...thrice,
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
      },
      TICKET,
    ],
    [
      'dead-letters',
      {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: `<${queue.id}.QueueName>` }],
      },
      { Statistic: 'Maximum', Period: 300, ...once, ...atLeastOne, TreatMissingData: 'notBreaching' },
      TICKET,
    ],
    [
      'report-failed',
      {
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'FunctionName', Value: 'overlap-report' }],
      },
      { Statistic: 'Sum', Period: 60, ...once, ...atLeastOne, TreatMissingData: 'notBreaching' },
      PAGE,
    ],
  ])('%s watches its metric and tells, also when it is over', (slug, metric, evaluation, action) => {
    const alarm = alarms.get(`overlap-${slug}`)
    const { AlarmName, AlarmDescription, AlarmActions, OKActions, ...watched } = alarm
    expect(watched).toEqual({ ...metric, ...evaluation })
    expect([AlarmActions, OKActions]).toEqual([[action], [action]])
  })

  it.each([
    [
      'throttled',
      [
        'overlap-sweep',
        'overlap-operate',
        'overlap-report',
        'overlap-inventory',
        'overlap-adopt',
        'overlap-rollout',
      ],
      [{ Namespace: 'Overlap', MetricName: 'Throttled', Dimensions: [service] }],
    ],
    [
      'throttled-main',
      ['overlap-rotate-postgres-main', 'overlap-retire-postgres-main', 'overlap-rollout-kubernetes-eks'],
      [],
    ],
    ['throttled-other', ['overlap-rotate-postgres-other', 'overlap-retire-postgres-other'], []],
  ])('%s adds up throttling, of which missing data is none', (slug, names, further) => {
    const { Metrics, AlarmActions, OKActions, ...alarm } = alarms.get(`overlap-${slug}`)
    const [sum, ...metrics] = Metrics
    expect(metrics.map((each: { MetricStat: { Metric: object } }) => each.MetricStat.Metric)).toEqual([
      ...names.map((Value) => ({
        Namespace: 'AWS/Lambda',
        MetricName: 'Throttles',
        Dimensions: [{ Name: 'FunctionName', Value }],
      })),
      ...further,
    ])
    for (const each of metrics)
      expect(each).toMatchObject({ ReturnData: false, MetricStat: { Period: 300, Stat: 'Sum' } })
    expect(sum).toEqual({
      Id: 'sum',
      ReturnData: true,
      Expression: metrics.map(({ Id }: { Id: string }) => `FILL(${Id}, 0)`).join(' + '),
    })
    expect(alarm).toMatchObject({ ...once, ...atLeastOne, TreatMissingData: 'notBreaching' })
    expect([AlarmActions, OKActions]).toEqual([[TICKET], [TICKET]])
  })

  it('watch every function for throttling that is called without somebody who waits for its answer', () => {
    const watched = [...alarms.values()].flatMap(({ Metrics = [] }) =>
      Metrics.flatMap(
        (each: { MetricStat?: { Metric: { Dimensions: { Name: string; Value: string }[] } } }) =>
          (each.MetricStat?.Metric.Dimensions ?? [])
            .filter(({ Name }) => Name === 'FunctionName')
            .map(({ Value }) => Value),
      ),
    )
    // CloudFormation waits for the first, and people and consumers for the others.
    const awaited = ['adopt-provider', 'view', 'revoke', 'acknowledge'].map((name) => `overlap-${name}`)
    expect(watched.sort()).toEqual(functionNames.filter((name) => !awaited.includes(name)).sort())
    expect(watched).toEqual(
      expect.arrayContaining(['overlap-rollout', 'overlap-rollout-kubernetes-eks', 'overlap-sweep']),
    )
  })

  it('name in every dimension something that is deployed', () => {
    const dimensions = [...alarms.values()].flatMap(({ Dimensions = [], Metrics = [] }) => [
      ...Dimensions,
      ...Metrics.flatMap(
        (each: { MetricStat?: { Metric: { Dimensions: object[] } } }) =>
          each.MetricStat?.Metric.Dimensions ?? [],
      ),
    ])
    expect(dimensions.length).toBeGreaterThan(15)
    for (const { Name, Value } of dimensions) {
      if (Name === 'FunctionName') expect(functionNames).toContain(Value)
      else if (Name === 'QueueName') expect(Value).toBe(`<${queue.id}.QueueName>`)
      else expect([service, severity('page'), severity('ticket')]).toContainEqual({ Name, Value })
    }
  })

  it('that call the report are made after it, so that what rings at once is told', () => {
    const report = theOne(
      ofType('AWS::Lambda::Function'),
      ({ Properties }) => Properties.FunctionName === 'overlap-report',
    )
    const calling = ofType('AWS::CloudWatch::Alarm').filter(({ Properties }) =>
      Properties.AlarmActions.includes(REPORT),
    )
    expect(calling.map(({ Properties }) => Properties.AlarmName)).toContain('overlap-secrets-stale')
    for (const { DependsOn } of calling) expect(DependsOn).toContain(report.id)
  })

  it('take ten metrics at most each', () => {
    for (const { Metrics = [] } of alarms.values()) expect(Metrics.length - 1).toBeLessThanOrEqual(10)
  })

  it.each([...alarms.keys()])(
    '%s says what it means, whether it hurts, what to run and where to read on',
    (name) => {
      const slug = name
        .replace('overlap-', '')
        .replace(/^throttled-.*/, 'throttled')
        .replace(/^secrets-(due|uncounted)$/, 'secrets-stale')
      const [means, hurt, next, runbook, ...others] = alarms.get(name).AlarmDescription.split('\n')
      expect(means).toMatch(/^[A-Z].*\.$/)
      expect(hurt).toMatch(/^Consumers affected: .*\.$/)
      expect(next).toMatch(/^Next: (npm run overlap -- |aws )/)
      expect(runbook).toBe(`Runbook: docs/runbooks/${slug}.md`)
      expect(others).toEqual([])
      expect(existsSync(new URL(`../../docs/runbooks/${slug}.md`, import.meta.url))).toBe(true)
      expect(alarms.get(name).AlarmDescription.length).toBeLessThanOrEqual(1024)
    },
  )
})

describe('the texts of the alarms that are about ages', () => {
  it.each([
    ['rotation-missed', 'or a credential became stale.'],
    ['secrets-due', 'or past 75/90 of its own maximum age, or of unknown age.'],
    ['secrets-stale', 'or older than its own maximum age, or of unknown age.'],
  ])('say all that rings them: %s', (slug, end) => {
    const [means] = alarms.get(`overlap-${slug}`).AlarmDescription.split('\n')
    expect(means.endsWith(`, ${end}`)).toBe(true)
  })
})

describe('the alarm on silence', () => {
  const minutes = Array.from({ length: 30 }, (_, n) => n + 1)
  const allowed = minutes.filter((every) => {
    const config = { environments: [{ ...environment, sweepEvery: Duration.minutes(every) }] }
    return configProblems(config).length === 0
  })

  it.each(allowed)('cannot ring while passes come every %i minutes, as long as a pass may take', (every) => {
    const deployed = resourcesOf(
      templatesOf({ ...environment, sweepEvery: Duration.minutes(every) }).get('Overlap-test'),
    )
    const { Properties: silent } = theOne(
      deployed,
      ({ Properties }) => Properties.AlarmName === 'overlap-sweep-silent',
    )
    const { Properties: sweep } = theOne(
      deployed,
      ({ Properties }) => Properties.FunctionName === 'overlap-sweep',
    )
    expect(silent.DatapointsToAlarm).toBe(silent.EvaluationPeriods)
    // A heartbeat comes when a pass ends: one that was at once, then one that took all its time.
    const longestSilence = every * 60 + sweep.Timeout
    expect(longestSilence).toBeLessThan(silent.Period * silent.EvaluationPeriods)
  })

  it('is why passes are five minutes apart at most', () => {
    expect(allowed).toEqual([1, 2, 3, 4, 5])
  })
})

describe('the alarms of another deployment', () => {
  const others = resourcesOf(templatesOf({ ...environment, deploymentName: 'rotation' }).get('Overlap-test'))
  const properties = others
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties)

  it('watch its own metrics, by the name under which its functions write them', () => {
    const services = JSON.stringify(properties).match(/\{"Name":"service","Value":"[^"]*"\}/g)
    expect(new Set(services)).toEqual(new Set(['{"Name":"service","Value":"rotation"}']))
    for (const { AlarmName } of properties) expect(AlarmName).toMatch(/^rotation-/)
  })

  it.each([
    ['rotation-missed', 'check SECRET --deployment rotation'],
    ['drain-stuck', 'status SECRET --deployment rotation'],
    ['secrets-stale', 'inventory --state stale --state age-unknown --deployment rotation'],
  ])('name it in the next command of %s', (slug, command) => {
    const alarm = properties.find(({ AlarmName }) => AlarmName === `rotation-${slug}`)
    expect(alarm.AlarmDescription).toContain(`npm run overlap -- ${command}`)
  })
})

describe('the report', () => {
  it('knows the alarms that ask it, and no other', () => {
    const told = JSON.parse(variables('overlap-report').OVERLAP_ALARMS)
    expect(told).toEqual({
      'overlap-consumers-affected': {
        severity: 'page',
        findings: 'failed',
        runbook: 'docs/runbooks/consumers-affected.md',
      },
      'overlap-rotation-failed': {
        severity: 'ticket',
        findings: 'failed',
        runbook: 'docs/runbooks/rotation-failed.md',
      },
      'overlap-drain-stuck': {
        severity: 'ticket',
        findings: 'stuck',
        runbook: 'docs/runbooks/drain-stuck.md',
      },
      'overlap-rotation-missed': {
        severity: 'ticket',
        findings: 'overdue',
        runbook: 'docs/runbooks/rotation-missed.md',
      },
      'overlap-secrets-due': {
        severity: 'ticket',
        findings: 'due',
        runbook: 'docs/runbooks/secrets-stale.md',
      },
      'overlap-secrets-stale': {
        severity: 'ticket',
        findings: 'stale',
        runbook: 'docs/runbooks/secrets-stale.md',
      },
    })
    const asking = [...alarms.values()].filter(({ AlarmActions }) => AlarmActions.includes(REPORT))
    expect(asking.map(({ AlarmName }) => AlarmName).sort()).toEqual(Object.keys(told).sort())
  })

  it('knows the topics, and every log in which a function of ours tells of findings', () => {
    expect(JSON.parse(variables('overlap-report').OVERLAP_TOPICS)).toEqual({ page: PAGE, ticket: TICKET })
    const logs = (resource: Resource) => resource.Properties.LoggingConfig.LogGroup
    const others = ofType('AWS::Lambda::Function').filter(
      ({ Properties }) =>
        !['overlap-report', 'overlap-inventory', 'overlap-adopt-provider'].includes(Properties.FunctionName),
    )
    expect(JSON.parse(variables('overlap-report').OVERLAP_LOG_GROUPS).sort()).toEqual(others.map(logs).sort())
  })
})

describe('the topics', () => {
  it.each([
    ['Page', PAGE],
    ['Ticket', TICKET],
  ])('%s takes messages over TLS, and from the alarms of this deployment', (_, Ref) => {
    const policy = theOne(ofType('AWS::SNS::TopicPolicy'), ({ Properties }) =>
      Properties.Topics.includes(Ref),
    )
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      {
        Sid: 'AllowPublishThroughSSLOnly',
        Effect: 'Deny',
        Action: 'sns:Publish',
        Principal: '*',
        Resource: Ref,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        Sid: 'AlarmsOfThisAccount',
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: Ref,
        Condition: {
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:overlap-*` },
        },
      },
    ])
  })

  it('send to the addresses that were given', () => {
    expect(ofType('AWS::SNS::Subscription').map(({ Properties }) => Properties)).toEqual([
      { Protocol: 'email', Endpoint: 'on-call@example.com', TopicArn: PAGE },
    ])
  })

  it('may be topics that exist, with their key', () => {
    const arn = (name: string) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`
    const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef`
    const existing = resourcesOf(
      templatesOf({
        ...environment,
        page: { topicArn: arn('page'), keyArn },
        ticket: { topicArn: arn('ticket') },
      }).get('Overlap-test'),
    )
    expect(existing.filter(({ Type }) => Type.startsWith('AWS::SNS::'))).toEqual([])
    const report = theOne(existing, ({ Properties }) => Properties.Policies?.[0]?.PolicyName === 'report')
    expect(report.Properties.Policies[0].PolicyDocument.Statement).toEqual(
      expect.arrayContaining([
        { Sid: 'Tell', Effect: 'Allow', Action: 'sns:Publish', Resource: [arn('page'), arn('ticket')] },
        {
          Sid: 'UseKeysOfTopics',
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: keyArn,
          Condition: { StringEquals: { 'kms:ViaService': `sns.${REGION}.amazonaws.com` } },
        },
      ]),
    )
  })
})
