import { Stack } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { describe, expect, it } from 'vitest'
import { OverlapNetwork } from '../../infra/network.ts'
import { Overlap, type OverlapProps } from '../../infra/overlap.ts'
import { thresholdsVariable } from '../../lambdas/inventory/environment.ts'
import { reportEnvironment } from '../../lambdas/report/environment.ts'
import { ownerNamesVariable } from '../../lambdas/rotation/owners.ts'
import {
  ACCOUNT,
  environment,
  functionArn,
  newApp,
  REGION,
  type Resource,
  resourcesOf,
  stubCode,
  templatesIn,
  templatesOf,
  theOne,
} from './deployed.ts'

const topicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:team-billing`
const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef`
const names = ['team-shop', 'Team Reports', 'billing@example.com', 'a/b:c=d+e_f.g']
const [shop, reports, billing, odd] = names as [string, string, string, string]
const owners = {
  [shop]: {},
  [reports]: { emails: ['reports@example.com'] },
  [billing]: { topicArn, keyArn },
  [odd]: {},
}

const resources = resourcesOf(templatesOf({ ...environment, owners }).get('Overlap-test'))
const ofType = (type: string, among: readonly Resource[] = resources) =>
  among.filter(({ Type }) => Type === type)
const variables = (name: string) =>
  theOne(ofType('AWS::Lambda::Function'), ({ Properties }) => Properties.FunctionName === name).Properties
    .Environment.Variables
const alarmNamed = (name: string) =>
  theOne(ofType('AWS::CloudWatch::Alarm'), ({ Properties }) => Properties.AlarmName === name).Properties
const made = () => `<${theOne(ofType('AWS::SNS::Topic'), ({ id }) => id.includes('Owner')).id}>`
const statementsOf = (policyName: string, among: readonly Resource[] = resources) =>
  theOne(
    ofType('AWS::IAM::Role', among),
    ({ Properties }) => Properties.Policies[0].PolicyName === policyName,
  ).Properties.Policies[0].PolicyDocument.Statement
const statement = (sid: string, among: readonly Resource[] = resources) =>
  statementsOf('report', among).find(({ Sid }: { Sid: string }) => Sid === sid)

describe('a declared owner', () => {
  it.each(names)('%s has two alarms of its own, on its own metrics, which ring on figures alone', (owner) => {
    for (const [slug, MetricName] of [
      ['secrets-due', 'Due'],
      ['secrets-stale', 'Stale'],
    ]) {
      expect(alarmNamed(`overlap-${slug}-${owner}`)).toMatchObject({
        Namespace: 'Overlap',
        MetricName,
        Dimensions: [
          { Name: 'service', Value: 'overlap' },
          { Name: 'owner', Value: owner },
        ],
        Statistic: 'Minimum',
        Period: 900,
        EvaluationPeriods: 4,
        DatapointsToAlarm: 4,
        TreatMissingData: 'ignore',
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: 1,
        AlarmActions: [functionArn('overlap-report')],
        OKActions: [functionArn('overlap-report')],
      })
    }
  })

  it('is named in what its alarms say, also in the next command', () => {
    const [means, , next, runbook] = alarmNamed(`overlap-secrets-due-${reports}`).AlarmDescription.split('\n')
    expect(means).toContain('A credential of Team Reports is 75 days old')
    expect(next).toBe(
      "Next: npm run overlap -- inventory --state due --state stale --state age-unknown --owner 'Team Reports'",
    )
    expect(runbook).toBe('Runbook: docs/runbooks/secrets-stale.md')
  })

  it('has alarms that are made after the function that tells of them', () => {
    const report = theOne(
      ofType('AWS::Lambda::Function'),
      ({ Properties }) => Properties.FunctionName === 'overlap-report',
    )
    const own = ofType('AWS::CloudWatch::Alarm').filter(({ Properties }) =>
      names.some((name) => Properties.AlarmName.endsWith(`-${name}`)),
    )
    expect(own).toHaveLength(2 * names.length)
    for (const { DependsOn } of own) expect(DependsOn).toContain(report.id)
  })

  it('leaves the alarms of others as they are, and nobody else gets any', () => {
    const without = resourcesOf(templatesOf(environment).get('Overlap-test'))
    const alarms = ofType('AWS::CloudWatch::Alarm')
    expect(alarms).toHaveLength(ofType('AWS::CloudWatch::Alarm', without).length + 2 * names.length)
    expect(alarms).toEqual(expect.arrayContaining(ofType('AWS::CloudWatch::Alarm', without)))
  })

  it('is known to the sweep by name, and to the report with its topic where it has one', () => {
    const told = {
      [shop]: '',
      [reports]: made(),
      [billing]: topicArn,
      [odd]: '',
    }
    expect(JSON.parse(variables('overlap-sweep').OVERLAP_OWNER_NAMES)).toEqual(names)
    expect(variables('overlap-sweep')).not.toHaveProperty('OVERLAP_OWNERS')
    expect(JSON.parse(variables('overlap-report').OVERLAP_OWNERS)).toEqual(told)
  })
})

describe('the topic of an owner', () => {
  it('is made where there are addresses, takes messages over TLS, and from roles of the account alone', () => {
    const policy = theOne(ofType('AWS::SNS::TopicPolicy'), ({ Properties }) =>
      Properties.Topics.includes(made()),
    )
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      {
        Sid: 'AllowPublishThroughSSLOnly',
        Effect: 'Deny',
        Action: 'sns:Publish',
        Principal: '*',
        Resource: made(),
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ])
    expect(
      ofType('AWS::SNS::Subscription')
        .map(({ Properties }) => Properties)
        .filter(({ TopicArn }) => TopicArn === made()),
    ).toEqual([{ Protocol: 'email', Endpoint: 'reports@example.com', TopicArn: made() }])
  })

  it('is made for nobody else: page, ticket and that one are all', () => {
    expect(ofType('AWS::SNS::Topic')).toHaveLength(3)
  })

  it('is published to by the report, with its key, and by no alarm directly', () => {
    expect(statement('Tell').Resource).toEqual([
      expect.stringMatching(/^<OverlapTopicsPage/),
      expect.stringMatching(/^<OverlapTopicsTicket/),
      made(),
      topicArn,
    ])
    expect(statement('UseKeysOfTopics')).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: keyArn,
    })
    const actions = ofType('AWS::CloudWatch::Alarm').flatMap(({ Properties }) => Properties.AlarmActions)
    expect(actions).not.toContain(topicArn)
    expect(actions).not.toContain(made())
  })
})

describe('what the functions are told of owners', () => {
  const page = { topicArn: topicArn.replace('team-billing', 'page') }
  const deployed = resourcesOf(
    templatesOf({ ...environment, owners: { ...owners, [reports]: {} }, page, ticket: page }).get(
      'Overlap-test',
    ),
  )
  const environmentOf = (name: string): Record<string, string> => {
    const { Environment } = theOne(
      ofType('AWS::Lambda::Function', deployed),
      ({ Properties }) => Properties.FunctionName === name,
    ).Properties
    // What only the deployment knows: names of log groups.
    return JSON.parse(JSON.stringify(Environment.Variables).replace(/<\w+>/g, 'a-log-group'))
  }
  const understood = new Map(names.map((owner) => [owner, owner === billing ? topicArn : undefined]))

  it('is what they understand', () => {
    expect(ownerNamesVariable(environmentOf('overlap-sweep'))).toEqual(names)
    const { owners: known, alarms } = reportEnvironment(environmentOf('overlap-report'))
    expect(known).toEqual(understood)
    const told = ofType('AWS::CloudWatch::Alarm', deployed).flatMap(({ Properties }) =>
      (Properties.Dimensions ?? [])
        .filter(({ Name }: { Name: string }) => Name === 'owner')
        .map(({ Value }: { Value: string }) => [Properties.AlarmName, Value]),
    )
    expect(told).toHaveLength(2 * names.length)
    for (const [alarm, owner] of told)
      expect(alarms.get(alarm)).toEqual({
        severity: 'ticket',
        findings: alarm.startsWith('overlap-secrets-due-') ? 'due' : 'stale',
        runbook: 'docs/runbooks/secrets-stale.md',
        owner,
      })
  })

  it.each(['overlap-sweep', 'overlap-inventory'])('is beside what %s understands of ages', (name) => {
    expect(thresholdsVariable(environmentOf(name))).toEqual({
      warningSeconds: 75 * 86_400,
      criticalSeconds: 90 * 86_400,
    })
  })
})

describe('the owners of an app of its own', () => {
  const own = (owners: OverlapProps['owners'] & {}) => {
    const app = newApp()
    const stack = new Stack(app, 'Own')
    const overlap = new Overlap(stack, 'Overlap', { code: stubCode(), owners })
    new OverlapNetwork(overlap, 'main')
    return { app, stack }
  }

  it('may have topics of that app, with their keys', () => {
    const app = newApp()
    const stack = new Stack(app, 'Own')
    const topic = new Topic(stack, 'Billing', { masterKey: new Key(stack, 'Key') })
    const overlap = new Overlap(stack, 'Overlap', {
      code: stubCode(),
      owners: { billing: { topic }, reports: { emails: ['reports@example.com'] } },
    })
    new OverlapNetwork(overlap, 'main')
    const others = resourcesOf(templatesIn(app).get('Own'))
    const billing = theOne(ofType('AWS::SNS::Topic', others), ({ id }) => id.startsWith('Billing')).id
    expect(statement('Tell', others).Resource).toContain(`<${billing}>`)
    expect(statement('UseKeysOfTopics', others).Resource).toMatch(/^<Key\w+\.Arn>$/)
  })

  it.each(['', ' team', 'team ', ':team', 'téam', 'team\n', "team'", 'team$(x)', 'x'.repeat(236)])(
    'cannot be called %j',
    (name) => {
      expect(() => own({ [name]: {} })).toThrow('NAME_INVALID: deployment overlap, field owners: must')
    },
  )

  it('are told apart also where CDK would not', () => {
    const emails = ['team@example.com']
    const { app } = own({ 'a/b': { emails }, 'a--b': { emails }, 'a b': { emails } })
    const made = resourcesOf(templatesIn(app).get('Own'))
    expect(ofType('AWS::SNS::Topic', made)).toHaveLength(2 + 3)
    expect(ofType('AWS::CloudWatch::Alarm', made).map(({ Properties }) => Properties.AlarmName)).toEqual(
      expect.arrayContaining([
        'overlap-secrets-due-a/b',
        'overlap-secrets-due-a--b',
        'overlap-secrets-due-a b',
      ]),
    )
  })

  it('may be called what just fits into the name of an alarm', () => {
    const { app } = own({ ['x'.repeat(233)]: {} })
    const longest = ofType('AWS::CloudWatch::Alarm', resourcesOf(templatesIn(app).get('Own'))).map(
      ({ Properties }) => Properties.AlarmName.length,
    )
    expect(Math.max(...longest)).toBe(255)
  })
})
