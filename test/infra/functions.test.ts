import { readdirSync } from 'node:fs'
import path from 'node:path'
import { Duration } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { describe, expect, it } from 'vitest'
import { handlersFolder } from '../../infra/bundling.ts'
import { functionSettings, type HandlerName } from '../../infra/function-settings.ts'
import { environment, functionArn, type Resource, resourcesOf, templatesOf, theOne } from './deployed.ts'

const deployed = (fields: Partial<typeof environment> = {}) =>
  resourcesOf(templatesOf({ ...environment, ...fields }).get('Overlap-test'))
const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const functionNamed = (resources: readonly Resource[], name: string) =>
  theOne(ofType(resources, 'AWS::Lambda::Function'), ({ Properties }) => Properties.FunctionName === name)
    .Properties

const resources = deployed()
const handlers = Object.keys(functionSettings) as HandlerName[]
const nameOf = (handler: HandlerName) => `overlap-${handler}${handler.endsWith('postgres') ? '-main' : ''}`

describe('the functions', () => {
  it('are those in lambdas/handlers, no more and no fewer, and the framework that answers CloudFormation', () => {
    const files = readdirSync(handlersFolder).filter((file) => file.endsWith('.ts'))
    expect(files.map((file) => path.basename(file, '.ts')).sort()).toEqual([...handlers].sort())
    expect(
      ofType(resources, 'AWS::Lambda::Function')
        .map(({ Properties }) => Properties.FunctionName)
        .sort(),
    ).toEqual([...handlers.map(nameOf), 'overlap-adopt-provider'].sort())
  })

  it.each(handlers)('%s runs as its settings say, on the current runtime', (handler) => {
    const { timeoutSeconds, memoryMb } = functionSettings[handler]
    const properties = functionNamed(resources, nameOf(handler))
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: timeoutSeconds,
      MemorySize: memoryMb,
    })
    expect(properties.ReservedConcurrentExecutions).toBeUndefined()
    expect(properties.TracingConfig).toBeUndefined()
  })

  it('wait for one another as long as it may take', () => {
    const timeoutOf = (name: string): number => functionNamed(resources, name).Timeout
    const asked = resourcesOf(templatesOf(environment).get('Overlap-test-shop'), 'Custom::OverlapCheck')
    const answerWithin = Number(
      theOne(asked, ({ Properties }) => Properties.NewUser === 'true').Properties.ServiceTimeout,
    )
    const rotate = timeoutOf('overlap-rotate-postgres-main')
    const rightsSpread = 60
    // Making a user and checking it are a call of the rotation function each, and the answer is still to be given.
    expect(timeoutOf('overlap-adopt')).toBeGreaterThanOrEqual(rightsSpread + 2 * rotate + 60)
    expect(answerWithin).toBeGreaterThanOrEqual(2 * timeoutOf('overlap-adopt'))
    expect(timeoutOf('overlap-adopt-provider')).toBeGreaterThan(answerWithin)
  })

  it.each<[string, Record<string, string>]>([
    [
      'rotate-postgres-main',
      { OVERLAP_LOCK_DATABASE: 'postgres', OVERLAP_POSTGRES_ENDPOINTS: '{}', OVERLAP_FREEZES: '[]' },
    ],
    ['retire-postgres-main', { OVERLAP_LOCK_DATABASE: 'postgres', OVERLAP_POSTGRES_ENDPOINTS: '{}' }],
    [
      'sweep',
      {
        OVERLAP_FUNCTIONS: pairs('main'),
        OVERLAP_SCHEDULES: JSON.stringify({ weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } }),
        OVERLAP_FREEZES: '[]',
        OVERLAP_DRAIN_FLOOR: '1h',
        OVERLAP_ABANDON_AFTER: '1d',
        OVERLAP_STALE_WARNING: '75d',
        OVERLAP_STALE_CRITICAL: '90d',
        OVERLAP_REQUESTS_PER_MINUTE: '60',
        OVERLAP_OWNER_NAMES: '[]',
      },
    ],
    [
      'inventory',
      {
        OVERLAP_FUNCTIONS: pairs('main'),
        OVERLAP_SCHEDULES: JSON.stringify({ weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } }),
        OVERLAP_FREEZES: '[]',
        OVERLAP_DRAIN_FLOOR: '1h',
        OVERLAP_ABANDON_AFTER: '1d',
        OVERLAP_STALE_WARNING: '75d',
        OVERLAP_STALE_CRITICAL: '90d',
      },
    ],
    [
      'operate',
      {
        OVERLAP_FUNCTIONS: pairs('main'),
        OVERLAP_SCHEDULES: JSON.stringify({ weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } }),
        OVERLAP_FREEZES: '[]',
      },
    ],
    ['adopt', { OVERLAP_FUNCTIONS: pairs('main') }],
    [
      'adopt-provider',
      { USER_ON_EVENT_FUNCTION_ARN: expect.stringMatching(/^<OverlapAdoptersadopt1Function\w+\.Arn>$/) },
    ],
  ])('%s is told this', (name, variables) => {
    const own = name === 'adopt-provider' ? {} : { POWERTOOLS_SERVICE_NAME: 'overlap' }
    expect(functionNamed(resources, `overlap-${name}`).Environment.Variables).toEqual({
      ...variables,
      ...own,
    })
  })

  it('of another deployment are called after it, and told what it says', () => {
    const other = deployed({
      deploymentName: 'rotation',
      networks: { ...environment.networks, second: 'no-vpc' },
      drainFloor: Duration.minutes(90),
      abandonAfter: Duration.days(2),
      rotationsPerMinute: 10,
      staleWarning: Duration.days(20),
      staleCritical: Duration.days(30),
    })
    expect(functionNamed(other, 'rotation-sweep').Environment.Variables).toMatchObject({
      OVERLAP_FUNCTIONS: pairs('main', 'second').replaceAll('overlap-', 'rotation-'),
      POWERTOOLS_SERVICE_NAME: 'rotation',
      OVERLAP_DRAIN_FLOOR: '90m',
      OVERLAP_ABANDON_AFTER: '2d',
      OVERLAP_REQUESTS_PER_MINUTE: '10',
    })
    for (const name of ['sweep', 'inventory'])
      expect(functionNamed(other, `rotation-${name}`).Environment.Variables).toMatchObject({
        OVERLAP_STALE_WARNING: '20d',
        OVERLAP_STALE_CRITICAL: '30d',
      })
    for (const { Properties } of ofType(other, 'AWS::Lambda::Function'))
      expect(Properties.FunctionName).toMatch(/^rotation-/)
  })

  it('that log in at a server know the endpoints that were declared for it', () => {
    const { shop } = environment.databases
    if (!shop) throw new Error('there is no shop')
    const declared = deployed({
      databases: {
        shop: { ...shop, port: 6432, replicas: ['one.example.com:6432', 'two.example.com:5432'] },
      },
    })
    for (const name of ['overlap-rotate-postgres-main', 'overlap-retire-postgres-main'])
      expect(
        JSON.parse(functionNamed(declared, name).Environment.Variables.OVERLAP_POSTGRES_ENDPOINTS),
      ).toEqual({
        'shop.example.com:6432': ['one.example.com:6432', 'two.example.com:5432'],
      })
  })

  it('keep their logs for 90 days, also when the stack is deleted', () => {
    const logs = ofType(resources, 'AWS::Logs::LogGroup')
    expect(logs).toHaveLength(ofType(resources, 'AWS::Lambda::Function').length)
    for (const log of logs)
      expect(log).toMatchObject({ Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' })
    for (const { Properties } of ofType(resources, 'AWS::Lambda::Function'))
      expect(logs.map(({ id }) => `<${id}>`)).toContain(Properties.LoggingConfig.LogGroup)
  })

  it('may have another retention, traces, and a concurrency of their own', () => {
    const other = deployed({
      logRetention: RetentionDays.ONE_YEAR,
      tracing: true,
      reservedConcurrency: { 'rotate-postgres': 5 },
    })
    for (const log of ofType(other, 'AWS::Logs::LogGroup')) expect(log.Properties.RetentionInDays).toBe(365)
    for (const handler of handlers) {
      expect(functionNamed(other, nameOf(handler)).TracingConfig).toEqual({ Mode: 'Active' })
      const role = theOne(other, ({ id }) => functionNamed(other, nameOf(handler)).Role === `<${id}.Arn>`)
      expect(role.Properties.Policies[0].PolicyDocument.Statement).toContainEqual({
        Sid: 'WriteTraces',
        Effect: 'Allow',
        Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        Resource: '*',
      })
    }
    expect(functionNamed(other, 'overlap-rotate-postgres-main').ReservedConcurrentExecutions).toBe(5)
    expect(functionNamed(other, 'overlap-sweep').ReservedConcurrentExecutions).toBeUndefined()
  })
})

function pairs(...networks: readonly string[]): string {
  return JSON.stringify(
    networks.map((network) => ({
      rotate: functionArn(`overlap-rotate-postgres-${network}`),
      retire: functionArn(`overlap-retire-postgres-${network}`),
    })),
  )
}
