import { type App, DefaultStackSynthesizer, type IStackSynthesizer, Stack, Validations } from 'aws-cdk-lib'
import { type ISecurityGroup, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2'
import { ManagedPolicy, User } from 'aws-cdk-lib/aws-iam'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { AccessKeys } from './access-keys.ts'
import { configProblems, stackName } from './checks/config.ts'
import { refuse } from './checks/problems.ts'
import { settingsIn } from './config-settings.ts'
import {
  type EnvironmentConfig,
  isNewSecret,
  type NetworkConfig,
  type OverlapConfig,
  type PostgresConfig,
  type TopicConfig,
} from './deployment.ts'
import { KeyProvider } from './key-provider.ts'
import type { AccessKeysConfig, ProviderConfig } from './keys-config.ts'
import { OverlapNetwork } from './network.ts'
import { Overlap } from './overlap.ts'
import type { FunctionCode } from './overlap-function.ts'
import type { OwnerTopic } from './owners.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { RotatedSecret } from './rotated-secret.ts'

/**
 * A stack for each environment and one for each of its databases, its groups of access keys and its providers. They export nothing to each other, so each can be deployed, and go, by itself.
 * Throws one `ConfigurationError` with everything that is wrong.
 */
export function addStacks(app: App, config: OverlapConfig, code: FunctionCode): void {
  refuse(configProblems(config))
  for (const environment of config.environments) addEnvironment(app, environment, code)
}

function addEnvironment(app: App, environment: EnvironmentConfig, code: FunctionCode): void {
  const { name, account, region, qualifier } = environment
  const stack = (description: string, database?: string) =>
    new Stack(app, stackName(name, database), {
      description,
      env: { account, region },
      ...(qualifier !== undefined && {
        synthesizer: new DefaultStackSynthesizer({ qualifier }) as IStackSynthesizer,
      }),
    })
  const main = stack('Overlap: functions, schedules and alarms of secret rotation')
  const overlap = addOverlap(main, environment, code)
  const networks = new Map(
    Object.entries(environment.networks ?? {}).map(([id, network]) => [id, addNetwork(overlap, id, network)]),
  )
  for (const [clusterName, { network: id, securityGroupId }] of Object.entries(environment.clusters ?? {})) {
    const network = networks.get(id)
    network?.kubernetes({
      clusterName,
      ...(securityGroupId !== undefined && { securityGroup: groupOf(network, securityGroupId) }),
    })
  }
  for (const [id, database] of Object.entries(environment.databases ?? {})) {
    const network = networks.get(database.network)
    if (!network) continue
    const server = addServer(network, database)
    // CloudFormation has no empty stacks.
    if (database.secrets.length > 0)
      addSecrets(stack(`Overlap: rotated secrets of the database ${id}`, id), server, database.secrets)
  }
  for (const [id, config] of Object.entries(environment.accessKeys ?? {})) {
    const group = addGroup(overlap, id, config)
    if (config.secrets.length > 0)
      addAccessKeys(stack(`Overlap: rotated access keys of the group ${id}`, id), group, config.secrets)
  }
  for (const [id, config] of Object.entries(environment.providers ?? {})) {
    const network = config.network === undefined ? undefined : networks.get(config.network)
    const provider = addProvider(overlap, id, config, network)
    if (config.secrets.length > 0)
      addProviderKeys(stack(`Overlap: rotated keys of the provider ${id}`, id), provider, config.secrets)
  }
}

function addOverlap(stack: Stack, environment: EnvironmentConfig, code: FunctionCode): Overlap {
  const { page, ticket, owners = {}, permissionsBoundaryArn, schedules: _, ...others } = environment
  const topics = { page: topic(stack, 'PageTopic', page), ticket: topic(stack, 'TicketTopic', ticket) }
  return new Overlap(stack, 'Overlap', {
    ...others,
    ...settingsIn(environment),
    code,
    ...(topics.page && { page: topics.page }),
    ...(topics.ticket && { ticket: topics.ticket }),
    ...(page?.emails && { pageEmails: page.emails }),
    ...(ticket?.emails && { ticketEmails: ticket.emails }),
    owners: Object.fromEntries(
      Object.entries(owners).map(([owner, config]) => [owner, ownerTopic(stack, owner, config)]),
    ),
    ...(permissionsBoundaryArn !== undefined && {
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', permissionsBoundaryArn),
    }),
  })
}

function topic(scope: Construct, id: string, config: TopicConfig | undefined): ITopic | undefined {
  if (config?.topicArn === undefined) return undefined
  const { topicArn, keyArn } = config
  return Topic.fromTopicAttributes(scope, id, { topicArn, ...(keyArn !== undefined && { keyArn }) })
}

function ownerTopic(scope: Construct, owner: string, config: TopicConfig): OwnerTopic {
  const known = topic(scope, `OwnerTopic-${encodeURIComponent(owner)}`, config)
  return { ...(known && { topic: known }), ...(config.emails && { emails: config.emails }) }
}

function addNetwork(overlap: Overlap, name: string, network: NetworkConfig | 'no-vpc'): OverlapNetwork {
  if (network === 'no-vpc') return new OverlapNetwork(overlap, name)
  const { vpcId, subnetIds, egress, cloudWatchEndpoint = false } = network
  const subnets = subnetIds.map((id) => {
    const subnet = Subnet.fromSubnetId(overlap, `${name}-${id}`, id)
    Validations.of(subnet).acknowledge({
      id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'Nothing here is routed: functions and endpoints are put into the subnet as it is.',
    })
    return subnet
  })
  // Nothing here asks for its zones; CDK wants them.
  const vpc = Vpc.fromVpcAttributes(overlap, `${name}-vpc`, { vpcId, availabilityZones: [`${vpcId}-zone`] })
  return new OverlapNetwork(overlap, name, { vpc, vpcSubnets: { subnets }, egress, cloudWatchEndpoint })
}

function addServer(network: OverlapNetwork, database: PostgresConfig): PostgresDatabase {
  const { adminSecretArn, adminSecretKeyArn, secretKeyArns = [] } = database
  const { securityGroupId, replicaSecurityGroupIds = [] } = database
  const server = network.postgres({
    ...database,
    adminSecret: secretOf(network, adminSecretArn, adminSecretKeyArn),
    ...(securityGroupId !== undefined && { securityGroup: groupOf(network, securityGroupId) }),
    replicaSecurityGroups: replicaSecurityGroupIds.map((id) => groupOf(network, id)),
  })
  for (const arn of secretKeyArns) network.grantKey(arn)
  return server
}

function addSecrets(stack: Stack, database: PostgresDatabase, secrets: PostgresConfig['secrets']): void {
  for (const secret of secrets)
    if (isNewSecret(secret))
      new RotatedSecret(stack, secret.name, {
        ...secret,
        database,
        secretName: secret.name,
        ...(secret.keyArn !== undefined && { encryptionKey: keyOf(stack, secret.keyArn) }),
      })
    else
      new RotatedSecret(stack, secret.name, {
        ...secret,
        database,
        secret: secretOf(stack, secret.arn, secret.keyArn),
      })
}

function addGroup(overlap: Overlap, name: string, config: AccessKeysConfig): AccessKeys {
  const { userArns = [], secretKeyArns = [] } = config
  const group = new AccessKeys(overlap, `iam-access-key-${name}`, { groupName: name })
  for (const arn of userArns) group.grantUser(User.fromUserArn(group, arn, arn), group.node.path)
  for (const arn of secretKeyArns) group.functions.grantKey(arn)
  return group
}

function addAccessKeys(stack: Stack, accessKeys: AccessKeys, secrets: AccessKeysConfig['secrets']): void {
  for (const secret of secrets)
    new RotatedSecret(stack, secret.name, {
      ...secret,
      accessKeys,
      user: User.fromUserArn(stack, secret.userArn, secret.userArn),
      secret: secretOf(stack, secret.arn, secret.keyArn),
    })
}

function addProvider(
  overlap: Overlap,
  name: string,
  config: ProviderConfig,
  network: OverlapNetwork | undefined,
): KeyProvider {
  const { definition, with: given, adminSecretArn, adminSecretKeyArn, secretKeyArns = [] } = config
  const provider = new KeyProvider(overlap, `http-api-key-${name}`, {
    providerName: name,
    definition,
    ...(given && { with: given }),
    ...(network && { network }),
    adminSecret: secretOf(overlap, adminSecretArn, adminSecretKeyArn),
  })
  for (const arn of secretKeyArns) provider.functions.grantKey(arn)
  return provider
}

function addProviderKeys(stack: Stack, provider: KeyProvider, secrets: ProviderConfig['secrets']): void {
  for (const secret of secrets)
    new RotatedSecret(stack, secret.name, {
      ...secret,
      provider,
      secret: secretOf(stack, secret.arn, secret.keyArn),
    })
}

/** What is outside the app is named by its ARN or id, once in a scope. */
function known<T extends Construct>(scope: Construct, id: string, refer: () => T): T {
  return (scope.node.tryFindChild(id) as T | undefined) ?? refer()
}

/** Also with its key, which another place may not have been told. */
function secretOf(scope: Construct, secretCompleteArn: string, keyArn: string | undefined): ISecret {
  const id = [secretCompleteArn, ...(keyArn === undefined ? [] : [keyArn])].join(' ').replaceAll('/', '--')
  return known(scope, id, () =>
    Secret.fromSecretAttributes(scope, id, {
      secretCompleteArn,
      ...(keyArn !== undefined && { encryptionKey: keyOf(scope, keyArn) }),
    }),
  )
}

/** In the stack of the network, whose rules name both groups: the same rule twice would fail the deployment. */
function groupOf(network: OverlapNetwork, id: string): ISecurityGroup {
  return known(network, id, () => SecurityGroup.fromSecurityGroupId(network, id, id))
}

function keyOf(scope: Construct, arn: string): IKey {
  return known(scope, arn.replaceAll('/', '--'), () => Key.fromKeyArn(scope, arn, arn))
}
