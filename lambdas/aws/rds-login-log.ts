import type {
  DescribeDBLogFilesCommandOutput,
  DownloadDBLogFilePortionCommandOutput,
  RDSClient,
} from '@aws-sdk/client-rds'
import type { LoginLog, ServerLogin } from '../evidence/journal.ts'
import { loginIn } from '../evidence/postgres-log.ts'
import { loginLogFailed } from './login-log-failure.ts'

/** Of up to 1 MB each. A server that logs more in a drain is one whose log is published to CloudWatch. */
const MOST_PORTIONS = 100

/** What RDS puts in place of lines that it leaves out. */
const TRUNCATED = '[Your log message was truncated]'

/**
 * Logins in the log files of an RDS for PostgreSQL instance, which are kept for three days unless rds.log_retention_period says otherwise. The moment of each
 * is its line's, by the whole second. Whole files are read: those that were written to since `from`.
 */
export function rdsLoginLog(
  rds: () => Promise<RDSClient>,
  instance: string,
  signal: () => AbortSignal,
): LoginLog {
  return {
    async read(principals, from, until) {
      const logins: ServerLogin[] = []
      try {
        for await (const line of linesSince(await rds(), instance, from, signal)) {
          const login = loginIn(line, principals)
          if (login === undefined) continue
          const { at } = login
          if (at === undefined) throw new Error('log_timezone of the server must be UTC')
          if (at >= from && at <= until) logins.push({ ...login, at, server: instance })
        }
      } catch (error) {
        loginLogFailed(`rds:${instance}`, error)
      }
      return logins
    },
  }
}

/** Each file's own: no line goes on in the next one. */
async function* linesSince(
  client: RDSClient,
  instance: string,
  from: number,
  signal: () => AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let portions = 0
  for (const file of await filesSince(client, instance, from, signal)) {
    let begun = ''
    for await (const portion of portionsOf(client, instance, file, signal)) {
      portions += 1
      if (portions > MOST_PORTIONS)
        throw new Error(
          `it logged more than ${MOST_PORTIONS} MB since then: publish its log to CloudWatch, and name it as logs:LOG_GROUP`,
        )
      if (portion.includes(TRUNCATED)) throw new Error(`RDS left out lines of ${file}`)
      const lines = `${begun}${isCutAt(begun, portion) ? '\n' : ''}${portion}`.split('\n')
      begun = lines.pop() ?? ''
      yield* lines
    }
    yield begun
  }
}

/** A portion may end in the middle of a line, or with a line whose end is not part of it. */
function isCutAt(begun: string, portion: string): boolean {
  return begun !== '' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(portion)
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DownloadDBLogFilePortion.html */
async function* portionsOf(
  client: RDSClient,
  instance: string,
  file: string,
  signal: () => AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const { DownloadDBLogFilePortionCommand } = await import('@aws-sdk/client-rds')
  const asked = { DBInstanceIdentifier: instance, LogFileName: file }
  for (let marker = '0'; ; ) {
    const portion: DownloadDBLogFilePortionCommandOutput = await client.send(
      new DownloadDBLogFilePortionCommand({ ...asked, Marker: marker }),
      { abortSignal: signal() },
    )
    yield portion.LogFileData ?? ''
    if (portion.AdditionalDataPending !== true) return
    if (portion.Marker === undefined || portion.Marker === marker)
      throw new Error(`RDS did not say where ${file} goes on`)
    marker = portion.Marker
  }
}

/** Their names, in no order. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBLogFiles.html */
async function filesSince(
  client: RDSClient,
  instance: string,
  from: number,
  signal: () => AbortSignal,
): Promise<readonly string[]> {
  const { DescribeDBLogFilesCommand } = await import('@aws-sdk/client-rds')
  const asked = { DBInstanceIdentifier: instance, FilenameContains: 'postgresql', FileLastWritten: from }
  const names: string[] = []
  let Marker: string | undefined
  do {
    const page: DescribeDBLogFilesCommandOutput = await client.send(
      new DescribeDBLogFilesCommand({ ...asked, Marker }),
      { abortSignal: signal() },
    )
    for (const { LogFileName } of page.DescribeDBLogFiles ?? [])
      if (LogFileName !== undefined && !LogFileName.endsWith('.csv')) names.push(LogFileName)
    Marker = page.Marker
  } while (Marker)
  return names
}
