import { beforeAll, describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  environment,
  functionArn,
  plain,
  REGION,
  type Resource,
  resourcesOf,
  type Statement,
  secretArn,
  templatesOf,
  theOne,
} from './deployed.ts'

const rotateMain = functionArn('overlap-rotate-postgres-main')
const retireMain = functionArn('overlap-retire-postgres-main')
const rotateOther = functionArn('overlap-rotate-postgres-other')
const retireOther = functionArn('overlap-retire-postgres-other')
const everySecret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:*`
const keyEnds = { admin: '0a', app: '0b', unlisted: '0c' }
const key = (id: keyof typeof keyEnds) =>
  `arn:aws:kms:${REGION}:${ACCOUNT}:key/01234567-89ab-cdef-0123-4567890000${keyEnds[id]}`

let resources: Resource[]

beforeAll(() => {
  const { shop } = environment.databases
  if (!shop) throw new Error('there is no shop')
  const templates = templatesOf({
    ...environment,
    networks: { ...environment.networks, other: 'no-vpc' },
    databases: {
      shop: {
        ...shop,
        adminSecretKeyArn: key('admin'),
        secretKeyArns: [key('unlisted')],
        secrets: shop.secrets.map((secret) => ({ ...secret, keyArn: key('app') })),
      },
      other: {
        ...shop,
        network: 'other',
        adminSecretArn: secretArn('other/admin'),
        secrets: [{ name: 'other/app', newUser: 'other', owner: 'team-other' }],
      },
    },
  })
  resources = resourcesOf(templates.get('Overlap-test'))
})

const policyNamed = (name: string) => (role: Resource) =>
  role.Type === 'AWS::IAM::Role' && role.Properties.Policies?.[0]?.PolicyName === name

/** What the role of this policy name may do beside writing its own log. The functions of a network are told apart by it. */
function statementsOf(policyName: string, network = ''): Statement[] {
  const role = theOne(
    resources,
    (each) => policyNamed(policyName)(each) && each.id.startsWith(`Overlap${network}`),
  )
  expect(role.Properties.Policies).toHaveLength(1)
  return role.Properties.Policies[0].PolicyDocument.Statement
}

const withoutLog = (statements: readonly Statement[]) => statements.filter(({ Sid }) => Sid !== 'WriteLog')

const rotated = (
  Sid: string,
  actions: readonly string[],
  condition: object = {},
  functions: readonly string[] = [rotateMain, rotateOther],
): Statement => ({
  Sid,
  Effect: 'Allow',
  Action:
    actions.length === 1
      ? `secretsmanager:${actions[0]}`
      : actions.map((action) => `secretsmanager:${action}`),
  Resource: everySecret,
  Condition: {
    ...condition,
    StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functions },
  },
})
const listSecrets = {
  Sid: 'ListSecrets',
  Effect: 'Allow',
  Action: 'secretsmanager:ListSecrets',
  Resource: '*',
}
const invoke = (Sid: string, ...Resource: readonly string[]) => ({
  Sid,
  Effect: 'Allow',
  Action: 'lambda:InvokeFunction',
  Resource,
})
const admin = (name: string) => ({
  Sid: 'ReadAdminSecrets',
  Effect: 'Allow',
  Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  Resource: secretArn(name),
})
const databases = {
  Sid: 'FindEndpoints',
  Effect: 'Allow',
  Action: ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'],
  Resource: [`arn:aws:rds:${REGION}:${ACCOUNT}:db:*`, `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:*`],
}
const keys = (...actions: readonly string[]) => ({
  Sid: 'UseKeysOfSecrets',
  Effect: 'Allow',
  Action: actions.length === 1 ? actions[0] : actions,
  Resource: [key('admin'), key('unlisted'), key('app')],
  Condition: {
    StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:SecretARN': everySecret },
  },
})
const ec2 = (resource: string) => `arn:aws:ec2:${REGION}:${ACCOUNT}:${resource}`
const network = (own: string) => [
  {
    Sid: 'EnterVpc',
    Effect: 'Allow',
    Action: 'ec2:CreateNetworkInterface',
    Resource: [
      ec2('network-interface/*'),
      ec2('subnet/subnet-0123456789abcdef0'),
      ec2('subnet/subnet-0123456789abcdef1'),
      expect.stringMatching(
        /^arn:aws:ec2:eu-west-1:111122223333:security-group\/<OverlapmainSecurityGroup\w+\.GroupId>$/,
      ),
    ],
  },
  {
    Sid: 'LeaveVpc',
    Effect: 'Allow',
    Action: ['ec2:DeleteNetworkInterface', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
    Resource: ec2('*/*'),
  },
  {
    Sid: 'LookAtVpc',
    Effect: 'Allow',
    Action: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    Resource: '*',
  },
  {
    Sid: 'NotByItsCode',
    Effect: 'Deny',
    Action: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
    ],
    Resource: '*',
    Condition: { ArnEquals: { 'lambda:SourceFunctionArn': own } },
  },
]
const reading = ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds']
const tagKeys = (operator: string, tag: string) => ({
  [`ForAllValues:String${operator}`]: { 'aws:TagKeys': [tag] },
})
const deadLetters = expect.stringMatching(/^<OverlapDeadLetters\w+\.Arn>$/)

describe('the roles', () => {
  it.each([
    [
      'rotate-postgres',
      'main',
      [
        ...network(rotateMain),
        rotated('RotateOwnSecrets', [...reading, 'PutSecretValue', 'UpdateSecretVersionStage'], {}, [
          rotateMain,
        ]),
        databases,
        admin('shop/admin'),
        keys('kms:Decrypt', 'kms:GenerateDataKey'),
      ],
    ],
    [
      'retire-postgres',
      'main',
      [
        ...network(retireMain),
        rotated('RetireOwnSecrets', [...reading, 'UpdateSecretVersionStage'], {}, [rotateMain]),
        databases,
        admin('shop/admin'),
        keys('kms:Decrypt'),
      ],
    ],
    [
      'rotate-postgres',
      'other',
      [
        rotated('RotateOwnSecrets', [...reading, 'PutSecretValue', 'UpdateSecretVersionStage'], {}, [
          rotateOther,
        ]),
        databases,
        admin('other/admin'),
      ],
    ],
    [
      'sweep',
      'sweep',
      [
        listSecrets,
        rotated('SweepSecrets', [
          'DescribeSecret',
          'ListSecretVersionIds',
          'RotateSecret',
          'UpdateSecretVersionStage',
        ]),
        rotated('KeepState', ['TagResource'], tagKeys('Equals', 'overlap:state')),
        invoke('RotateSecretInvokes', rotateMain, rotateOther),
        invoke('Retire', retireMain, retireOther),
      ],
    ],
    [
      'operate',
      'operate',
      [
        listSecrets,
        rotated('OperateSecrets', ['CancelRotateSecret', 'DescribeSecret', 'RotateSecret']),
        rotated('Hold', ['TagResource'], tagKeys('Equals', 'overlap:hold')),
        rotated('ReleaseAndLeave', ['UntagResource'], tagKeys('Like', 'overlap:*')),
        invoke('CheckAndRotateSecretInvokes', rotateMain, rotateOther),
        invoke('Leave', retireMain, retireOther),
      ],
    ],
    ['adopt', 'Adopters', [invoke('CheckAndProvision', rotateMain, rotateOther)]],
    [
      'provider',
      'Adopters',
      [
        {
          Sid: 'CallAdopt',
          Effect: 'Allow',
          Action: ['lambda:InvokeFunction', 'lambda:GetFunction'],
          Resource: functionArn('overlap-adopt'),
        },
      ],
    ],
    [
      'report',
      'report',
      [
        {
          Sid: 'ReadLogs',
          Effect: 'Allow',
          Action: 'logs:FilterLogEvents',
          Resource: [
            'sweepLog',
            'operateLog',
            'Adoptersadopt1Log',
            'mainrotatepostgresLog',
            'mainretirepostgresLog',
            'otherrotatepostgresLog',
            'otherretirepostgresLog',
          ].map((log) => expect.stringMatching(new RegExp(`^<Overlap${log}\\w{8}\\.Arn>$`))),
        },
        rotated('NameOwners', ['DescribeSecret']),
        {
          Sid: 'Tell',
          Effect: 'Allow',
          Action: 'sns:Publish',
          Resource: [
            expect.stringMatching(/^<OverlapTopicsPage\w+>$/),
            expect.stringMatching(/^<OverlapTopicsTicket\w+>$/),
          ],
        },
        {
          Sid: 'TellTheBus',
          Effect: 'Allow',
          Action: 'events:PutEvents',
          Resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
          Condition: {
            StringEquals: { 'events:source': 'overlap', 'events:detail-type': 'Overlap Finding' },
          },
        },
        { Sid: 'KeepWhatWasNotTold', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: deadLetters },
      ],
    ],
    [
      'inventory',
      'inventory',
      [
        listSecrets,
        {
          Sid: 'DatesOfVersions',
          Effect: 'Allow',
          Action: 'secretsmanager:ListSecretVersionIds',
          Resource: everySecret,
        },
      ],
    ],
    [
      'schedules',
      'Schedules',
      [
        {
          Sid: 'Sweep',
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: functionArn('overlap-sweep'),
        },
        { Sid: 'KeepWhatWasNotDelivered', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: deadLetters },
      ],
    ],
  ])('%s of %s may do this beside writing its log', (policyName, place, expected) => {
    expect(withoutLog(statementsOf(policyName, place))).toEqual(expected)
  })

  it('write each its own log and no other', () => {
    const logs = ofType('AWS::Lambda::Function').map(({ Properties }) => {
      const role = theOne(resources, ({ id }) => Properties.Role === `<${id}.Arn>`)
      const [writeLog] = role.Properties.Policies[0].PolicyDocument.Statement
      expect(writeLog).toMatchObject({
        Sid: 'WriteLog',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      })
      expect(writeLog.Resource).toBe(Properties.LoggingConfig.LogGroup.replace('>', '.Arn>'))
      return writeLog.Resource
    })
    expect(new Set(logs).size).toBe(logs.length)
  })

  it('are those, and have no policy from elsewhere but the lists of secrets to tag', () => {
    const names = ofType('AWS::IAM::Role').map(({ Properties }) => Properties.Policies[0].PolicyName)
    expect(names.sort()).toEqual(
      [
        'adopt',
        'inventory',
        'operate',
        'provider',
        'report',
        'retire-postgres',
        'retire-postgres',
        'rotate-postgres',
        'rotate-postgres',
        'schedules',
        'sweep',
      ].sort(),
    )
    expect(ofType('AWS::IAM::Policy')).toEqual([])
    for (const role of ofType('AWS::IAM::Role')) expect(role.Properties.ManagedPolicyArns).toBeUndefined()
  })

  it('tag exactly the secrets that exist and are adopted, with names of ours alone', () => {
    const adopt = theOne(resources, policyNamed('adopt'))
    const policy = theOne(ofType('AWS::IAM::ManagedPolicy'))
    expect(policy.Properties).toMatchObject({
      Roles: [`<${adopt.id}>`],
      PolicyDocument: {
        Statement: [
          {
            Sid: 'WritePolicyAsTags',
            Effect: 'Allow',
            Action: ['secretsmanager:TagResource', 'secretsmanager:UntagResource'],
            Resource: secretArn('shop/app'),
            Condition: tagKeys('Like', 'overlap:*'),
          },
        ],
      },
    })
    expect(policy.Properties.PolicyDocument.Statement).toHaveLength(1)
  })

  it.each([
    ['secretsmanager:GetSecretValue', ['retire-postgres', 'rotate-postgres']],
    ['secretsmanager:PutSecretValue', ['rotate-postgres']],
    ['secretsmanager:RotateSecret', ['operate', 'sweep']],
    ['secretsmanager:CancelRotateSecret', ['operate']],
    ['secretsmanager:ListSecrets', ['inventory', 'operate', 'sweep']],
    ['secretsmanager:ListSecretVersionIds', ['inventory', 'retire-postgres', 'rotate-postgres', 'sweep']],
    ['secretsmanager:DeleteSecret', []],
    ['iam:PassRole', []],
  ])('allow %s in %j alone', (action, expected) => {
    const allowed = ofType('AWS::IAM::Role')
      .flatMap(({ Properties }) => Properties.Policies)
      .filter((policy) =>
        policy.PolicyDocument.Statement.some((statement: Statement) =>
          [statement.Action].flat().includes(action),
        ),
      )
    expect([...new Set(allowed.map(({ PolicyName }) => PolicyName))].sort()).toEqual(expected)
  })

  it('name whole actions', () => {
    const actions = resources.flatMap(({ Properties }) =>
      (Properties.Policies ?? []).flatMap((policy: { PolicyDocument: { Statement: Statement[] } }) =>
        policy.PolicyDocument.Statement.flatMap(({ Action }) => Action),
      ),
    )
    expect(actions.length).toBeGreaterThan(50)
    expect(actions.filter((action) => action.includes('*'))).toEqual([])
  })
})

describe('whom a role trusts', () => {
  it('is Lambda, for functions', () => {
    for (const role of ofType('AWS::IAM::Role').filter((each) => !policyNamed('schedules')(each)))
      expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ])
  })

  it("is Scheduler, for schedules of this account's group alone", () => {
    const role = theOne(resources, policyNamed('schedules'))
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': ACCOUNT,
            'aws:SourceArn': `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/overlap`,
          },
        },
      },
    ])
  })
})

describe('invoking', () => {
  const nameOf = (reference: string) =>
    theOne(resources, ({ id }) => reference === `<${id}.Arn>`).Properties.FunctionName

  it('is allowed to these services, each for what is ours alone', () => {
    const permissions = ofType('AWS::Lambda::Permission').map(({ Properties }) => ({
      ...Properties,
      FunctionName: nameOf(Properties.FunctionName),
    }))
    expect(permissions).toHaveLength(4)
    expect(permissions).toEqual(
      expect.arrayContaining([
        ...['main', 'other'].map((place) => ({
          Action: 'lambda:InvokeFunction',
          FunctionName: `overlap-rotate-postgres-${place}`,
          Principal: 'secretsmanager.amazonaws.com',
          SourceAccount: ACCOUNT,
        })),
        {
          Action: 'lambda:InvokeFunction',
          FunctionName: 'overlap-report',
          Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
          SourceAccount: ACCOUNT,
          SourceArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:overlap-*`,
        },
        {
          Action: 'lambda:InvokeFunction',
          FunctionName: 'overlap-sweep',
          Principal: 'events.amazonaws.com',
          SourceArn: `<${theOne(resources, ({ Type }) => Type === 'AWS::Events::Rule').id}.Arn>`,
        },
      ]),
    )
  })
})

function ofType(type: string): Resource[] {
  return resources.filter(({ Type }) => Type === type)
}

it('is read as it stands in the template', () => {
  expect(plain({ 'Fn::Join': ['', ['a', { Ref: 'B' }, { 'Fn::GetAtt': ['C', 'D'] }]] })).toBe('a<B><C.D>')
})
