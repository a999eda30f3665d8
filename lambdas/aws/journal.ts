import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Journal } from '../evidence/journal.ts'
import { readRecord } from '../evidence/read-record.ts'
import type { EvidenceRecord } from '../evidence/record.ts'
import { recordLine } from '../evidence/record-line.ts'
import { OverlapError } from '../rotation/errors.ts'
import { logLines } from './log-pages.ts'

export interface JournalOptions {
  readonly logGroup: string
  /** Of the function that writes, for the name of its stream. */
  readonly functionName: string
  /** What tells this instance of the function from others: letters and digits. */
  readonly instance: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Of each call. */
  readonly signal: () => AbortSignal
}

/** 256 KiB with 26 bytes for the event: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const LONGEST_LINE_BYTES = 256 * 1024 - 26

/**
 * The journal in a log group, in one stream for each instance of a function, made when the first record comes. A record may be found some seconds after
 * it was written, and one that was written twice, since the first answer was lost, is found once.
 */
export function cloudWatchJournal(client: CloudWatchLogsClient, options: JournalOptions): Journal {
  const { logGroup, functionName, instance, now, signal } = options
  let stream: Promise<string> | undefined

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html: no colon, no asterisk. */
  const createStream = async (): Promise<string> => {
    const logStreamName = `${functionName}/${new Date(now()).toISOString().slice(0, 10)}/${instance}`
    try {
      await client.send(new CreateLogStreamCommand({ logGroupName: logGroup, logStreamName }), {
        abortSignal: signal(),
      })
    } catch (error) {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error
    }
    return logStreamName
  }

  const write = async (message: string, timestamp: number): Promise<void> => {
    stream ??= createStream()
    const { rejectedLogEventsInfo } = await client.send(
      new PutLogEventsCommand({
        logGroupName: logGroup,
        logStreamName: await stream,
        logEvents: [{ message, timestamp }],
      }),
      { abortSignal: signal() },
    )
    if (rejectedLogEventsInfo !== undefined)
      throw new Error(`the record was not taken: ${JSON.stringify(rejectedLogEventsInfo)}`)
  }

  return {
    async append(record) {
      const line = recordLine(record, LONGEST_LINE_BYTES)
      try {
        await write(line, Date.parse(record.at))
      } catch (error) {
        // It may have been the stream.
        stream = undefined
        journalFailed('write', logGroup, error)
      }
    },
    async read(secretId, versionId, from) {
      const pattern = `{ ($.secret = ${JSON.stringify(secretId)}) && ($.version = ${JSON.stringify(versionId)}) }`
      const lines = await logLines(client, { logGroup, pattern, from }, signal).catch((error: unknown) =>
        journalFailed('read', logGroup, error),
      )
      return [...new Set(lines.map(({ message = '' }) => message))]
        .flatMap((line) => readRecord(line) ?? [])
        .filter((record) => isAbout(record, secretId, versionId) && Date.parse(record.at) >= from)
        .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    },
  }
}

function isAbout({ secret, version }: EvidenceRecord, secretId: string, versionId: string): boolean {
  return secret === secretId && version === versionId
}

/** CloudWatch's messages name operations and ARNs. */
function journalFailed(what: string, logGroup: string, error: unknown): never {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  throw new OverlapError(
    'JOURNAL_FAILED',
    `the journal ${logGroup} could not be ${what === 'read' ? 'read' : 'written'}: ${name}: ${message}`,
    {
      detail: { awsError: name },
    },
  )
}
