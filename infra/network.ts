import { Annotations, Lazy, Stack } from 'aws-cdk-lib'
import {
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import { Construct, DependencyGroup } from 'constructs'
import { refuse } from './checks/problems.ts'
import { OwnEndpoints, useExistingEgress } from './egress.ts'
import { KubernetesCluster, type KubernetesClusterProps } from './kubernetes-cluster.ts'
import { placeNameProblems } from './names.ts'
import type { Overlap } from './overlap.ts'
import type { OverlapFunction, Placement } from './overlap-function.ts'
import { onAdminSecrets, onDatabases, onMetrics } from './permissions.ts'
import { PostgresDatabase, type PostgresDatabaseProps } from './postgres-database.ts'
import { RotationFunctions } from './rotation-functions.ts'

export interface OverlapNetworkProps {
  /**
   * Part of the functions' names.
   * @default the construct's id
   */
  readonly networkName?: string
  /** @default outside any VPC, for databases that the internet reaches */
  readonly vpc?: IVpc
  /** @default the VPC's private subnets with egress */
  readonly vpcSubnets?: SubnetSelection
  /**
   * How the functions reach AWS: through what is there (a NAT gateway, or interface endpoints with private DNS), or through two endpoints made for them alone.
   * @default 'existing'
   */
  readonly egress?: 'existing' | 'endpoints'
  /**
   * A further endpoint, for CloudWatch, which tells whether an Aurora that pauses by itself is paused. Without it nobody knows who uses that server's credentials.
   * It has no effect unless `egress` is `endpoints`.
   * @default false
   */
  readonly cloudWatchEndpoint?: boolean
}

/** Advisory locks are taken in this database, one for a whole server: they count within one database alone. */
const LOCK_DATABASE = 'postgres'

/** Of a security group, in one direction: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups */
const MAX_RULES = 60

/** The functions that log in at the databases of one VPC. Its scope is the `Overlap` that it belongs to. Throws `NAME_INVALID`. */
export class OverlapNetwork extends Construct {
  readonly overlap: Overlap
  readonly networkName: string
  readonly functions: RotationFunctions
  readonly rotate: OverlapFunction
  readonly retire: OverlapFunction
  /** Of the functions; undefined outside a VPC. */
  readonly securityGroup: SecurityGroup | undefined
  /** Where a function that joins this network is put; undefined outside a VPC. */
  readonly place: Pick<Placement, 'vpc' | 'vpcSubnets'> | undefined
  /** Secrets Manager's, to invoke the rotation function. */
  readonly permission: CfnPermission
  /** The way from the functions to servers and to AWS, as far as this app makes it. */
  readonly ways = new DependencyGroup()
  readonly #endpoints = new Map<string, readonly string[]>()
  /** Outbound, to servers. */
  readonly #rules = new Set<string>()
  /** Functions whose throttles ring. */
  readonly #watched: OverlapFunction[] = []
  #adminSecrets: PolicyStatement | undefined
  #ownEndpoints: OwnEndpoints | undefined

  constructor(scope: Overlap, id: string, props: OverlapNetworkProps = {}) {
    super(scope, id)
    this.overlap = scope
    this.networkName = props.networkName ?? id
    const { deployment } = scope.names
    refuse(placeNameProblems(`network ${this.networkName}`, deployment, 'postgres', this.networkName))
    const placement = this.#place(props)
    this.securityGroup = placement?.securityGroup
    this.place = placement

    this.functions = new RotationFunctions(this, scope, {
      kind: 'postgres',
      name: this.networkName,
      environment: {
        OVERLAP_LOCK_DATABASE: LOCK_DATABASE,
        OVERLAP_POSTGRES_ENDPOINTS: Lazy.string({ produce: () => this.#endpointsVariable() }),
      },
      ...(placement && { placement }),
    })
    this.rotate = this.functions.rotate
    this.retire = this.functions.retire
    this.permission = this.functions.permission
    this.rotate.allow(onDatabases(this))
    this.retire.allow(onDatabases(this), onMetrics())
    if (placement && props.egress === 'endpoints') this.#ownEndpoints = this.#makeEndpoints(placement, props)
    else if (placement) useExistingEgress(placement.securityGroup)
    if (placement)
      this.ways.add(
        placement.securityGroup,
        placement.vpc.selectSubnets(placement.vpcSubnets).internetConnectivityEstablished,
      )
    this.#watched.push(this.rotate, this.retire)
    scope.connect(this.networkName, this.functions, this.#watched)
  }

  /** A server in reach of these functions. Throws `ENDPOINT_INVALID`, `USER_INVALID`. */
  postgres(props: PostgresDatabaseProps): PostgresDatabase {
    return new PostgresDatabase(this, props)
  }

  /** A Kubernetes cluster whose API server is in reach of this network. Throws `NAME_INVALID`. */
  kubernetes(props: KubernetesClusterProps): KubernetesCluster {
    const cluster = new KubernetesCluster(this, `cluster-${props.clusterName}`, props)
    this.overlap.addCluster(cluster)
    this.#watched.push(cluster.rollout)
    return cluster
  }

  /** Leads a function that asks EKS to it where this network makes endpoints of its own. */
  reachEks(rollout: OverlapFunction, securityGroup: SecurityGroup): void {
    this.#ownEndpoints?.addEks(rollout, securityGroup)
  }

  /** Leads functions that rotate keys to Secrets Manager where this network makes endpoints of its own. */
  reachSecretsManager(functions: readonly OverlapFunction[], securityGroup: SecurityGroup): void {
    this.#ownEndpoints?.addSecretsManager(functions, securityGroup)
  }

  /** Lets the functions read the secret of a user who rotates others. ARN. */
  grantAdminSecret(secretArn: string): void {
    if (this.#adminSecrets === undefined) {
      this.#adminSecrets = onAdminSecrets()
      this.rotate.allow(this.#adminSecrets)
      this.retire.allow(this.#adminSecrets)
    }
    this.#adminSecrets.addResources(secretArn)
  }

  /** Lets the functions use a key for secrets of this account and Region. ARN. */
  grantKey(keyArn: string): void {
    this.functions.grantKey(keyArn)
  }

  /** Every credential of the server must work at these endpoints, too. All as `host:port`. */
  declareEndpoints(server: string, further: readonly string[]): void {
    this.#endpoints.set(server, [...new Set([...(this.#endpoints.get(server) ?? []), ...further])])
  }

  /** Lets the functions connect to a server and, where its security group is known, the server accept them. */
  allowTo(server: ISecurityGroup | undefined, port: number): void {
    this.#countRule(`${server?.securityGroupId} ${port}`)
    if (server)
      this.securityGroup?.connections.allowTo(server, Port.tcp(port), 'Rotation of PostgreSQL users')
    else this.securityGroup?.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'PostgreSQL')
  }

  #makeEndpoints(
    placement: Placement & { readonly securityGroup: SecurityGroup },
    { cloudWatchEndpoint = false }: OverlapNetworkProps,
  ): OwnEndpoints {
    const functions = [this.rotate, this.retire]
    const endpoints = new OwnEndpoints(this, 'Endpoints', { placement, functions })
    if (cloudWatchEndpoint) endpoints.addCloudWatch(this.retire)
    this.ways.add(endpoints)
    return endpoints
  }

  #place({ vpc, vpcSubnets = {} }: OverlapNetworkProps) {
    if (vpc === undefined) return undefined
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Rotation functions of Overlap',
      allowAllOutbound: false,
    })
    return { vpc, vpcSubnets, securityGroup }
  }

  /** No refusal: an account may have been granted more. */
  #countRule(rule: string): void {
    if (!this.securityGroup || this.#rules.has(rule)) return
    this.#rules.add(rule)
    if (this.#rules.size !== MAX_RULES) return
    Annotations.of(this).addWarningV2(
      'overlap:rulesOfSecurityGroup',
      `network ${this.networkName}: its security group needs more than ${MAX_RULES} outbound rules, one for each server's security group and port and one for AWS, ` +
        `and a VPC allows ${MAX_RULES} unless that quota is raised (Inbound or outbound rules per security group). ` +
        'Divide the databases among more networks: two networks may name the same VPC',
    )
  }

  #endpointsVariable(): string {
    return Stack.of(this).toJsonString(Object.fromEntries(this.#endpoints))
  }
}
