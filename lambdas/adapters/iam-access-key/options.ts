import type { KeyOptions } from '../keys/options.ts'
import type { IamAccessKey } from './credential.ts'
import type { IamCaller, IamMint, IamRecords, IamRevocations, IamSights } from './iam.ts'

/** What a rotation or a retirement of one secret, in one invocation, needs. */
export interface IamAccessKeyOptions
  extends Pick<KeyOptions<IamAccessKey>, 'held' | 'now' | 'sleep' | 'remaining' | 'patience'> {
  readonly secretArn: string
  /** Of the secret. Read: overlap:iam-user. */
  readonly tags: ReadonlyMap<string, string>
}

/** All that both functions can ask of IAM. */
export interface SharedCalls {
  /** host:port of IAM. */
  readonly endpoint: string
  readonly sights: IamSights
  readonly caller: IamCaller
  readonly records: IamRecords
}

/** All that a rotation function can ask of IAM. */
export interface MintingCalls extends SharedCalls {
  readonly mint: IamMint
}

/** All that a retire function can ask of IAM. */
export interface RevokingCalls extends SharedCalls {
  readonly revocations: IamRevocations
}
