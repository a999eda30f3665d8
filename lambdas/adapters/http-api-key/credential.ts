import { OverlapError } from '../../rotation/errors.ts'
import { withoutMark } from '../keys/byte-order-mark.ts'
import type { KeyCodec } from '../keys/codec.ts'
import { fieldThatRepeats } from '../keys/copied-key.ts'
import { isObject } from './fields.ts'
import { filled } from './template.ts'

/** The value of a secret that holds a key of a provider: a JSON object with `keyId` and `key`; every other field is kept as it is. */
export interface HttpApiKey {
  readonly keyId: string
  readonly key: string
  /** Where it is valid: the provider's name in the deployment, and its `host:port`. */
  readonly place: string
  /** The whole value, in which the two are replaced. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface CodecOptions {
  /** The provider's name in the deployment. */
  readonly provider: string
  /** Of the provider, as `host:port`. */
  readonly endpoint: string
  /** `key.begins` of the definition. */
  readonly begins?: string | undefined
}

/** `parse` throws `SECRET_INVALID`, also where a key that shows its own id shows another one than `keyId`: its id would end another key. */
export function httpApiKeyCodec({ provider, endpoint, begins }: CodecOptions): KeyCodec<HttpApiKey> {
  return {
    parse(secretString) {
      const fields = parsed(secretString)
      const credential = {
        keyId: textIn(
          fields,
          'keyId',
          isKeyId,
          `the id of the key: up to 200 characters without spaces and / \\ % ? #. ${whereTheIdIs(begins)}`,
        ),
        key: textIn(fields, 'key', isKey, 'the key itself: up to 4,096 characters of ASCII without spaces'),
        place: `${provider} ${endpoint}`,
        fields,
      }
      if (isTold(credential))
        throw invalid(
          'keyId',
          'what the provider calls the key, and not the key itself: ids are shown, and kept',
        )
      if (!goTogether(credential, begins))
        throw invalid(
          'keyId',
          `the id of the key in field key, which shows another one. ${whereTheIdIs(begins)}`,
        )
      return credential
    },
    serialize: ({ keyId, key, fields }) => JSON.stringify({ ...fields, keyId, key }),
    target: ({ place }) => place,
    carried: ({ fields: { keyId, key, ...others } }) => JSON.stringify(others),
    keyId: ({ keyId }) => keyId,
    rollsInPlace: true,
    secret: ({ key }) => key,
  }
}

/**
 * Throws `SECRET_INVALID` naming a further field that repeats the key, such as a variable or an address that holds it: a rotation writes it back as it was, so whoever reads it there
 * would fail as soon as the old key is deleted.
 */
export function refuseCopiedKey({ key, fields }: HttpApiKey): void {
  const others = Object.entries(fields).filter(([field]) => field !== 'keyId' && field !== 'key')
  const field = fieldThatRepeats(others, [key])
  if (field !== undefined)
    throw invalid(
      field,
      'left out: it repeats the key, and a rotation changes the fields keyId and key alone, so whoever reads it there would go on using the old key until that is deleted. ' +
        'Let consumers read the field key, or put together what they need from it, then remove this one',
    )
}

/** Does a key that shows its own id show this one? `begins`: how it begins then; undefined: keys show nothing. */
export function goTogether(
  { keyId, key }: Pick<HttpApiKey, 'keyId' | 'key'>,
  begins: string | undefined,
): boolean {
  return begins === undefined || key.startsWith(filled(begins, new Map([['keyId', keyId]])))
}

/** Would whoever shows the id show the key? */
export function isTold({ keyId, key }: Pick<HttpApiKey, 'keyId' | 'key'>): boolean {
  return keyId.includes(key)
}

/** What an address can hold as one part of its path, whoever decodes it on the way, and however often. */
export function isKeyId(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text) && !/[/\\%?#]|\.\.|^\.$/.test(text)
}

/** What a header can hold. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text)
}

function parsed(secretString: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(withoutMark(secretString))
  } catch {
    // The parser's own message would quote the value.
  }
  if (isObject(value)) return value
  throw new OverlapError('SECRET_INVALID', 'the value must be a JSON object with the fields keyId and key')
}

function textIn(
  fields: Readonly<Record<string, unknown>>,
  field: string,
  accepts: (text: string) => boolean,
  expected: string,
): string {
  const value = fields[field]
  if (typeof value === 'string' && accepts(value)) return value
  if (value === undefined || value === null)
    throw new OverlapError('SECRET_INVALID', `field ${field} is missing: it must be ${expected}`, {
      detail: { field },
    })
  throw invalid(field, expected)
}

function whereTheIdIs(begins: string | undefined): string {
  return begins === undefined
    ? 'The provider shows it in its list of keys'
    : `The key itself shows it: it begins with ${begins.replace('{{keyId}}', 'KEYID')}, where KEYID is the id`
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('SECRET_INVALID', `field ${field} must be ${expected}`, { detail: { field } })
}
