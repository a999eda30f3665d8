import { Token } from 'aws-cdk-lib'
import type { IUser } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { AccessKeys } from './access-keys.ts'
import { refuse } from './checks/problems.ts'
import type { CredentialPlace } from './credential-place.ts'
import type { KeyProvider } from './key-provider.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import type { KeyPolicy, RotationPolicy } from './rotation-policy.ts'

/** A secret and a user that exist today. */
export interface ExistingSecretProps extends RotationPolicy {
  readonly database: PostgresDatabase
  /** Known by its complete ARN, and with its key if that is yours: `Secret.fromSecretAttributes(...)`. */
  readonly secret: ISecret
}

/** A secret and a user to be made. */
export interface NewSecretProps extends RotationPolicy {
  readonly database: PostgresDatabase
  readonly secretName: string
  /** The user's name: lower-case letters, digits and `_`. */
  readonly newUser: string
  /** @default the AWS managed key `aws/secretsmanager` */
  readonly encryptionKey?: IKey
}

/** A secret that holds an access key of an IAM user. */
export interface AccessKeySecretProps extends KeyPolicy {
  readonly accessKeys: AccessKeys
  /**
   * Known by its whole ARN, `User.fromUserArn(...)`, since `User.fromUserName` takes every path for `/`; or made in the stack of the `Overlap`, or one that it depends on, since the functions'
   * roles name it. No other secret may hold a key of it, and it may have no other key: IAM allows two.
   */
  readonly user: IUser
  /** Known by its complete ARN, and with its key if that is yours: `Secret.fromSecretAttributes(...)`. */
  readonly secret: ISecret
}

/** A secret that holds a key of a provider. */
export interface ProviderKeySecretProps extends KeyPolicy {
  readonly provider: KeyProvider
  /** Known by its complete ARN, and with its key if that is yours: `Secret.fromSecretAttributes(...)`. */
  readonly secret: ISecret
}

export type RotatedSecretProps =
  | ExistingSecretProps
  | NewSecretProps
  | AccessKeySecretProps
  | ProviderKeySecretProps

/** Where its credential is accepted. */
export function placeOf(props: RotatedSecretProps): CredentialPlace {
  if ('accessKeys' in props) return props.accessKeys
  return 'provider' in props ? props.provider : props.database
}

/** The secret's own; where only the deployment knows it, the place of its construct. Throws `ARN_INVALID`. */
export function nameOf(props: RotatedSecretProps): string {
  if ('newUser' in props) return props.secretName
  const { secretArn, secretFullArn } = props.secret
  if (secretFullArn === undefined)
    refuse([
      {
        code: 'ARN_INVALID',
        subject: `secret ${secretArn}`,
        field: 'secret',
        message:
          'must be known by its complete ARN, six characters at the end included: permissions name it exactly',
      },
    ])
  if (Token.isUnresolved(secretArn)) return props.secret.node.path
  return secretArn
    .split(':')
    .slice(6)
    .join(':')
    .replace(/-[A-Za-z0-9]{6}$/, '')
}
