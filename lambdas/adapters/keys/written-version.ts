/**
 * A version id may be any 64 characters (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html). What a place might not take is written down as a digest. One
 * has fewer characters than any version id, and begins with one that a plain id does not have, so the two never meet; not with the `@` of a secret's tags (rotation/leaked.ts), which a place might not take. A plain id
 * stays as it is, however long: of a version without a label the value is asked for by its id.
 */
import { createHash } from 'node:crypto'

/** Of a digest in base64url: 132 bits. */
const DIGEST_LENGTH = 22

export function writtenVersion(versionId: string): string {
  if (/^[A-Za-z0-9-]{1,64}$/.test(versionId)) return versionId
  return `_${createHash('sha256').update(versionId).digest('base64url').slice(0, DIGEST_LENGTH)}`
}

/** Is this no id, but what was written in the place of one? */
export function isDigest(written: string): boolean {
  return written.length === DIGEST_LENGTH + 1 && written.startsWith('_')
}

/** The version that is meant, by its own id where it is one of `versionIds`. */
export function versionWritten(written: string, versionIds: Iterable<string>): string {
  if (!isDigest(written)) return written
  for (const versionId of versionIds) if (writtenVersion(versionId) === written) return versionId
  return written
}
