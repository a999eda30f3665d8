import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { OverlapNetwork } from './network.ts'

export interface PostgresDatabaseProps {
  /** Of the user who rotates the others: RDS's managed master, or one with host, port, username and password. */
  readonly adminSecret: ISecret
  /** The server's writer: `cluster.clusterEndpoint.hostname`, or a name. */
  readonly host: string
  /** @default 5432 */
  readonly port?: number
  /**
   * Database of new users.
   * @default 'postgres'
   */
  readonly dbname?: string
  /** @default 'postgres' */
  readonly engine?: 'postgres' | 'aurora-postgresql'
  /**
   * The server's security group, which then lets the functions in.
   * @default none: a rule for the network's security group is yours to add
   */
  readonly securityGroup?: ISecurityGroup
  /**
   * Further endpoints that every credential must work at, as `host:port`.
   * @default none: members of an RDS cluster are found without it
   */
  readonly replicas?: readonly string[]
}

/** A PostgreSQL server that a network's functions may log in at. */
export class PostgresDatabase {
  readonly network: OverlapNetwork
  readonly adminSecret: ISecret
  readonly host: string
  readonly port: number
  readonly dbname: string
  readonly engine: 'postgres' | 'aurora-postgresql'

  constructor(network: OverlapNetwork, props: PostgresDatabaseProps) {
    this.network = network
    this.adminSecret = props.adminSecret
    this.host = props.host
    this.port = props.port ?? 5432
    this.dbname = props.dbname ?? 'postgres'
    this.engine = props.engine ?? 'postgres'
    network.grantAdminSecret(props.adminSecret.secretArn)
    this.grantKey(props.adminSecret.encryptionKey)
    if (props.replicas && props.replicas.length > 0)
      network.declareEndpoints(`${this.host}:${this.port}`, props.replicas)
    network.allowTo(props.securityGroup, this.port)
  }

  /** The functions may use this key of a secret. */
  grantKey(key: IKey | undefined): void {
    if (key) this.network.grantKey(key.keyArn)
  }
}
