import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { RDSClient } from '@aws-sdk/client-rds'
import type { LoginLog } from '../evidence/journal.ts'
import { OverlapError } from '../rotation/errors.ts'
import { cloudWatchLoginLog } from './cloudwatch-login-log.ts'
import { rdsLoginLog } from './rds-login-log.ts'

export interface LoginLogClients {
  readonly logs: CloudWatchLogsClient
  /** Asked for only when a log is RDS's files: the client is large. */
  readonly rds: () => Promise<RDSClient>
  /** Of each call. */
  readonly signal: () => AbortSignal
}

/**
 * The log that a word of the tag `overlap:login-log` names: `logs:LOG_GROUP`, which RDS or an agent publishes the server's log to, or `rds:INSTANCE`, whose
 * log files are read. Reading throws `LOGIN_LOG_FAILED`, also for another word.
 */
export function loginLogs(clients: LoginLogClients): (source: string) => LoginLog {
  return (source) => {
    const [, kind, name] = /^(logs|rds):([\w/.#-]+)$/.exec(source) ?? []
    if (kind === 'logs' && name !== undefined) return cloudWatchLoginLog(clients.logs, name, clients.signal)
    if (kind === 'rds' && name !== undefined) return rdsLoginLog(clients.rds, name, clients.signal)
    return {
      async read() {
        throw new OverlapError(
          'LOGIN_LOG_FAILED',
          `tag overlap:login-log: ${source} must be logs:LOG_GROUP or rds:INSTANCE`,
        )
      },
    }
  }
}
