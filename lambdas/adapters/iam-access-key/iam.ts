import type { Whoami } from '../keys/place.ts'
import type { ListedKey, Tags } from './attribution.ts'

// What is asked of IAM and STS, by user name and by id of a key. Every call rejects with OverlapError.

export interface IamSights {
  keys(userName: string): Promise<readonly ListedKey[]>
  tags(userName: string): Promise<Tags>
  /** `at` in ms since the epoch; undefined: it never was. */
  lastUsed(
    keyId: string,
  ): Promise<{ readonly at: number; readonly by: string; readonly from: string } | undefined>
}

/** One attempt with the key itself. */
export type IamCaller = (key: {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}) => Promise<Whoami>

export interface IamRecords {
  tag(userName: string, tag: string, text: string): Promise<'tagged' | 'no room'>
  activate(userName: string, keyId: string): Promise<void>
}

export interface IamMint {
  /** Minted once at most, and not again when the answer is lost. */
  create(userName: string): Promise<{ readonly id: string; readonly secret: string } | 'no room'>
}

export interface IamRevocations {
  deactivate(userName: string, keyId: string): Promise<void>
  /** Gone already is success. */
  remove(userName: string, keyId: string): Promise<void>
  /** Gone already is success. */
  untag(userName: string, tags: readonly string[]): Promise<void>
}
