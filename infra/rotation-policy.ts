import type { Duration } from 'aws-cdk-lib'

/** How one secret is rotated. Everything here becomes a tag of the secret, which the functions read. */
export interface RotationPolicy {
  /** Who is told about this secret: a team, a person, an address. Letters, digits, spaces and `+ - = . _ : / @`, 256 at most. */
  readonly owner: string
  /**
   * Name of a schedule of the deployment, or `none`: then only a person, or Secrets Manager at the maximum age, rotates it.
   * @default 'weekly'
   */
  readonly schedule?: string
  /**
   * In whole days, 1 to 1000. An older credential is reported as overdue, and Secrets Manager itself rotates it: the last backstop. It is also stale, when this is shorter
   * than the deployment's `staleCritical`; a longer one changes nothing about that.
   * @default 90 days
   */
  readonly maximumAge?: Duration
  /**
   * How long the replaced credential stays valid while it is watched for use. Never below the deployment's floor.
   * @default 24 hours
   */
  readonly drain?: Duration
  /**
   * How long a credential shall stay disabled, and can be put back, before its slot is used again. For PostgreSQL nothing waits for it: the next rotation may take the
   * slot as soon as it is retired. It counts in the check that one rotation is over before the next begins.
   * @default 48 hours
   */
  readonly quarantine?: Duration
  /**
   * `observe`: rotated and watched, but nothing is disabled, so the next rotation waits until the mode is `enforce`.
   * @default 'observe' for a secret and user that exist, 'enforce' for new ones
   */
  readonly mode?: 'observe' | 'enforce'
  /**
   * Who reads the secret, such as `ecs:shop/api`, `lambda:orders`, `kubernetes:shop/deployment/api` or `manual:etl`.
   * @default none are known, so that nothing of them can be proved
   */
  readonly consumers?: readonly string[]
  /**
   * `single-user` is a swap by nature: logins fail until a consumer has read the new version. It needs `acceptFailedLogins`.
   * @default 'alternating-users'
   */
  readonly strategy?: 'alternating-users' | 'single-user'
  /** @default false */
  readonly acceptFailedLogins?: boolean
  /**
   * A user that logs in with md5 today may move to SCRAM-SHA-256.
   * @default false
   */
  readonly allowScram?: boolean
  /**
   * A query that the new user must be able to run, such as `SELECT id FROM shop.orders LIMIT 1`.
   * @default none
   */
  readonly probe?: string
  /**
   * Name of the second user.
   * @default the user's name and `_b`
   */
  readonly partner?: string
  /**
   * An existing role to take over as the second user: NOLOGIN, owning nothing.
   * @default none: the second user is created
   */
  readonly adoptPartner?: string
}
