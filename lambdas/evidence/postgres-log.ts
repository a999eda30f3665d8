import type { LoggedLogin } from './journal.ts'

/** A login as one line of a PostgreSQL server's log tells of it. */
export interface PostgresLogin extends Omit<LoggedLogin, 'at'> {
  /** As the line has it, in ms since the epoch, by the whole second; undefined unless the server logs in UTC, as RDS does. */
  readonly at: number | undefined
}

/**
 * What log_line_prefix begins with on RDS, `%t:%r:` (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html);
 * `%m` in place of `%t` adds milliseconds. `%r` is an address with a port, or a name where log_hostname is on, or `[local]`.
 */
const BEGINNING =
  /^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) (?<zone>[A-Z]{1,5}|[+-]\d{2,4}):(?:(?<address>[\w.:%-]+)\(\d+\)|\[local\]|):/

/** What may follow the database in `connection authorized`: nothing, or this to the end of the line. */
const AFTER_DATABASE =
  /^(?: application_name=(?<application>.*?))??(?: SSL enabled \([^()]*\)| SSL on)?(?: GSS \(.*\))?$/

/**
 * The login that a line tells of, when it is one of these principals'. Names are compared exactly.
 *
 * Nobody's line is taken for another's, whatever he calls himself: the rest of log_line_prefix (`%u@%d:[%p]:`) must say of principal and database what
 * the message says of them, which text that he chooses (application, database or user, each of at most 63 bytes) has no room to forge in one line. A name
 * in the prefix may hold a line break, since the server writes it as it is, and any client that reaches the server can send one. What comes behind
 * the break is a line by itself to whoever carries the log, so such a line can be forged; it may keep a drain from ending, or stand for a look's login.
 *
 * Not told: what the server's language or another log_line_prefix changes. Then there are no logins of looks either.
 */
export function loginIn(line: string, principals: readonly string[]): PostgresLogin | undefined {
  const beginning = BEGINNING.exec(line)
  if (beginning === null) return undefined
  const { time = '', zone = '', address = '' } = beginning.groups ?? {}
  const rest = line.slice(beginning[0].length)
  const at = zone === 'UTC' || zone === 'GMT' ? Date.parse(`${time.replace(' ', 'T')}Z`) : undefined
  for (const principal of principals) {
    if (!rest.startsWith(`${principal}@`)) continue
    const behind = rest.slice(principal.length + 1)
    const application = applicationAuthorized(behind, principal)
    if (application !== undefined) return { principal, at, address, application, outcome: 'authorized' }
    if (isRefused(behind, principal)) return { principal, at, address, application: '', outcome: 'refused' }
  }
  return undefined
}

/** What it calls itself; undefined when the line is another one. `behind` is what comes behind `%u@`. */
function applicationAuthorized(behind: string, principal: string): string | undefined {
  const said = /:\[\d+\]:LOG: {2}connection authorized: user=/g
  for (let found = said.exec(behind); found !== null; found = said.exec(behind)) {
    const database = behind.slice(0, found.index)
    const message = behind.slice(said.lastIndex)
    const named = `${principal} database=${database}`
    const tail = message.startsWith(named) ? AFTER_DATABASE.exec(message.slice(named.length)) : null
    if (tail !== null) return tail.groups?.application ?? ''
  }
  return replicating(behind, principal)
}

/** Physical replication is of no database, and the line of a logical one names its database in the prefix alone. */
function replicating(behind: string, principal: string): string | undefined {
  const said = /:\[\d+\]:LOG: {2}replication connection authorized: user=/g
  for (let found = said.exec(behind); found !== null; found = said.exec(behind)) {
    if (!behind.startsWith(principal, said.lastIndex)) continue
    const tail = AFTER_DATABASE.exec(behind.slice(said.lastIndex + principal.length))
    if (tail !== null) return tail.groups?.application ?? ''
  }
  return undefined
}

/** PASSWORD NULL, another password, NOLOGIN. The reason, which would tell them apart, is in a line of its own (DETAIL), and not always. */
function isRefused(behind: string, principal: string): boolean {
  return [
    `password authentication failed for user "${principal}"`,
    `role "${principal}" is not permitted to log in`,
  ].some((message) => {
    const end = `:FATAL:  ${message}`
    return behind.endsWith(end) && /:\[\d+\]$/.test(behind.slice(0, -end.length))
  })
}
