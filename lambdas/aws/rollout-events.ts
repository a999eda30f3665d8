import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { Tell } from '../rollout/event.ts'
import { OverlapError } from '../rotation/errors.ts'
import { rolloutFailed } from './rollout-failure.ts'

/** The default event bus of the account and Region. */
export function rolloutEvents(client: EventBridgeClient, signal: () => AbortSignal): Tell {
  return async (event) => {
    const command = new PutEventsCommand({
      Entries: [
        {
          Source: 'overlap',
          DetailType: 'Overlap Rollout Requested',
          Resources: [event.secret],
          Detail: JSON.stringify(event),
        },
      ],
    })
    const { FailedEntryCount, Entries: [entry] = [] } = await client
      .send(command, { abortSignal: signal() })
      .catch((error) => rolloutFailed('EVENTS_FAILED', 'PutEvents', error, { about: event.consumer }))
    // It answers 200 when it took none, too.
    if (FailedEntryCount === 0 && entry?.EventId !== undefined) return
    const { ErrorCode = 'no answer', ErrorMessage = '' } = entry ?? {}
    throw new OverlapError(
      'EVENTS_FAILED',
      `the event bus did not take the event for ${event.consumer}: ${ErrorCode}: ${ErrorMessage}`,
      { detail: { operation: 'PutEvents', awsError: ErrorCode } },
    )
  }
}
