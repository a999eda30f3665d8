/**
 * The file that a user edits, `overlap.config.ts`: environments, their networks and databases, and the secrets in them. What it says of keys: `keys-config.ts`.
 */
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { HandlerName } from './function-settings.ts'
import type { AccessKeysConfig, ProviderConfig } from './keys-config.ts'
import type { OverlapSettings } from './overlap-settings.ts'
import type { RotationPolicy } from './rotation-policy.ts'

/** What the file exports by default. */
export interface OverlapConfig {
  readonly environments: readonly EnvironmentConfig[]
}

/** One deployment: the stack `Overlap-<name>`, and a stack `Overlap-<name>-<database>` for each database, and likewise for each group of access keys and each provider. */
export interface EnvironmentConfig extends Omit<OverlapSettings, 'schedules'> {
  /** Letters, digits and `-`. */
  readonly name: string
  /** Twelve digits. */
  readonly account: string
  readonly region: string
  /**
   * What functions, alarms and schedules are called after. It must differ for two environments in one account and Region.
   * @default 'overlap'
   */
  readonly deploymentName?: string
  /**
   * IANA time zone of the schedules that name none.
   * @default 'UTC'
   */
  readonly timezone?: string
  /**
   * When secrets are rotated; a secret names one of these.
   * @default { weekly: { cron: '0 3 ? * SUN *' } }, Sunday 03:00
   */
  readonly schedules?: Readonly<Record<string, ScheduleConfig>>
  /**
   * Where databases are reached from. `no-vpc` is for databases that the internet reaches.
   * @default none, where there are keys alone
   */
  readonly networks?: Readonly<Record<string, NetworkConfig | 'no-vpc'>>
  /** @default none */
  readonly databases?: Readonly<Record<string, PostgresConfig>>
  /**
   * Access keys of IAM users, in groups.
   * @default none
   */
  readonly accessKeys?: Readonly<Record<string, AccessKeysConfig>>
  /**
   * Keys of HTTP APIs, by provider.
   * @default none
   */
  readonly providers?: Readonly<Record<string, ProviderConfig>>
  /**
   * Kubernetes clusters whose workloads read secrets, by their names in Amazon EKS. Each gets a function of its own in the network from which its API server is reached.
   * @default none
   */
  readonly clusters?: Readonly<Record<string, ClusterConfig>>
  /**
   * Consumers of secrets that no database lists, those whose tags something else writes, such as Terraform: the rollout functions get the rights for them. A
   * listed secret names its own consumers.
   * @default none
   */
  readonly otherConsumers?: readonly string[]
  /**
   * Who else may acknowledge for consumers of the forms `event:` and `manual:`, through the function `<deploymentName>-acknowledge`: account ids, and ARNs of roles or users.
   * They can say that a consumer runs a version, and nothing else.
   * @default none: whoever of this account may invoke it
   */
  readonly acknowledgers?: readonly string[]
  /**
   * Who is woken up: a consumer is failing, or soon will be.
   * @default a topic that nobody has subscribed to yet
   */
  readonly page?: TopicConfig
  /**
   * Who gets what needs work while nobody is hurt.
   * @default a topic that nobody has subscribed to yet
   */
  readonly ticket?: TopicConfig
  /**
   * Owners that have metrics and alarms of their own about how old their credentials are, named exactly as their secrets' `owner`. `{}` is enough, and is told at
   * `ticket`; with `emails` it gets a topic of its own. A `topicArn` needs no policy for CloudWatch here: a function of the deployment publishes to it. Each owner
   * costs about $1.70 a month. Secrets of other owners count with all the others.
   * @default none
   */
  readonly owners?: Readonly<Record<string, TopicConfig>>
  /**
   * ARN of the managed policy that bounds every role.
   * @default none
   */
  readonly permissionsBoundaryArn?: string
  /**
   * Path of every role and managed policy, such as `/overlap/`.
   * @default '/'
   */
  readonly rolePath?: string
  /**
   * Qualifier of the account's CDK bootstrap.
   * @default CDK's own
   */
  readonly qualifier?: string
  /**
   * Concurrent invocations that a function keeps to itself, and is limited to.
   * @default none: the account's shared pool
   */
  readonly reservedConcurrency?: Readonly<Partial<Record<HandlerName, number>>>
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays
  /**
   * AWS X-Ray traces of every function.
   * @default false
   */
  readonly tracing?: boolean
}

export interface ScheduleConfig {
  /**
   * EventBridge Scheduler's cron without the word: minutes, hours, day of month, month, day of week, year. One of the two days is `?`.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  readonly cron: string
  /**
   * IANA time zone, such as `Europe/Berlin`.
   * @default the environment's
   */
  readonly timezone?: string
}

/** A VPC in which the rotation functions run. */
export interface NetworkConfig {
  readonly vpcId: string
  /** Private subnets that reach the databases, better two in different zones. */
  readonly subnetIds: readonly string[]
  /**
   * How the functions reach AWS. `existing`: through a NAT gateway or interface endpoints that are there. `endpoints`: two interface endpoints are made for
   * them alone (Secrets Manager, RDS; a third for EKS where a cluster is declared), without private DNS, so that nothing changes for others in the VPC.
   */
  readonly egress: 'existing' | 'endpoints'
  /**
   * A further endpoint, for CloudWatch, where `egress` is `endpoints`: CloudWatch tells whether an Aurora that pauses by itself is paused. Without the endpoint nobody knows who uses
   * that server's credentials, and no proof is better than the clock. About $7.30 a month in each subnet.
   * @default false
   */
  readonly cloudWatchEndpoint?: boolean
}

/** A Kubernetes cluster, in this account and Region. */
export interface ClusterConfig {
  /** One of the environment's networks, from which the cluster's API server is reached. */
  readonly network: string
  /**
   * The cluster's security group, which then lets the function in.
   * @default none: a rule for the function's security group is yours to add, unless the API server is public
   */
  readonly securityGroupId?: string
}

export interface TopicConfig {
  /**
   * Addresses that a new topic sends to. Each gets a mail and must confirm.
   * @default none
   */
  readonly emails?: readonly string[]
  /**
   * A topic that exists, in this account and Region. Its policy must let `cloudwatch.amazonaws.com` publish.
   * @default a new topic
   */
  readonly topicArn?: string
  /**
   * ARN of the key that encrypts that topic. Its policy must let `cloudwatch.amazonaws.com` use it.
   * @default not encrypted by a key of yours
   */
  readonly keyArn?: string
}

/** A PostgreSQL server, with the secrets of the users on it. */
export interface PostgresConfig {
  readonly kind: 'postgres'
  /** One of the environment's networks. */
  readonly network: string
  /** ARN of the secret of the user who rotates the others: RDS's managed master, or one with host, port, username and password. */
  readonly adminSecretArn: string
  /**
   * ARN of the key that encrypts the admin secret.
   * @default the AWS managed key `aws/secretsmanager`
   */
  readonly adminSecretKeyArn?: string
  /** Where the server's writer is: the instance's or cluster's endpoint. */
  readonly host: string
  /** @default 5432 */
  readonly port?: number
  /**
   * Database of a new user.
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
  readonly securityGroupId?: string
  /**
   * Further endpoints that every credential must work at, as `host:port`. Members of an RDS cluster are found without it.
   * @default none
   */
  readonly replicas?: readonly string[]
  /**
   * Security groups of those replicas that are not in the server's. They then let the functions in.
   * @default none
   */
  readonly replicaSecurityGroupIds?: readonly string[]
  /**
   * ARNs of keys that encrypt secrets of this server which `secrets` does not list: those whose tags something else writes, such as Terraform, and those that were
   * taken out of the file and are still in rotation. A listed secret names its own key (`keyArn`).
   * @default none
   */
  readonly secretKeyArns?: readonly string[]
  /**
   * Where the server logs its logins, with `log_connections` on: `logs:LOG_GROUP`, a log group of CloudWatch, or `rds:INSTANCE`, the log files of an RDS instance; one for each
   * instance. With it a retirement is proved by who logged in, and not only by who was seen.
   * @default none
   */
  readonly loginLogs?: readonly string[]
  /** Empty where something else, such as Terraform, writes tags and turns rotation on: the functions reach the server all the same. */
  readonly secrets: readonly (ExistingSecretConfig | NewSecretConfig)[]
}

/** A secret, and its user, that exist today. */
export interface ExistingSecretConfig extends RotationPolicy {
  readonly name: string
  /** The complete ARN, with its six characters at the end. */
  readonly arn: string
  /**
   * ARN of the key that encrypts it.
   * @default the AWS managed key `aws/secretsmanager`
   */
  readonly keyArn?: string
}

/** A secret and a user that the deployment makes. */
export interface NewSecretConfig extends RotationPolicy {
  readonly name: string
  /** The user's name: lower-case letters, digits and `_`. */
  readonly newUser: string
  /**
   * ARN of the key that shall encrypt it.
   * @default the AWS managed key `aws/secretsmanager`
   */
  readonly keyArn?: string
}

export function isNewSecret(secret: ExistingSecretConfig | NewSecretConfig): secret is NewSecretConfig {
  return 'newUser' in secret && secret.newUser !== undefined
}
