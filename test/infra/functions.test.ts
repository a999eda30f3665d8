import { readdirSync } from 'node:fs'
import path from 'node:path'
import { Duration } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { describe, expect, it } from 'vitest'
import { handlersFolder } from '../../infra/bundling.ts'
import { functionSettings, type HandlerName } from '../../infra/function-settings.ts'
import {
  consumed,
  environment,
  functionArn,
  type Resource,
  resourcesOf,
  secretArn,
  templatesOf,
  theOne,
} from './deployed.ts'

const deployed = (fields: Partial<typeof environment> = {}) =>
  resourcesOf(templatesOf({ ...consumed, ...fields }).get('Overlap-test'))
const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const functionNamed = (resources: readonly Resource[], name: string) =>
  theOne(ofType(resources, 'AWS::Lambda::Function'), ({ Properties }) => Properties.FunctionName === name)
    .Properties

const resources = deployed()
const handlers = Object.keys(functionSettings) as HandlerName[]
/** Those of which there may be several, and what one is called after. */
const places: Readonly<Partial<Record<HandlerName, string>>> = {
  'rotate-postgres': 'main',
  'retire-postgres': 'main',
  'rotate-iam-access-key': 'robots',
  'retire-iam-access-key': 'robots',
  'rotate-http-api-key': 'mail',
  'retire-http-api-key': 'mail',
  'rollout-kubernetes': 'eks',
}
const nameOf = (handler: HandlerName) => ['overlap', handler, ...[places[handler] ?? []].flat()].join('-')
const ofKeys = ['iam-access-key-robots', 'http-api-key-mail']
const mail = {
  name: 'mail',
  definition: 'cloudflare',
  with: { account: '0123456789abcdef0123456789abcdef' },
  adminSecretArn: secretArn('mail/admin'),
}

/** What everybody is told who says or decides where a secret stands. */
const living = {
  OVERLAP_FUNCTIONS: pairs('postgres-main', ...ofKeys),
  OVERLAP_SCHEDULES: JSON.stringify({ weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } }),
  OVERLAP_FREEZES: '[]',
  OVERLAP_DRAIN_FLOOR: '1h',
  OVERLAP_ABANDON_AFTER: '1d',
  OVERLAP_STALE_WARNING: '75d',
  OVERLAP_STALE_CRITICAL: '90d',
  OVERLAP_ROLLOUT_LIMIT: '1h',
  OVERLAP_SAMPLE_EVERY: '30m',
  OVERLAP_QUARANTINE_FLOOR: '1h',
  OVERLAP_LEAK_DRAIN: '10m',
  OVERLAP_JOURNAL: '/overlap/overlap/journal',
  OVERLAP_ROLLOUTS: JSON.stringify({
    ecs: functionArn('overlap-rollout'),
    lambda: functionArn('overlap-rollout'),
    event: functionArn('overlap-rollout'),
    'kubernetes:eks': functionArn('overlap-rollout-kubernetes-eks'),
  }),
}

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
    ['rotate-iam-access-key-robots', { OVERLAP_FREEZES: '[]' }],
    ['retire-iam-access-key-robots', {}],
    ['rotate-http-api-key-mail', { OVERLAP_PROVIDER: JSON.stringify(mail), OVERLAP_FREEZES: '[]' }],
    ['retire-http-api-key-mail', { OVERLAP_PROVIDER: JSON.stringify(mail) }],
    [
      'sweep',
      {
        ...living,
        OVERLAP_REQUESTS_PER_MINUTE: '60',
        OVERLAP_OWNER_NAMES: '[]',
      },
    ],
    [
      'inventory',
      {
        OVERLAP_FUNCTIONS: pairs('postgres-main', ...ofKeys),
        OVERLAP_SCHEDULES: JSON.stringify({ weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } }),
        OVERLAP_FREEZES: '[]',
        OVERLAP_DRAIN_FLOOR: '1h',
        OVERLAP_ABANDON_AFTER: '1d',
        OVERLAP_STALE_WARNING: '75d',
        OVERLAP_STALE_CRITICAL: '90d',
      },
    ],
    ['operate', living],
    ['view', living],
    ['revoke', living],
    [
      'acknowledge',
      {
        OVERLAP_FUNCTIONS: pairs('postgres-main', ...ofKeys),
        OVERLAP_JOURNAL: '/overlap/overlap/journal',
      },
    ],
    ['rollout', {}],
    ['rollout-kubernetes-eks', { OVERLAP_CLUSTER: 'eks' }],
    ['adopt', { OVERLAP_FUNCTIONS: pairs('postgres-main', ...ofKeys) }],
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
      OVERLAP_FUNCTIONS: pairs('postgres-main', 'postgres-second', ...ofKeys).replaceAll(
        'overlap-',
        'rotation-',
      ),
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

  it('are told when a replaced credential is looked at, disabled and removed', () => {
    const other = deployed({
      rolloutLimit: Duration.hours(2),
      sampleEvery: Duration.minutes(5),
      quarantineFloor: Duration.minutes(0),
      leakDrain: Duration.minutes(0),
    })
    for (const name of ['sweep', 'view', 'operate', 'revoke'])
      expect(functionNamed(other, `overlap-${name}`).Environment.Variables).toMatchObject({
        OVERLAP_ROLLOUT_LIMIT: '2h',
        OVERLAP_SAMPLE_EVERY: '5m',
        OVERLAP_QUARANTINE_FLOOR: '0s',
        OVERLAP_LEAK_DRAIN: '0s',
      })
  })

  it('keep their logs for 90 days, also when the stack is deleted', () => {
    const logs = ofType(resources, 'AWS::Logs::LogGroup').filter((log) => !isJournal(log))
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
    for (const log of ofType(other, 'AWS::Logs::LogGroup').filter((each) => !isJournal(each)))
      expect(log.Properties.RetentionInDays).toBe(365)
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

describe('functions that consumers need', () => {
  const namesOf = (fields: Partial<typeof environment>) =>
    ofType(
      resourcesOf(templatesOf({ ...environment, ...fields }).get('Overlap-test')),
      'AWS::Lambda::Function',
    )
      .map(({ Properties }) => Properties.FunctionName.replace('overlap-', ''))
      .filter((name) => /^(rollout|acknowledge)/.test(name))

  it.each<[string, Partial<typeof environment>, string[]]>([
    ['no consumer', {}, []],
    ['a service', { otherConsumers: ['ecs:shop/api'] }, ['rollout']],
    ['a function', { otherConsumers: ['lambda:orders'] }, ['rollout']],
    ['whoever is told by an event', { otherConsumers: ['event:billing'] }, ['rollout', 'acknowledge']],
    ['whoever is told by nobody', { otherConsumers: ['manual:etl'] }, ['acknowledge']],
    ['acknowledgers', { acknowledgers: ['444455556666'] }, ['acknowledge']],
    ['a cluster', { clusters: { eks: { network: 'main' } } }, ['rollout-kubernetes-eks']],
  ])('are not deployed without them: %s', (_what, fields, expected) => {
    expect(namesOf(fields)).toEqual(expected)
  })

  it('are deployed for the consumers of a secret, which is in another stack', () => {
    const { shop } = environment.databases
    if (!shop) throw new Error('there is no shop')
    const [app] = shop.secrets
    if (!app) throw new Error('there is no secret')
    const databases = { shop: { ...shop, secrets: [{ ...app, consumers: ['ecs:shop/api', 'manual:etl'] }] } }
    const templates = templatesOf({ ...environment, databases })
    expect(namesOf({ databases })).toEqual(['rollout', 'acknowledge'])
    const sweep = functionNamed(resourcesOf(templates.get('Overlap-test')), 'overlap-sweep')
    expect(JSON.parse(sweep.Environment.Variables.OVERLAP_ROLLOUTS)).toEqual({
      ecs: functionArn('overlap-rollout'),
    })
    for (const template of templates.values())
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue')
  })

  it('are called after their cluster, or after a digest of a name that is too long for Lambda', () => {
    const long = 'platform-production-europe-west-1-blue'
    const [name = ''] = namesOf({ clusters: { [long]: { network: 'main' } } })
    expect(`overlap-${name}`).toMatch(/^overlap-rollout-kubernetes-platform-production-europe-w-[0-9a-f]{8}$/)
    expect(`overlap-${name}`).toHaveLength(64)
  })
})

describe('the journal', () => {
  const journal = theOne(ofType(resources, 'AWS::Logs::LogGroup'), isJournal)

  it('keeps for 400 days what was seen, whatever the retention of other logs, and stays with the account', () => {
    expect(journal).toMatchObject({
      Properties: { LogGroupName: '/overlap/overlap/journal', RetentionInDays: 400 },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    })
    expect(journal.Properties.KmsKeyId).toBeUndefined()
  })

  it('is called after its deployment', () => {
    const other = theOne(ofType(deployed({ deploymentName: 'rotation' }), 'AWS::Logs::LogGroup'), isJournal)
    expect(other.Properties.LogGroupName).toBe('/overlap/rotation/journal')
  })
})

function isJournal({ Properties }: Resource): boolean {
  return Properties.LogGroupName !== undefined
}

/** Each a kind and what a pair of its functions is called after. */
function pairs(...places: readonly string[]): string {
  return JSON.stringify(
    places.map((place) => ({
      rotate: functionArn(`overlap-rotate-${place}`),
      retire: functionArn(`overlap-retire-${place}`),
    })),
  )
}
