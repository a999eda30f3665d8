import { Lazy, Stack } from 'aws-cdk-lib'
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { describe, expect, it } from 'vitest'
import { OverlapNetwork } from '../../infra/network.ts'
import { Overlap, type OverlapProps } from '../../infra/overlap.ts'
import { RotatedSecret } from '../../infra/rotated-secret.ts'
import type { RotatedSecretProps } from '../../infra/rotated-secret-props.ts'
import { addStacks } from '../../infra/stacks.ts'
import {
  environment,
  newApp,
  type Resource,
  resourcesOf,
  secretArn,
  stubCode,
  templatesIn,
  theOne,
} from './deployed.ts'

/** A stack with a deployment and a database, as somebody else's app has it. */
function own(props: Partial<OverlapProps> = {}) {
  const app = newApp()
  const stack = new Stack(app, 'Own')
  const overlap = new Overlap(stack, 'Overlap', { code: stubCode(), ...props })
  const network = new OverlapNetwork(overlap, 'main')
  const database = network.postgres({
    adminSecret: Secret.fromSecretCompleteArn(stack, 'Admin', secretArn('shop/admin')),
    host: 'shop.example.com',
  })
  const imported = (name: string) => Secret.fromSecretCompleteArn(stack, name, secretArn(name))
  return { app, stack, overlap, network, database, imported }
}

describe('a rotated secret', () => {
  const { stack, database, imported } = own()
  const added = (id: string, props: Partial<RotatedSecretProps>) => () =>
    new RotatedSecret(stack, id, { database, owner: 'team-shop', ...props } as RotatedSecretProps)

  it.each<[string, Partial<RotatedSecretProps>, string]>([
    [
      'an owner',
      { secret: imported('shop/ownerless'), owner: '' },
      'OWNER_MISSING: secret shop/ownerless, field owner: must name who is told about this secret',
    ],
    [
      'a known schedule',
      { secret: imported('shop/daily'), schedule: 'daily' },
      'SCHEDULE_UNKNOWN: secret shop/daily, field schedule: must be one of weekly, none; found "daily"',
    ],
    [
      'a plain user',
      { secretName: 'shop/reports', newUser: 'Reports' },
      'USER_INVALID: secret shop/reports, field newUser',
    ],
    [
      'its complete ARN',
      { secret: Secret.fromSecretNameV2(stack, 'Partial', 'shop/partial') },
      'ARN_INVALID: secret',
    ],
  ])('needs %s', (what, props, message) => {
    expect(added(what, props)).toThrow(message)
  })

  it('is in rotation once', () => {
    added('First', { secret: imported('shop/once') })()
    expect(
      added('Second', { secret: Secret.fromSecretCompleteArn(stack, 'Again', secretArn('shop/once')) }),
    ).toThrow(
      'SECRET_TWICE: secret shop/once, field secret: must be in rotation once: Own/First rotates it already',
    )
    expect(added('Third', { secretName: 'shop/once', newUser: 'once' })).toThrow('SECRET_TWICE')
  })

  it('lets a consumer read it, and use its key', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef'
    const { app, stack, database } = own()
    const secret = Secret.fromSecretAttributes(stack, 'App', {
      secretCompleteArn: secretArn('shop/app'),
      encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn),
    })
    const rotated = new RotatedSecret(stack, 'Rotated', { database, secret, owner: 'team-shop' })
    rotated.grantRead(
      new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }),
    )
    const policy = theOne(resourcesOf(templatesIn(app).get('Own'), 'AWS::IAM::Policy'))
    expect(policy.Properties.PolicyDocument.Statement).toMatchObject([
      {
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: secretArn('shop/app'),
      },
      {
        Action: 'kms:Decrypt',
        Resource: keyArn,
        Condition: {
          StringEquals: {
            'kms:ViaService': 'secretsmanager.<AWS::Region>.amazonaws.com',
            'kms:EncryptionContext:SecretARN': secretArn('shop/app'),
          },
        },
      },
    ])
  })

  it('may be of another stack, which is then deployed before', () => {
    const app = newApp()
    const secrets = new Stack(app, 'Secrets')
    const made = new Secret(secrets, 'App') as ISecret
    const stack = new Stack(app, 'Own')
    const overlap = new Overlap(stack, 'Overlap', { code: stubCode() })
    const database = new OverlapNetwork(overlap, 'main').postgres({
      adminSecret: Secret.fromSecretCompleteArn(stack, 'Admin', secretArn('shop/admin')),
      host: 'shop.example.com',
    })
    new RotatedSecret(stack, 'Rotated', { database, secret: made, owner: 'team-shop' })
    const policy = theOne(
      resourcesOf(templatesIn(app).get('Own'), 'AWS::IAM::ManagedPolicy'),
      ({ Properties }) => Properties.Roles !== undefined,
    )
    expect(policy.Properties.PolicyDocument.Statement[0].Resource).toEqual({
      'Fn::ImportValue': expect.stringMatching(/^Secrets:ExportsOutputRefApp/),
    })
  })
})

describe('a secret in the stack of its deployment', () => {
  it('is tagged, rotated and checked by what is there by then', () => {
    const { app, stack, database, imported } = own()
    new RotatedSecret(stack, 'Rotated', { database, secret: imported('shop/app'), owner: 'team-shop' })
    const resources = resourcesOf(templatesIn(app).get('Own'))
    const idOf = (isIt: (resource: Resource) => boolean) => theOne(resources, isIt).id
    const dependenciesOf = (type: string) => theOne(resources, ({ Type }) => Type === type).DependsOn
    const provider = idOf(
      ({ Type, Properties }) =>
        Type === 'AWS::Lambda::Function' && Properties.FunctionName === 'overlap-adopt-provider',
    )
    const policy = idOf(
      ({ Type, Properties }) => Type === 'AWS::IAM::ManagedPolicy' && Properties.Roles !== undefined,
    )
    const permission = idOf(({ Properties }) => Properties.Principal === 'secretsmanager.amazonaws.com')
    expect(dependenciesOf('Custom::OverlapTags')).toEqual(expect.arrayContaining([provider, policy]))
    expect(dependenciesOf('AWS::SecretsManager::RotationSchedule')).toContain(permission)
    expect(dependenciesOf('Custom::OverlapCheck')).toContain(provider)
  })
})

describe('a secret whose ARN only the deployment knows', () => {
  it('has the same logical ids in every synthesis, however many tokens there were before', () => {
    const ids = (before: number) => {
      const { app, stack, database } = own()
      for (let n = 0; n < before; n++) new Secret(stack, `Other${n}`).secretArn.toString()
      const secret = new Secret(stack, 'App') as ISecret
      new RotatedSecret(stack, 'Rotated', { database, secret, owner: 'team-shop' })
      const others = resourcesOf(templatesIn(app).get('Own')).filter(({ id }) => !id.startsWith('Other'))
      return others.map(({ id }) => id)
    }
    expect(ids(3)).toEqual(ids(0))
  })
})

describe('a secret of any name', () => {
  it.each(['1st/secret', '9', `shop/${'x'.repeat(400)}`])('has an output: %s', (name) => {
    const { app, stack, database } = own()
    new RotatedSecret(stack, 'Rotated', { database, secretName: name, newUser: 'app', owner: 'team-shop' })
    expect(Object.keys(templatesIn(app).get('Own')?.toJSON().Outputs)).toEqual([
      expect.stringMatching(/^[A-Za-z][A-Za-z0-9]{1,254}$/),
    ])
  })
})

describe('a deployment', () => {
  it('needs a network', () => {
    const app = newApp()
    new Overlap(new Stack(app, 'Own'), 'Overlap', { code: stubCode() })
    expect(() => app.synth()).toThrow('NETWORK_UNKNOWN: Own/Overlap needs an OverlapNetwork')
  })

  it('tells all that is wrong with its settings', () => {
    const wrong = () =>
      own({
        schedules: {
          weekly: { cron: '0 3 * * * *', timezone: 'Europe/Atlantis' },
          none: { cron: '0 3 ? * SUN *', timezone: 'UTC' },
        },
        rolePath: 'overlap',
      })
    expect(wrong).toThrow(
      /TIMEZONE_UNKNOWN: deployment overlap, schedule weekly.*\nNAME_INVALID: deployment overlap, schedule none.*\nSETTING_INVALID: deployment overlap, field rolePath/,
    )
  })

  it('refuses names that are too long for functions', () => {
    const { overlap } = own()
    expect(() => new OverlapNetwork(overlap, 'x'.repeat(41))).toThrow(
      `NAME_INVALID: network ${'x'.repeat(41)}, field name: is too long: Lambda allows 64 characters`,
    )
    expect(() => new OverlapNetwork(overlap, 'x'.repeat(40))).not.toThrow()
  })

  it('reads nothing of the environment: it is the same in any account', () => {
    const before = { ...process.env }
    const template = () => templatesIn(own().app).get('Own')?.toJSON()
    const without = template()
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      CDK_DEFAULT_ACCOUNT: '444455556666',
      OVERLAP_DRAIN_FLOOR: '9h',
    })
    expect(template()).toEqual(without)
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    expect(JSON.stringify(without)).toContain('AWS::Region')
  })
})

describe('a server whose port only the deployment knows', () => {
  it('is let out to at that port alone: the same rule twice would fail the deployment', () => {
    const { app, stack, overlap } = own()
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-west-1a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
    })
    new OverlapNetwork(overlap, 'inside', { vpc }).postgres({
      adminSecret: Secret.fromSecretCompleteArn(stack, 'Other', secretArn('other/admin')),
      host: 'other.example.com',
      port: Lazy.number({ produce: () => 5432 }),
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Server', 'sg-0123456789abcdef0'),
      replicas: ['replica.example.com:5432'],
    })
    const rules = resourcesOf(templatesIn(app).get('Own'), 'AWS::EC2::SecurityGroupIngress')
    expect(rules.map(({ Properties }) => Properties.FromPort)).toEqual([5432])
  })
})

describe('the stacks of a file', () => {
  it('are made only when all of it is right', () => {
    const { shop } = environment.databases
    const wrong = {
      ...environment,
      timezone: 'Europe/Atlantis',
      databases: { shop: { ...shop, network: 'other' } as never },
    }
    const app = newApp()
    expect(() => addStacks(app, { environments: [wrong] }, stubCode())).toThrow(
      /TIMEZONE_UNKNOWN: environment test, schedule weekly.*\nNETWORK_UNKNOWN: environment test, database shop/,
    )
    expect(app.node.children).toEqual([])
  })
})

describe('stacks of databases', () => {
  it('are deployed after the one whose functions they ask', () => {
    const app = newApp()
    addStacks(app, { environments: [environment] }, stubCode())
    templatesIn(app)
    const stack = app.node.findChild('Overlap-test-shop') as Stack
    expect(stack.dependencies.map(({ stackName }) => stackName)).toEqual(['Overlap-test'])
  })
})
