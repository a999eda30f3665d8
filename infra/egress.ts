import { Fn, Lazy } from 'aws-cdk-lib'
import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  Peer,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { OverlapFunction, Placement } from './overlap-function.ts'

interface Service {
  /** The part of the variable that leads the SDK to an endpoint. */
  readonly variable: string
  readonly service: InterfaceVpcEndpointAwsService
  readonly actions: readonly string[]
}

/** What functions that rotate and retire ask of AWS, whatever they rotate. */
const secretsManager: Service = {
  variable: 'SECRETS_MANAGER',
  service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  actions: [
    'DescribeSecret',
    'GetSecretValue',
    'ListSecretVersionIds',
    'PutSecretValue',
    'UpdateSecretVersionStage',
  ].map((action) => `secretsmanager:${action}`),
}

/** What those of databases ask besides. */
const rds: Service = {
  variable: 'RDS',
  service: InterfaceVpcEndpointAwsService.RDS,
  actions: ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'],
}

/** What the retire function asks, of an Aurora that pauses by itself. */
const cloudWatch: Service = {
  variable: 'CLOUDWATCH',
  service: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  actions: ['cloudwatch:GetMetricData'],
}

/** What the rollout function of a Kubernetes cluster asks. */
const eks: Service = {
  variable: 'EKS',
  service: InterfaceVpcEndpointAwsService.EKS,
  actions: ['eks:DescribeCluster'],
}

/** Out to what is there: a NAT gateway, or interface endpoints with private DNS. Their addresses are nowhere to be asked for. */
export function useExistingEgress(functions: SecurityGroup): void {
  functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs')
}

export interface OwnEndpointsProps {
  readonly placement: Placement & { readonly securityGroup: SecurityGroup }
  readonly functions: readonly OverlapFunction[]
}

/**
 * Interface endpoints for the functions alone. Without private DNS: with it, everybody in the VPC would be led to an endpoint that lets nobody else in, and a VPC
 * takes one such endpoint for a service. The functions are told its name instead.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export class OwnEndpoints extends Construct {
  readonly #placement: OwnEndpointsProps['placement']
  readonly #group: SecurityGroup
  /** Who uses an endpoint, and its name. */
  readonly #made = new Map<Service, { readonly host: string; readonly users: OverlapFunction[] }>()

  constructor(scope: Construct, id: string, { placement, functions }: OwnEndpointsProps) {
    super(scope, id)
    this.#placement = placement
    const { vpc, securityGroup } = placement
    this.#group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Interface endpoints of the rotation functions',
      allowAllOutbound: false,
    })
    securityGroup.connections.allowTo(this.#group, Port.tcp(443), 'AWS APIs')
    for (const service of [secretsManager, rds]) this.#add(service, functions)
  }

  addCloudWatch(retire: OverlapFunction): void {
    this.#add(cloudWatch, [retire])
  }

  /** For the function of one more cluster. */
  addEks(rollout: OverlapFunction, securityGroup: SecurityGroup): void {
    securityGroup.connections.allowTo(this.#group, Port.tcp(443), 'AWS APIs')
    this.#add(eks, [rollout])
  }

  /** For further functions that rotate and retire. */
  addSecretsManager(functions: readonly OverlapFunction[], securityGroup: SecurityGroup): void {
    securityGroup.connections.allowTo(this.#group, Port.tcp(443), 'AWS APIs')
    this.#add(secretsManager, functions)
  }

  #add(service: Service, functions: readonly OverlapFunction[]): void {
    const { host, users } = this.#made.get(service) ?? this.#make(service)
    users.push(...functions)
    for (const { function: each } of functions)
      each.addEnvironment(`AWS_ENDPOINT_URL_${service.variable}`, `https://${host}`)
  }

  #make(service: Service) {
    const users: OverlapFunction[] = []
    const made = { host: this.#endpoint(service, users), users }
    this.#made.set(service, made)
    return made
  }

  /** Returns its name. `users` may grow. */
  #endpoint({ variable, service, actions }: Service, users: readonly OverlapFunction[]): string {
    const { vpc, vpcSubnets } = this.#placement
    const endpoint = new InterfaceVpcEndpoint(this, variable, {
      vpc,
      service,
      subnets: vpcSubnets,
      securityGroups: [this.#group],
      open: false,
      privateDnsEnabled: false,
    })
    const roles = Lazy.list({ produce: () => users.map(({ role }) => role.roleArn) })
    endpoint.addToPolicy(
      new PolicyStatement({
        sid: 'RotationFunctions',
        principals: [new AnyPrincipal()],
        actions: [...actions],
        // What the functions' roles may reach is said there.
        resources: ['*'],
        conditions: { ArnEquals: { 'aws:PrincipalArn': roles } },
      }),
    )
    // Each entry is `ZONE:NAME`, and the first is the endpoint's name in the whole Region.
    return Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)))
  }
}
