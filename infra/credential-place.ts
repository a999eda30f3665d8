import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IDependable } from 'constructs'
import type { Kind } from './kinds.ts'
import type { Overlap } from './overlap.ts'
import type { RotationFunctions } from './rotation-functions.ts'

/** What accepts the credentials of secrets, such as a server, and has functions that rotate and retire them there. */
export interface CredentialPlace {
  readonly kind: Kind
  readonly overlap: Overlap
  readonly functions: RotationFunctions
  /** What must be there before anybody can use a credential. */
  readonly reachable: IDependable
  /** Where uses of credentials are logged. */
  readonly loginLogs: readonly string[]
  /** It tells when a credential was used. */
  readonly tellsUse: boolean
  /** What tells it from another place, as properties of a check: a secret is checked again when they change. */
  readonly checked: Readonly<Record<string, string>>
  /** Lets the functions use the key of a secret. */
  grantKey(key: IKey | undefined): void
}
