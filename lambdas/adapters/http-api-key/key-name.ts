import { createHash } from 'node:crypto'
import { writtenVersion } from '../keys/written-version.ts'

/** What a key's name says of it: whose it is, for which version it was minted, and when. */
export interface KeyName {
  /** Of the secret: the first 12 hexadecimal digits of its ARN's SHA-256. */
  readonly mark: string
  readonly versionId: string
  /** In ms since the epoch, to the second. */
  readonly at: number
}

/** Which secret speaks in a key's name: an ARN would take all of the room. */
export function nameMark(secretArn: string): string {
  return createHash('sha256').update(secretArn).digest('hex').slice(0, 12)
}

/**
 * `overlap-<mark>-<version>-<when>`, up to 100 letters, digits, `-` and `_`. A provider keeps no other record of a key, and keeps this one from the very call that mints it.
 * The moment is there for providers that do not tell of a key's age.
 */
export function keyName({ mark, versionId, at }: KeyName): string {
  return `overlap-${mark}-${writtenVersion(versionId)}-${Math.floor(at / 1000).toString(36)}`
}

/** Undefined: a name that somebody else gave. */
export function readKeyName(name: string): KeyName | undefined {
  const parts = /^overlap-([0-9a-f]{12})-([A-Za-z0-9-]{1,64}|_[\w-]{22})-([0-9a-z]{6,8})$/.exec(name)
  const [, mark, versionId, seconds] = parts ?? []
  if (mark === undefined || versionId === undefined || seconds === undefined) return undefined
  return { mark, versionId, at: Number.parseInt(seconds, 36) * 1000 }
}
