import { settingsIn } from '../config-settings.ts'
import type { EnvironmentConfig, NetworkConfig, TopicConfig } from '../deployment.ts'
import {
  clusterNameProblems,
  DEFAULT_DEPLOYMENT_NAME,
  deploymentNameProblems,
  placeNameProblems,
  stackPartProblems,
} from '../names.ts'
import { functionOptionProblems } from '../overlap-function.ts'
import { settingProblems } from '../overlap-settings.ts'
import { ownerNameProblems } from '../owners.ts'
import { acknowledgerProblems } from './acknowledgers.ts'
import { keyArn, optionalArn, type Place, policyArn, topicArn } from './arns.ts'
import { consumerProblems } from './consumers.ts'
import { databaseProblems, groupForm } from './database.ts'
import { accessKeysProblems, type KeySurroundings, providerConfigProblems } from './key-places.ts'
import { listedSecrets } from './listed-secrets.ts'
import { expecting, found, type Problem, repeated } from './problems.ts'
import { rotatedAdminProblems } from './rotated-admins.ts'

/** Everything that is wrong with one environment. */
export function environmentProblems(environment: EnvironmentConfig): Problem[] {
  const { name, account, region, deploymentName = DEFAULT_DEPLOYMENT_NAME } = environment
  const { networks = {}, databases = {} } = environment
  const subject = `environment ${name}`
  const settings = settingsIn(environment)
  const place = { account, region }
  return [
    ...stackPartProblems(subject, name),
    ...placeProblems(subject, place),
    ...deploymentNameProblems(subject, deploymentName),
    ...settingProblems(subject, settings),
    ...functionOptionProblems(subject, environment),
    ...ownerNameProblems(subject, deploymentName, Object.keys(environment.owners ?? {})),
    ...referenceProblems(subject, environment, place),
    ...Object.entries(networks).flatMap(([network, config]) => [
      ...placeNameProblems(`${subject}, network ${network}`, deploymentName, 'postgres', network),
      ...sharedNameProblems(`${subject}, network ${network}`, network, environment),
      ...(config === 'no-vpc' ? [] : networkProblems(`${subject}, network ${network}`, config)),
    ]),
    ...clusterProblems(subject, deploymentName, environment),
    ...acknowledgerProblems(subject, environment.acknowledgers ?? []),
    ...Object.entries(databases).flatMap(([database, config]) =>
      databaseProblems(`${subject}, database ${database}`, database, config, {
        networks: Object.keys(networks),
        place,
        settings,
        clusters: Object.keys(environment.clusters ?? {}),
      }),
    ),
    ...keyProblems(subject, environment, {
      deployment: deploymentName,
      place,
      networks: Object.keys(networks),
      settings,
      clusters: Object.keys(environment.clusters ?? {}),
    }),
    ...twiceListed(subject, environment),
    ...rotatedAdminProblems(subject, environment),
  ]
}

function placeProblems(subject: string, { account, region }: Place): Problem[] {
  const expect = expecting(subject)
  return [
    ...expect(
      /^\d{12}$/.test(account),
      'PLACE_INVALID',
      'account',
      `must be twelve digits; ${found(account)}`,
    ),
    ...expect(
      /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region),
      'PLACE_INVALID',
      'region',
      `must be a Region such as eu-west-1; ${found(region)}`,
    ),
  ]
}

function referenceProblems(subject: string, environment: EnvironmentConfig, place: Place): Problem[] {
  const {
    networks = {},
    accessKeys = {},
    providers = {},
    permissionsBoundaryArn,
    qualifier,
    page,
    ticket,
    owners = {},
  } = environment
  const expect = expecting(subject)
  return [
    ...expect(
      [networks, accessKeys, providers].some((places) => Object.keys(places).length > 0),
      'NETWORK_INVALID',
      'networks',
      'must have at least one, even if it is no-vpc, unless there are accessKeys or providers',
    ),
    ...(page ? topicProblems(subject, 'page', page, place) : []),
    ...(ticket ? topicProblems(subject, 'ticket', ticket, place) : []),
    ...Object.entries(owners).flatMap(([owner, topic]) =>
      topicProblems(subject, `owners.${owner}`, topic, place),
    ),
    ...optionalArn(permissionsBoundaryArn, policyArn, place, { subject, field: 'permissionsBoundaryArn' }),
    ...expect(
      qualifier === undefined || /^[a-z0-9]{1,10}$/.test(qualifier),
      'SETTING_INVALID',
      'qualifier',
      `must be at most ten lower-case letters and digits, as cdk bootstrap was given; ${found(qualifier)}`,
    ),
  ]
}

function topicProblems(subject: string, name: string, topic: TopicConfig, place: Place): Problem[] {
  return [
    ...expecting(subject)(
      topic.topicArn === undefined || topic.emails === undefined,
      'SETTING_INVALID',
      `${name}.emails`,
      'must not be set beside topicArn: a topic that exists gets its subscriptions where it was made',
    ),
    ...expecting(subject)(
      topic.keyArn === undefined || topic.topicArn !== undefined,
      'SETTING_INVALID',
      `${name}.keyArn`,
      'must not be set without topicArn: it is the key of a topic that exists',
    ),
    ...optionalArn(topic.topicArn, topicArn, place, { subject, field: `${name}.topicArn` }),
    ...optionalArn(topic.keyArn, keyArn, place, { subject, field: `${name}.keyArn` }),
  ]
}

function networkProblems(subject: string, network: NetworkConfig): Problem[] {
  const { vpcId, subnetIds, egress, cloudWatchEndpoint = false } = network
  const expect = expecting(subject)
  return [
    ...expect(
      /^vpc-[0-9a-f]{8,17}$/.test(vpcId),
      'NETWORK_INVALID',
      'vpcId',
      `must be the id of a VPC; ${found(vpcId)}`,
    ),
    ...expect(
      subnetIds.length > 0 && subnetIds.every((id) => /^subnet-[0-9a-f]{8,17}$/.test(id)),
      'NETWORK_INVALID',
      'subnetIds',
      `must be ids of private subnets, better two in different zones; ${found(subnetIds)}`,
    ),
    ...expect(
      egress === 'existing' || egress === 'endpoints',
      'NETWORK_INVALID',
      'egress',
      `must be existing or endpoints; ${found(egress)}`,
    ),
    ...expect(
      !cloudWatchEndpoint || egress === 'endpoints',
      'SETTING_INVALID',
      'cloudWatchEndpoint',
      'must not be set unless egress is endpoints: CloudWatch is reached as everything else is',
    ),
  ]
}

/** Alarms of a network are called after it alone, those of keys after kind and name. */
function sharedNameProblems(
  subject: string,
  network: string,
  { accessKeys = {}, providers = {} }: EnvironmentConfig,
): Problem[] {
  const others = [
    ...Object.keys(accessKeys).map((name) => `iam-access-key-${name}`),
    ...Object.keys(providers).map((name) => `http-api-key-${name}`),
  ]
  return expecting(subject)(
    !others.includes(network),
    'NAME_INVALID',
    'name',
    'must differ: alarms of accessKeys or a provider of this environment have that name',
  )
}

function clusterProblems(
  subject: string,
  deploymentName: string,
  { clusters = {}, networks = {}, otherConsumers = [] }: EnvironmentConfig,
): Problem[] {
  return [
    ...Object.entries(clusters).flatMap(([cluster, { network, securityGroupId }]) => {
      const expect = expecting(`${subject}, cluster ${cluster}`)
      return [
        ...clusterNameProblems(`${subject}, cluster ${cluster}`, deploymentName, cluster),
        ...expect(
          Object.hasOwn(networks, network),
          'NETWORK_UNKNOWN',
          'network',
          `must be one of ${Object.keys(networks).join(', ')}; ${found(network)}`,
        ),
        ...expect(
          securityGroupId === undefined || groupForm.test(securityGroupId),
          'NETWORK_INVALID',
          'securityGroupId',
          `must be the id of a security group; ${found(securityGroupId)}`,
        ),
      ]
    }),
    ...consumerProblems('otherConsumers', otherConsumers, Object.keys(clusters), expecting(subject)),
  ]
}

function keyProblems(
  subject: string,
  { accessKeys = {}, providers = {} }: EnvironmentConfig,
  around: KeySurroundings,
): Problem[] {
  return [
    ...Object.entries(accessKeys).flatMap(([name, group]) =>
      accessKeysProblems(`${subject}, accessKeys ${name}`, name, group, around),
    ),
    ...Object.entries(providers).flatMap(([name, provider]) =>
      providerConfigProblems(`${subject}, provider ${name}`, name, provider, around),
    ),
  ]
}

function twiceListed(subject: string, environment: EnvironmentConfig): Problem[] {
  return repeated(
    listedSecrets(environment),
    ({ name }) => name,
    ({ place, name }) => ({
      code: 'SECRET_TWICE',
      subject: `${subject}, ${place}, secret ${name}`,
      field: 'name',
      message: 'must be listed once in an environment: two schedules would rotate it',
    }),
  )
}
