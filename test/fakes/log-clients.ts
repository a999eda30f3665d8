import {
  CloudWatchLogsClient,
  type CreateLogStreamCommandInput,
  type CreateLogStreamCommandOutput,
  type FilterLogEventsCommandInput,
  type FilterLogEventsCommandOutput,
  type PutLogEventsCommandInput,
  type PutLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  type DescribeDBLogFilesCommandInput,
  type DescribeDBLogFilesCommandOutput,
  type DownloadDBLogFilePortionCommandInput,
  type DownloadDBLogFilePortionCommandOutput,
  RDSClient,
} from '@aws-sdk/client-rds'

/** Throws what the service refuses with. */
type Answer<Input, Output> = (input: Input) => Omit<Output, '$metadata'>

interface LogsAnswers {
  readonly CreateLogStreamCommand?: Answer<CreateLogStreamCommandInput, CreateLogStreamCommandOutput>
  readonly PutLogEventsCommand?: Answer<PutLogEventsCommandInput, PutLogEventsCommandOutput>
  readonly FilterLogEventsCommand?: Answer<FilterLogEventsCommandInput, FilterLogEventsCommandOutput>
}

interface RdsAnswers {
  readonly DescribeDBLogFilesCommand?: Answer<DescribeDBLogFilesCommandInput, DescribeDBLogFilesCommandOutput>
  readonly DownloadDBLogFilePortionCommand?: Answer<
    DownloadDBLogFilePortionCommandInput,
    DownloadDBLogFilePortionCommandOutput
  >
}

interface Sent {
  readonly command: string
  readonly input: Readonly<Record<string, unknown>>
}

/* The SDK's own clients, each call answered before it is serialized. What was asked is in `sent`. */

export function logGroupAnswering(answers: LogsAnswers) {
  const sent: Sent[] = []
  const client = new CloudWatchLogsClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => ({
        output: answered(answers, sent, commandName, input) as FilterLogEventsCommandOutput,
        response: undefined,
      }),
    { step: 'initialize' },
  )
  return { client, sent }
}

export function logFilesAnswering(answers: RdsAnswers) {
  const sent: Sent[] = []
  const client = new RDSClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => ({
        output: answered(answers, sent, commandName, input) as DescribeDBLogFilesCommandOutput,
        response: undefined,
      }),
    { step: 'initialize' },
  )
  return { client, sent }
}

function answered(answers: object, sent: Sent[], command = '', input: object): object {
  sent.push({ command, input: { ...input } })
  const answer = (answers as Readonly<Record<string, ((input: object) => object) | undefined>>)[command]
  if (answer === undefined) throw new Error(`nothing was prepared for ${command}`)
  return { $metadata: {}, ...answer(input) }
}
