import {
  CloudWatchLogsClient,
  type FilterLogEventsCommandInput,
  type FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  EventBridgeClient,
  type PutEventsCommandInput,
  type PutEventsCommandOutput,
} from '@aws-sdk/client-eventbridge'
import { type PublishCommandInput, type PublishCommandOutput, SNSClient } from '@aws-sdk/client-sns'

type Answer<Input, Output> = (input: Input) => Omit<Output, '$metadata'>

/* The SDK's own clients, each call answered before it is serialized. What was asked is in `sent`. */

export function logsAnswering(answer: Answer<FilterLogEventsCommandInput, FilterLogEventsCommandOutput>) {
  const sent: FilterLogEventsCommandInput[] = []
  const client = new CloudWatchLogsClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        sent.push(input as FilterLogEventsCommandInput)
        const output = { $metadata: {}, ...answer(input as FilterLogEventsCommandInput) }
        return { output: output as FilterLogEventsCommandOutput, response: undefined }
      },
    { step: 'initialize' },
  )
  return { client, sent }
}

export function eventBridgeAnswering(answer: Answer<PutEventsCommandInput, PutEventsCommandOutput>) {
  const sent: PutEventsCommandInput[] = []
  const client = new EventBridgeClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        sent.push(input as PutEventsCommandInput)
        const output = { $metadata: {}, ...answer(input as PutEventsCommandInput) }
        return { output: output as PutEventsCommandOutput, response: undefined }
      },
    { step: 'initialize' },
  )
  return { client, sent }
}

export function snsAnswering(answer: Answer<PublishCommandInput, PublishCommandOutput>) {
  const sent: PublishCommandInput[] = []
  const client = new SNSClient({ region: 'us-east-1' })
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        sent.push(input as PublishCommandInput)
        const output = { $metadata: {}, ...answer(input as PublishCommandInput) }
        return { output: output as PublishCommandOutput, response: undefined }
      },
    { step: 'initialize' },
  )
  return { client, sent }
}
