import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ShopStack } from '../../examples/aurora-managed-master/shop-stack.ts'
import { readConfig } from '../../infra/config-file.ts'
import { newApp, type Resource, resourcesOf, stubCode, synthesized, templatesIn, theOne } from './deployed.ts'

const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const inProject = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

describe.each([
  ['overlap.config.ts', ['Overlap-production', 'Overlap-production-shop']],
  ['examples/existing-rds/overlap.config.ts', ['Overlap-production', 'Overlap-production-orders']],
])('%s', (file, stacks) => {
  it('is ready to be edited: it holds a user that exists, or both kinds, and synthesizes', async () => {
    const templates = synthesized(await readConfig(inProject(file)))
    expect([...templates.keys()]).toEqual(stacks)
    const secrets = resourcesOf(templates.get(stacks[1] ?? ''))
    expect(ofType(secrets, 'Custom::OverlapTags').length).toBeGreaterThan(0)
    if (file === 'overlap.config.ts') expect(ofType(secrets, 'AWS::SecretsManager::Secret')).toHaveLength(1)
  })
})

describe('an app of its own, with an Aurora cluster whose master is managed', () => {
  const app = newApp()
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
