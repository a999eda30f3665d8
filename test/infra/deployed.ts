import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { afterAll } from 'vitest'
import type { EnvironmentConfig, OverlapConfig, PostgresConfig } from '../../infra/deployment.ts'
import { functionSettings } from '../../infra/function-settings.ts'
import type { FunctionCode } from '../../infra/overlap-function.ts'
import { addStacks } from '../../infra/stacks.ts'

/** A resource of a template, with joins joined and references in angle brackets. */
export interface Resource {
  readonly id: string
  readonly Type: string
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any resource type
  readonly Properties: any
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: readonly string[]
}

export interface Statement {
  readonly Sid: string
  readonly Effect: string
  readonly Action: string | string[]
  readonly Resource: string | string[]
  readonly Condition?: unknown
}

export const ACCOUNT = '111122223333'
export const REGION = 'eu-west-1'
export const secretArn = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`
export const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`

/** One environment with a network in a VPC, a database, a secret that exists and a new one. */
export const environment: EnvironmentConfig & Required<Pick<EnvironmentConfig, 'networks' | 'databases'>> = {
  name: 'test',
  account: ACCOUNT,
  region: REGION,
  timezone: 'Europe/Berlin',
  networks: {
    main: {
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      egress: 'existing',
    },
  },
  databases: {
    shop: {
      kind: 'postgres',
      network: 'main',
      adminSecretArn: secretArn('shop/admin'),
      host: 'shop.example.com',
      dbname: 'shop',
      securityGroupId: 'sg-0123456789abcdef0',
      secrets: [
        { name: 'shop/app', arn: secretArn('shop/app'), owner: 'team-shop' },
        { name: 'shop/reports', newUser: 'reports', owner: 'team-reports' },
      ],
    },
  },
}

export const userArn = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`

/** Beside it a group of access keys and a provider of API keys. */
export const withKeys: EnvironmentConfig = {
  ...environment,
  accessKeys: {
    robots: {
      secrets: [
        {
          name: 'robots/deploy',
          arn: secretArn('robots/deploy'),
          userArn: userArn('ci/deployer'),
          owner: 'team-ci',
        },
      ],
    },
  },
  providers: {
    mail: {
      definition: 'cloudflare',
      with: { account: '0123456789abcdef0123456789abcdef' },
      adminSecretArn: secretArn('mail/admin'),
      secrets: [{ name: 'mail/sender', arn: secretArn('mail/sender'), owner: 'team-shop' }],
    },
  },
}

/** With one consumer of each kind, and its cluster, so that every function is deployed. */
export const consumed: EnvironmentConfig = {
  ...withKeys,
  clusters: { eks: { network: 'main' } },
  otherConsumers: [
    'ecs:shop/api',
    'lambda:orders:live',
    'kubernetes:eks/shop/deployment/search',
    'event:billing',
    'manual:etl',
  ],
}

/** The same, but for what is given. */
export function withDatabase(database: Partial<PostgresConfig>): EnvironmentConfig {
  const { shop } = environment.databases
  if (!shop) throw new Error('the environment for tests has a database shop')
  return { ...environment, databases: { shop: { ...shop, ...database } } }
}

const folder = mkdtempSync(path.join(tmpdir(), 'overlap-templates-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A folder that stands for every function's bundle. */
export function stubCode(): FunctionCode {
  const stub = path.join(folder, 'code')
  mkdirSync(stub, { recursive: true })
  writeFileSync(path.join(stub, 'index.js'), '')
  return Object.fromEntries(
    Object.keys(functionSettings).map((handler) => [handler, stub]),
  ) as FunctionCode & {}
}

/**
 * With the context that the CLI reads. `validated`: what CloudFormation would refuse is an error, as it is there; it takes two seconds to get ready, so that most tests do
 * without.
 */
export function newApp({ validated = false } = {}): App {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))
  return new App({
    outdir: mkdtempSync(path.join(folder, 'out-')),
    context,
    builtinCloudFormationValidation: validated,
  })
}

/** Every stack's template, by the stack's name. */
export function templatesOf(...environments: readonly EnvironmentConfig[]): ReadonlyMap<string, Template> {
  return synthesized({ environments })
}

export function synthesized(
  config: OverlapConfig,
  options?: Parameters<typeof newApp>[0],
): ReadonlyMap<string, Template> {
  const app = newApp(options)
  addStacks(app, config, stubCode())
  return templatesIn(app)
}

export function templatesIn(app: App): ReadonlyMap<string, Template> {
  const stacks = app.node.findAll().filter((each) => Stack.isStack(each))
  return new Map(stacks.map((stack) => [stack.stackName, Template.fromStack(stack)]))
}

export function resourcesOf(template: Template | undefined, type?: string): Resource[] {
  if (!template) throw new Error('there is no such stack')
  return Object.entries(template.toJSON().Resources as Record<string, Omit<Resource, 'id'>>)
    .filter(([, resource]) => type === undefined || resource.Type === type)
    .map(([id, { Properties, ...rest }]) => ({ id, ...rest, Properties: plain(Properties ?? {}) }))
}

/** The one resource of a type that a test is about. */
export function theOne(
  resources: readonly Resource[],
  isIt: (resource: Resource) => boolean = () => true,
): Resource {
  const [found, ...others] = resources.filter(isIt)
  if (!found || others.length > 0) throw new Error(`there are ${others.length + (found ? 1 : 0)}, not one`)
  return found
}

/** A template's value with its joins joined and its references in angle brackets. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const { Ref: reference, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Record<string, unknown>
  if (typeof reference === 'string') return `<${reference}>`
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`
  if (Array.isArray(join)) return (join[1] as unknown[]).map((part) => textOf(plain(part))).join(join[0])
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

function textOf(part: unknown): string {
  return typeof part === 'string' ? part : JSON.stringify(part)
}
