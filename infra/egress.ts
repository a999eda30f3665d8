import { Fn } from 'aws-cdk-lib'
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

/** What the rotation functions ask of AWS, by the part of the variable that leads the SDK to an endpoint. */
const services = [
  {
    variable: 'SECRETS_MANAGER',
    service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    actions: [
      'DescribeSecret',
      'GetSecretValue',
      'ListSecretVersionIds',
      'PutSecretValue',
      'UpdateSecretVersionStage',
    ].map((action) => `secretsmanager:${action}`),
  },
  {
    variable: 'RDS',
    service: InterfaceVpcEndpointAwsService.RDS,
    actions: ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'],
  },
] as const

/** Out to what is there: a NAT gateway, or interface endpoints with private DNS. Their addresses are nowhere to be asked for. */
export function useExistingEgress(functions: SecurityGroup): void {
  functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs')
}

export interface OwnEndpointsProps {
  readonly placement: Placement & { readonly securityGroup: SecurityGroup }
  readonly functions: readonly OverlapFunction[]
}

/**
 * Two interface endpoints for the functions alone. Without private DNS: with it, everybody in the VPC would be led to an endpoint that lets nobody else in, and a VPC
 * takes one such endpoint for a service. The functions are told its name instead.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export class OwnEndpoints extends Construct {
  constructor(scope: Construct, id: string, { placement, functions }: OwnEndpointsProps) {
    super(scope, id)
    const { vpc, vpcSubnets, securityGroup } = placement
    const endpointGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Interface endpoints of the rotation functions',
      allowAllOutbound: false,
    })
    securityGroup.connections.allowTo(endpointGroup, Port.tcp(443), 'AWS APIs')
    for (const { variable, service, actions } of services) {
      const endpoint = new InterfaceVpcEndpoint(this, variable, {
        vpc,
        service,
        subnets: vpcSubnets,
        securityGroups: [endpointGroup],
        open: false,
        privateDnsEnabled: false,
      })
      endpoint.addToPolicy(
        new PolicyStatement({
          sid: 'RotationFunctions',
          principals: [new AnyPrincipal()],
          actions: [...actions],
          // What the functions' roles may reach is said there.
          resources: ['*'],
          conditions: { ArnEquals: { 'aws:PrincipalArn': functions.map(({ role }) => role.roleArn) } },
        }),
      )
      // Each entry is `ZONE:NAME`, and the first is the endpoint's name in the whole Region.
      const host = Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)))
      for (const each of functions)
        each.function.addEnvironment(`AWS_ENDPOINT_URL_${variable}`, `https://${host}`)
    }
  }
}
