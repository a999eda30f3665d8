import type { Duration } from 'aws-cdk-lib'

/** How one secret is rotated, whatever it holds. Everything here becomes a tag of the secret, which the functions read. */
export interface SecretPolicy {
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
   * How long the replaced credential goes without being used, while it is valid and watched, before it is disabled. Counted from the moment at which every consumer runs the new
   * version, and anew from each use that is seen. Never below the deployment's `drainFloor`, nor shorter than two looks at who uses it (`sampleEvery`).
   * @default 24 hours
   */
  readonly drain?: Duration
  /**
   * How long a credential stays disabled before its slot is free for the next rotation, which waits for that. When somebody is seen trying to use it meanwhile, it is put back at
   * once. Never below the deployment's `quarantineFloor`. It counts in the check that one rotation is over before the next begins.
   * @default 48 hours
   */
  readonly quarantine?: Duration
  /**
   * `observe`: rotated and watched, but nothing is disabled, so the next rotation waits until the mode is `enforce`.
   * @default 'observe' for a secret and user that exist, 'enforce' for new ones
   */
  readonly mode?: 'observe' | 'enforce'
  /**
   * Who reads the secret. Each is brought to every new version, and nothing is disabled before all of them run it:
   *
   * - `ecs:CLUSTER/SERVICE` gets a new deployment
   * - `lambda:NAME`, or `lambda:NAME:ALIAS` where an alias is called, gets a new configuration, and a new version behind the alias
   * - `kubernetes:CLUSTER/NAMESPACE/deployment/NAME` (or `statefulset`, `daemonset`) is restarted; with `@SECRET` behind it, once the Secret of that name was synced. The cluster
   *   is one of the environment's `clusters`
   * - `event:NAME` is told by an event of the default bus, and acknowledges by itself
   * - `manual:NAME` is told by nobody, and acknowledges, or a person does for it
   *
   * Clusters, services and functions are those of the deployment's account and Region.
   * @default none are known, so that nothing is rolled out and nothing of them can be proved
   */
  readonly consumers?: readonly string[]
}

/** How the credentials of a PostgreSQL user are rotated. */
export interface RotationPolicy extends SecretPolicy {
  /**
   * What must be known at least before the replaced credential is disabled. `clock`: it drained for as long as was asked. `sampled`: and every look at who uses it saw nobody, and
   * every consumer was seen on the new version; it needs `consumers`. `logged`: and the server's log of logins has no gap and shows none; it needs `loginLogs` of the database.
   * Where less is known, the credential stays valid, and the alarm `drain-stuck` says what is missing.
   * @default 'clock'
   */
  readonly evidence?: 'clock' | 'sampled' | 'logged'
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

/** How keys are rotated: credentials whose values are chosen by the place that accepts them. */
export interface KeyPolicy extends SecretPolicy {
  /**
   * What must be known at least before the replaced key is taken out of use. `clock`: it drained for as long as was asked. `sampled`: and the place told of no use of it, and every
   * consumer was seen on the new version; it needs `consumers`, and a place that tells of uses. Where a provider does not tell, and no `consumers` are listed, the mode `enforce` needs
   * `clock` in so many words: the replaced key is then deleted whoever still uses it.
   * @default 'clock'
   */
  readonly evidence?: 'clock' | 'sampled'
  /**
   * How late the place may tell of a use. The drain is longer by this much, since what was used at its end would be told after it. For IAM at least 4 hours, which is what it
   * promises: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys-manage-view.html
   * @default 24 hours
   */
  readonly lag?: Duration
}

/** What any of them may say. Whether it may be said of a secret of that kind is asked by `infra/checks`. */
export type AnyPolicy = RotationPolicy & Pick<KeyPolicy, 'lag'>
