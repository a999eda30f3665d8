/**
 * Which fields the file has, and of what type. TypeScript says it in an editor; a synth does not ask TypeScript, and a field that is misspelt would be one that is
 * not set.
 */
import { Duration } from 'aws-cdk-lib'
import type {
  ClusterConfig,
  EnvironmentConfig,
  ExistingSecretConfig,
  NetworkConfig,
  NewSecretConfig,
  PostgresConfig,
  ScheduleConfig,
  TopicConfig,
} from '../deployment.ts'
import type {
  AccessKeySecretConfig,
  AccessKeysConfig,
  ProviderConfig,
  ProviderSecretConfig,
} from '../keys-config.ts'
import type { Freeze } from '../overlap-settings.ts'
import type { KeyPolicy, RotationPolicy, SecretPolicy } from '../rotation-policy.ts'
import type { Problem } from './problems.ts'

type Type = 'text' | 'number' | 'boolean' | 'duration' | 'list' | 'object' | 'text or object'
type Field = Type | `${Type}?`
/** Every field of T, so that none is forgotten here. */
type Fields<T> = Readonly<Record<keyof T, Field>>

const everyPolicy: Fields<SecretPolicy> = {
  // Its absence has a message of its own.
  owner: 'text?',
  schedule: 'text?',
  maximumAge: 'duration?',
  drain: 'duration?',
  quarantine: 'duration?',
  mode: 'text?',
  consumers: 'list?',
}
const policy: Fields<RotationPolicy> = {
  ...everyPolicy,
  evidence: 'text?',
  strategy: 'text?',
  acceptFailedLogins: 'boolean?',
  allowScram: 'boolean?',
  probe: 'text?',
  partner: 'text?',
  adoptPartner: 'text?',
}
/** One of `arn` and `newUser`; which, is asked elsewhere. */
const secret: Fields<ExistingSecretConfig & NewSecretConfig> = {
  ...policy,
  name: 'text',
  keyArn: 'text?',
  arn: 'text?',
  newUser: 'text?',
}
const database: Fields<PostgresConfig> = {
  kind: 'text',
  network: 'text',
  adminSecretArn: 'text',
  adminSecretKeyArn: 'text?',
  host: 'text',
  port: 'number?',
  dbname: 'text?',
  engine: 'text?',
  securityGroupId: 'text?',
  replicas: 'list?',
  replicaSecurityGroupIds: 'list?',
  secretKeyArns: 'list?',
  loginLogs: 'list?',
  secrets: 'list',
}
const keyPolicy: Fields<KeyPolicy> = { ...everyPolicy, evidence: 'text?', lag: 'duration?' }
const keySecret: Fields<ProviderSecretConfig> = { ...keyPolicy, name: 'text', arn: 'text', keyArn: 'text?' }
const accessKeySecret: Fields<AccessKeySecretConfig> = { ...keySecret, userArn: 'text' }
const accessKeyGroup: Fields<AccessKeysConfig> = {
  userArns: 'list?',
  secretKeyArns: 'list?',
  secrets: 'list',
}
const provider: Fields<ProviderConfig> = {
  definition: 'text or object',
  with: 'object?',
  network: 'text?',
  adminSecretArn: 'text',
  adminSecretKeyArn: 'text?',
  secretKeyArns: 'list?',
  secrets: 'list',
}
const network: Fields<NetworkConfig> = {
  vpcId: 'text',
  subnetIds: 'list',
  egress: 'text',
  cloudWatchEndpoint: 'boolean?',
}
const cluster: Fields<ClusterConfig> = { network: 'text', securityGroupId: 'text?' }
const topic: Fields<TopicConfig> = { emails: 'list?', topicArn: 'text?', keyArn: 'text?' }
const schedule: Fields<ScheduleConfig> = { cron: 'text', timezone: 'text?' }
const freeze: Fields<Freeze> = { from: 'text', until: 'text', reason: 'text?' }
const environment: Fields<EnvironmentConfig> = {
  name: 'text',
  account: 'text',
  region: 'text',
  deploymentName: 'text?',
  timezone: 'text?',
  schedules: 'object?',
  freezes: 'list?',
  sweepEvery: 'duration?',
  drainFloor: 'duration?',
  quarantineFloor: 'duration?',
  sampleEvery: 'duration?',
  leakDrain: 'duration?',
  abandonAfter: 'duration?',
  rolloutLimit: 'duration?',
  rotationsPerMinute: 'number?',
  staleWarning: 'duration?',
  staleCritical: 'duration?',
  dashboard: 'boolean?',
  networks: 'object?',
  databases: 'object?',
  accessKeys: 'object?',
  providers: 'object?',
  clusters: 'object?',
  otherConsumers: 'list?',
  acknowledgers: 'list?',
  page: 'object?',
  ticket: 'object?',
  owners: 'object?',
  permissionsBoundaryArn: 'text?',
  rolePath: 'text?',
  qualifier: 'text?',
  reservedConcurrency: 'object?',
  logRetention: 'number?',
  tracing: 'boolean?',
}

/** Fields that are missing, unknown, or hold something else than they should. */
export function fieldProblems(environments: readonly unknown[]): Problem[] {
  return environments.flatMap((each, at) => environmentFieldProblems(each, at))
}

function environmentFieldProblems(each: unknown, at: number): Problem[] {
  const subject = `environment ${named(each) ?? at + 1}`
  const problems = problemsOf(subject, each, environment)
  if (problems.length > 0) return problems
  const {
    networks = {},
    databases = {},
    accessKeys = {},
    providers = {},
    clusters = {},
    schedules = {},
    freezes = [],
    page,
    ticket,
    owners = {},
  } = each as EnvironmentConfig
  const topics = Object.entries({ page, ticket }).filter(([, value]) => value !== undefined)
  return [
    ...within(`${subject}, network`, networks, (value) => (value === 'no-vpc' ? undefined : network)),
    ...within(`${subject}, cluster`, clusters, () => cluster),
    ...within(`${subject}, schedule`, schedules, () => schedule),
    ...within(`${subject}, topic`, Object.fromEntries(topics), () => topic),
    ...within(`${subject}, owner`, owners, () => topic),
    ...within(`${subject}, freeze`, { ...freezes }, () => freeze),
    ...listing(`${subject}, database`, databases, database, secret),
    ...listing(`${subject}, accessKeys`, accessKeys, accessKeyGroup, accessKeySecret),
    ...listing(`${subject}, provider`, providers, provider, keySecret),
  ]
}

/** Of whatever lists secrets, and of those. */
function listing(
  subject: string,
  values: object,
  fields: Readonly<Record<string, Field>>,
  secretFields: Readonly<Record<string, Field>>,
): Problem[] {
  const listed = Object.entries(values).flatMap(([name, value]) => {
    const secrets: unknown = Object(value).secrets
    return Array.isArray(secrets) ? secrets.map((each, at) => ({ name, each, at })) : []
  })
  return [
    ...within(subject, values, () => fields),
    ...listed.flatMap(({ name, each, at }) =>
      problemsOf(`${subject} ${name}, secret ${named(each) ?? at + 1}`, each, secretFields),
    ),
  ]
}

function within(
  subject: string,
  values: object,
  fieldsFor: (value: unknown) => Readonly<Record<string, Field>> | undefined,
): Problem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const fields = fieldsFor(value)
    return fields === undefined ? [] : problemsOf(`${subject} ${name}`, value, fields)
  })
}

function problemsOf(subject: string, value: unknown, fields: Readonly<Record<string, Field>>): Problem[] {
  const problem = (field: string, message: string): Problem => ({
    code: 'SETTING_INVALID',
    subject,
    field,
    message,
  })
  if (typeof value !== 'object' || value === null) return [problem('', 'must be an object')]
  const unknown = Object.keys(value).filter((field) => !Object.hasOwn(fields, field))
  return [
    ...unknown.map((field) =>
      problem(field, `is not known here: it must be one of ${Object.keys(fields).join(', ')}`),
    ),
    ...Object.entries(fields).flatMap(([field, form]) => {
      const content: unknown = (value as Record<string, unknown>)[field]
      const [type = '', optional] = form.split(/(?=\?)/)
      if (content === undefined && optional) return []
      if (content !== undefined && isOf(type, content)) return []
      return [problem(field, content === undefined ? 'is missing' : `must be a ${type}`)]
    }),
  ]
}

function isOf(type: string, content: unknown): boolean {
  if (type === 'list') return Array.isArray(content)
  if (type === 'duration') return content instanceof Duration
  if (type === 'object') return typeof content === 'object' && content !== null && !Array.isArray(content)
  if (type === 'text or object') return isOf('text', content) || isOf('object', content)
  return typeof content === (type === 'text' ? 'string' : type)
}

function named(value: unknown): string | undefined {
  const name: unknown = Object(value).name
  return typeof name === 'string' ? name : undefined
}
