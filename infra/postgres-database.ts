import { Token } from 'aws-cdk-lib'
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { DependencyGroup, type IDependable } from 'constructs'
import { loginLogProblems } from './checks/login-logs.ts'
import { refuse } from './checks/problems.ts'
import { serverProblems } from './checks/server.ts'
import type { CredentialPlace } from './credential-place.ts'
import type { OverlapNetwork } from './network.ts'
import type { Overlap } from './overlap.ts'
import type { RotationFunctions } from './rotation-functions.ts'

export interface PostgresDatabaseProps {
  /** Of the user who rotates the others: RDS's managed master (`cluster.secret`), or one with host, port, username and password. */
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
  /**
   * What AWS calls it in a secret.
   * @default 'postgres'
   */
  readonly engine?: 'postgres' | 'aurora-postgresql'
  /**
   * The server's security group, which then lets the functions in.
   * @default none: a rule for the network's security group is yours to add
   */
  readonly securityGroup?: ISecurityGroup
  /**
   * Further endpoints that every credential must work at, as `host:port`. Members of an RDS cluster are found without it. Where only the deployment knows the
   * server's port, these must listen at the same.
   * @default none
   */
  readonly replicas?: readonly string[]
  /**
   * Security groups of those replicas that are not in the server's. They then let the functions in.
   * @default none
   */
  readonly replicaSecurityGroups?: readonly ISecurityGroup[]
  /**
   * Where the server logs its logins, with `log_connections` on: `logs:LOG_GROUP`, a log group of CloudWatch, or `rds:INSTANCE`, the log files of an RDS instance; one for each
   * instance.
   * @default none: a retirement is proved by who was seen, and not by who logged in
   */
  readonly loginLogs?: readonly string[]
  /**
   * What makes the server, when this app does: users are checked and made after it.
   * @default none: the server is there
   */
  readonly server?: IDependable
}

/** A PostgreSQL server that a network's functions may log in at. */
export class PostgresDatabase implements CredentialPlace {
  readonly kind = 'postgres'
  readonly tellsUse = true
  readonly network: OverlapNetwork
  readonly overlap: Overlap
  readonly functions: RotationFunctions
  readonly adminSecret: ISecret
  readonly host: string
  readonly port: number
  readonly dbname: string
  readonly engine: 'postgres' | 'aurora-postgresql'
  readonly loginLogs: readonly string[]
  readonly checked: Readonly<Record<string, string>>
  /** What must be there before anybody can log in. */
  readonly reachable = new DependencyGroup()

  /** Throws `ENDPOINT_INVALID`, `USER_INVALID`, `SETTING_INVALID`. */
  constructor(network: OverlapNetwork, props: PostgresDatabaseProps) {
    const { adminSecret, host, port = 5432, dbname = 'postgres', engine = 'postgres', replicas = [] } = props
    const { loginLogs = [] } = props
    refuse([
      ...serverProblems(`database ${host}`, { host, port, dbname, replicas }),
      ...loginLogProblems(`database ${host}`, loginLogs),
    ])
    this.network = network
    this.overlap = network.overlap
    this.functions = network.functions
    this.adminSecret = adminSecret
    this.host = host
    this.port = port
    this.dbname = dbname
    this.engine = engine
    this.loginLogs = loginLogs
    this.checked = { Server: `${host}:${Token.asString(port)}/${dbname}` }
    for (const log of loginLogs) network.overlap.loginLogs.add(log)
    network.grantAdminSecret(adminSecret.secretArn)
    this.grantKey(adminSecret.encryptionKey)
    if (replicas.length > 0) network.declareEndpoints(`${host}:${port}`, replicas)
    const { securityGroup, replicaSecurityGroups = [] } = props
    for (const listening of portsOf(port, replicas))
      for (const group of [securityGroup, ...replicaSecurityGroups]) network.allowTo(group, listening)
    this.reachable.add(network.ways)
    for (const each of [props.server, securityGroup, ...replicaSecurityGroups])
      if (each) this.reachable.add(each)
  }

  /** Lets the functions use the key of a secret. */
  grantKey(key: IKey | undefined): void {
    if (key) this.network.grantKey(key.keyArn)
  }
}

/** Each once, since the same rule twice fails a deployment: of a port that only the deployment knows, nobody can say whether it is another one. */
function portsOf(port: number, replicas: readonly string[]): ReadonlySet<number> {
  if (Token.isUnresolved(port)) return new Set([port])
  const further = replicas.flatMap((replica) => /:(\d+)$/.exec(replica)?.[1] ?? [])
  return new Set([port, ...further.map(Number)])
}
