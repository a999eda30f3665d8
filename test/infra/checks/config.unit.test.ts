import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { configProblems } from '../../../infra/checks/config.ts'
import { ConfigurationError, type Problem, refuse } from '../../../infra/checks/problems.ts'
import type { EnvironmentConfig, ExistingSecretConfig, PostgresConfig } from '../../../infra/deployment.ts'

const secretArn = (name: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbCdEf`
const app: ExistingSecretConfig = { name: 'shop/app', arn: secretArn('shop/app'), owner: 'team-shop' }
const shop: PostgresConfig = {
  kind: 'postgres',
  network: 'main',
  adminSecretArn: secretArn('shop/admin'),
  host: 'shop.example.com',
  secrets: [app],
}
const good: EnvironmentConfig = {
  name: 'production',
  account: '111122223333',
  region: 'eu-west-1',
  networks: { main: 'no-vpc' },
  databases: { shop },
}

/** As it comes from a file that nobody asked TypeScript about. */
type Loose = Record<string, unknown>

const environment = (fields: Loose) => ({ environments: [{ ...good, ...fields } as EnvironmentConfig] })
const database = (fields: Loose) => environment({ databases: { shop: { ...shop, ...fields } } })
const secret = (fields: Loose) => database({ secrets: [{ ...app, ...fields }] })
const newUser = (fields: Loose) =>
  database({ secrets: [{ name: 'shop/reports', newUser: 'reports', owner: 'team-reports', ...fields }] })
const network = (fields: Loose) =>
  environment({
    networks: {
      main: { vpcId: 'vpc-01234567', subnetIds: ['subnet-01234567'], egress: 'existing', ...fields },
    },
  })
const schedule = (cron: string, timezone = 'UTC') =>
  environment({ schedules: { weekly: { cron, timezone } } })
const freeze = (fields: Loose) =>
  environment({
    freezes: [{ from: '2026-12-20T00:00:00Z', until: '2027-01-04T00:00:00Z', reason: 'peak', ...fields }],
  })

const ENVIRONMENT = 'environment production'
const SHOP = `${ENVIRONMENT}, database shop`
const APP = `${SHOP}, secret shop/app`

describe('a configuration', () => {
  it('that is right has no problems', () => {
    expect(configProblems({ environments: [good] })).toEqual([])
    expect(configProblems(network({ egress: 'endpoints' }))).toEqual([])
    expect(configProblems(newUser({}))).toEqual([])
    expect(configProblems(freeze({ from: '2026-12-20T00:00:00+01:00' }))).toEqual([])
    expect(configProblems(secret({ schedule: 'none' }))).toEqual([])
    expect(configProblems(database({ secrets: [] }))).toEqual([])
    expect(
      configProblems(
        secret({ strategy: 'single-user', acceptFailedLogins: true, consumers: ['ecs:shop/api'] }),
      ),
    ).toEqual([])
  })

  it.each([
    [
      'thresholds of its own',
      environment({ staleWarning: Duration.days(20), staleCritical: Duration.days(30) }),
    ],
    ['a warning just after the week and the drain', environment({ staleWarning: Duration.days(9) })],
    ['a maximum age whose warning comes just after them', secret({ maximumAge: Duration.days(10) })],
    [
      'a maximum age below the warning, where a person rotates',
      secret({ maximumAge: Duration.days(9), schedule: 'none' }),
    ],
    ['no dashboard', environment({ dashboard: false })],
    [
      'a consumer of each form',
      environment({
        clusters: { eks: { network: 'main' } },
        otherConsumers: ['manual:mainframe'],
        databases: {
          shop: {
            ...shop,
            secrets: [
              {
                ...app,
                consumers: [
                  'ecs:shop/api',
                  'lambda:orders',
                  'lambda:orders:live',
                  'kubernetes:eks/shop/deployment/search@db',
                  'event:billing',
                  'manual:etl',
                ],
              },
            ],
          },
        },
      }),
    ],
    [
      'no quarantine at all',
      environment({
        quarantineFloor: Duration.hours(0),
        databases: { shop: { ...shop, secrets: [{ ...app, quarantine: Duration.hours(0) }] } },
      }),
    ],
    ['a quarantine at the floor', secret({ quarantine: Duration.hours(1) })],
    [
      'a drain of two looks',
      environment({
        sampleEvery: Duration.minutes(30),
        databases: { shop: { ...shop, secrets: [{ ...app, drain: Duration.hours(1) }] } },
      }),
    ],
    [
      'a swap, in which nobody looks',
      environment({
        drainFloor: Duration.hours(0),
        databases: { shop: { ...shop, secrets: [{ ...app, drain: Duration.hours(0) }] } },
      }),
    ],
    ['evidence of the clock alone', secret({ evidence: 'clock' })],
    ['evidence of looks', secret({ evidence: 'sampled', consumers: ['ecs:shop/api'] })],
    [
      'evidence of a log',
      database({
        loginLogs: ['logs:/aws/rds/cluster/shop/postgresql', 'rds:shop-1'],
        secrets: [{ ...app, evidence: 'logged' }],
      }),
    ],
    ['acknowledgers', environment({ acknowledgers: ['444455556666', 'arn:aws:iam::444455556666:role/a/b'] })],
    ['an endpoint for CloudWatch', network({ egress: 'endpoints', cloudWatchEndpoint: true })],
    ['a cluster with a long name', environment({ clusters: { ['x'.repeat(100)]: { network: 'main' } } })],
    ['owners', environment({ owners: { 'team shop': {}, 'a@example.com': { emails: ['a@example.com'] } } })],
  ] as const)('may have %s', (_, config) => {
    expect(configProblems(config)).toEqual([])
  })

  it.each([
    // The issue's own list.
    ['no owner', secret({ owner: undefined }), 'OWNER_MISSING', APP, 'owner'],
    ['a blank owner', secret({ owner: ' ' }), 'OWNER_MISSING', APP, 'owner'],
    [
      'an unknown time zone',
      environment({ timezone: 'Europe/Atlantis' }),
      'TIMEZONE_UNKNOWN',
      `${ENVIRONMENT}, schedule weekly`,
      'timezone',
    ],
    [
      'an offset for a time zone',
      environment({ timezone: '+01:00' }),
      'TIMEZONE_UNKNOWN',
      `${ENVIRONMENT}, schedule weekly`,
      'timezone',
    ],
    [
      'a rotation that is not over before the next',
      secret({ quarantine: Duration.days(7) }),
      'TIMING_TOO_TIGHT',
      APP,
      'schedule',
    ],
    ['a drain below the floor', secret({ drain: Duration.minutes(30) }), 'DRAIN_TOO_SHORT', APP, 'drain'],
    [
      'a drain below what the kind can see',
      environment({
        drainFloor: Duration.seconds(0),
        databases: { shop: { ...shop, secrets: [{ ...app, drain: Duration.minutes(4) }] } },
      }),
      'DRAIN_TOO_SHORT',
      APP,
      'drain',
    ],
    [
      'a secret in two databases',
      environment({ databases: { shop, 'shop-2': shop } }),
      'SECRET_TWICE',
      `${ENVIRONMENT}, database shop-2, secret shop/app`,
      'name',
    ],
    // Retiring.
    [
      'a quarantine below the floor',
      secret({ quarantine: Duration.minutes(59) }),
      'QUARANTINE_TOO_SHORT',
      APP,
      'quarantine',
    ],
    [
      'no quarantine, where there is a floor',
      secret({ quarantine: Duration.hours(0) }),
      'QUARANTINE_TOO_SHORT',
      APP,
      'quarantine',
    ],
    [
      'a quarantine of less than two looks, without a log of logins',
      environment({
        sampleEvery: Duration.minutes(31),
        databases: { shop: { ...shop, secrets: [{ ...app, quarantine: Duration.hours(1) }] } },
      }),
      'QUARANTINE_TOO_SHORT',
      APP,
      'quarantine',
    ],
    [
      'a drain of less than two looks',
      environment({
        sampleEvery: Duration.minutes(31),
        databases: { shop: { ...shop, secrets: [{ ...app, drain: Duration.hours(1) }] } },
      }),
      'DRAIN_TOO_SHORT',
      APP,
      'drain',
    ],
    ...[0, 30, 90].map(
      (seconds) =>
        [
          `a rollout limit of ${seconds} s`,
          environment({ rolloutLimit: Duration.seconds(seconds) }),
          'DURATION_INVALID',
          ENVIRONMENT,
          'rolloutLimit',
        ] as const,
    ),
    [
      'looks too often',
      environment({ sampleEvery: Duration.minutes(4) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'sampleEvery',
    ],
    [
      'looks too seldom',
      environment({ sampleEvery: Duration.minutes(361) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'sampleEvery',
    ],
    [
      'a long drain of what leaked',
      environment({ leakDrain: Duration.minutes(1441) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'leakDrain',
    ],
    ['evidence of no known kind', secret({ evidence: 'hoped' }), 'SETTING_INVALID', APP, 'evidence'],
    [
      'evidence of looks without consumers',
      secret({ evidence: 'sampled' }),
      'SETTING_INVALID',
      APP,
      'evidence',
    ],
    ['evidence of a log without a log', secret({ evidence: 'logged' }), 'SETTING_INVALID', APP, 'evidence'],
    [
      'evidence in no time',
      environment({
        drainFloor: Duration.hours(0),
        databases: {
          shop: {
            ...shop,
            secrets: [{ ...app, drain: Duration.hours(0), evidence: 'sampled', consumers: ['ecs:shop/api'] }],
          },
        },
      }),
      'SETTING_INVALID',
      APP,
      'evidence',
    ],
    [
      'a log of logins of no known form',
      database({ loginLogs: ['s3:logs'] }),
      'SETTING_INVALID',
      SHOP,
      'loginLogs',
    ],
    [
      'a log group that no tag can name',
      database({ loginLogs: ['logs:shop#1'] }),
      'SETTING_INVALID',
      SHOP,
      'loginLogs',
    ],
    [
      'more logs than a tag can hold',
      database({
        loginLogs: Array.from({ length: 9 }, (_, n) => `logs:/aws/rds/instance/shop-${n}/postgresql`),
      }),
      'TAG_INVALID',
      APP,
      'loginLogs',
    ],
    [
      'a consumer listed twice',
      secret({ consumers: ['ecs:shop/api', 'ecs:shop/api'] }),
      'CONSUMER_INVALID',
      APP,
      'consumers',
    ],
    [
      'more consumers that acknowledge than a tag can hold',
      secret({ consumers: [`event:${'a'.repeat(100)}`, `manual:${'b'.repeat(100)}`] }),
      'CONSUMER_INVALID',
      APP,
      'consumers',
    ],
    ['a consumer without a form', secret({ consumers: ['shop/api'] }), 'CONSUMER_INVALID', APP, 'consumers'],
    ['a consumer that is no text', secret({ consumers: [7] }), 'CONSUMER_INVALID', APP, 'consumers'],
    [
      'a consumer in a cluster that nobody declared',
      secret({ consumers: ['kubernetes:eks/shop/deployment/search'] }),
      'CLUSTER_UNKNOWN',
      APP,
      'consumers',
    ],
    [
      'another consumer without a form',
      environment({ otherConsumers: ['ecs:api'] }),
      'CONSUMER_INVALID',
      ENVIRONMENT,
      'otherConsumers',
    ],
    [
      'another consumer in a cluster that nobody declared',
      environment({ otherConsumers: ['kubernetes:eks/shop/deployment/search'] }),
      'CLUSTER_UNKNOWN',
      ENVIRONMENT,
      'otherConsumers',
    ],
    [
      'a cluster in no network',
      environment({ clusters: { eks: { network: 'elsewhere' } } }),
      'NETWORK_UNKNOWN',
      `${ENVIRONMENT}, cluster eks`,
      'network',
    ],
    [
      'a cluster with a name that EKS does not take',
      environment({ clusters: { 'a.b': { network: 'main' } } }),
      'NAME_INVALID',
      `${ENVIRONMENT}, cluster a.b`,
      'name',
    ],
    [
      'a cluster in a deployment with a long name',
      environment({ deploymentName: 'x'.repeat(37), clusters: { eks: { network: 'main' } } }),
      'NAME_INVALID',
      `${ENVIRONMENT}, cluster eks`,
      'deploymentName',
    ],
    [
      'a cluster with a group that is none',
      environment({ clusters: { eks: { network: 'main', securityGroupId: 'eks' } } }),
      'NETWORK_INVALID',
      `${ENVIRONMENT}, cluster eks`,
      'securityGroupId',
    ],
    [
      'a cluster with a field that is misspelt',
      environment({ clusters: { eks: { networks: 'main' } } }),
      'SETTING_INVALID',
      `${ENVIRONMENT}, cluster eks`,
      'networks',
    ],
    [
      'an acknowledger that is a service',
      environment({ acknowledgers: ['events.amazonaws.com'] }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'acknowledgers',
    ],
    [
      'an acknowledger that is everybody',
      environment({ acknowledgers: ['*'] }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'acknowledgers',
    ],
    [
      'many acknowledgers',
      environment({ acknowledgers: Array.from({ length: 41 }, (_, n) => String(100_000_000_000 + n)) }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'acknowledgers',
    ],
    [
      'an endpoint for CloudWatch among none',
      network({ cloudWatchEndpoint: true }),
      'SETTING_INVALID',
      `${ENVIRONMENT}, network main`,
      'cloudWatchEndpoint',
    ],
    ['an owner that a tag cannot hold', secret({ owner: 'team&shop' }), 'TAG_INVALID', APP, 'owner'],
    [
      'more consumers than a tag can hold',
      secret({ consumers: Array.from({ length: 40 }, (_, n) => `ecs:shop/api-${n}`) }),
      'TAG_INVALID',
      APP,
      'consumers',
    ],
    ['a probe that a tag cannot hold', secret({ probe: "SELECT 'x'" }), 'TAG_INVALID', APP, 'probe'],
    // Names and places.
    [
      'an account that is a number',
      environment({ account: 111122223333 }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'account',
    ],
    [
      'an account that is too short',
      environment({ account: '1111' }),
      'PLACE_INVALID',
      ENVIRONMENT,
      'account',
    ],
    ['a zone for a Region', environment({ region: 'eu-west-1a' }), 'PLACE_INVALID', ENVIRONMENT, 'region'],
    [
      'a name that a stack cannot have',
      environment({ name: 'prod_1' }),
      'NAME_INVALID',
      'environment prod_1',
      'name',
    ],
    [
      'a deployment name that is too long',
      environment({ deploymentName: 'x'.repeat(50) }),
      'NAME_INVALID',
      ENVIRONMENT,
      'deploymentName',
    ],
    [
      'a network name that makes a function name too long',
      environment({ networks: { [`n${'x'.repeat(40)}`]: 'no-vpc', main: 'no-vpc' } }),
      'NAME_INVALID',
      `${ENVIRONMENT}, network n${'x'.repeat(40)}`,
      'name',
    ],
    [
      'two environments in one place',
      { environments: [good, { ...good, name: 'staging' }] },
      'DEPLOYMENT_TWICE',
      'environment staging',
      'deploymentName',
    ],
    [
      'two stacks of one name',
      { environments: [good, { ...good, name: 'production-shop', deploymentName: 'other' }] },
      'NAME_INVALID',
      'environment production-shop',
      'name',
    ],
    // References.
    ['an unknown network', database({ network: 'other' }), 'NETWORK_UNKNOWN', SHOP, 'network'],
    [
      'a network that every object has',
      database({ network: 'toString' }),
      'NETWORK_UNKNOWN',
      SHOP,
      'network',
    ],
    ['an unknown schedule', secret({ schedule: 'dayly' }), 'SCHEDULE_UNKNOWN', APP, 'schedule'],
    [
      'a schedule that every object has',
      secret({ schedule: 'constructor' }),
      'SCHEDULE_UNKNOWN',
      APP,
      'schedule',
    ],
    ['an unknown kind', database({ kind: 'oracle' }), 'KIND_UNKNOWN', SHOP, 'kind'],
    ['no networks', environment({ networks: {} }), 'NETWORK_INVALID', ENVIRONMENT, 'networks'],
    [
      'a malformed VPC',
      network({ vpcId: 'main' }),
      'NETWORK_INVALID',
      `${ENVIRONMENT}, network main`,
      'vpcId',
    ],
    [
      'no subnets',
      network({ subnetIds: [] }),
      'NETWORK_INVALID',
      `${ENVIRONMENT}, network main`,
      'subnetIds',
    ],
    [
      'an unknown egress',
      network({ egress: 'nat' }),
      'NETWORK_INVALID',
      `${ENVIRONMENT}, network main`,
      'egress',
    ],
    [
      'a malformed security group',
      database({ securityGroupId: 'default' }),
      'NETWORK_INVALID',
      SHOP,
      'securityGroupId',
    ],
    // ARNs.
    ['a name for an ARN', secret({ arn: 'shop/app' }), 'ARN_INVALID', APP, 'arn'],
    [
      'an ARN without its end',
      secret({ arn: secretArn('shop/app').slice(0, -7) }),
      'ARN_INVALID',
      APP,
      'arn',
    ],
    [
      'the ARN of something else',
      secret({ arn: 'arn:aws:sns:eu-west-1:111122223333:topic' }),
      'ARN_INVALID',
      APP,
      'arn',
    ],
    ['the ARN of another secret', secret({ arn: secretArn('shop/other') }), 'ARN_INVALID', APP, 'arn'],
    [
      'an ARN of another account',
      secret({ arn: secretArn('shop/app').replace('111122223333', '444455556666') }),
      'ARN_ELSEWHERE',
      APP,
      'arn',
    ],
    [
      'an ARN of another Region',
      database({ adminSecretArn: secretArn('shop/admin').replace('eu-west-1', 'us-east-1') }),
      'ARN_ELSEWHERE',
      SHOP,
      'adminSecretArn',
    ],
    [
      'an alias for a key',
      secret({ keyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/shop' }),
      'ARN_INVALID',
      APP,
      'keyArn',
    ],
    [
      'a topic of another Region',
      environment({ page: { topicArn: 'arn:aws:sns:us-east-1:111122223333:page' } }),
      'ARN_ELSEWHERE',
      ENVIRONMENT,
      'page.topicArn',
    ],
    [
      'a boundary that is no policy',
      environment({ permissionsBoundaryArn: 'arn:aws:iam::111122223333:role/x' }),
      'ARN_INVALID',
      ENVIRONMENT,
      'permissionsBoundaryArn',
    ],
    [
      'addresses for a topic that exists',
      environment({ page: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:page', emails: ['a@b.c'] } }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'page.emails',
    ],
    [
      'a key for a topic that is made',
      environment({
        page: { keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef' },
      }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'page.keyArn',
    ],
    // Servers and users.
    [
      'an RDS Proxy',
      database({ host: 'shop.proxy-abc.eu-west-1.rds.amazonaws.com' }),
      'ENDPOINT_INVALID',
      SHOP,
      'host',
    ],
    ['a URL for a host', database({ host: 'postgres://shop' }), 'ENDPOINT_INVALID', SHOP, 'host'],
    ['a port out of range', database({ port: 70_000 }), 'ENDPOINT_INVALID', SHOP, 'port'],
    [
      'the name of a security group of replicas',
      database({ replicaSecurityGroupIds: ['replicas'] }),
      'NETWORK_INVALID',
      SHOP,
      'replicaSecurityGroupIds',
    ],
    [
      'a replica without a port',
      database({ replicas: ['replica.example.com'] }),
      'ENDPOINT_INVALID',
      SHOP,
      'replicas',
    ],
    [
      "an alias among the keys of secrets that aren't listed",
      database({ secretKeyArns: ['arn:aws:kms:eu-west-1:111122223333:alias/shop'] }),
      'ARN_INVALID',
      SHOP,
      'secretKeyArns',
    ],
    ['an unknown engine', database({ engine: 'mysql' }), 'SETTING_INVALID', SHOP, 'engine'],
    [
      'a user that needs quotes',
      newUser({ newUser: 'Reports' }),
      'USER_INVALID',
      `${SHOP}, secret shop/reports`,
      'newUser',
    ],
    [
      'a user that PostgreSQL keeps for itself',
      newUser({ newUser: 'pg_reports' }),
      'USER_INVALID',
      `${SHOP}, secret shop/reports`,
      'newUser',
    ],
    [
      'a user whose partner would be too long',
      newUser({ newUser: 'x'.repeat(62) }),
      'USER_INVALID',
      `${SHOP}, secret shop/reports`,
      'newUser',
    ],
    [
      'a secret name that looks like an ARN',
      newUser({ name: 'shop-report' }),
      'NAME_INVALID',
      `${SHOP}, secret shop-report`,
      'name',
    ],
    ['a secret that exists and is new', secret({ newUser: 'reports' }), 'SETTING_INVALID', APP, 'newUser'],
    ['a secret that neither exists nor is new', secret({ arn: undefined }), 'SETTING_INVALID', APP, 'arn'],
    // Schedules and freezes.
    [
      'five fields of cron',
      schedule('0 3 * * SUN'),
      'CRON_INVALID',
      `${ENVIRONMENT}, schedule weekly`,
      'cron',
    ],
    [
      'an hour that there is not',
      schedule('0 25 ? * SUN *'),
      'CRON_INVALID',
      `${ENVIRONMENT}, schedule weekly`,
      'cron',
    ],
    ['both days set', schedule('0 3 1 * SUN *'), 'CRON_INVALID', `${ENVIRONMENT}, schedule weekly`, 'cron'],
    ['neither day set', schedule('0 3 ? * ? *'), 'CRON_INVALID', `${ENVIRONMENT}, schedule weekly`, 'cron'],
    ['Sunday as 0', schedule('0 3 ? * 0 *'), 'CRON_INVALID', `${ENVIRONMENT}, schedule weekly`, 'cron'],
    [
      'a year that is past',
      schedule('0 3 ? * SUN 2020'),
      'CRON_INVALID',
      `${ENVIRONMENT}, schedule weekly`,
      'cron',
    ],
    [
      'a schedule called none',
      environment({ schedules: { weekly: { cron: '0 3 ? * SUN *' }, none: { cron: '0 3 ? * SUN *' } } }),
      'NAME_INVALID',
      `${ENVIRONMENT}, schedule none`,
      'name',
    ],
    [
      'a maximum age that comes first',
      secret({ maximumAge: Duration.days(7) }),
      'MAXIMUM_AGE_TOO_SHORT',
      APP,
      'maximumAge',
    ],
    [
      'half a day of maximum age',
      secret({ maximumAge: Duration.hours(300) }),
      'DURATION_INVALID',
      APP,
      'maximumAge',
    ],
    [
      'a maximum age of years',
      secret({ maximumAge: Duration.days(1001) }),
      'DURATION_INVALID',
      APP,
      'maximumAge',
    ],
    [
      'a freeze without an offset',
      freeze({ from: '2026-12-20T00:00:00' }),
      'FREEZE_INVALID',
      `${ENVIRONMENT}, freeze 1`,
      'from',
    ],
    [
      'a freeze in no month of the calendar',
      freeze({ until: '2026-13-01T00:00:00Z' }),
      'FREEZE_INVALID',
      `${ENVIRONMENT}, freeze 1`,
      'until',
    ],
    [
      'a freeze from no day of the calendar',
      freeze({ from: '2026-11-31T00:00:00Z' }),
      'FREEZE_INVALID',
      `${ENVIRONMENT}, freeze 1`,
      'from',
    ],
    [
      'a freeze until no day of the calendar',
      freeze({ from: '2026-02-01T00:00:00Z', until: '2026-02-30T00:00:00Z' }),
      'FREEZE_INVALID',
      `${ENVIRONMENT}, freeze 1`,
      'until',
    ],
    [
      'a freeze the wrong way round',
      freeze({ until: '2026-12-01T00:00:00Z' }),
      'FREEZE_INVALID',
      `${ENVIRONMENT}, freeze 1`,
      'until',
    ],
    [
      'a freeze without a reason',
      freeze({ reason: undefined }),
      'FREEZE_INVALID',
      `${ENVIRONMENT}, freeze 1`,
      'reason',
    ],
    // Other settings.
    [
      'a swap that nobody accepted',
      secret({ strategy: 'single-user' }),
      'SETTING_INVALID',
      APP,
      'acceptFailedLogins',
    ],
    [
      'a partner for a single user',
      secret({ strategy: 'single-user', acceptFailedLogins: true, partner: 'app_b' }),
      'SETTING_INVALID',
      APP,
      'partner',
    ],
    ['an unknown strategy', secret({ strategy: 'double' }), 'SETTING_INVALID', APP, 'strategy'],
    ['an unknown mode', secret({ mode: 'watch' }), 'SETTING_INVALID', APP, 'mode'],
    [
      'a consumer with a space',
      secret({ consumers: ['ecs:shop api'] }),
      'CONSUMER_INVALID',
      APP,
      'consumers',
    ],
    [
      'a sweep that rings its own alarm',
      environment({ sweepEvery: Duration.minutes(10) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'sweepEvery',
    ],
    ...['drainFloor', 'quarantineFloor', 'leakDrain', 'abandonAfter'].flatMap(
      (field): [string, ReturnType<typeof environment>, string, string, string][] => [
        [
          `part of a second as ${field}`,
          environment({ [field]: Duration.millis(3_600_500) }),
          'DURATION_INVALID',
          ENVIRONMENT,
          field,
        ],
      ],
    ),
    [
      'part of a second as drain',
      secret({ drain: Duration.millis(86_400_500) }),
      'DURATION_INVALID',
      APP,
      'drain',
    ],
    [
      'more seconds than a tag is read for as quarantine',
      secret({ quarantine: Duration.seconds(1_000_001) }),
      'DURATION_INVALID',
      APP,
      'quarantine',
    ],
    [
      'giving up at once',
      environment({ abandonAfter: Duration.minutes(5) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'abandonAfter',
    ],
    [
      'more rotations than the quota',
      environment({ rotationsPerMinute: 3000 }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'rotationsPerMinute',
    ],
    [
      'a path without its slashes',
      environment({ rolePath: 'overlap' }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'rolePath',
    ],
    [
      'a concurrency that turns a function off',
      environment({ reservedConcurrency: { sweep: 0 } }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'reservedConcurrency.sweep',
    ],
    [
      'a malformed qualifier',
      environment({ qualifier: 'my-qualifier' }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'qualifier',
    ],
    [
      'more secrets than a stack holds',
      database({
        secrets: Array.from({ length: 161 }, (_, n) => ({
          ...app,
          name: `shop/a${n}`,
          arn: secretArn(`shop/a${n}`),
        })),
      }),
      'STACK_TOO_LARGE',
      SHOP,
      'secrets',
    ],
    // The file's shape.
    ['a misspelt field of a secret', secret({ drian: Duration.hours(2) }), 'SETTING_INVALID', APP, 'drian'],
    [
      'a misspelt field of an environment',
      environment({ time_zone: 'UTC' }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'time_zone',
    ],
    ['a number for a duration', secret({ drain: 24 }), 'SETTING_INVALID', APP, 'drain'],
    ['a text for a list', database({ secrets: 'shop/app' }), 'SETTING_INVALID', SHOP, 'secrets'],
    ['a list of databases', environment({ databases: [] }), 'SETTING_INVALID', ENVIRONMENT, 'databases'],
    [
      'a network that is nothing',
      environment({ networks: { main: undefined } }),
      'SETTING_INVALID',
      `${ENVIRONMENT}, network main`,
      '',
    ],
    [
      'a threshold of half a day',
      environment({ staleWarning: Duration.hours(12) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'staleWarning',
    ],
    [
      'a threshold that never comes',
      environment({ staleCritical: Duration.days(1001) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'staleCritical',
    ],
    [
      'a warning that comes no earlier than what it warns of',
      environment({ staleWarning: Duration.days(90) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'staleWarning',
    ],
    [
      'a critical threshold below the default warning',
      environment({ staleCritical: Duration.days(75) }),
      'DURATION_INVALID',
      ENVIRONMENT,
      'staleWarning',
    ],
    [
      'a number for a threshold',
      environment({ staleCritical: 90 }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'staleCritical',
    ],
    [
      'a warning before the week and the drain are over',
      environment({ staleWarning: Duration.days(8) }),
      'STALE_BY_DESIGN',
      APP,
      'schedule',
    ],
    [
      'a maximum age whose warning comes before the week and the drain are over',
      secret({ maximumAge: Duration.days(9) }),
      'STALE_BY_DESIGN',
      APP,
      'maximumAge',
    ],
    [
      'a warning before the week and the drain are over, whatever longer age a secret promises',
      environment({
        staleWarning: Duration.days(8),
        databases: { shop: { ...shop, secrets: [{ ...app, maximumAge: Duration.days(900) }] } },
      }),
      'STALE_BY_DESIGN',
      APP,
      'schedule',
    ],
    ['a text for a dashboard', environment({ dashboard: 'no' }), 'SETTING_INVALID', ENVIRONMENT, 'dashboard'],
    [
      'an owner that no metric can name',
      environment({ owners: { ':team': {} } }),
      'NAME_INVALID',
      ENVIRONMENT,
      'owners',
    ],
    [
      'an owner that is no ASCII',
      environment({ owners: { téam: {} } }),
      'NAME_INVALID',
      ENVIRONMENT,
      'owners',
    ],
    [
      'an owner whose alarm would have too long a name',
      environment({ owners: { ['x'.repeat(234)]: {} } }),
      'NAME_INVALID',
      ENVIRONMENT,
      'owners',
    ],
    ['a list of owners', environment({ owners: ['team-shop'] }), 'SETTING_INVALID', ENVIRONMENT, 'owners'],
    [
      'a misspelt field of an owner',
      environment({ owners: { 'team-shop': { email: ['a@example.com'] } } }),
      'SETTING_INVALID',
      `${ENVIRONMENT}, owner team-shop`,
      'email',
    ],
    [
      'the topic of an owner in another account',
      environment({ owners: { 'team-shop': { topicArn: 'arn:aws:sns:eu-west-1:444455556666:team' } } }),
      'ARN_ELSEWHERE',
      ENVIRONMENT,
      'owners.team-shop.topicArn',
    ],
    [
      'addresses beside the topic of an owner',
      environment({
        owners: {
          'team-shop': { topicArn: 'arn:aws:sns:eu-west-1:111122223333:team', emails: ['a@example.com'] },
        },
      }),
      'SETTING_INVALID',
      ENVIRONMENT,
      'owners.team-shop.emails',
    ],
  ] as const)('with %s is refused', (_, config, code, subject, field) => {
    const problems = configProblems(config as Parameters<typeof configProblems>[0])
    const isIt = (problem: Problem) =>
      problem.code === code && problem.subject === subject && problem.field === field
    const problem = problems.find(isIt)
    expect(problem, JSON.stringify(problems)).toBeDefined()
    expect(problem?.message).toMatch(/\bmust\b|^is (missing|not known|too long)/)
    expect(problem?.message).not.toMatch(/\.$/)
  })

  it('is told everything at once, in one error', () => {
    const bad = environment({
      timezone: 'Europe/Atlantis',
      databases: {
        shop: {
          ...shop,
          network: 'other',
          secrets: [
            { ...app, owner: '' },
            { ...app, name: 'shop/b' },
          ],
        },
      },
    })
    const refused = () => refuse(configProblems(bad))
    expect(refused).toThrow(ConfigurationError)
    expect(refused).toThrow(
      [
        'TIMEZONE_UNKNOWN: environment production, schedule weekly, field timezone: must be a name of the IANA database, spelt as there, such as Europe/Berlin; found "Europe/Atlantis"',
        'NETWORK_UNKNOWN: environment production, database shop, field network: must be one of main; found "other"',
        'OWNER_MISSING: environment production, database shop, secret shop/app, field owner: must name who is told about this secret, such as team-shop',
        `ARN_INVALID: environment production, database shop, secret shop/b, field arn: must be that of shop/b; ${secretArn('shop/app')} is that of shop/app`,
      ].join('\n'),
    )
  })

  it('says which times do not fit, and where they come from', () => {
    const daily = environment({
      schedules: { daily: { cron: '0 3 * * ? *', timezone: 'Europe/Berlin' } },
      databases: { shop: { ...shop, secrets: [{ ...app, schedule: 'daily' }] } },
    })
    expect(configProblems(daily)).toMatchObject([
      {
        code: 'TIMING_TOO_TIGHT',
        message:
          'rolloutLimit 1h + drain 1d + quarantine 2d + sweepEvery 5m = 3d 1h 5m must fit into the shortest gap between two rotations, 23h by schedule daily. Rotate less often, or shorten drain or quarantine',
      },
    ])
  })

  it.each([
    ['to the minute', Duration.minutes(7 * 24 * 60 - 60 - 60 - 24 * 60 - 5), []],
    ['not by a minute more', Duration.minutes(7 * 24 * 60 - 60 - 60 - 24 * 60 - 4), ['TIMING_TOO_TIGHT']],
  ])('may fill the gap of the week in which clocks go forward, %s', (_, quarantine, codes) => {
    const berlin = environment({
      timezone: 'Europe/Berlin',
      databases: { shop: { ...shop, secrets: [{ ...app, quarantine }] } },
    })
    expect(configProblems(berlin).map(({ code }) => code)).toEqual(codes)
  })

  it('may ask for a swap, with a drain and a floor of zero', () => {
    const swap = environment({
      drainFloor: Duration.seconds(0),
      databases: { shop: { ...shop, secrets: [{ ...app, drain: Duration.seconds(0) }] } },
    })
    expect(configProblems(swap)).toEqual([])
  })
})

it('a host with its password is refused without it', () => {
  for (const fields of [
    { host: 'postgres://app:CANARY@db.example.com/shop' },
    { replicas: ['postgres://app:CANARY@db.example.com:5432'] },
  ]) {
    const problems = configProblems(database(fields))
    expect(problems).toMatchObject([{ code: 'ENDPOINT_INVALID' }])
    expect(JSON.stringify(problems)).not.toContain('CANARY')
  }
})

describe('a database of too many secrets', () => {
  it('is told how to divide it so that nothing falls back to the mode observe', () => {
    const secrets = Array.from({ length: 161 }, (_, n) => ({
      name: `shop/a${n}`,
      newUser: `a${n}`,
      owner: 'team-shop',
    }))
    const [problem] = configProblems(environment({ databases: { shop: { ...shop, secrets } } }))
    expect(problem?.message).toMatch(/second database .*such as shop-2, .* its arn .*mode: 'enforce'/)
  })
})
