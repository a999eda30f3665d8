import { readLoginLog } from '../login-logs.ts'
import { expecting, found, type Problem } from './problems.ts'

/** What is wrong with where a server is said to log its logins. */
export function loginLogProblems(subject: string, loginLogs: readonly unknown[]): Problem[] {
  const malformed = loginLogs.find((log) => readLoginLog(String(log)) === undefined)
  return expecting(subject)(
    malformed === undefined,
    'SETTING_INVALID',
    'loginLogs',
    `must each be logs:LOG_GROUP, without "#" in its name, or rds:INSTANCE; ${found(malformed)}`,
  )
}
