import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds'
import type { Construct } from 'constructs'
import { OverlapNetwork } from '../../infra/network.ts'
import { Overlap } from '../../infra/overlap.ts'
import type { FunctionCode } from '../../infra/overlap-function.ts'
import { RotatedSecret } from '../../infra/rotated-secret.ts'

/** A VPC, a cluster, the deployment and one user with its secret, in one stack. */
export class ShopStack extends Stack {
  constructor(scope: Construct, id: string, code: FunctionCode) {
    super(scope, id)
    // With exactOptionalPropertyTypes, TypeScript does not see that a Vpc is an IVpc.
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 }) as IVpc
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_9 }),
      manageMasterUserPassword: true,
      defaultDatabaseName: 'shop',
      writer: ClusterInstance.serverlessV2('Writer'),
      readers: [ClusterInstance.serverlessV2('Reader', { scaleWithWriter: true })],
      vpc,
      storageEncrypted: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    if (!cluster.secret) throw new Error('a cluster with a managed master has a secret')

    const overlap = new Overlap(this, 'Overlap', {
      code,
      schedules: { weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } },
      pageEmails: ['on-call@example.com'],
      ticketEmails: ['team-databases@example.com'],
    })
    const shop = new OverlapNetwork(overlap, 'main', { vpc }).postgres({
      adminSecret: cluster.secret,
      host: cluster.clusterEndpoint.hostname,
      port: cluster.clusterEndpoint.port,
      dbname: 'shop',
      engine: 'aurora-postgresql',
      server: cluster,
      ...(cluster.connections.securityGroups[0] && {
        securityGroup: cluster.connections.securityGroups[0],
      }),
    })
    const reports = new RotatedSecret(this, 'Reports', {
      database: shop,
      secretName: 'shop/reports',
      newUser: 'reports',
      owner: 'team-analytics',
      consumers: ['ecs:shop/reports'],
    })
    reports.grantRead(
      new Role(this, 'ReportsTask', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }),
    )
  }
}
