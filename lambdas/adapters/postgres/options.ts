import type { RdsTopology } from './rds-topology.ts'
import type { Pauses } from './serverless-pauses.ts'

/** What a PostgreSQL rotation or retirement of one secret, in one invocation, needs. */
export interface PostgresOptions {
  /** The secret's ARN; it goes on the stamp. */
  readonly secretId: string
  /** Read: overlap:strategy, overlap:accept-failed-logins, overlap:allow-scram, overlap:probe, overlap:partner, overlap:adopt-partner, overlap:new-user. */
  readonly tags: ReadonlyMap<string, string>
  /** Was the secret ever rotated? Then its user is not new, whatever a tag says. */
  readonly rotated: boolean
  /** When the function is killed, in milliseconds since the epoch. Every wait ends early enough to say why. */
  readonly deadline: number
  readonly now: () => number
  readonly randomBytes: (size: number) => Buffer
  /** Admin secrets, which the caller may keep for a while: `forget` and `read` is fresh. */
  readonly admins: {
    read(arn: string): Promise<{ value: string; owningService?: string; tags: ReadonlyMap<string, string> }>
    forget(arn: string): void
  }
  /** `host:port` of an admin's server to its further endpoints, as `host:port`. Each of them must answer. */
  readonly endpoints: ReadonlyMap<string, readonly string[]>
  /** Asked only about hosts of RDS, and for a managed master secret, which has no host. */
  readonly rds: () => Promise<RdsTopology>
  /** Asked only about instances that may be paused, before a look that would wake them. */
  readonly pauses: () => Promise<Pauses>
  /** The database where every advisory lock of this deployment is taken. */
  readonly lockDatabase: string
  /** PEM of the authorities that may have signed a server's certificate. */
  readonly certificates: () => Promise<string | readonly string[]>
  /** For the log: an endpoint left untested, the window of a single-user rotation in milliseconds. */
  readonly note: (message: string, facts: Record<string, string | number | boolean>) => void
}
