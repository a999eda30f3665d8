/** The staging labels that Overlap moves or reads. `DRAINING` is its own; the others are Secrets Manager's. */
export type Label = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS' | 'DRAINING'

/** What DescribeSecret says, cut to what a rotation decides on. */
export interface SecretDescription {
  readonly arn: string
  readonly name: string
  readonly rotationEnabled: boolean
  /** ARN of the rotation function, when one is configured. */
  readonly rotationFunction: string | undefined
  /** Set when another AWS service owns the secret, e.g. `rds`. */
  readonly owningService: string | undefined
  readonly deleted: boolean
  /** When anything about the secret was last changed, be it a value, a label or a tag. */
  readonly lastChanged: Date | undefined
  /** When a rotation last succeeded; undefined when none ever did, and while rotation is turned off. */
  readonly lastRotated: Date | undefined
  /** When the secret itself was created. */
  readonly created: Date | undefined
  readonly tags: ReadonlyMap<string, string>
  /** Where it is copied to. Only DescribeSecret says so: a listing has none. */
  readonly replicas: readonly Replica[]
  /** Where it was copied from, or to others from; undefined where there are no replicas. */
  readonly primaryRegion: string | undefined
  /** Version id to its staging labels. Versions without a label are not listed by DescribeSecret. */
  readonly versions: ReadonlyMap<string, readonly string[]>
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicationStatusType.html */
export interface Replica {
  readonly region: string
  /** `InSync` when it has what the primary has; `InProgress`, `Failed`, or what the service may say tomorrow. */
  readonly status: string
}

export interface NewVersion {
  /** The rotation's ClientRequestToken, which becomes the version id. */
  readonly versionId: string
  readonly secretString: string
  readonly labels: readonly Label[]
  /** Passed on from the event; Secrets Manager asks for it when the caller is an assumed role or another account. */
  readonly rotationToken: string | undefined
}

/** Secrets Manager as a rotation sees it. Every method throws OverlapError; a missing version is `undefined`, nothing else is. */
export interface SecretStore {
  describe(secretId: string): Promise<SecretDescription>
  /** By version id, never by label alone: a label read right after it was put can fail (aws-sdk-js-v3#7701). */
  read(secretId: string, versionId: string): Promise<string | undefined>
  /** When each version, labelled or not, was created. One call per 100 versions: asked for only when a decision turns on it. */
  createdDates(secretId: string): Promise<ReadonlyMap<string, Date>>
  /** Same token and same value is a no-op; same token and another value throws. */
  write(secretId: string, version: NewVersion): Promise<void>
  /** Compare and swap: throws `LABELS_MOVED` when `from` does not hold the label (or, without `from`, when any version does). */
  moveLabel(secretId: string, label: Label, move: { from?: string; to?: string }): Promise<void>
}

/** The version that has a label, or undefined. Secrets Manager keeps a label on at most one version. */
export function versionWith(description: SecretDescription, label: Label): string | undefined {
  for (const [versionId, labels] of description.versions) if (labels.includes(label)) return versionId
  return undefined
}
