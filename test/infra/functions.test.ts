import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handlersFolder } from '../../infra/bundling.ts'
import { functionSettings, type HandlerName } from '../../infra/function-settings.ts'
import { OverlapStack } from '../../infra/functions.ts'

interface Statement {
  readonly Effect: string
  readonly Action: string | string[]
  readonly Resource: unknown
  readonly Condition?: unknown
}

const ARN = 'arn:<AWS::Partition>'
const HERE = '<AWS::Region>:<AWS::AccountId>'
const rotateArn = `${ARN}:lambda:${HERE}:function:overlap-rotate-postgres`
const retireArn = `${ARN}:lambda:${HERE}:function:overlap-retire-postgres`
const adminArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin-AbCdEf'
const names: HandlerName[] = ['rotate-postgres', 'retire-postgres', 'sweep']

let folder: string
let template: Template

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'overlap-template-'))
  mkdirSync(path.join(folder, 'code'))
  writeFileSync(path.join(folder, 'code', 'index.js'), '')
  template = synthesize([adminArn])
})

afterAll(() => rmSync(folder, { recursive: true }))

function synthesize(adminSecretArns?: string[]): Template {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, outdir: path.join(folder, 'out') })
  const bundle = path.join(folder, 'code')
  const code = { 'rotate-postgres': bundle, 'retire-postgres': bundle, sweep: bundle }
  return Template.fromStack(
    new OverlapStack(app, 'Overlap', { code, ...(adminSecretArns && { adminSecretArns }) }),
  )
}

/** A template's value with its joins joined and its references in angle brackets. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const { Ref: reference, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Record<string, unknown>
  if (typeof reference === 'string') return `<${reference}>`
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`
  if (Array.isArray(join)) return (plain(join[1]) as string[]).join(join[0])
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

function functionNamed(name: HandlerName) {
  const { functionName } = functionSettings[name]
  const found = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: functionName } }),
  )
  expect(found).toHaveLength(1)
  return found[0]?.Properties
}

/** What the role of this function may do. */
function statementsOf(name: HandlerName, within = template): Statement[] {
  const roles = within.findResources('AWS::IAM::Role', { Properties: { Policies: [{ PolicyName: name }] } })
  expect(Object.keys(roles)).toHaveLength(1)
  return Object.values(roles).flatMap((role) =>
    role.Properties.Policies.flatMap((policy: { PolicyDocument: { Statement: unknown[] } }) =>
      policy.PolicyDocument.Statement.map(plain),
    ),
  )
}

const everyStatement = () => names.flatMap((name) => statementsOf(name))
const actionsOf = (statement: Statement) => [statement.Action].flat()

describe('the functions', () => {
  it('are those in lambdas/handlers, no more and no fewer', () => {
    const handlers = readdirSync(handlersFolder).filter((file) => file.endsWith('.ts'))
    expect(handlers.map((file) => path.basename(file, '.ts')).sort()).toEqual([...names].sort())
    expect(Object.keys(functionSettings).sort()).toEqual([...names].sort())
    template.resourceCountIs('AWS::Lambda::Function', names.length)
  })

  it.each(names)('%s runs as its settings say, on the current runtime', (name) => {
    const { functionName, timeoutSeconds, memoryMb } = functionSettings[name]
    expect(functionNamed(name)).toMatchObject({
      FunctionName: functionName,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: timeoutSeconds,
      MemorySize: memoryMb,
    })
  })

  it('are told where the rest of the deployment is', () => {
    const variables = (name: HandlerName) => plain(functionNamed(name).Environment.Variables)
    const postgres = { OVERLAP_LOCK_DATABASE: 'postgres', OVERLAP_POSTGRES_ENDPOINTS: '{}' }
    expect(variables('rotate-postgres')).toEqual(postgres)
    expect(variables('retire-postgres')).toEqual(postgres)
    expect(variables('sweep')).toEqual({
      OVERLAP_FUNCTIONS: JSON.stringify([{ rotate: rotateArn, retire: retireArn }]),
      OVERLAP_DRAIN_FLOOR: '1h',
      OVERLAP_ABANDON_AFTER: '24h',
    })
  })

  it('keep their logs for 90 days, also when the stack is deleted', () => {
    template.resourceCountIs('AWS::Logs::LogGroup', names.length)
    template.allResources('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 90 },
      DeletionPolicy: 'Retain',
    })
    for (const name of names)
      expect(functionNamed(name).LoggingConfig).toEqual({ LogGroup: { Ref: expect.any(String) } })
  })
})

describe('invoking', () => {
  it('is allowed to Secrets Manager for the rotation function alone, and for this account alone', () => {
    template.resourceCountIs('AWS::Lambda::Permission', 1)
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      FunctionName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^rotatepostgres'), 'Arn'] },
    })
  })
})

describe('the roles', () => {
  const rotated = (actions: string[], conditions = {}) => ({
    Effect: 'Allow',
    Action:
      actions.length === 1
        ? `secretsmanager:${actions[0]}`
        : actions.map((action) => `secretsmanager:${action}`),
    Resource: `${ARN}:secretsmanager:${HERE}:secret:*`,
    Condition: {
      ...conditions,
      StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': rotateArn },
    },
  })
  const admin = {
    Effect: 'Allow',
    Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
    Resource: adminArn,
  }
  const databases = {
    Effect: 'Allow',
    Action: ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'],
    Resource: [`${ARN}:rds:${HERE}:db:*`, `${ARN}:rds:${HERE}:cluster:*`],
  }

  it.each<[HandlerName, unknown[]]>([
    [
      'rotate-postgres',
      [
        rotated([
          'DescribeSecret',
          'GetSecretValue',
          'ListSecretVersionIds',
          'PutSecretValue',
          'UpdateSecretVersionStage',
        ]),
        admin,
        databases,
      ],
    ],
    [
      'retire-postgres',
      [
        rotated(['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds', 'UpdateSecretVersionStage']),
        admin,
        databases,
      ],
    ],
    [
      'sweep',
      [
        { Effect: 'Allow', Action: 'secretsmanager:ListSecrets', Resource: '*' },
        rotated(['DescribeSecret', 'ListSecretVersionIds', 'RotateSecret', 'UpdateSecretVersionStage']),
        rotated(['TagResource'], { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['overlap:state'] } }),
        { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: [rotateArn, retireArn] },
      ],
    ],
  ])('%s may do this beside writing its log', (name, expected) => {
    const [writeLog, ...others] = statementsOf(name)
    expect(writeLog).toEqual({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: expect.stringMatching(/^<\w+log\w+\.Arn>$/),
    })
    expect(others).toEqual(expected)
  })

  it('name a resource for everything but ListSecrets, which has none', () => {
    const anywhere = everyStatement().filter((statement) => [statement.Resource].flat().includes('*'))
    expect(anywhere.flatMap(actionsOf)).toEqual(['secretsmanager:ListSecrets'])
    expect(
      everyStatement()
        .flatMap(actionsOf)
        .filter((action) => action.includes('*')),
    ).toEqual([])
  })

  it('read values in the functions that need them, and never in the sweep', () => {
    const reads = (name: HandlerName) =>
      statementsOf(name).flatMap(actionsOf).includes('secretsmanager:GetSecretValue')
    expect(names.filter(reads)).toEqual(['rotate-postgres', 'retire-postgres'])
  })

  it('publish in the rotation function alone', () => {
    const writes = (name: HandlerName) =>
      statementsOf(name).flatMap(actionsOf).includes('secretsmanager:PutSecretValue')
    expect(names.filter(writes)).toEqual(['rotate-postgres'])
  })

  it('have no policy from elsewhere', () => {
    template.resourceCountIs('AWS::IAM::Policy', 0)
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() })
  })

  it('read no other secret when no admin is named', () => {
    const withoutAdmins = synthesize()
    expect(statementsOf('rotate-postgres', withoutAdmins)).toHaveLength(3)
    expect(JSON.stringify(withoutAdmins.toJSON())).not.toContain(adminArn)
  })
})
