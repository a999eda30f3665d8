import { describe, expect, it } from 'vitest'
import type { EnvironmentConfig, NetworkConfig } from '../../infra/deployment.ts'
import {
  environment,
  type Resource,
  resourcesOf,
  templatesOf,
  theOne,
  withDatabase,
  withKeys,
} from './deployed.ts'
import { mailDefinition } from './mail-definition.ts'

const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type)
const deployed = (fields: EnvironmentConfig) => resourcesOf(templatesOf(fields).get('Overlap-test'))
const functionNamed = (resources: readonly Resource[], name: string) =>
  theOne(ofType(resources, 'AWS::Lambda::Function'), ({ Properties }) => Properties.FunctionName === name)
    .Properties
const inNetwork = ['overlap-rotate-postgres-main', 'overlap-retire-postgres-main']
const groupNamed = (resources: readonly Resource[], name: string) =>
  theOne(ofType(resources, 'AWS::EC2::SecurityGroup'), ({ id }) => id.startsWith(name))

/** Protocol, port and peer of every rule, within groups or as resources of their own. */
function rules(resources: readonly Resource[], kind: 'Ingress' | 'Egress'): unknown[] {
  const inline = ofType(resources, 'AWS::EC2::SecurityGroup').flatMap(({ id, Properties }) =>
    (Properties[`SecurityGroup${kind}`] ?? []).map((rule: object) => ({
      GroupId: `<${id}.GroupId>`,
      ...rule,
    })),
  )
  const own = ofType(resources, `AWS::EC2::SecurityGroup${kind}`).map(({ Properties }) => Properties)
  return [...inline, ...own].map(
    ({
      GroupId,
      IpProtocol,
      FromPort,
      ToPort,
      CidrIp,
      SourceSecurityGroupId,
      DestinationSecurityGroupId,
    }) => [
      GroupId,
      `${IpProtocol} ${FromPort}-${ToPort}`,
      CidrIp ?? SourceSecurityGroupId ?? DestinationSecurityGroupId,
    ],
  )
}

describe('a network in a VPC', () => {
  const resources = deployed(environment)
  const group = `<${groupNamed(resources, 'OverlapmainSecurityGroup').id}.GroupId>`

  it('holds the functions that log in at databases, in its subnets, and no others', () => {
    const placed = ofType(resources, 'AWS::Lambda::Function').filter(({ Properties }) => Properties.VpcConfig)
    expect(placed.map(({ Properties }) => Properties.FunctionName)).toEqual(inNetwork)
    for (const { Properties } of placed)
      expect(Properties.VpcConfig).toEqual({
        SecurityGroupIds: [group],
        SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      })
  })

  it('lets them out to AWS and to the server alone, and the server lets them in', () => {
    expect(rules(resources, 'Egress')).toEqual([
      [group, 'tcp 443-443', '0.0.0.0/0'],
      [group, 'tcp 5432-5432', 'sg-0123456789abcdef0'],
    ])
    expect(rules(resources, 'Ingress')).toEqual([['sg-0123456789abcdef0', 'tcp 5432-5432', group]])
  })

  it('lets them out to the port of a server whose group is not known', () => {
    const { securityGroupId: _, ...shop } = environment.databases.shop ?? { securityGroupId: '' }
    const unknown = deployed({ ...environment, databases: { shop: shop as never } })
    expect(rules(unknown, 'Egress').map((rule) => (rule as unknown[]).slice(1))).toEqual([
      ['tcp 443-443', '0.0.0.0/0'],
      ['tcp 5432-5432', '0.0.0.0/0'],
    ])
    expect(rules(unknown, 'Ingress')).toEqual([])
  })

  it('has one rule for a server that two databases name', () => {
    const { shop } = environment.databases
    if (!shop) throw new Error('there is no shop')
    const twice = deployed({
      ...environment,
      databases: {
        shop,
        'shop-2': { ...shop, secrets: [{ name: 'shop/b', newUser: 'b', owner: 'team-shop' }] },
      },
    })
    expect(rules(twice, 'Ingress')).toHaveLength(1)
    expect(rules(twice, 'Egress')).toHaveLength(2)
  })

  it('lets them out to the ports of replicas, and to replicas in groups of their own, each by one rule', () => {
    const replicas = ['a.example.com:5432', 'b.example.com:6432', 'c.example.com:6432']
    const own = 'sg-0123456789abcdef1'
    const ports = ['tcp 5432-5432', 'tcp 6432-6432']
    const known = deployed(withDatabase({ replicas, replicaSecurityGroupIds: [own] }))
    const functions = `<${groupNamed(known, 'OverlapmainSecurityGroup').id}.GroupId>`
    expect(rules(known, 'Ingress').toSorted()).toEqual(
      ['sg-0123456789abcdef0', own].flatMap((group) => ports.map((port) => [group, port, functions])),
    )
    expect(rules(known, 'Egress').toSorted()).toEqual([
      [functions, 'tcp 443-443', '0.0.0.0/0'],
      ...ports.flatMap((port) => ['sg-0123456789abcdef0', own].map((group) => [functions, port, group])),
    ])

    const { securityGroupId: _, ...shop } = environment.databases.shop ?? { securityGroupId: '' }
    const unknown = deployed({ ...environment, databases: { shop: { ...shop, replicas } as never } })
    expect(rules(unknown, 'Egress').map((rule) => (rule as unknown[])[1])).toEqual(['tcp 443-443', ...ports])
  })

  it('makes no endpoint when there is a way out', () => {
    expect(ofType(resources, 'AWS::EC2::VPCEndpoint')).toEqual([])
    for (const name of inNetwork)
      expect(Object.keys(functionNamed(resources, name).Environment.Variables)).not.toContainEqual(
        expect.stringContaining('AWS_ENDPOINT_URL'),
      )
  })
})

describe('a network with endpoints of its own', () => {
  const main = environment.networks.main
  if (main === undefined || main === 'no-vpc') throw new Error('main is in a VPC')
  const resources = deployed({ ...environment, networks: { main: { ...main, egress: 'endpoints' } } })
  const functions = `<${groupNamed(resources, 'OverlapmainSecurityGroup').id}.GroupId>`
  const endpoints = `<${groupNamed(resources, 'OverlapmainEndpoints').id}.GroupId>`
  const roles = inNetwork.map((name) => functionNamed(resources, name).Role)

  it.each([
    [
      'secretsmanager',
      [
        'DescribeSecret',
        'GetSecretValue',
        'ListSecretVersionIds',
        'PutSecretValue',
        'UpdateSecretVersionStage',
      ],
    ],
    ['rds', ['DescribeDBClusters', 'DescribeDBInstances']],
  ])('%s lets our functions alone in, and leaves the names of the VPC alone', (service, actions) => {
    const endpoint = theOne(ofType(resources, 'AWS::EC2::VPCEndpoint'), ({ Properties }) =>
      Properties.ServiceName.endsWith(`.${service}`),
    )
    expect(endpoint.Properties).toMatchObject({
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: false,
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: [endpoints],
      PolicyDocument: {
        Statement: [
          {
            Sid: 'RotationFunctions',
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: actions.map((action) => `${service}:${action}`),
            Resource: '*',
            Condition: { ArnEquals: { 'aws:PrincipalArn': roles } },
          },
        ],
      },
    })
  })

  it('tells the functions where they are, by the variables that the SDK reads', () => {
    for (const name of inNetwork) {
      const { Variables } = functionNamed(resources, name).Environment
      for (const [variable, id] of [
        ['AWS_ENDPOINT_URL_SECRETS_MANAGER', 'SECRETSMANAGER'],
        ['AWS_ENDPOINT_URL_RDS', 'RDS'],
      ] as const) {
        const endpoint = theOne(ofType(resources, 'AWS::EC2::VPCEndpoint'), (each) =>
          each.id.includes(`Endpoints${id}`),
        )
        expect(JSON.stringify(Variables[variable])).toContain(`<${endpoint.id}.DnsEntries>`)
      }
    }
  })

  it('lets the functions out to them and to the server, and nowhere else', () => {
    expect(rules(resources, 'Egress').filter((rule) => (rule as unknown[])[0] === functions)).toEqual([
      [functions, 'tcp 443-443', endpoints],
      [functions, 'tcp 5432-5432', 'sg-0123456789abcdef0'],
    ])
    expect(rules(resources, 'Ingress')).toContainEqual([endpoints, 'tcp 443-443', functions])
  })
})

describe('a provider that a network reaches', () => {
  const { main } = environment.networks
  const { mail } = withKeys.providers ?? {}
  if (main === undefined || main === 'no-vpc' || !mail) throw new Error('there are a VPC and a provider')
  const hosts = ['api.mail.example.com', 'keys.mail.example.com:8443']
  const placed = {
    ...mail,
    network: 'main',
    with: {},
    definition: { ...mailDefinition, hosts, allowAddresses: ['10.0.0.0/8'] },
  }
  const from = (network: NetworkConfig | 'no-vpc') =>
    deployed({ ...withKeys, networks: { main: network }, providers: { mail: placed } })
  const names = ['overlap-rotate-http-api-key-mail', 'overlap-retire-http-api-key-mail']
  const rulesOf = (resources: readonly Resource[], kind: 'Ingress' | 'Egress', group: string) =>
    rules(resources, kind).filter((rule) => (rule as unknown[])[0] === group)

  it('has its functions there, in a group of their own that reaches no database', () => {
    const resources = from(main)
    const group = `<${groupNamed(resources, 'Overlaphttpapikeymail').id}.GroupId>`
    for (const name of names)
      expect(functionNamed(resources, name).VpcConfig).toEqual({
        SecurityGroupIds: [group],
        SubnetIds: main.subnetIds,
      })
    expect(rulesOf(resources, 'Egress', group)).toEqual([
      [group, 'tcp 443-443', '0.0.0.0/0'],
      [group, 'tcp 8443-8443', '0.0.0.0/0'],
    ])
    expect(rulesOf(resources, 'Ingress', group)).toEqual([])
  })

  it('may place network interfaces in its subnets', () => {
    const resources = from(main)
    for (const name of names) {
      const { Role } = functionNamed(resources, name)
      const role = theOne(resources, ({ id }) => Role === `<${id}.Arn>`)
      expect(JSON.stringify(role.Properties.Policies)).toContain('ec2:CreateNetworkInterface')
    }
  })

  it('has them use the endpoint for Secrets Manager that the network makes', () => {
    const resources = from({ ...main, egress: 'endpoints' })
    const group = `<${groupNamed(resources, 'Overlaphttpapikeymail').id}.GroupId>`
    const endpoints = `<${groupNamed(resources, 'OverlapmainEndpoints').id}.GroupId>`
    const endpointOf = (service: string) =>
      theOne(ofType(resources, 'AWS::EC2::VPCEndpoint'), ({ Properties }) =>
        Properties.ServiceName.endsWith(`.${service}`),
      )
    const users = (service: string) =>
      endpointOf(service).Properties.PolicyDocument.Statement[0].Condition.ArnEquals['aws:PrincipalArn']
    const rolesOf = (...functions: readonly string[]) =>
      functions.map((name) => functionNamed(resources, name).Role)
    expect(users('secretsmanager')).toEqual(rolesOf(...inNetwork, ...names))
    expect(users('rds')).toEqual(rolesOf(...inNetwork))
    for (const name of names)
      expect(
        JSON.stringify(functionNamed(resources, name).Environment.Variables.AWS_ENDPOINT_URL_SECRETS_MANAGER),
      ).toContain(`<${endpointOf('secretsmanager').id}.DnsEntries>`)
    expect(rules(resources, 'Ingress')).toContainEqual([endpoints, 'tcp 443-443', group])
  })

  it('has them outside any VPC where the network is, or where it names none', () => {
    for (const resources of [from('no-vpc'), deployed(withKeys)])
      for (const name of names) expect(functionNamed(resources, name).VpcConfig).toBeUndefined()
  })
})

describe('a network without a VPC', () => {
  it('has functions outside any, which need no right on interfaces', () => {
    const resources = deployed({ ...withDatabase({}), networks: { main: 'no-vpc' } })
    expect(resources.filter(({ Type }) => Type.startsWith('AWS::EC2::'))).toEqual([])
    expect(JSON.stringify(resources)).not.toContain('ec2:')
    for (const name of inNetwork) expect(functionNamed(resources, name).VpcConfig).toBeUndefined()
  })
})

describe("a database whose secrets are somebody else's to tag", () => {
  it('has no stack, and the functions reach it all the same', () => {
    const templates = templatesOf(withDatabase({ secrets: [] }))
    expect([...templates.keys()]).toEqual(['Overlap-test'])
    const resources = resourcesOf(templates.get('Overlap-test'))
    expect(rules(resources, 'Ingress')).toHaveLength(1)
    const reading = resources.filter(({ Properties }) =>
      JSON.stringify(Properties.Policies ?? '').includes('ReadAdminSecrets'),
    )
    expect(reading).toHaveLength(2)
  })
})
