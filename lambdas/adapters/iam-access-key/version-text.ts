/**
 * A version id may be any 64 characters, and the value of a tag takes few (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules). One that it does not take as it is, is written in
 * base64url behind a `=`, with which no other begins. It can be read again, since whoever asks what that version holds
 * needs the id itself, which a digest (keys/written-version.ts) does not tell.
 */
export function versionText(versionId: string): string {
  if (/^[\p{L}\p{N}_.:/+@-]+$/u.test(versionId)) return versionId
  return `=${Buffer.from(versionId).toString('base64url')}`
}

export function versionIn(text: string): string {
  return text.startsWith('=') ? Buffer.from(text.slice(1), 'base64url').toString() : text
}
