import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { AccessKey } from './access-key.ts'

/** What stands for an owner that is not known. A synth refuses it: a tag cannot hold it. */
export const OWNER_PLACEHOLDER = '?'

/**
 * An element of `secrets` of a database in `overlap.config.ts` for a secret that exists. Names and tags are what others wrote: none can end the text that it
 * stands in, and nothing that a reader does not see gets into the file.
 */
export function configEntry(secret: ListedSecret, owner: string | undefined): string {
  const { name, arn, keyId } = secret
  const fields = {
    name,
    arn,
    ...(isKeyArn(keyId) ? { keyArn: keyId } : {}),
    owner: owner !== undefined && isForTag(owner) ? owner : OWNER_PLACEHOLDER,
  }
  return written(fields)
}

/** The same of `secrets` of a group of `accessKeys`, for an access key that no secret holds yet: which one shall, is left open. */
export function accessKeyConfigEntry({ userArn }: AccessKey, owner: string | undefined): string {
  return written({
    name: OPEN,
    arn: OPEN,
    userArn,
    owner: owner !== undefined && isForTag(owner) ? owner : OWNER_PLACEHOLDER,
  })
}

/** A synth refuses it. */
const OPEN = '?'

function written(fields: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(fields)
    .map(([field, value]) => `${field}: ${quoted(value)}`)
    .join(', ')} },`
}

/** Can the configuration name this owner? It becomes a tag (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
export function isForTag(owner: string): boolean {
  return /^[\p{L}\p{N}\p{Zs}+\-=._:/@]{1,256}$/u.test(owner) && owner.length <= 256
}

const keyArn =
  /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The form that the configuration asks for; not that of an alias. */
export function isKeyArn(keyId: string | undefined): keyId is string {
  return keyId !== undefined && keyArn.test(keyId)
}

/** A string of TypeScript: letters, digits and plain ASCII as they are, anything else escaped. */
function quoted(text: string): string {
  const written = Array.from(text, (character) =>
    /^[\p{L}\p{N}]$/u.test(character) ||
    (/^[ -~]$/.test(character) && character !== "'" && character !== '\\')
      ? character
      : escaped(character),
  )
  return `'${written.join('')}'`
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
}
