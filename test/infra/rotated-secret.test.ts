import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import type { PostgresConfig } from '../../infra/deployment.ts'
import {
  environment,
  functionArn,
  type Resource,
  resourcesOf,
  secretArn,
  templatesOf,
  theOne,
  withDatabase,
} from './deployed.ts'

const SHOP = 'Overlap-test-shop'
const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const secretsOf = (...secrets: PostgresConfig['secrets'][number][]) =>
  templatesOf(withDatabase({ secrets })).get(SHOP)
const app = { name: 'shop/app', arn: secretArn('shop/app'), owner: 'team-shop' }
const reports = { name: 'shop/reports', newUser: 'reports', owner: 'team-reports' }
const provider = functionArn('overlap-adopt-provider')
const rotate = functionArn('overlap-rotate-postgres-main')
const retained = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }

/** As somebody would write everything that a policy can say. */
const everything = {
  owner: 'team-shop',
  schedule: 'monthly',
  maximumAge: Duration.days(60),
  drain: Duration.hours(36),
  quarantine: Duration.days(3),
  mode: 'enforce',
  consumers: ['ecs:shop/api', 'manual:etl'],
  allowScram: true,
  probe: 'SELECT id FROM shop.orders LIMIT 1',
  partner: 'app_two',
  adoptPartner: 'app_clone',
} as const

describe('a secret that exists', () => {
  const resources = resourcesOf(secretsOf(app))
  const tags = theOne(ofType(resources, 'Custom::OverlapTags'))
  const rotation = theOne(ofType(resources, 'AWS::SecretsManager::RotationSchedule'))
  const check = theOne(ofType(resources, 'Custom::OverlapCheck'))

  it('is three resources, none of which is the secret', () => {
    expect(resources).toHaveLength(3)
    for (const resource of resources) expect(resource).toMatchObject(retained)
  })

  it('gets its policy as tags, and is only observed by default', () => {
    expect(tags.Properties).toEqual({
      ServiceToken: provider,
      ServiceTimeout: '600',
      SecretId: app.arn,
      Tags: {
        'overlap:kind': 'postgres',
        'overlap:owner': 'team-shop',
        'overlap:mode': 'observe',
        'overlap:schedule': 'weekly',
      },
    })
  })

  it('then gets its rotation function, without a rotation', () => {
    expect(rotation).toMatchObject({
      Properties: {
        SecretId: app.arn,
        RotationLambdaARN: rotate,
        RotationRules: { AutomaticallyAfterDays: 90 },
        RotateImmediatelyOnUpdate: false,
      },
      DependsOn: [tags.id],
    })
  })

  it('is then checked, and what is found is shown', () => {
    expect(check).toMatchObject({
      Properties: {
        ServiceToken: provider,
        SecretId: app.arn,
        Function: rotate,
        NewUser: 'false',
        Policy: expect.stringMatching(/^[0-9a-f]{12}$/),
        Server: 'shop.example.com:5432/shop',
      },
      DependsOn: [rotation.id],
    })
    expect(Object.values(secretsOf(app)?.toJSON().Outputs)).toEqual([
      {
        Description: 'secret shop/app: "ready", or what would block a rotation',
        Value: { 'Fn::GetAtt': [check.id, 'Result'] },
      },
    ])
  })

  it('is checked again when its policy changes, or the server', () => {
    const checkOf = (secret: PostgresConfig['secrets'][number]) =>
      theOne(ofType(resourcesOf(secretsOf(secret)), 'Custom::OverlapCheck')).Properties
    expect(checkOf({ ...app, drain: Duration.hours(30) }).Policy).not.toBe(checkOf(app).Policy)
    const moved = templatesOf(withDatabase({ host: 'other.example.com', secrets: [app] })).get(SHOP)
    expect(theOne(ofType(resourcesOf(moved), 'Custom::OverlapCheck')).Properties.Server).toBe(
      'other.example.com:5432/shop',
    )
  })

  it('may say everything that a policy can say', () => {
    const monthly = {
      ...withDatabase({ secrets: [{ ...app, ...everything }] }),
      schedules: { monthly: { cron: '0 3 1 * ? *' } },
    }
    const deployed = resourcesOf(templatesOf(monthly).get(SHOP))
    expect(theOne(ofType(deployed, 'Custom::OverlapTags')).Properties.Tags).toEqual({
      'overlap:kind': 'postgres',
      'overlap:owner': 'team-shop',
      'overlap:schedule': 'monthly',
      'overlap:max-age': '60d',
      'overlap:drain': '36h',
      'overlap:quarantine': '3d',
      'overlap:mode': 'enforce',
      'overlap:consumers': 'ecs:shop/api manual:etl',
      'overlap:allow-scram': 'true',
      'overlap:probe': 'SELECT id FROM shop.orders LIMIT 1',
      'overlap:partner': 'app_two',
      'overlap:adopt-partner': 'app_clone',
    })
    expect(
      theOne(ofType(deployed, 'AWS::SecretsManager::RotationSchedule')).Properties.RotationRules,
    ).toEqual({
      AutomaticallyAfterDays: 60,
    })
  })

  it('may be a swap, when that is accepted, and follow no schedule', () => {
    const swap = { ...app, strategy: 'single-user', acceptFailedLogins: true, schedule: 'none' } as const
    expect(theOne(ofType(resourcesOf(secretsOf(swap)), 'Custom::OverlapTags')).Properties.Tags).toEqual({
      'overlap:kind': 'postgres',
      'overlap:owner': 'team-shop',
      'overlap:mode': 'observe',
      'overlap:strategy': 'single-user',
      'overlap:accept-failed-logins': 'true',
    })
  })
})

describe('a new secret', () => {
  const resources = resourcesOf(secretsOf(reports))
  const secret = theOne(ofType(resources, 'AWS::SecretsManager::Secret'))
  const rotation = theOne(ofType(resources, 'AWS::SecretsManager::RotationSchedule'))
  const check = theOne(ofType(resources, 'Custom::OverlapCheck'))

  it('is three resources that all stay', () => {
    expect(resources).toHaveLength(3)
    for (const resource of resources) expect(resource).toMatchObject(retained)
  })

  it("has AWS's structure, a password that nothing has to escape, and its policy as tags", () => {
    const { GenerateSecretString, Name, Tags } = secret.Properties
    expect(Name).toBe('shop/reports')
    expect(JSON.parse(GenerateSecretString.SecretStringTemplate)).toEqual({
      engine: 'postgres',
      host: 'shop.example.com',
      port: 5432,
      dbname: 'shop',
      username: 'reports',
      masterarn: secretArn('shop/admin'),
    })
    expect(GenerateSecretString).toMatchObject({
      GenerateStringKey: 'password',
      PasswordLength: 40,
      ExcludePunctuation: true,
    })
    expect(
      Object.fromEntries(Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value])),
    ).toEqual({
      'overlap:kind': 'postgres',
      'overlap:owner': 'team-reports',
      'overlap:mode': 'enforce',
      'overlap:schedule': 'weekly',
      'overlap:new-user': 'true',
    })
  })

  it('gets its rotation function, and then its user', () => {
    expect(rotation).toMatchObject({
      Properties: { SecretId: `<${secret.id}>`, RotationLambdaARN: rotate, RotateImmediatelyOnUpdate: false },
      DependsOn: [secret.id],
    })
    expect(check).toMatchObject({
      Properties: { SecretId: `<${secret.id}>`, NewUser: 'true' },
      DependsOn: [rotation.id],
    })
  })

  it('needs no right to tag, since CloudFormation writes its tags', () => {
    const main = templatesOf(withDatabase({ secrets: [reports] })).get('Overlap-test')
    const policies = ofType(resourcesOf(main), 'AWS::IAM::ManagedPolicy')
    expect(policies.filter(({ Properties }) => Properties.Roles !== undefined)).toEqual([])
  })
})

describe('the secrets of a database', () => {
  const names = Array.from({ length: 8 }, (_, n) => `shop/s${n}`)
  const resources = resourcesOf(secretsOf(...names.map((name) => ({ ...app, name, arn: secretArn(name) }))))

  it('are deployed three at a time, so that a new account has enough functions for them', () => {
    const tags = ofType(resources, 'Custom::OverlapTags')
    const checkOf = (secretId: string) =>
      theOne(ofType(resources, 'Custom::OverlapCheck'), ({ Properties }) => Properties.SecretId === secretId)
        .id
    expect(tags.map(({ DependsOn = [] }) => DependsOn)).toEqual(
      names.map((_, n) => (n < 3 ? [] : [checkOf(secretArn(`shop/s${n - 3}`))])),
    )
  })

  it('are exported by nobody and import nothing', () => {
    const templates = templatesOf(environment)
    expect([...templates.keys()].sort()).toEqual(['Overlap-test', SHOP])
    for (const template of templates.values()) {
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue')
      expect(JSON.stringify(template.toJSON())).not.toContain('"Export"')
    }
  })
})
