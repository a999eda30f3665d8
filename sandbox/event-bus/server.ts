import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import { type JsonService, type Members, Refusal, startJsonService } from '../json-service.ts'
import { type EventPattern, matchesPattern, parseEventPattern } from './event-pattern.ts'
import { type AcceptedEntry, isRefused, readEntries } from './put-events.ts'

/** An event as a rule's target gets it (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html). */
export interface BusEvent {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  /** ISO 8601, whole seconds. */
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Members
}

export interface EventBusOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Default us-east-1. */
  readonly region?: string
  /** Default 123456789012. */
  readonly accountId?: string
  readonly clock?: Clock
}

export interface Rule {
  /** Of the rule; one that is put again under its name replaces the first. */
  readonly name: string
  /** As the template holds it. */
  readonly pattern: unknown
  /** Gets every event that matches, in order. Must not throw. */
  readonly target: (event: BusEvent) => void
}

/** The default event bus of an account, and of its calls PutEvents. `url` is for AWS_ENDPOINT_URL_EVENTBRIDGE. */
export interface EventBus extends JsonService {
  /** Throws for a pattern that the sandbox cannot match. */
  putRule(rule: Rule): void
  /** Does nothing when there is no such rule. */
  deleteRule(name: string): void
  /** Puts what an AWS service publishes by itself, such as `Secret Label Updated`. */
  put(event: BusEvent): void
  /** Every event so far, oldest first. */
  events(): readonly BusEvent[]
}

export async function startEventBus(options: EventBusOptions = {}): Promise<EventBus> {
  const { clock = systemClock, region = 'us-east-1', accountId: account = '123456789012' } = options
  const rules = new Map<string, { readonly pattern: EventPattern; readonly target: Rule['target'] }>()
  const events: BusEvent[] = []

  const put = (event: BusEvent) => {
    events.push(event)
    for (const { pattern, target } of rules.values()) if (matchesPattern(event, pattern)) target(event)
  }
  const eventOf = ({ source, detailType, detail, resources, time }: AcceptedEntry): BusEvent => ({
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account,
    time: `${new Date(time ?? clock.now()).toISOString().slice(0, 19)}Z`,
    region,
    resources,
    detail,
  })
  const putEvents = (request: Members): Members => {
    const entries = readEntries(request)
    return {
      FailedEntryCount: entries.filter(isRefused).length,
      Entries: entries.map((entry) => {
        if (isRefused(entry)) return entry
        const event = eventOf(entry)
        put(event)
        return { EventId: event.id }
      }),
    }
  }

  const endpoint = await startJsonService({
    port: options.port,
    target: 'AWSEvents',
    perform(operation, request) {
      if (operation === 'PutEvents') return putEvents(request)
      throw new Refusal('UnknownOperationException', `${operation} is not part of the sandbox.`)
    },
  })
  return {
    ...endpoint,
    putRule({ name, pattern, target }) {
      rules.set(name, { pattern: parseEventPattern(pattern), target })
    },
    deleteRule: (name) => void rules.delete(name),
    put,
    events: () => events,
  }
}
