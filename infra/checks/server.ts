import { Token } from 'aws-cdk-lib'
import { expecting, found, type Problem } from './problems.ts'

export interface Server {
  readonly host: string
  readonly port: number
  readonly dbname: string
  /** Each `host:port`. */
  readonly replicas: readonly string[]
}

const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
const hostForm = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`)
/** PostgreSQL cuts longer names silently, and then they name something else. */
const MAX_IDENTIFIER_BYTES = 63
const PARTNER_SUFFIX = '_b'

/** Everything that is wrong with where a server is. What only the deployment knows is not looked at. */
export function serverProblems(subject: string, { host, port, dbname, replicas }: Server): Problem[] {
  const expect = expecting(subject)
  const malformed = replicas.find((replica) => isKnown(replica) && !isEndpoint(replica))
  return [
    ...expect(
      !isKnown(host) || hostForm.test(host),
      'ENDPOINT_INVALID',
      'host',
      `must be a DNS name or an IPv4 address; ${found(host)}`,
    ),
    ...expect(
      !isProxy(host),
      'ENDPOINT_INVALID',
      'host',
      `must be the server's own name; ${host} is an RDS Proxy, which knows one user per secret and reads AWSCURRENT alone`,
    ),
    ...expect(
      !isKnown(port) || isPort(port),
      'ENDPOINT_INVALID',
      'port',
      `must be a whole number from 1 to 65535; ${found(port)}`,
    ),
    ...expect(
      !isKnown(dbname) || (dbname !== '' && Buffer.byteLength(dbname) <= MAX_IDENTIFIER_BYTES),
      'USER_INVALID',
      'dbname',
      `must have 1 to ${MAX_IDENTIFIER_BYTES} bytes, as PostgreSQL's names do; ${found(dbname)}`,
    ),
    ...expect(
      malformed === undefined,
      'ENDPOINT_INVALID',
      'replicas',
      `must each be host:port; ${found(malformed)}`,
    ),
  ]
}

/** A new user gets a plain name, which no tool ever has to quote. */
export function newUserProblems(subject: string, newUser: string): Problem[] {
  const longest = MAX_IDENTIFIER_BYTES - PARTNER_SUFFIX.length
  return expecting(subject)(
    /^[a-z_][a-z0-9_]*$/.test(newUser) &&
      newUser.length <= longest &&
      !/^(pg_|rds|public$|none$)/.test(newUser),
    'USER_INVALID',
    'newUser',
    `must be at most ${longest} lower-case letters, digits and "_", and begin neither with a digit nor with pg_ or rds; ${found(newUser)}`,
  )
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export function secretNameProblems(subject: string, name: string): Problem[] {
  const expect = expecting(subject)
  return [
    ...expect(
      /^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name),
      'NAME_INVALID',
      'name',
      `must be at most 512 letters, digits and / _ + = . @ -; ${found(name)}`,
    ),
    ...expect(
      !/-[A-Za-z0-9]{6}$/.test(name),
      'NAME_INVALID',
      'name',
      `must not end with "-" and six letters or digits, which Secrets Manager would take for the end of an ARN; ${found(name)}`,
    ),
  ]
}

function isKnown(value: string | number): boolean {
  return !Token.isUnresolved(value)
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

function isEndpoint(text: string): boolean {
  const [host = '', port = '', ...rest] = text.split(':')
  return rest.length === 0 && hostForm.test(host) && /^\d+$/.test(port) && isPort(Number(port))
}

function isProxy(host: string): boolean {
  return /\.proxy-[^.]+\..*\.rds\.amazonaws\.com(\.cn)?$/i.test(host)
}
