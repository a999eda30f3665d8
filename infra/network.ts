import { Fn, Lazy, Stack } from 'aws-cdk-lib'
import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { functionArn } from './names.ts'
import type { Overlap } from './overlap.ts'
import { OverlapFunction } from './overlap-function.ts'
import { onAdminSecrets, onDatabases, onKeys, onRotatedSecrets } from './permissions.ts'
import { PostgresDatabase, type PostgresDatabaseProps } from './postgres-database.ts'

export interface OverlapNetworkProps {
  /** Part of the functions' names. */
  readonly networkName: string
  /** @default outside any VPC, for databases that the internet reaches */
  readonly vpc?: IVpc
  /** @default the VPC's private subnets */
  readonly vpcSubnets?: SubnetSelection
  /**
   * How the functions reach AWS: through what is there (a NAT gateway, or interface endpoints with private DNS), or through two endpoints made for them alone.
   * @default 'existing'
   */
  readonly egress?: 'existing' | 'endpoints'
}

/**
 * The functions that log in at databases, for one VPC: a rotation function and a retire function. Give it the `Overlap` that it belongs to as scope.
 */
export class OverlapNetwork extends Construct {
  readonly overlap: Overlap
  readonly networkName: string
  /** ARNs, built from the fixed names: no other stack needs an export for them. */
  readonly rotateArn: string
  readonly retireArn: string
  /** Of the functions; undefined outside a VPC. */
  readonly securityGroup: SecurityGroup | undefined
  readonly functions: readonly [rotate: OverlapFunction, retire: OverlapFunction]
  readonly #endpoints = new Map<string, readonly string[]>()
  #adminSecrets: PolicyStatement | undefined
  #keys: readonly [PolicyStatement, PolicyStatement] | undefined

  constructor(scope: Overlap, id: string, props: OverlapNetworkProps) {
    super(scope, id)
    this.overlap = scope
    this.networkName = props.networkName
    const { vpc, vpcSubnets } = props
    this.securityGroup =
      vpc &&
      new SecurityGroup(this, 'SecurityGroup', {
        vpc,
        description: `Rotation functions of ${scope.names.deployment} in ${props.networkName}`,
        allowAllOutbound: false,
      })
    const placement = vpc &&
      this.securityGroup && { vpc, ...(vpcSubnets && { vpcSubnets }), securityGroup: this.securityGroup }
    const stack = Stack.of(this)
    const environment: Record<string, string> = {
      OVERLAP_LOCK_DATABASE: 'postgres',
      OVERLAP_POSTGRES_ENDPOINTS: Lazy.string({ produce: () => this.#endpointsVariable() }),
    }
    const deploy = (handler: 'rotate-postgres' | 'retire-postgres', more: Record<string, string> = {}) =>
      new OverlapFunction(this, handler, {
        ...scope.functionOptions,
        handler,
        functionName: scope.names.inNetwork(handler, props.networkName),
        environment: { ...environment, ...more },
        ...(placement && { placement }),
      })
    const rotate = deploy('rotate-postgres', { OVERLAP_FREEZES: scope.freezesVariable })
    const retire = deploy('retire-postgres')
    this.functions = [rotate, retire]
    this.rotateArn = functionArn(stack, rotate.functionName)
    this.retireArn = functionArn(stack, retire.functionName)

    const common = ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds']
    rotate.allow(
      onRotatedSecrets(
        this,
        'RotateOwnSecrets',
        [this.rotateArn],
        [...common, 'PutSecretValue', 'UpdateSecretVersionStage'],
      ),
      onDatabases(this),
    )
    retire.allow(
      onRotatedSecrets(this, 'RetireOwnSecrets', [this.rotateArn], [...common, 'UpdateSecretVersionStage']),
      onDatabases(this),
    )
    // Without the account, anybody's Secrets Manager could invoke it (aws-cdk#28406).
    rotate.function.addPermission('SecretsManager', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: stack.account,
    })
    if (vpc && this.securityGroup)
      this.#giveWayOut(this.securityGroup, vpc, vpcSubnets, props.egress ?? 'existing')
    scope.connect(this)
  }

  /** A server in reach of these functions. */
  postgres(props: PostgresDatabaseProps): PostgresDatabase {
    return new PostgresDatabase(this, props)
  }

  /** The functions may read this secret, whose user rotates others. ARN. */
  grantAdminSecret(secretArn: string): void {
    if (this.#adminSecrets === undefined) {
      this.#adminSecrets = onAdminSecrets([])
      this.#allowBoth(this.#adminSecrets)
    }
    this.#adminSecrets.addResources(secretArn)
  }

  /** The functions may use this key for secrets of this account and Region. ARN. */
  grantKey(keyArn: string): void {
    if (this.#keys === undefined) {
      const [rotate, retire] = this.functions
      this.#keys = [onKeys(this, [], ['Decrypt', 'GenerateDataKey']), onKeys(this, [], ['Decrypt'])]
      rotate.allow(this.#keys[0])
      retire.allow(this.#keys[1])
    }
    for (const statement of this.#keys) statement.addResources(keyArn)
  }

  /** Every credential of the server at `server` must work at these, too. All as `host:port`. */
  declareEndpoints(server: string, further: readonly string[]): void {
    this.#endpoints.set(server, further)
  }

  /** Lets the functions connect to a server, and the server accept them where its security group is known. */
  allowTo(securityGroup: ISecurityGroup | undefined, port: number): void {
    if (this.securityGroup === undefined) return
    const description = 'PostgreSQL'
    if (securityGroup === undefined)
      this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(port), `${description}, wherever it is`)
    else this.securityGroup.connections.allowTo(securityGroup, Port.tcp(port), `${description} for Overlap`)
  }

  #allowBoth(statement: PolicyStatement): void {
    for (const each of this.functions) each.allow(statement)
  }

  #giveWayOut(
    group: SecurityGroup,
    vpc: IVpc,
    subnets: SubnetSelection | undefined,
    egress: 'existing' | 'endpoints',
  ): void {
    if (egress === 'existing') {
      group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs')
      return
    }
    const endpoints = new SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc,
      description: `Interface endpoints of ${this.overlap.names.deployment} in ${this.networkName}`,
      allowAllOutbound: false,
    })
    group.connections.allowTo(endpoints, Port.tcp(443), 'AWS APIs')
    const services = {
      SECRETS_MANAGER: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      RDS: InterfaceVpcEndpointAwsService.RDS,
    }
    for (const [name, service] of Object.entries(services)) {
      const endpoint = new InterfaceVpcEndpoint(this, `${name}-endpoint`, {
        vpc,
        service,
        ...(subnets && { subnets }),
        securityGroups: [endpoints],
        open: false,
        // With private DNS everybody in the VPC would be led to this endpoint, whose security group lets nobody else in.
        privateDnsEnabled: false,
      })
      endpoint.addToPolicy(
        new PolicyStatement({
          sid: 'FunctionsOfOverlap',
          principals: [new AnyPrincipal()],
          actions: name === 'RDS' ? ['rds:Describe*'] : ['secretsmanager:*'],
          resources: ['*'],
          conditions: { ArnEquals: { 'aws:PrincipalArn': this.functions.map(({ role }) => role.roleArn) } },
        }),
      )
      // `HOSTED_ZONE:NAME`; the first is the endpoint's own name in the Region.
      const host = Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)))
      for (const each of this.functions)
        each.function.addEnvironment(`AWS_ENDPOINT_URL_${name}`, `https://${host}`)
    }
  }

  #endpointsVariable(): string {
    return Stack.of(this).toJsonString(Object.fromEntries(this.#endpoints))
  }
}
