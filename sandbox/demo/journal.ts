import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { Sandbox } from '../sandbox.ts'

/** What the journal says of a version that was disabled or removed. */
export interface JournalLine {
  readonly event: string
  /** ISO 8601. */
  readonly at: string
  readonly proof?: {
    readonly rung: string
    readonly samples: number
    readonly consumers: readonly { readonly name: string; readonly version: string }[]
    readonly missing: readonly string[]
  }
}

const GROUP = '/overlap/overlap/journal'

/** Everything that is kept about a version, oldest first. */
export async function journalOf(
  { cloudwatch, region }: Pick<Sandbox, 'cloudwatch' | 'region'>,
  versionId: string,
): Promise<readonly JournalLine[]> {
  const client = new CloudWatchLogsClient({
    endpoint: cloudwatch.url,
    region,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  })
  const filter = { logGroupName: GROUP, filterPattern: `{ $.version = "${versionId}" }`, startTime: 0 }
  const lines: JournalLine[] = []
  let nextToken: string | undefined
  do {
    const page = await client.send(new FilterLogEventsCommand({ ...filter, nextToken }))
    for (const { message = '{}' } of page.events ?? []) lines.push(JSON.parse(message) as JournalLine)
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  client.destroy()
  return lines.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}
