import { isObject, type Members, Refusal } from '../json-service.ts'

export interface PutEvent {
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

export interface PutLogEvents {
  readonly logGroupName: unknown
  readonly logStreamName: string
  readonly logEvents: readonly PutEvent[]
}

/** What PutLogEvents takes. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const LARGEST_EVENT_BYTES = 256 * 1024
const LARGEST_BATCH_BYTES = 1_048_576
const BYTES_OF_EVENT = 26
const MOST_EVENTS = 10_000
const LONGEST_AHEAD_MS = 2 * 3_600_000
const OLDEST_MS = 14 * 24 * 3_600_000

/** Throws a Refusal. */
export function readPutLogEvents({ logGroupName, logStreamName, logEvents }: Members): PutLogEvents {
  if (typeof logStreamName !== 'string') throw invalid('logStreamName is missing')
  if (!Array.isArray(logEvents) || logEvents.length === 0 || logEvents.length > MOST_EVENTS)
    throw invalid(`logEvents must be 1 to ${MOST_EVENTS}`)
  const events = logEvents.map(readEvent)
  if (events.some((event) => bytesOf(event) > LARGEST_EVENT_BYTES)) throw invalid('Log event too large')
  if (events.reduce((sum, event) => sum + bytesOf(event), 0) > LARGEST_BATCH_BYTES)
    throw invalid('Upload too large')
  if (events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0)))
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.')
  return { logGroupName, logStreamName, logEvents: events }
}

interface Limits {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly retentionMs: number
}

export function acceptable({ timestamp }: PutEvent, { now, retentionMs }: Limits): boolean {
  return timestamp <= now + LONGEST_AHEAD_MS && timestamp >= now - Math.min(OLDEST_MS, retentionMs)
}

/** What the answer says of events that were not taken, by their index. */
export function rejected(events: readonly PutEvent[], { now, retentionMs }: Limits): Members {
  const newFrom = events.findIndex(({ timestamp }) => timestamp > now + LONGEST_AHEAD_MS)
  const oldUntil = events.filter(({ timestamp }) => timestamp < now - OLDEST_MS).length
  const expiredUntil = events.filter(({ timestamp }) => timestamp < now - retentionMs).length
  const info = {
    ...(newFrom >= 0 ? { tooNewLogEventStartIndex: newFrom } : {}),
    ...(oldUntil > 0 ? { tooOldLogEventEndIndex: oldUntil } : {}),
    ...(expiredUntil > 0 ? { expiredLogEventEndIndex: expiredUntil } : {}),
  }
  return Object.keys(info).length === 0 ? {} : { rejectedLogEventsInfo: info }
}

function readEvent(event: unknown): PutEvent {
  const { message, timestamp } = isObject(event) ? event : {}
  if (typeof message !== 'string' || message === '') throw invalid('message must not be empty')
  if (typeof timestamp !== 'number' || !Number.isInteger(timestamp) || timestamp < 0)
    throw invalid('timestamp must be milliseconds since the epoch')
  return { message, timestamp }
}

function bytesOf({ message }: PutEvent): number {
  return Buffer.byteLength(message) + BYTES_OF_EVENT
}

function invalid(message: string): Refusal {
  return new Refusal('InvalidParameterException', message)
}
