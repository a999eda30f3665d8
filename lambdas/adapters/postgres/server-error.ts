import { type ErrorCode, OverlapError } from '../../rotation/errors.ts'

/** What the driver throws: an error of the server has a five-character SQLSTATE and a severity, one of the network or of TLS a name such as ECONNREFUSED. */
interface DriverError {
  readonly code?: unknown
  readonly severity?: unknown
  readonly message?: unknown
}

/** The SQLSTATE of an error that the server sent; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as DriverError
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
    ? code
    : undefined
}

/** The server said ERROR: the statement and its transaction have no effect. Anything else (a broken connection, a FATAL) leaves that open. */
export function rolledBack(error: unknown): boolean {
  return sqlState(error) !== undefined && (error as DriverError).severity === 'ERROR'
}

/**
 * A fresh error with the SQLSTATE (or the network's code) and the message alone: the driver's own carries detail, context, the statement
 * and the socket. Every secret that this invocation knows is struck out of the text.
 */
export function redacted(error: unknown, secrets: ReadonlySet<string>): Error {
  const { code, message } = (error ?? {}) as DriverError
  let text = typeof message === 'string' ? message : 'unknown error'
  for (const secret of secrets) text = text.replaceAll(secret, '[secret]')
  return new Error(typeof code === 'string' && code !== text ? `${code}: ${text}` : text)
}

const meanings: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '25006': [
    'UNREACHABLE',
    'is read-only: a failover may have made another host the primary. Nothing was written',
  ],
  '55P03': [
    'LOCK_TIMEOUT',
    'did not grant the lock in time: another rotation or somebody altering the role holds it',
  ],
  '40P01': ['LOCK_TIMEOUT', 'found a deadlock with somebody altering the same roles'],
  '40001': ['LOCK_TIMEOUT', 'saw somebody else change the same rows at the same time'],
  '57014': ['TIME_UP', 'did not finish the statement in time'],
  '25P03': ['UNREACHABLE', 'ended the transaction because it was idle for too long'],
  '57P01': ['UNREACHABLE', 'is shutting down'],
  '57P02': ['UNREACHABLE', 'has crashed'],
  '57P03': ['UNREACHABLE', 'does not accept connections now'],
  '53300': ['UNREACHABLE', 'has no connection left'],
}

/** Two states are shared with errors of other kinds, and only their text says which this is. */
function likeState(state: string, message: string): string {
  if (state === 'XX000' && message.includes('tuple concurrently')) return '40001'
  if (state === '0A000' && message.includes('during recovery')) return '25006'
  return state
}

/** What an error of a statement means. `where` is host:port. */
export function statementFailed(error: unknown, where: string, secrets: ReadonlySet<string>): OverlapError {
  const cause = redacted(error, secrets)
  const state = sqlState(error)
  if (state === undefined || state.startsWith('08'))
    return new OverlapError(
      'UNREACHABLE',
      `the connection to ${where} broke, or there was no answer in time: ${cause.message}`,
      { cause },
    )
  const meaning = meanings[likeState(state, cause.message)]
  const detail = { sqlState: state }
  if (meaning)
    return new OverlapError(meaning[0], `${where} ${meaning[1]} (${cause.message})`, { cause, detail })
  if (state === '42501')
    return new OverlapError(
      'ADMIN_LACKS_RIGHT',
      `${where} refused a change: ${cause.message}. Grant the admin that right, or let its owner make the change`,
      { cause, detail },
    )
  return new OverlapError('DATABASE_FAILED', `${where} answered ${cause.message}`, { cause, detail })
}
