import { type ErrorCode, OverlapError } from '../../rotation/errors.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { shownIdentifier } from './quoting.ts'
import { redacted, sqlState, statementFailed } from './server-error.ts'

/** Whom a login is for: it decides what a refusal means. */
export type LoginAs = 'admin' | 'current' | 'pending'

export interface Login {
  readonly as: LoginAs
  readonly endpoint: Endpoint
  readonly database: string
  readonly username: string
  readonly password: string
  /** May the server ask for an MD5 response? Default true. */
  readonly md5?: boolean
  /** How long to go on trying, in milliseconds; by default as long as the function has. */
  readonly patienceMs?: number
}

/** Thrown in place of the password, so that a method which would give it away, or proves nothing, gets nothing. */
export class MethodRefused extends Error {
  readonly method: 'cleartext' | 'md5' | 'none'
  constructor(method: MethodRefused['method']) {
    super(`authentication method ${method} refused`)
    this.method = method
  }
}

const transientCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
])

/** Worth another attempt: the server may be starting, failing over, waking up or full for the moment. */
export function isTransient(error: unknown): boolean {
  if (error instanceof MethodRefused) return false
  const state = sqlState(error)
  if (state !== undefined) return ['57P01', '57P02', '57P03', '53300'].includes(state)
  const { code, message } = error as { code?: unknown; message?: unknown }
  return (
    transientCodes.has(String(code)) ||
    // The driver's own words for a connection that ended, or a server that could not fork, before it said anything.
    (typeof message === 'string' &&
      /^(Connection terminated unexpectedly|There was an error establishing an SSL connection)$/.test(
        message,
      ))
  )
}

const refused: Readonly<Record<LoginAs, readonly [ErrorCode, string]>> = {
  admin: ['ADMIN_LOGIN_REFUSED', 'Check the admin secret that field masterarn names'],
  current: [
    'CURRENT_REFUSED',
    'The value of AWSCURRENT does not open the database: somebody changed it outside. Correct the secret or the role; nothing was written',
  ],
  pending: ['PENDING_REFUSED', 'The new credential does not work there; nothing was published'],
}

/** What a login that failed means. Never "wrong password" unless the server said so. */
export function loginFailed(error: unknown, login: Login, secrets: ReadonlySet<string>): OverlapError {
  if (error instanceof OverlapError) return error
  const where = endpointName(login.endpoint)
  const who = `${login.as} user ${login.username}`
  if (error instanceof MethodRefused) return methodRefused(error, login, where)
  const cause = redacted(error, secrets)
  const state = sqlState(error)
  const said = `${where} said to the login of ${who}: ${cause.message}`
  // Refused for where it comes from, before any password was looked at; nobody translates the name of the file. A new credential has to get in, whatever keeps it out.
  if (state === '28000' && login.as !== 'pending' && cause.message.includes('pg_hba.conf'))
    return new OverlapError(
      'UNREACHABLE',
      `${said}. Whether the credential works is not known: let pg_hba.conf there accept ${login.username} from the address of this function`,
      { cause, detail: { sqlState: state } },
    )
  if (state === '28P01' || state === '28000') {
    const [code, advice] = refused[login.as]
    return new OverlapError(code, `${said}. ${advice}`, { cause })
  }
  if (state === '3D000')
    return login.as === 'admin'
      ? new OverlapError(
          'CONFIGURATION_INVALID',
          `${said}. OVERLAP_LOCK_DATABASE must name a database of every server`,
          { cause },
        )
      : new OverlapError('SECRET_INVALID', `${said}. Field dbname must name a database of that server`, {
          cause,
          detail: { field: 'dbname' },
        })
  if (state === '42501') {
    const code = login.as === 'pending' ? 'RIGHTS_DIFFER' : refused[login.as][0]
    const statement = `GRANT CONNECT ON DATABASE ${shownIdentifier(login.database)} TO ${shownIdentifier(login.username)}`
    // Whoever is pending has the rights of the owner, and it is the owner who lacks this one.
    return login.as === 'pending'
      ? new OverlapError(code, `${said}. Grant CONNECT on database ${login.database} to its owner`, { cause })
      : new OverlapError(code, `${said}. Run ${statement}`, { cause, detail: { statement, sqlState: state } })
  }
  if (state === undefined && isTlsError(error))
    return new OverlapError(
      'TLS_FAILED',
      `TLS to ${where} could not be established or verified: ${cause.message}. The certificate must name the host ${login.endpoint.host} and come from a known authority`,
      { cause },
    )
  if (state === undefined)
    return new OverlapError('UNREACHABLE', `${where} could not be reached: ${cause.message}`, { cause })
  return statementFailed(error, where, secrets)
}

function isTlsError(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return (
    /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(
      String(code),
    ) || message === 'The server does not support SSL connections'
  )
}

function methodRefused(error: MethodRefused, login: Login, where: string): OverlapError {
  const who = `${login.as} user ${login.username}`
  if (error.method === 'md5')
    return new OverlapError(
      'TARGET_UNSUITABLE',
      `${where} asks ${who} for an MD5 response, and the new password will be stored for SCRAM-SHA-256. ` +
        'When every client of this user can do SCRAM, tag the secret overlap:allow-scram=true',
    )
  const code: ErrorCode = login.as === 'admin' ? 'ADMIN_LOGIN_REFUSED' : 'TARGET_UNSUITABLE'
  return error.method === 'cleartext'
    ? new OverlapError(
        code,
        `${where} asks ${who} for the password itself, which is never sent. Use scram-sha-256 in pg_hba.conf`,
      )
    : new OverlapError(
        code,
        `${where} lets ${who} in without asking for a password, so a login proves nothing. Use scram-sha-256 in pg_hba.conf`,
      )
}
