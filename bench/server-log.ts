/** What PostgreSQL itself saw of its clients. */
export interface Traffic {
  /** Attempts to connect, successful or not. */
  readonly connections: number
  /** Those that did not become a session, whatever the reason. */
  readonly failedLogins: number
  /** Messages that bring SQL: each is a round trip, and a simple query may bring several statements. */
  readonly messages: number
  readonly statements: number
}

/** Written for every SQL text that is parsed, and for every statement in it, while `log_parser_stats` is on. */
const PARSED = 'PARSER STATISTICS'
const ANALYSED = 'PARSE ANALYSIS STATISTICS'

/**
 * Counts in a server's log. `log_connections` must be on; `messages` and `statements` stay 0 unless `log_parser_stats` is on, too.
 * A line counts by what follows the server's own prefix, so no statement that is quoted in the log can pass for one.
 */
export function trafficIn(log: string): Traffic {
  const said = log
    .split('\n')
    .flatMap((line) => /^[-\d]{10} .*?:\[\d+\]:([A-Z]+: {2}.*)$/.exec(line)?.[1] ?? [])
  const count = (start: string) => said.filter((text) => text.startsWith(start)).length
  const connections = count('LOG:  connection received: ')
  return {
    connections,
    failedLogins: connections - count('LOG:  connection authorized: '),
    messages: count(`LOG:  ${PARSED}`),
    statements: count(`LOG:  ${ANALYSED}`),
  }
}
