import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { LoginLog } from '../evidence/journal.ts'
import { loginIn } from '../evidence/postgres-log.ts'
import { logLines } from './log-pages.ts'
import { loginLogFailed } from './login-log-failure.ts'

/**
 * Logins in a log group to which a PostgreSQL server's log is published. The moment of each is its event's. Servers are told apart by their streams: RDS gives
 * a cluster one group and each instance streams of its own, `INSTANCE.0` and so on.
 */
export function cloudWatchLoginLog(
  client: CloudWatchLogsClient,
  logGroup: string,
  signal: () => AbortSignal,
): LoginLog {
  return {
    async read(principals, from, until) {
      const question = { logGroup, pattern: loginPattern(principals), from, until }
      const lines = await logLines(client, question, signal).catch((error: unknown) =>
        loginLogFailed(`logs:${logGroup}`, error),
      )
      return lines.flatMap(({ message = '', timestamp, logStreamName = '' }) => {
        // What an event has behind its first line is text that somebody chose.
        const [line = ''] = message.split('\n')
        const login = loginIn(line, principals)
        if (login === undefined || timestamp === undefined) return []
        return [{ ...login, at: timestamp, server: serverOf(logGroup, logStreamName) }]
      })
    },
  }
}

function serverOf(logGroup: string, stream: string): string {
  return `${logGroup} ${stream.replace(/\.\d+$/, '')}`
}

/**
 * Finds all lines that `loginIn` knows, and more: it spares the service from sending the rest. Terms in quotes are found as they are, `?` means any of them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
function loginPattern(principals: readonly string[]): string {
  const plain = principals.every((principal) => /^[\w.-]+$/.test(principal))
  const authorized = plain ? principals.map((principal) => `user=${principal}`) : ['connection authorized']
  return [...authorized, 'password authentication failed for user', 'is not permitted to log in']
    .map((term) => `?"${term}"`)
    .join(' ')
}
