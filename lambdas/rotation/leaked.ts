import { createHash } from 'node:crypto'
import type { SecretDescription } from './secret-store.ts'

/** Versions whose credential got into wrong hands, newest last: nothing makes one of them valid again. */
export const LEAKED_TAG = 'overlap:leaked'

/** Three ids are well below the 256 characters of a tag. Older ones are known to the target. */
const KEPT = 3

/** Those of the versions that have a label and leaked, newest last. */
export function leakedVersions(
  tags: SecretDescription['tags'],
  versions: SecretDescription['versions'],
): readonly string[] {
  const ids = new Map([...versions.keys()].map((id) => [versionInTag(id), id]))
  return idsIn(tags.get(LEAKED_TAG)).flatMap((written) => ids.get(written) ?? [])
}

/** Of any version, whether it has a label or not. */
export function isLeaked({ tags }: Pick<SecretDescription, 'tags'>, versionId: string): boolean {
  return idsIn(tags.get(LEAKED_TAG)).includes(versionInTag(versionId))
}

/** The value for the tag once this version leaked, too. */
export function withLeaked(tagValue: string | undefined, versionId: string): string {
  const written = versionInTag(versionId)
  return [...idsIn(tagValue).filter((id) => id !== written), written].slice(-KEPT).join(' ')
}

/**
 * The ClientRequestToken of the rotation that replaces a version which leaked: whoever asks for it, be it a person or the sweep, at the same time or again,
 * asks for the same rotation. In the form of a UUID, 36 characters.
 */
export function leakedToken(secretId: string, versionId: string): string {
  const digest = createHash('sha256').update(`${secretId} leaked ${versionId}`).digest('hex')
  return [8, 12, 16, 20, 32].map((end, at, ends) => digest.slice(ends[at - 1] ?? 0, end)).join('-')
}

function idsIn(tagValue: string | undefined): readonly string[] {
  return (tagValue ?? '').split(' ').filter((id) => id !== '')
}

const plain = /^[A-Za-z0-9-]{1,36}$/

/** Of a digest in base64url: 132 bits. */
const DIGEST_LENGTH = 22

/**
 * A version id as the tags of its secret hold it. One may be any 64 characters: what is not as short and plain as a UUID is written as a digest, which begins with a
 * character that no plain id has, so the two never meet. It is shorter than what a key's name holds (adapters/keys/written-version.ts), since one tag holds several ids; and
 * nobody has to read the id from it again, as from the tag of an IAM user: the versions are at hand.
 */
export function versionInTag(versionId: string): string {
  if (plain.test(versionId)) return versionId
  return `@${createHash('sha256').update(versionId).digest('base64url').slice(0, DIGEST_LENGTH)}`
}
