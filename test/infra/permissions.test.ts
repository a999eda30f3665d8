import { readFileSync } from 'node:fs'
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
    clusters: { eks: { network: 'main' } },
    otherConsumers: ['ecs:web/api', 'ecs:web/jobs', 'ecs:batch/etl', 'lambda:orders:live', 'event:billing'],
    acknowledgers: ['444455556666', 'arn:aws:iam::444455556666:role/billing'],
    databases: {
      shop: {
        ...shop,
        loginLogs: ['logs:/aws/rds/cluster/shop/postgresql', 'rds:shop-1', 'rds:shop-2'],
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
const tagKeys = (operator: string, ...tags: string[]) => ({
  [`ForAllValues:String${operator}`]: { 'aws:TagKeys': tags },
})
const journal = expect.stringMatching(/^<OverlapJournalLog\w+\.Arn>$/)
const writeJournal = {
  Sid: 'WriteJournal',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: journal,
}
const readJournal = {
  Sid: 'ReadJournal',
  Effect: 'Allow',
  Action: 'logs:FilterLogEvents',
  Resource: journal,
}
const askRollouts = invoke(
  'AskRollouts',
  functionArn('overlap-rollout'),
  functionArn('overlap-rollout-kubernetes-eks'),
)
const readLogins = [
  {
    Sid: 'ReadLoginsInLogGroups',
    Effect: 'Allow',
    Action: 'logs:FilterLogEvents',
    Resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/rds/cluster/shop/postgresql:*`,
  },
  {
    Sid: 'ReadLoginsInLogFiles',
    Effect: 'Allow',
    Action: ['rds:DescribeDBLogFiles', 'rds:DownloadDBLogFilePortion'],
    Resource: ['shop-1', 'shop-2'].map((instance) => `arn:aws:rds:${REGION}:${ACCOUNT}:db:${instance}`),
  },
]
const ecs = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT}:${resource}`
const metrics = { Sid: 'SeeWhoIsPaused', Effect: 'Allow', Action: 'cloudwatch:GetMetricData', Resource: '*' }
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
        metrics,
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
        writeJournal,
        readJournal,
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
        askRollouts,
        ...readLogins,
      ],
    ],
    [
      'operate',
      'operate',
      [
        writeJournal,
        readJournal,
        listSecrets,
        rotated('OperateSecrets', [
          'CancelRotateSecret',
          'DescribeSecret',
          'ListSecretVersionIds',
          'RotateSecret',
        ]),
        rotated(
          'HoldRetireAcknowledge',
          ['TagResource'],
          tagKeys('Equals', 'overlap:hold', 'overlap:state', 'overlap:acknowledged'),
        ),
        rotated('ReleaseAndLeave', ['UntagResource'], tagKeys('Like', 'overlap:*')),
        invoke('CheckAndRotateSecretInvokes', rotateMain, rotateOther),
        invoke('LeaveAndRetire', retireMain, retireOther),
        askRollouts,
        ...readLogins,
      ],
    ],
    [
      'view',
      'view',
      [
        readJournal,
        listSecrets,
        rotated('ViewSecrets', ['DescribeSecret', 'ListSecretVersionIds']),
        askRollouts,
      ],
    ],
    [
      'revoke',
      'revoke',
      [
        writeJournal,
        readJournal,
        rotated('RevokeSecrets', ['DescribeSecret', 'ListSecretVersionIds', 'RotateSecret']),
        rotated('SayWhatLeaked', ['TagResource'], tagKeys('Equals', 'overlap:leaked')),
        invoke('RotateSecretInvokes', rotateMain, rotateOther),
        invoke('Retire', retireMain, retireOther),
        askRollouts,
      ],
    ],
    [
      'acknowledge',
      'acknowledge',
      [
        writeJournal,
        rotated('AcknowledgedSecrets', ['DescribeSecret']),
        rotated('Acknowledge', ['TagResource'], tagKeys('Equals', 'overlap:acknowledged')),
      ],
    ],
    [
      'rollout',
      'rollout',
      [
        {
          Sid: 'RollServices',
          Effect: 'Allow',
          Action: ['ecs:DescribeServices', 'ecs:ListServiceDeployments', 'ecs:UpdateService'],
          Resource: ['service/web/api', 'service/web/jobs', 'service/batch/etl'].map(ecs),
        },
        {
          Sid: 'LookAtTasks',
          Effect: 'Allow',
          Action: 'ecs:DescribeTasks',
          Resource: ['task/web/*', 'task/batch/*'].map(ecs),
        },
        {
          Sid: 'ListTasks',
          Effect: 'Allow',
          Action: 'ecs:ListTasks',
          Resource: '*',
          Condition: { ArnEquals: { 'ecs:cluster': ['cluster/web', 'cluster/batch'].map(ecs) } },
        },
        {
          Sid: 'TellConsumers',
          Effect: 'Allow',
          Action: 'events:PutEvents',
          Resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
          Condition: {
            StringEquals: { 'events:source': 'overlap', 'events:detail-type': 'Overlap Rollout Requested' },
          },
        },
      ],
    ],
    [
      'rollout-kubernetes',
      'maincluster',
      [
        expect.objectContaining({ Sid: 'EnterVpc' }),
        expect.objectContaining({ Sid: 'LeaveVpc' }),
        expect.objectContaining({ Sid: 'LookAtVpc' }),
        expect.objectContaining({ Sid: 'NotByItsCode', Effect: 'Deny' }),
        {
          Sid: 'FindCluster',
          Effect: 'Allow',
          Action: 'eks:DescribeCluster',
          Resource: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/eks`,
        },
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
            'viewLog',
            'revokeLog',
            'Adoptersadopt1Log',
            'rolloutLog',
            'acknowledgeLog',
            'mainrotatepostgresLog',
            'mainretirepostgresLog',
            'otherrotatepostgresLog',
            'otherretirepostgresLog',
            'mainclustereksrolloutkubernetesLog',
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

  it('are those, and have no policy from elsewhere but the lists of secrets to tag and of functions to roll out', () => {
    const names = ofType('AWS::IAM::Role').map(({ Properties }) => Properties.Policies[0].PolicyName)
    expect(names.sort()).toEqual(
      [
        'acknowledge',
        'adopt',
        'inventory',
        'operate',
        'provider',
        'report',
        'retire-postgres',
        'retire-postgres',
        'revoke',
        'rollout',
        'rollout-kubernetes',
        'rotate-postgres',
        'rotate-postgres',
        'schedules',
        'sweep',
        'view',
      ].sort(),
    )
    expect(ofType('AWS::IAM::Policy')).toEqual([])
    for (const role of ofType('AWS::IAM::Role')) expect(role.Properties.ManagedPolicyArns).toBeUndefined()
  })

  it('tag exactly the secrets that exist and are adopted, with names of ours alone', () => {
    const adopt = theOne(resources, policyNamed('adopt'))
    const policy = theOne(policiesOf(adopt))
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
    ['secretsmanager:RotateSecret', ['operate', 'revoke', 'sweep']],
    ['secretsmanager:CancelRotateSecret', ['operate']],
    ['secretsmanager:ListSecrets', ['inventory', 'operate', 'sweep', 'view']],
    [
      'secretsmanager:ListSecretVersionIds',
      ['inventory', 'operate', 'retire-postgres', 'revoke', 'rotate-postgres', 'sweep', 'view'],
    ],
    ['secretsmanager:TagResource', ['acknowledge', 'operate', 'revoke', 'sweep']],
    ['secretsmanager:DeleteSecret', []],
    // What is written in the journal stays there.
    ['logs:DeleteLogGroup', []],
    ['logs:DeleteLogStream', []],
    ['logs:PutRetentionPolicy', []],
    ['logs:DeleteRetentionPolicy', []],
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

  it('roll out exactly the functions that were declared, with their versions and aliases', () => {
    const arn = functionArn('orders')
    const policy = theOne(policiesOf(theOne(resources, policyNamed('rollout'))))
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      {
        Sid: 'RollFunctions',
        Effect: 'Allow',
        Action: [
          'lambda:GetAlias',
          'lambda:GetFunctionConfiguration',
          'lambda:GetProvisionedConcurrencyConfig',
          'lambda:PublishVersion',
          'lambda:UpdateAlias',
          'lambda:UpdateFunctionConfiguration',
        ],
        Resource: [arn, `${arn}:*`],
      },
    ])
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
    expect(permissions).toHaveLength(6)
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
        ...['444455556666', 'arn:aws:iam::444455556666:role/billing'].map((Principal) => ({
          Action: 'lambda:InvokeFunction',
          FunctionName: 'overlap-acknowledge',
          Principal,
        })),
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

describe('what the code of a rollout calls', () => {
  /** Commands of an SDK that a file sends. */
  const commandsIn = (file: string) => [
    ...new Set(
      [
        ...readFileSync(new URL(`../../lambdas/aws/${file}`, import.meta.url), 'utf8').matchAll(
          /new (\w+)Command\(/g,
        ),
      ].map(([, command]) => command),
    ),
  ]
  const allowed = () =>
    ['rollout', 'rollout-kubernetes']
      .map((name) => theOne(resources, policyNamed(name)))
      .flatMap((role) => [
        ...role.Properties.Policies[0].PolicyDocument.Statement,
        ...policiesOf(role).flatMap(({ Properties }) => Properties.PolicyDocument.Statement),
      ])
      .flatMap(({ Action }: Statement) => Action)

  it.each([
    ['ecs', 'ecs-services.ts'],
    ['lambda', 'consumer-functions.ts'],
    ['events', 'rollout-events.ts'],
    ['eks', 'eks-cluster.ts'],
  ])('of %s its role allows, and nothing else: %s', (service, file) => {
    const actions = allowed().filter((action) => action.startsWith(`${service}:`))
    const called = commandsIn(file).map((command) => `${service}:${command}`)
    expect(called.length).toBeGreaterThan(0)
    expect([...new Set(actions)].sort()).toEqual(called.sort())
  })

  it('tells of events by the detail type that its role allows', () => {
    const text = readFileSync(new URL('../../lambdas/aws/rollout-events.ts', import.meta.url), 'utf8')
    expect(text).toContain("DetailType: 'Overlap Rollout Requested'")
  })
})

describe('people', () => {
  const policyOf = (name: string) =>
    theOne(
      ofType('AWS::IAM::ManagedPolicy'),
      ({ Properties }) => Properties.ManagedPolicyName === `overlap-${name}-${REGION}`,
    ).Properties

  it.each([
    ['viewer', ['view', 'inventory']],
    ['operator', ['view', 'inventory', 'operate', 'acknowledge']],
    ['revoker', ['view', 'inventory', 'revoke']],
  ])('who get the policy %s may invoke %j, take an inventory, and do nothing else', (name, functions) => {
    const { PolicyDocument, Roles } = policyOf(name)
    expect(Roles).toBeUndefined()
    expect(PolicyDocument.Statement).toEqual([
      invoke('Ask', ...functions.map((each) => functionArn(`overlap-${each}`))),
      listSecrets,
      expect.objectContaining({ Sid: 'DatesOfVersions', Action: 'secretsmanager:ListSecretVersionIds' }),
      {
        Sid: 'ListAccessKeys',
        Effect: 'Allow',
        Action: ['iam:ListAccessKeys', 'iam:ListUsers', 'iam:ListUserTags'],
        Resource: `arn:aws:iam::${ACCOUNT}:user/*`,
      },
      {
        Sid: 'TakeThresholds',
        Effect: 'Allow',
        Action: 'lambda:GetFunctionConfiguration',
        Resource: functionArn('overlap-sweep'),
      },
    ])
  })

  it('are not told of a function that acknowledges where there is none', () => {
    const shop = environment.databases.shop
    const secrets = (shop?.secrets ?? []).map((secret) => ({ ...secret, consumers: ['ecs:web/api'] }))
    const databases = shop === undefined ? {} : { shop: { ...shop, secrets } }
    const template = templatesOf({ ...environment, databases, otherConsumers: [], acknowledgers: [] })
    expect(JSON.stringify([...template.values()])).not.toContain('overlap-acknowledge')
  })
})

function policiesOf(role: Resource): Resource[] {
  return ofType('AWS::IAM::ManagedPolicy').filter(({ Properties }) =>
    Properties.Roles?.includes(`<${role.id}>`),
  )
}

function ofType(type: string): Resource[] {
  return resources.filter(({ Type }) => Type === type)
}

it('is read as it stands in the template', () => {
  expect(plain({ 'Fn::Join': ['', ['a', { Ref: 'B' }, { 'Fn::GetAtt': ['C', 'D'] }]] })).toBe('a<B><C.D>')
})
