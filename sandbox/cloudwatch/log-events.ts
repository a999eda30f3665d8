import { type Members, Refusal } from '../json-service.ts'
import { type LogFilter, parseFilterPattern } from './filter-pattern.ts'
import { acceptable, type PutEvent, readPutLogEvents, rejected } from './put-log-events.ts'

export interface LogEvent extends PutEvent {
  readonly eventId: string
  readonly logStreamName: string
}

export interface LogGroupOptions {
  /** Days for which an event can be found. Default for ever. */
  readonly retentionInDays?: number
  /** What has been written by somebody else since the last call; asked whenever the group is searched. */
  readonly more?: () => readonly (PutEvent & { readonly logStreamName: string })[]
}

interface Group extends LogGroupOptions {
  readonly events: LogEvent[]
  readonly streams: Set<string>
}

/** What functions write to. */
const FUNCTION_STREAM = '[$LATEST]sandbox'
const DAY_MS = 24 * 3_600_000

const MOST_EVENTS = 10_000
const LARGEST_PAGE_BYTES = 1024 * 1024

/** Log groups and what was written to them. */
export class LogEvents {
  readonly #groups = new Map<string, Group>()
  readonly #scannedPerPage: number
  #written = 0

  /** A page ends when so many events were looked at, so that a search for few of many gives pages that are empty, as it does at AWS. */
  constructor(scannedPerPage: number) {
    this.#scannedPerPage = scannedPerPage
  }

  addGroup(name: string, options: LogGroupOptions = {}): void {
    const { events = [], streams = new Set<string>() } = this.#groups.get(name) ?? {}
    this.#groups.set(name, { ...options, events, streams })
  }

  /** Throws for a group that does not exist. */
  write(group: string, message: string, timestamp: number): void {
    const found = this.#groups.get(group)
    if (!found) throw new Error(`there is no log group ${group}`)
    this.#keep(found, FUNCTION_STREAM, { message, timestamp })
  }

  #keep({ events, streams }: Group, logStreamName: string, { message, timestamp }: PutEvent): void {
    this.#written += 1
    streams.add(logStreamName)
    events.push({ message, timestamp, logStreamName, eventId: String(this.#written).padStart(56, '0') })
  }

  /**
   * CreateLogStream. Throws a Refusal.
   * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
   */
  createStream({ logGroupName, logStreamName }: Members): Members {
    const { streams } = this.#group(logGroupName)
    if (typeof logStreamName !== 'string' || !/^[^:*]{1,512}$/.test(logStreamName))
      throw invalid('logStreamName must have 1 to 512 characters, without colon and asterisk')
    if (streams.has(logStreamName))
      throw new Refusal('ResourceAlreadyExistsException', 'The specified log stream already exists')
    streams.add(logStreamName)
    return {}
  }

  /**
   * PutLogEvents. Throws a Refusal.
   *
   * @param now milliseconds since the epoch
   */
  put(request: Members, now: number): Members {
    const { logGroupName, logStreamName, logEvents } = readPutLogEvents(request)
    const group = this.#group(logGroupName)
    if (!group.streams.has(logStreamName))
      throw new Refusal('ResourceNotFoundException', 'The specified log stream does not exist.')
    const limits = { now, retentionMs: retentionMs(group) }
    for (const event of logEvents) if (acceptable(event, limits)) this.#keep(group, logStreamName, event)
    return rejected(logEvents, limits)
  }

  /**
   * DescribeLogGroups, on one page. Throws a Refusal.
   * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
   */
  describe(request: Members): Members {
    const { logGroupNamePrefix = '', ...others } = request
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) throw invalid(`${unknown} is not part of the sandbox`)
    const groups = [...this.#groups].filter(([name]) => name.startsWith(String(logGroupNamePrefix)))
    return {
      logGroups: groups
        .map(([logGroupName, { retentionInDays }]) => ({ logGroupName, retentionInDays }))
        .sort((one, other) => (one.logGroupName < other.logGroupName ? -1 : 1)),
    }
  }

  #group(name: unknown): Group {
    if (typeof name !== 'string' || !/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name))
      throw invalid('logGroupName must be the name of a log group')
    const group = this.#groups.get(name)
    if (!group) throw new Refusal('ResourceNotFoundException', 'The specified log group does not exist.')
    return group
  }

  /**
   * FilterLogEvents. Throws a Refusal.
   * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
   *
   * @param now milliseconds since the epoch
   */
  filter(request: Members, now: number): Members {
    const { logGroupName, filterPattern, nextToken, limit = MOST_EVENTS } = request
    const from = moment(request, 'startTime') ?? 0
    const until = moment(request, 'endTime') ?? Number.POSITIVE_INFINITY
    const unknown = Object.keys(request).find((name) => !members.has(name))
    if (unknown !== undefined) throw invalid(`${unknown} is not part of the sandbox`)
    if (typeof limit !== 'number' || limit < 1 || limit > MOST_EVENTS)
      throw invalid(`limit must be 1 to ${MOST_EVENTS}`)
    if (from > until) throw invalid('endTime must be no earlier than startTime')
    const matches = filterOf(filterPattern)
    const group = this.#group(logGroupName)
    for (const { logStreamName, ...event } of group.more?.() ?? []) this.#keep(group, logStreamName, event)
    const oldest = Math.max(from, now - retentionMs(group))
    const searched = group.events.filter(({ timestamp }) => timestamp >= oldest && timestamp <= until)
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
      events: found.map((event) => ({ ...event, ingestionTime: event.timestamp })),
      searchedLogStreams: [],
      ...(at < searched.length ? { nextToken: Buffer.from(String(at)).toString('base64url') } : {}),
    }
  }
}

function retentionMs({ retentionInDays = Number.POSITIVE_INFINITY }: LogGroupOptions): number {
  return retentionInDays * DAY_MS
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
