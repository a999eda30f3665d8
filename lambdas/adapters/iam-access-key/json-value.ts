import { OverlapError } from '../../rotation/errors.ts'
import { withoutMark } from '../keys/byte-order-mark.ts'
import { accessKeyId, invalid, type StoredFields, secretAccessKey, userName } from './fields.ts'

/** How a JSON value calls the two fields that a rotation changes. */
interface Spelling {
  readonly id: string
  readonly secret: string
}

export interface StoredJson {
  readonly form: 'json'
  readonly spelling: Spelling
  /** Is the key in a field `AccessKey`, as in CreateAccessKey's answer? */
  readonly isAnswer: boolean
  readonly value: Readonly<Record<string, unknown>>
}

/**
 * Ours; that of the API (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html); those of the CLI's files and of environment variables
 * (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html, .../cli-configure-envvars.html).
 */
const spellings: readonly Spelling[] = [
  { id: 'accessKeyId', secret: 'secretAccessKey' },
  { id: 'AccessKeyId', secret: 'SecretAccessKey' },
  { id: 'aws_access_key_id', secret: 'aws_secret_access_key' },
  { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY' },
]
const others = spellings.slice(1).map(({ id }) => id)
const userFields = ['userName', 'UserName']
const ANSWER = 'AccessKey'

/** Throws `SECRET_INVALID` naming the field that is wrong. */
export function readJson(text: string): { readonly fields: StoredFields; readonly stored: StoredJson } {
  const value = parseObject(text)
  const inner = value[ANSWER]
  const isAnswer = isObject(inner)
  const record = isAnswer ? inner : value
  const spelling = spellingOf(isAnswer ? [...Object.keys(value), ...Object.keys(record)] : Object.keys(value))
  const fields = {
    accessKeyId: accessKeyId(record[spelling.id], spelling.id),
    secretAccessKey: secretAccessKey(record[spelling.secret], spelling.secret),
    userName: userNameIn(record),
  }
  return { fields, stored: { form: 'json', spelling, isAnswer, value } }
}

export function writeJson({ spelling, isAnswer, value }: StoredJson, id: string, secret: string): string {
  const changed = { [spelling.id]: id, [spelling.secret]: secret }
  const inner = value[ANSWER]
  return JSON.stringify(
    isAnswer && isObject(inner) ? { ...value, [ANSWER]: { ...inner, ...changed } } : { ...value, ...changed },
  )
}

/** The path and the text of everything that a rotation carries over as it is. */
export function carriedJson({
  spelling,
  isAnswer,
  value,
}: StoredJson): readonly (readonly [string, unknown])[] {
  const inner = value[ANSWER]
  const outer = Object.entries(value)
  const nested = isAnswer && isObject(inner) ? Object.entries(inner) : []
  return [
    ...outer.filter(([field]) => (isAnswer ? field !== ANSWER : !isOf(spelling, field))),
    ...nested
      .filter(([field]) => !isOf(spelling, field))
      .map(([field, it]) => [`${ANSWER}.${field}`, it] as const),
  ].sort(([one], [other]) => (one < other ? -1 : 1))
}

function isOf({ id, secret }: Spelling, field: string): boolean {
  return field === id || field === secret
}

/** Two of them in one value are two keys, or one twice: a rotation changes one, and whoever reads the other goes on using the old key. */
function spellingOf(fields: readonly string[]): Spelling {
  const found = spellings.filter(({ id, secret }) => fields.includes(id) || fields.includes(secret))
  const [spelling, another] = found
  if (spelling === undefined)
    throw invalid('accessKeyId', `is missing, and it is not called ${others.join(', ')} either`)
  if (another !== undefined)
    throw invalid(
      another.id,
      `or ${another.secret} is there beside ${spelling.id}: keep one spelling of the key`,
    )
  return spelling
}

function userNameIn(record: Readonly<Record<string, unknown>>): string | undefined {
  const [field, another] = userFields.filter((name) => record[name] !== undefined)
  if (field === undefined) return undefined
  if (another !== undefined && record[another] !== record[field])
    throw invalid(another, `says something else than ${field}`)
  return userName(record[field], field)
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(withoutMark(text))
  } catch {
    // The parser's own message quotes the text, which is the secret.
    throw new OverlapError(
      'SECRET_INVALID',
      'the secret value must be a JSON object, or the CSV file that the console gives for an access key; it is neither',
    )
  }
  if (!isObject(value)) throw new OverlapError('SECRET_INVALID', 'the secret value must be a JSON object')
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
