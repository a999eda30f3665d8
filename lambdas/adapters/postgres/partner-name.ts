import { createHash } from 'node:crypto'
import { MAX_IDENTIFIER_BYTES } from './credential.ts'

/** `app_b` for `app`; a name that would be too long is cut at a character and made unique again by a hash. */
export function defaultPartnerName(owner: string): string {
  const name = `${owner}_b`
  if (Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES) return name
  const suffix = `_${createHash('sha256').update(owner).digest('hex').slice(0, 8)}_b`
  let kept = ''
  for (const character of owner) {
    if (Buffer.byteLength(kept + character + suffix) > MAX_IDENTIFIER_BYTES) break
    kept += character
  }
  return kept + suffix
}
