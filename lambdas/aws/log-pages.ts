import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'

/** Each holds up to 10,000 lines, or none: a page ends when the service has looked at enough. */
export const MOST_PAGES = 100

export interface LogQuestion {
  readonly logGroup: string
  readonly pattern: string
  /** Milliseconds since the epoch, both inclusive. */
  readonly from: number
  readonly until?: number
}

/**
 * Every line of a log group that a pattern finds, page by page, the empty ones included. Throws what the SDK throws, and an Error named `TooManyPages` rather than
 * give a part. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export async function logLines(
  client: CloudWatchLogsClient,
  { logGroup, pattern, from, until }: LogQuestion,
  signal: () => AbortSignal,
): Promise<readonly FilteredLogEvent[]> {
  const lines: FilteredLogEvent[] = []
  let nextToken: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const found = await client.send(
      new FilterLogEventsCommand({
        logGroupName: logGroup,
        filterPattern: pattern,
        startTime: Math.floor(from),
        ...(until === undefined ? {} : { endTime: Math.ceil(until) }),
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
      { abortSignal: signal() },
    )
    lines.push(...(found.events ?? []))
    nextToken = found.nextToken
    if (nextToken === undefined) return lines
  }
  const tooMany = new Error(`it has more than ${MOST_PAGES} pages of that time`)
  tooMany.name = 'TooManyPages'
  throw tooMany
}
