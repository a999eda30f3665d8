import { type App, Stack, Validations } from 'aws-cdk-lib'
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import type { EnvironmentConfig } from '../../infra/deployment.ts'
import { addStacks } from '../../infra/stacks.ts'
import { acknowledgedFindings } from './acknowledged-findings.ts'
import { environment, newApp, stubCode, withKeys } from './deployed.ts'

const { main } = environment.networks
const { shop } = environment.databases
if (main === undefined || main === 'no-vpc' || shop === undefined) throw new Error('main is in a VPC')

/** Whatever can be switched on that makes a resource or a statement. */
const everything: EnvironmentConfig = {
  ...withKeys,
  networks: { main, own: { ...main, egress: 'endpoints', cloudWatchEndpoint: true }, internet: 'no-vpc' },
  clusters: { eks: { network: 'own', securityGroupId: 'sg-0123456789abcdef9' } },
  providers: Object.fromEntries(
    Object.entries(withKeys.providers ?? {}).map(([name, provider]) => [
      name,
      { ...provider, network: 'own' },
    ]),
  ),
  otherConsumers: ['ecs:web/api', 'lambda:orders', 'event:billing'],
  acknowledgers: ['444455556666'],
  databases: { shop: { ...shop, loginLogs: ['logs:/aws/rds/cluster/shop/postgresql', 'rds:shop-1'] } },
  page: { emails: ['on-call@example.com'] },
  owners: { 'team-shop': { emails: ['team-shop@example.com'] }, 'team reports': {} },
  tracing: true,
  permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  rolePath: '/overlap/',
}

function appOf(config: EnvironmentConfig, options?: Parameters<typeof newApp>[0]): App {
  const app = newApp(options)
  addStacks(app, { environments: [config] }, stubCode())
  return app
}

type Finding = readonly [id: string, path: string, reason: string]

const named = (id: string) => id.replace(/^(Annotation|AwsSolutions)::/, '')

const listedFindings = acknowledgedFindings.flatMap(({ rule, reason, constructs }) =>
  constructs.map((construct): Finding => [rule, `Overlap-test/Overlap/${construct}`, reason]),
)

/** What constructs say about themselves. */
function acknowledged(app: App): Finding[] {
  return app.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .filter(([id]) => id.includes('AwsSolutions'))
      .map(([id, reason]): Finding => [named(id), construct.node.path, reason]),
  )
}

/** What the rules find, whether anybody acknowledged it or not: none of them knows our prefix when asked directly. */
function found(app: App): (readonly [id: string, path: string])[] {
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(
        ({ constructPath }) => [ruleName, (constructPath ?? '').replace(/\/Resource$/, '')] as const,
      ),
    )
}

const sorted = <T extends readonly string[]>(findings: readonly T[]) =>
  [...new Map(findings.map((finding) => [finding.join(' '), finding])).values()].sort((one, other) =>
    one.join(' ') < other.join(' ') ? -1 : 1,
  )

describe('the rules of AWS Solutions', () => {
  const app = appOf(everything)

  it('find these things and no others, each of which says why it is so', () => {
    const listed = sorted(acknowledged(app).map(([id, path, reason]) => [id, path, reason] as const))
    expect(listed).toEqual(sorted(listedFindings))
  })

  it('find each thing that is acknowledged, so that no reason outlives its cause', () => {
    expect(sorted(found(app))).toEqual(sorted(listedFindings.map(([id, path]) => [id, path] as const)))
  })

  it('are not alone: CloudFormation itself takes the templates of everything, and refuses what it cannot', () => {
    expect(() => appOf(everything, { validated: true }).synth()).not.toThrow()
    const malformed = appOf(environment, { validated: true })
    new CfnQueue(new Stack(malformed, 'Malformed'), 'Queue', { messageRetentionPeriod: 5 })
    expect(() => malformed.synth()).toThrow(/MessageRetentionPeriod/)
  })

  it('stop the synthesis of anything else', () => {
    const careless = appOf(environment)
    Validations.of(careless).addPlugins(new AwsSolutionsChecks(careless))
    expect(() => careless.synth()).not.toThrow()

    const worse = appOf(environment)
    Validations.of(worse).addPlugins(new AwsSolutionsChecks(worse))
    new Queue(new Stack(worse, 'Worse'), 'Queue')
    expect(() => worse.synth()).toThrow('AwsSolutions-SQS4')
  })
})
