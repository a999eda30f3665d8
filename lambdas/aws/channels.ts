import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge'
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Channels } from '../report/report.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const LARGEST_BATCH = 10
const ATTEMPTS = 3
const PAUSE_MS = 500

export interface ChannelClients {
  readonly sns: SNSClient
  readonly eventBridge: EventBridgeClient
  /** Milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
}

/** A topic for people, and the default event bus for programs. `signal` ends a call that hangs before the function's own time is up. */
export function channels({ sns, eventBridge, sleep }: ChannelClients, signal: () => AbortSignal): Channels {
  /** Those of a batch that the bus did not take. It answers 200 when it took some of them, or none. */
  async function put(entries: readonly PutEventsRequestEntry[]): Promise<readonly Refused[]> {
    const { Entries: answers = [] } = await eventBridge.send(
      new PutEventsCommand({ Entries: [...entries] }),
      {
        abortSignal: signal(),
      },
    )
    return entries.flatMap((entry, at) => {
      const { EventId, ErrorCode: code = 'no answer', ErrorMessage: message = '' } = answers[at] ?? {}
      return EventId === undefined ? [{ entry, why: `${code}: ${message}` }] : []
    })
  }

  async function putAll(entries: readonly PutEventsRequestEntry[]): Promise<void> {
    let left = entries
    for (let attempt = 1; ; attempt++) {
      const refused = await put(left)
      if (refused.length === 0) return
      if (attempt === ATTEMPTS)
        throw new Error(
          `the event bus did not take ${refused.length} of ${entries.length} events: ${refused[0]?.why}`,
        )
      left = refused.map(({ entry }) => entry)
      await sleep(attempt * PAUSE_MS)
    }
  }

  return {
    async publish(TopicArn, { subject: Subject, body: Message }) {
      await sns.send(new PublishCommand({ TopicArn, Subject, Message }), { abortSignal: signal() })
    },

    async announce(findings) {
      const entries = findings.map((detail) => ({
        Source: 'overlap',
        DetailType: 'Overlap Finding',
        Detail: JSON.stringify(detail),
      }))
      for (let at = 0; at < entries.length; at += LARGEST_BATCH)
        await putAll(entries.slice(at, at + LARGEST_BATCH))
    },
  }
}

interface Refused {
  readonly entry: PutEventsRequestEntry
  readonly why: string
}
