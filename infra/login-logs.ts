import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { OverlapFunction } from './overlap-function.ts'
import { acknowledgeWildcard, GrowingStatement } from './wide-statement.ts'

/** A log group of CloudWatch, or the log files of an RDS instance. */
export type LoginLog = { readonly logGroup: string } | { readonly instance: string }

/**
 * As the tag `overlap:login-log` has it. A log group may have a `#` in its name, and a tag may not; `undefined` when it is of no known form.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html,
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
 */
export function readLoginLog(text: string): LoginLog | undefined {
  const [, logGroup] = /^logs:([A-Za-z0-9_/.-]{1,512})$/.exec(text) ?? []
  if (logGroup !== undefined) return { logGroup }
  const [, instance] = /^rds:([A-Za-z][A-Za-z0-9-]{0,62})$/.exec(text) ?? []
  return instance === undefined ? undefined : { instance }
}

/** Lets functions read the logins of exactly the servers that say where they log them. */
export class LoginLogs {
  readonly #readers: readonly Reader[]
  readonly #known = new Set<string>()

  constructor(...readers: readonly OverlapFunction[]) {
    this.#readers = readers.map((reader) => new Reader(reader))
  }

  /** Each once. Throws for one of no known form. */
  add(text: string): void {
    const log = readLoginLog(text)
    if (log === undefined) throw new Error(`${text} is no log of logins`)
    if (this.#known.has(text)) return
    this.#known.add(text)
    for (const reader of this.#readers) reader.add(log)
  }
}

class Reader {
  readonly #function: OverlapFunction
  #groups: GrowingStatement | undefined
  #files: GrowingStatement | undefined

  constructor(reader: OverlapFunction) {
    this.#function = reader
  }

  add(log: LoginLog): void {
    if ('logGroup' in log) this.#addGroup(log.logGroup)
    else this.#addFiles(log.instance)
  }

  #addGroup(logGroup: string): void {
    const arn = this.#arn('logs', 'log-group', `${logGroup}:*`)
    const reason = 'It names the streams of one log group, which nobody knows before.'
    acknowledgeWildcard(this.#function.role, arn, reason)
    this.#groups ??= this.#allow('ReadLoginsInLogGroups', ['logs:FilterLogEvents'])
    this.#groups.addResources(arn)
  }

  #addFiles(instance: string): void {
    this.#files ??= this.#allow('ReadLoginsInLogFiles', [
      'rds:DescribeDBLogFiles',
      'rds:DownloadDBLogFilePortion',
    ])
    this.#files.addResources(this.#arn('rds', 'db', instance))
  }

  #arn(service: string, resource: string, resourceName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME
    return Stack.of(this.#function).formatArn({ service, resource, resourceName, arnFormat })
  }

  #allow(sid: string, actions: string[]): GrowingStatement {
    const statement = new GrowingStatement({ sid, actions })
    this.#function.allow(statement)
    return statement
  }
}
