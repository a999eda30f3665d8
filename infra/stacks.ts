import {
  type App,
  DefaultStackSynthesizer,
  type IStackSynthesizer,
  Stack,
  type StackProps,
} from 'aws-cdk-lib'
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { EnvironmentConfig, NetworkConfig, OverlapConfig, PostgresConfig } from './deployment.ts'
import { OverlapNetwork } from './network.ts'
import { Overlap, type OverlapProps } from './overlap.ts'
import type { FunctionCode } from './overlap-function.ts'
import { Problems } from './problems.ts'
import { RotatedSecret } from './rotated-secret.ts'

/** Makes the stacks of every environment. Throws one `ConfigurationError` that holds everything that is wrong. */
export function addStacks(app: App, config: OverlapConfig, code: FunctionCode): void {
  const problems = new Problems()
  for (const environment of config.environments)
    problems.collect(() => addEnvironment(app, environment, code, problems))
  problems.refuse()
}

function addEnvironment(
  app: App,
  environment: EnvironmentConfig,
  code: FunctionCode,
  problems: Problems,
): void {
  const { account, region, qualifier } = environment
  // A synthesizer serves one stack.
  const stackProps = (): StackProps => ({
    env: { account, region },
    ...(qualifier !== undefined && {
      synthesizer: new DefaultStackSynthesizer({ qualifier }) as IStackSynthesizer,
    }),
  })
  const stack = new Stack(app, `Overlap-${environment.name}`, stackProps())
  const overlap = new Overlap(stack, 'Overlap', propsOf(stack, environment, code))
  const networks = new Map<string, OverlapNetwork>()
  for (const [name, network] of Object.entries(environment.networks))
    networks.set(name, addNetwork(overlap, name, network))

  for (const [name, database] of Object.entries(environment.databases))
    problems.collect(() => {
      const network = networks.get(database.network)
      if (!network) return
      const databaseStack = new Stack(app, `Overlap-${environment.name}-${name}`, stackProps())
      databaseStack.addStackDependency(stack)
      addDatabase(databaseStack, network, database, problems)
    })
}

function propsOf(scope: Construct, environment: EnvironmentConfig, code: FunctionCode): OverlapProps {
  const { timezone = 'UTC', permissionsBoundaryArn, page, ticket, schedules, freezes, ...rest } = environment
  return {
    ...rest,
    code,
    schedules: Object.fromEntries(
      Object.entries(schedules ?? { weekly: { cron: '0 3 ? * SUN *' } }).map(([name, schedule]) => [
        name,
        { timezone, ...schedule },
      ]),
    ),
    freezes: (freezes ?? []).map(({ from, until, reason }) => ({
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
      reason,
    })),
    ...(page?.topicArn !== undefined && { page: Topic.fromTopicArn(scope, 'PageTopic', page.topicArn) }),
    ...(page?.emails && { pageEmails: page.emails }),
    ...(ticket?.topicArn !== undefined && {
      ticket: Topic.fromTopicArn(scope, 'TicketTopic', ticket.topicArn),
    }),
    ...(ticket?.emails && { ticketEmails: ticket.emails }),
    ...(permissionsBoundaryArn !== undefined && {
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(scope, 'Boundary', permissionsBoundaryArn),
    }),
  }
}

function addNetwork(overlap: Overlap, name: string, network: NetworkConfig | 'no-vpc'): OverlapNetwork {
  if (network === 'no-vpc') return new OverlapNetwork(overlap, name, { networkName: name })
  const vpc = Vpc.fromVpcAttributes(overlap, `${name}-vpc`, {
    vpcId: network.vpcId,
    availabilityZones: [...network.availabilityZones],
    privateSubnetIds: [...network.subnetIds],
  })
  return new OverlapNetwork(overlap, name, { networkName: name, vpc, egress: network.egress })
}

function addDatabase(
  stack: Stack,
  network: OverlapNetwork,
  database: PostgresConfig,
  problems: Problems,
): void {
  const scope = new Scope(stack)
  const server = network.postgres({
    ...database,
    adminSecret: scope.secret('Admin', database.adminSecretArn, database.adminSecretKeyArn),
    ...(database.securityGroupId === undefined
      ? {}
      : {
          securityGroup: SecurityGroup.fromSecurityGroupId(
            network,
            `${stack.stackName}-database`,
            database.securityGroupId,
          ),
        }),
  })
  for (const each of database.secrets)
    problems.collect(() => {
      const { name, keyArn, ...policy } = each
      if ('newUser' in each)
        return new RotatedSecret(stack, name, {
          ...policy,
          database: server,
          secretName: name,
          newUser: each.newUser,
          ...(keyArn === undefined ? {} : { encryptionKey: scope.key(keyArn) }),
        })
      return new RotatedSecret(stack, name, {
        ...policy,
        database: server,
        secret: scope.secret(`${name}-secret`, each.arn, keyArn),
      })
    })
}

/** References of one stack to what is outside it. */
class Scope {
  readonly #stack: Stack

  constructor(stack: Stack) {
    this.#stack = stack
  }

  secret(id: string, secretCompleteArn: string, keyArn: string | undefined): ISecret {
    return Secret.fromSecretAttributes(this.#stack, id, {
      secretCompleteArn,
      ...(keyArn === undefined ? {} : { encryptionKey: this.key(keyArn) }),
    })
  }

  key(arn: string) {
    const id = `key-${arn.split('/').at(-1)}`
    const known = this.#stack.node.tryFindChild(id)
    return known ? (known as Key) : Key.fromKeyArn(this.#stack, id, arn)
  }
}
