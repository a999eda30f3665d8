import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { LogLine } from '../report/findings.ts'
import type { Logs } from '../report/report.ts'

/** Each holds up to 10,000 lines, or none: a page ends when the service has looked at enough. */
const MOST_PAGES = 100

/** Searches log groups page by page until `signal` fires. What keeps it from an end is said, beside what was found until then. */
export function logSearch(client: CloudWatchLogsClient, signal: () => AbortSignal): Logs {
  return {
    async search(logGroup, pattern, from) {
      const lines: LogLine[] = []
      let nextToken: string | undefined
      try {
        for (let page = 0; page < MOST_PAGES; page++) {
          const found = await client.send(
            new FilterLogEventsCommand({
              logGroupName: logGroup,
              startTime: from,
              filterPattern: pattern,
              nextToken,
            }),
            { abortSignal: signal() },
          )
          for (const { message = '', timestamp = from, ingestionTime = timestamp } of found.events ?? [])
            lines.push({ message, timestamp, heardAt: ingestionTime })
          nextToken = found.nextToken
          if (nextToken === undefined) return { lines }
        }
        return { lines, gap: `log group ${logGroup}: it has more than ${MOST_PAGES} pages since then` }
      } catch (error) {
        return { lines, gap: `log group ${logGroup}: ${whyNot(error)}` }
      }
    },
  }
}

function whyNot(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'ResourceNotFoundException') return 'there is no such log group'
  return name === 'AbortError' || name === 'TimeoutError' ? 'the time was up' : `${name}: ${message}`
}
