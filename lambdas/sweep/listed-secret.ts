import type { SecretDescription } from '../rotation/secret-store.ts'

/** A secret of the account and Region as ListSecrets tells of it, whoever rotates it. A listing may be minutes late. */
export interface ListedSecret extends SecretDescription {
  readonly description: string | undefined
  /** A date without a time. */
  readonly lastAccessed: Date | undefined
  /** When Secrets Manager itself rotates it next. */
  readonly nextRotation: Date | undefined
  /** ARN, id or alias of the key that encrypts it; undefined: the AWS managed key `aws/secretsmanager`. */
  readonly keyId: string | undefined
}
