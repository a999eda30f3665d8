/** The database answered, but not with what this application must see. */
export class WrongAnswer extends Error {}

const sqlStates: Readonly<Record<string, string>> = {
  '28P01': 'login refused',
  '28000': 'login refused',
  '57P01': 'session ended by the server',
  '42501': 'permission denied',
  '57014': 'query cancelled',
  '53300': 'too many connections',
}

const brokenConnection =
  /^(ECONN|EPIPE|ETIMEDOUT)|Connection terminated|Client was closed|not queryable|timeout/i

/** A name for the count. Messages of the driver are only looked at, never shown: nobody knows what they hold. */
export function failureKind(error: unknown): string {
  if (error instanceof WrongAnswer) return error.message
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const state = typeof code === 'string' ? code : ''
  const known = sqlStates[state]
  if (known !== undefined) return `${known} (${state})`
  if (brokenConnection.test(state) || brokenConnection.test(String(message))) return 'connection lost'
  if (/^[0-9A-Z]{5}$/.test(state)) return `SQLSTATE ${state}`
  return error instanceof Error ? error.name : 'unknown'
}
