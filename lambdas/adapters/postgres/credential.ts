import { OverlapError } from '../../rotation/errors.ts'
import { endpointName } from './endpoint.ts'

/**
 * The value of a PostgreSQL secret in the structure that AWS documents
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html).
 */
export interface PostgresCredential {
  readonly host: string
  readonly port: number
  readonly dbname: string
  readonly username: string
  readonly password: string
  /** ARN of the admin's secret; a single-user rotation does without. */
  readonly masterarn: string | undefined
  /** The value as it was stored: whatever a rotation does not change goes back as it came. */
  readonly stored: Readonly<Record<string, unknown>>
}

const DEFAULT_PORT = 5432
const DEFAULT_DATABASE = 'postgres'
/** NAMEDATALEN - 1: the server cuts longer names silently, and then they name something else. */
export const MAX_IDENTIFIER_BYTES = 63

/** Throws `SECRET_INVALID` naming the field that is wrong, or `MANAGED_SECRET` for the shape of a master secret that RDS keeps. */
export function parseCredential(secretString: string): PostgresCredential {
  const stored = parseObject(secretString)
  const keys = Object.keys(stored)
  if (keys.length === 2 && typeof stored.username === 'string' && typeof stored.password === 'string')
    throw new OverlapError(
      'MANAGED_SECRET',
      'the value holds username and password alone, which is the master secret that RDS manages and rotates by itself. ' +
        'If it is not one, add the fields engine, host, port, dbname and masterarn',
    )
  const engine = text(stored, 'engine')
  if (engine !== 'postgres' && engine !== 'aurora-postgresql')
    throw invalid('engine', 'must be postgres or aurora-postgresql')
  return {
    host: hostname(stored),
    port: portNumber(stored.port),
    dbname: stored.dbname === undefined ? DEFAULT_DATABASE : identifier(stored, 'dbname'),
    username: identifier(stored, 'username'),
    password: text(stored, 'password'),
    masterarn: stored.masterarn === undefined ? undefined : arn(stored),
    stored,
  }
}

/** Every field that a rotation does not change is written as it was read: its spelling, its type and its place. */
export function serializeCredential(credential: PostgresCredential): string {
  return JSON.stringify({
    ...credential.stored,
    username: credential.username,
    password: credential.password,
  })
}

/** Fields that AWS's structure gives a meaning. A password that happens to be the name of the database is no copy of it. */
const structure = new Set([
  'engine',
  'host',
  'port',
  'dbname',
  'username',
  'password',
  'masterarn',
  'dbInstanceIdentifier',
  'dbClusterIdentifier',
])
/** Shorter ones turn up in other texts by chance. */
const TELLING_LENGTH = 8

/**
 * Throws `SECRET_INVALID` naming a further field that repeats the password, such as a connection URL: a rotation writes it back as it was, so
 * whoever reads it would fail as soon as the old password is retired.
 */
export function refuseCopiedPassword(credential: PostgresCredential): void {
  for (const [field, value] of Object.entries(credential.stored))
    if (!structure.has(field))
      for (const [path, text] of textsIn(value, field))
        if (repeats(text, credential.password))
          throw invalid(
            path,
            'repeats the password, and a rotation changes the field password alone: whoever reads it there would go on using the old one. ' +
              'Let consumers put it together from username and password, then remove the field',
          )
}

function* textsIn(value: unknown, path: string): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value]
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) yield* textsIn(inner, `${path}.${key}`)
}

function repeats(text: string, password: string): boolean {
  if (password.length >= TELLING_LENGTH) return text.includes(password) || decoded(text).includes(password)
  return passwordsIn(text).some((found) => found === password || decoded(found) === password)
}

/** The passwords of connection URLs and of `password=` parameters. */
function passwordsIn(text: string): string[] {
  const places = [/\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:([^\s/]*)@/gi, /(?:^|[\s?&;])password=([^\s&;]*)/gi]
  return places.flatMap((place) => [...text.matchAll(place)].map((match) => match[1] ?? ''))
}

/** What is percent-encoded in it, decoded; the rest as it is. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}

/** Every field but those that a rotation changes, in one order: somebody may have stored them in another one. */
export function carriedFields({ stored }: PostgresCredential): string {
  const carried = Object.entries(stored).filter(([field]) => field !== 'username' && field !== 'password')
  return JSON.stringify(carried.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** `host:port/database`. */
export function targetOf(credential: PostgresCredential): string {
  return `${endpointName(credential)}/${credential.dbname}`
}

function parseObject(secretString: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(secretString)
  } catch {
    // The parser's own message quotes the text, which is the secret.
    throw new OverlapError('SECRET_INVALID', 'the secret value must be a JSON object; it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new OverlapError('SECRET_INVALID', 'the secret value must be a JSON object')
  return value as Record<string, unknown>
}

function text(stored: Record<string, unknown>, field: string): string {
  const value = stored[field]
  if (value === undefined) throw invalid(field, 'is missing')
  if (typeof value !== 'string') throw invalid(field, 'must be a string')
  if (value === '') throw invalid(field, 'must not be empty')
  if (value.includes('\0')) throw invalid(field, 'must not hold a NUL character')
  return value
}

function identifier(stored: Record<string, unknown>, field: string): string {
  const value = text(stored, field)
  if (Buffer.byteLength(value) > MAX_IDENTIFIER_BYTES)
    throw invalid(field, `must be at most ${MAX_IDENTIFIER_BYTES} bytes long, as PostgreSQL's names are`)
  return value
}

function hostname(stored: Record<string, unknown>): string {
  const value = text(stored, 'host')
  // A leading slash would make the driver open a Unix socket, where there is no TLS.
  if (!/^[A-Za-z0-9._:-]{1,253}$/.test(value)) throw invalid('host', 'must be a DNS name or an IP address')
  return value
}

function portNumber(value: unknown): number {
  if (value === undefined) return DEFAULT_PORT
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalid('port', 'must be a whole number from 1 to 65535')
  return port
}

function arn(stored: Record<string, unknown>): string {
  const value = text(stored, 'masterarn')
  if (!value.startsWith('arn:')) throw invalid('masterarn', 'must be the ARN of the admin secret')
  return value
}

function invalid(field: string, expectation: string): OverlapError {
  return new OverlapError('SECRET_INVALID', `field ${field} of the secret value ${expectation}`, {
    detail: { field },
  })
}
