import { fileURLToPath } from 'node:url'
import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { ShopStack } from '../../examples/aurora-managed-master/shop-stack.ts'
import { OrdersStack } from '../../examples/existing-rds/orders-stack.ts'
import { KeysStack } from '../../examples/keys/keys-stack.ts'
import { readConfig } from '../../infra/config-file.ts'
import {
  ACCOUNT,
  newApp,
  REGION,
  type Resource,
  resourcesOf,
  type Statement,
  secretArn,
  stubCode,
  synthesized,
  templatesIn,
  theOne,
} from './deployed.ts'

const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const inProject = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

describe('the file that is to be edited', () => {
  it('holds a user that exists and one that is made, and synthesizes', async () => {
    const templates = synthesized(await readConfig(inProject('overlap.config.ts')), { validated: true })
    expect([...templates.keys()]).toEqual([
      'Overlap-production',
      'Overlap-production-shop',
      'Overlap-production-robots',
      'Overlap-production-mail',
    ])
    const secrets = resourcesOf(templates.get('Overlap-production-shop'))
    expect(ofType(secrets, 'Custom::OverlapTags')).toHaveLength(1)
    expect(ofType(secrets, 'AWS::SecretsManager::Secret')).toHaveLength(1)
  })
})

describe('an app of its own, with keys alone', () => {
  const app = newApp({ validated: true })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  new KeysStack(app, 'Keys', { code: stubCode(), env: { account: ACCOUNT, region: REGION } })
  const resources = resourcesOf(templatesIn(app).get('Keys'))
  const exporter = theOne(ofType(resources, 'AWS::IAM::User'))

  it('passes the rules of AWS Solutions and of CloudFormation', () => {
    expect(() => app.synth()).not.toThrow()
  })

  it('may be deployed to several accounts by one app', () => {
    const both = newApp()
    for (const account of ['111111111111', '222222222222'])
      new KeysStack(both, `Keys-${account}`, { code: stubCode(), env: { account, region: REGION } })
    expect(() => both.synth()).not.toThrow()
  })

  it('may change keys of these two users, of which one is made here', () => {
    for (const name of ['rotate-iam-access-key', 'retire-iam-access-key']) {
      const role = theOne(
        ofType(resources, 'AWS::IAM::Role'),
        ({ Properties }) => Properties.Policies?.[0]?.PolicyName === name,
      )
      const statements: Statement[] = role.Properties.Policies[0].PolicyDocument.Statement
      expect(
        statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('iam:'))),
      ).toMatchObject([{ Resource: [`<${exporter.id}.Arn>`, `arn:aws:iam::${ACCOUNT}:user/ci/deployer`] }])
    }
  })

  it('says of each key whose it is', () => {
    const users = ofType(resources, 'Custom::OverlapTags').map(({ Properties }) => [
      Properties.Tags['overlap:kind'],
      Properties.Tags['overlap:iam-user'],
    ])
    expect(users).toEqual([
      ['iam-access-key', `<${exporter.id}>`],
      ['iam-access-key', 'deployer'],
      ['http-api-key', undefined],
    ])
  })
})

describe('a key of an example whose job runs once a week', () => {
  it('drains for longer than that', () => {
    const app = newApp()
    new KeysStack(app, 'Keys', { code: stubCode(), env: { account: ACCOUNT, region: REGION } })
    const { Tags } = theOne(
      ofType(resourcesOf(templatesIn(app).get('Keys')), 'Custom::OverlapTags'),
      ({ Properties }) => Properties.Tags['overlap:owner'] === 'team-ci',
    ).Properties
    expect(Tags).toMatchObject({ 'overlap:drain': '8d', 'overlap:schedule': 'monthly' })
  })
})

describe('an app of its own, with an instance and a user that are there', () => {
  const app = newApp({ validated: true })
  new OrdersStack(app, 'Orders', { code: stubCode(), env: { account: ACCOUNT, region: REGION } })
  const resources = resourcesOf(templatesIn(app).get('Orders'))

  it('observes the user, and makes neither a secret nor a server', () => {
    expect(theOne(ofType(resources, 'Custom::OverlapTags')).Properties).toMatchObject({
      SecretId: secretArn('orders/app'),
      Tags: { 'overlap:owner': 'team-orders', 'overlap:mode': 'observe' },
    })
    expect(resources.filter(({ Type }) => /RDS|SecretsManager::Secret$|VPC$/.test(Type))).toEqual([])
  })

  it('changes of what is there one rule alone', () => {
    expect(
      ofType(resources, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties),
    ).toMatchObject([{ GroupId: 'sg-0123456789abcdef0', FromPort: 5432, ToPort: 5432 }])
  })
})

describe('an app of its own, with an Aurora cluster whose master is managed', () => {
  const app = newApp({ validated: true })
  new ShopStack(app, 'Shop', stubCode())
  const resources = resourcesOf(templatesIn(app).get('Shop'))
  const cluster = theOne(ofType(resources, 'AWS::RDS::DBCluster'))
  const check = theOne(ofType(resources, 'Custom::OverlapCheck'))
  const secret = theOne(
    ofType(resources, 'AWS::SecretsManager::Secret'),
    ({ Properties }) => Properties.Name === 'shop/reports',
  )

  it('makes a user with what only the deployment knows', () => {
    expect(cluster.Properties.ManageMasterUserPassword).toBe(true)
    expect(
      JSON.parse(
        secret.Properties.GenerateSecretString.SecretStringTemplate.replace(
          /"port":(<[^>]+>)/,
          '"port":"$1"',
        ),
      ),
    ).toEqual({
      engine: 'aurora-postgresql',
      host: `<${cluster.id}.Endpoint.Address>`,
      port: `<${cluster.id}.Endpoint.Port>`,
      dbname: 'shop',
      username: 'reports',
      masterarn: `<${cluster.id}.MasterUserSecret.SecretArn>`,
    })
  })

  it('lets the functions read the managed master, and nothing else of it', () => {
    for (const name of ['rotate-postgres', 'retire-postgres']) {
      const role = theOne(
        ofType(resources, 'AWS::IAM::Role'),
        ({ Properties }) => Properties.Policies?.[0]?.PolicyName === name,
      )
      expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual({
        Sid: 'ReadAdminSecrets',
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: `<${cluster.id}.MasterUserSecret.SecretArn>`,
      })
    }
  })

  it('makes it once everything is there: instances, ways, functions, and the secret in rotation', () => {
    const needed = [
      ...ofType(resources, 'AWS::RDS::DBInstance'),
      ...ofType(resources, 'AWS::EC2::SecurityGroupIngress'),
      ...ofType(resources, 'AWS::EC2::SecurityGroupEgress'),
      ...ofType(resources, 'AWS::EC2::Route').filter(({ id }) => id.includes('Private')),
      theOne(
        ofType(resources, 'AWS::Lambda::Function'),
        ({ Properties }) => Properties.FunctionName === 'overlap-adopt-provider',
      ),
      theOne(ofType(resources, 'AWS::SecretsManager::RotationSchedule')),
    ]
    expect(needed.length).toBeGreaterThan(7)
    expect(check.DependsOn).toEqual(expect.arrayContaining(needed.map(({ id }) => id)))
  })

  it('turns rotation on, which tests the secret, once the server can be reached', () => {
    const needed = [
      ...ofType(resources, 'AWS::RDS::DBInstance'),
      ...ofType(resources, 'AWS::EC2::SecurityGroupIngress'),
      ...ofType(resources, 'AWS::EC2::SecurityGroupEgress'),
      ...ofType(resources, 'AWS::EC2::Route').filter(({ id }) => id.includes('Private')),
    ]
    expect(needed.length).toBeGreaterThan(5)
    expect(theOne(ofType(resources, 'AWS::SecretsManager::RotationSchedule')).DependsOn).toEqual(
      expect.arrayContaining(needed.map(({ id }) => id)),
    )
  })

  it('lets the task that needs it read it, and that secret alone', () => {
    const policy = theOne(ofType(resources, 'AWS::IAM::Policy'))
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: `<${secret.id}>`,
      },
    ])
  })
})
