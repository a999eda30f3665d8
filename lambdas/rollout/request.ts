import { OverlapError } from '../rotation/errors.ts'
import { type Consumer, parseConsumer } from './consumer.ts'
import type { Goal, Progress, RolloutRequest } from './rollout.ts'

/** How a rollout function says what became of a request: the state of the consumer, and what a person needs to know of it. */
export interface RolloutAnswer {
  readonly outcome: Progress['state']
  readonly reason?: string
}

export interface ReadRequest {
  readonly action: RolloutRequest['action']
  readonly consumer: Consumer
  readonly goal: Goal
}

/** Throws `EVENT_INVALID` naming the field. */
export function parseRolloutRequest(event: unknown): ReadRequest {
  const { action, consumer, secretId, versionId, since, created, rolledBack } = (
    typeof event === 'object' && event !== null ? event : {}
  ) as Readonly<Record<string, unknown>>
  if (action !== 'advance' && action !== 'look') throw invalid('action', 'advance or look')
  if (typeof secretId !== 'string' || !secretId.startsWith('arn:'))
    throw invalid('secretId', 'the ARN of a secret')
  if (typeof versionId !== 'string' || versionId === '') throw invalid('versionId', 'a version id')
  if (rolledBack !== undefined && (typeof rolledBack !== 'string' || rolledBack === ''))
    throw invalid('rolledBack', 'a version id')
  return {
    action,
    consumer: consumerIn(consumer),
    goal: {
      secretId,
      versionId,
      since: instant(since, 'since'),
      created: instant(created, 'created'),
      ...(rolledBack === undefined ? {} : { rolledBack }),
    },
  }
}

function consumerIn(text: unknown): Consumer {
  if (typeof text !== 'string') throw invalid('consumer', 'a consumer as the tag overlap:consumers names it')
  try {
    return parseConsumer(text)
  } catch (error) {
    throw invalid('consumer', `a consumer: ${error instanceof Error ? error.message : ''}`)
  }
}

function instant(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw invalid(field, 'milliseconds since the epoch')
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the request must be ${expected}`)
}
