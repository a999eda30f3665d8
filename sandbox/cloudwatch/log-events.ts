import { type Members, Refusal } from '../json-service.ts'
import { type LogFilter, parseFilterPattern } from './filter-pattern.ts'

export interface LogEvent {
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly eventId: string
}

const MOST_EVENTS = 10_000
const LARGEST_PAGE_BYTES = 1024 * 1024

/** Log groups and what was written to them. */
export class LogEvents {
  readonly #groups = new Map<string, LogEvent[]>()
  readonly #scannedPerPage: number
  #written = 0

  /** A page ends when so many events were looked at, so that a search for few of many gives pages that are empty, as it does at AWS. */
  constructor(scannedPerPage: number) {
    this.#scannedPerPage = scannedPerPage
  }

  addGroup(name: string): void {
    if (!this.#groups.has(name)) this.#groups.set(name, [])
  }

  /** Throws for a group that does not exist. */
  write(group: string, message: string, timestamp: number): void {
    const events = this.#groups.get(group)
    if (!events) throw new Error(`there is no log group ${group}`)
    this.#written += 1
    events.push({ message, timestamp, eventId: String(this.#written).padStart(56, '0') })
  }

  /**
   * FilterLogEvents. Throws a Refusal.
   * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
   */
  filter(request: Members): Members {
    const { logGroupName, filterPattern, nextToken, limit = MOST_EVENTS } = request
    const from = moment(request, 'startTime') ?? 0
    const until = moment(request, 'endTime') ?? Number.POSITIVE_INFINITY
    const unknown = Object.keys(request).find((name) => !members.has(name))
    if (unknown !== undefined) throw invalid(`${unknown} is not part of the sandbox`)
    if (typeof logGroupName !== 'string' || !/^[.\-_/#A-Za-z0-9]{1,512}$/.test(logGroupName))
      throw invalid('logGroupName must be the name of a log group')
    if (typeof limit !== 'number' || limit < 1 || limit > MOST_EVENTS)
      throw invalid(`limit must be 1 to ${MOST_EVENTS}`)
    if (from > until) throw invalid('endTime must be no earlier than startTime')
    const matches = filterOf(filterPattern)
    const events = this.#groups.get(logGroupName)
    if (!events) throw new Refusal('ResourceNotFoundException', 'The specified log group does not exist.')
    const searched = events.filter(({ timestamp }) => timestamp >= from && timestamp <= until)
    const start = nextToken === undefined ? 0 : startOf(nextToken)
    return this.#page(searched, start, matches, limit)
  }

  #page(searched: readonly LogEvent[], start: number, matches: LogFilter, limit: number): Members {
    const found: LogEvent[] = []
    let bytes = 0
    let at = start
    const isFull = () =>
      at - start >= this.#scannedPerPage || found.length >= limit || bytes >= LARGEST_PAGE_BYTES
    for (; at < searched.length && !isFull(); at++) {
      const event = searched[at]
      if (!event || !matches(event.message)) continue
      bytes += Buffer.byteLength(event.message)
      found.push(event)
    }
    return {
      events: found.map((event) => ({
        ...event,
        ingestionTime: event.timestamp,
        logStreamName: '[$LATEST]sandbox',
      })),
      searchedLogStreams: [],
      ...(at < searched.length ? { nextToken: Buffer.from(String(at)).toString('base64url') } : {}),
    }
  }
}

const members = new Set(['logGroupName', 'filterPattern', 'startTime', 'endTime', 'nextToken', 'limit'])

function moment(request: Members, field: string): number | undefined {
  const value = request[field]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw invalid(`${field} must be milliseconds since the epoch`)
  return value
}

function filterOf(pattern: unknown): LogFilter {
  if (pattern === undefined || pattern === '') return () => true
  const filter = typeof pattern === 'string' ? parseFilterPattern(pattern) : undefined
  if (filter === undefined) throw invalid('Invalid filter pattern')
  return filter
}

function startOf(token: unknown): number {
  const start = Number(Buffer.from(String(token), 'base64url').toString())
  if (!Number.isInteger(start) || start < 1) throw invalid('The specified nextToken is invalid.')
  return start
}

function invalid(message: string): Refusal {
  return new Refusal('InvalidParameterException', message)
}
