import { OverlapError } from '../../rotation/errors.ts'

/** What a stored value says of a key, in whatever form it is. */
export interface StoredFields {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly userName: string | undefined
}

/** `field` is what the value calls it. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html */
export function accessKeyId(value: unknown, field: string): string {
  const id = text(value, field)
  if (!/^\w{16,128}$/.test(id))
    throw invalid(field, 'must be the id of an access key: 16 to 128 letters and digits')
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  if (id.startsWith('ASIA'))
    throw invalid(field, 'begins with ASIA: it is of temporary credentials, which expire and are not rotated')
  return id
}

export function secretAccessKey(value: unknown, field: string): string {
  const secret = text(value, field)
  if (/\s/.test(secret)) throw invalid(field, 'must not hold spaces or line breaks')
  return secret
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html */
export function isUserName(text: string): boolean {
  return /^[\w+=,.@-]{1,64}$/.test(text)
}

export function userName(value: unknown, field: string): string {
  const name = text(value, field)
  if (!isUserName(name))
    throw invalid(field, 'must be the name of an IAM user: 1 to 64 letters, digits or any of _+=,.@-')
  return name
}

function text(value: unknown, field: string): string {
  if (value === undefined) throw invalid(field, 'is missing')
  if (typeof value !== 'string') throw invalid(field, 'must be a string')
  if (value === '') throw invalid(field, 'must not be empty')
  return value
}

/** `expectation` reads on after the field's name, and holds nothing of its value. */
export function invalid(field: string, expectation: string): OverlapError {
  return new OverlapError('SECRET_INVALID', `field ${field} of the secret value ${expectation}`, {
    detail: { field },
  })
}
