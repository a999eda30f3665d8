import type { Clock, Timer } from '../clock.ts'
import type { Members } from '../json-service.ts'
import { type AlarmDefinition, type MetricQuery, parseAlarm } from './alarm-definition.ts'
import { type AlarmChange, type AlarmStatus, functionPayload, topicMessage } from './alarm-payloads.ts'
import { alarmReason } from './alarm-reason.ts'
import { type AlarmState, type Datapoint, evaluate, evaluationRange } from './evaluation.ts'
import { computeExpression, type Series } from './metric-math.ts'
import type { MetricStore } from './metric-store.ts'

/** What alarms act on. Both may throw or reject: CloudWatch does not find out whether an action exists. */
export interface AlarmTargets {
  invoke(functionArn: string, payload: unknown): Promise<unknown>
  publish(publication: {
    readonly topicArn: string
    readonly subject: string
    readonly message: string
  }): void
}

export interface Alarm {
  readonly arn: string
  readonly definition: AlarmDefinition
  readonly status: AlarmStatus
}

/** A change of an alarm's state, and how each of its actions ended. */
export interface AlarmEvent {
  readonly alarm: string
  readonly from: AlarmState
  readonly to: AlarmState
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Grows while actions are under way. */
  readonly actions: readonly { readonly arn: string; readonly error?: string }[]
}

const MINUTE_MS = 60_000

/**
 * Alarms as CloudWatch runs them: looked at once a minute over a window that slides with the minutes, acting only when the state changes.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
 */
export class Alarms {
  readonly #clock: Clock
  readonly #place: { readonly region: string; readonly accountId: string }
  readonly #store: MetricStore
  readonly #targets: AlarmTargets
  readonly #alarms = new Map<string, Alarm>()
  readonly #events: AlarmEvent[] = []
  /** Actions come in the order of the changes, also when a clock that is moved brings many at once. */
  #acting: Promise<void> = Promise.resolve()
  #timer: Timer | undefined

  constructor(
    clock: Clock,
    place: { readonly region: string; readonly accountId: string },
    store: MetricStore,
    targets: AlarmTargets,
  ) {
    this.#clock = clock
    this.#place = place
    this.#store = store
    this.#targets = targets
    this.#arm()
  }

  /** Makes an alarm, or changes one that exists, which keeps its state. Returns the ARN. Throws what `parseAlarm` throws. */
  put(properties: Members): string {
    const definition = parseAlarm(properties)
    const { region, accountId } = this.#place
    const arn = `arn:aws:cloudwatch:${region}:${accountId}:alarm:${definition.name}`
    const status: AlarmStatus = this.#alarms.get(definition.name)?.status ?? {
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      since: this.#clock.now(),
    }
    this.#alarms.set(definition.name, { arn, definition, status })
    return arn
  }

  delete(name: string): void {
    this.#alarms.delete(name)
  }

  list(): readonly Alarm[] {
    return [...this.#alarms.values()]
  }

  /** Every change so far, oldest first. */
  events(): readonly AlarmEvent[] {
    return this.#events
  }

  /** Resolves when no action is under way. */
  idle(): Promise<void> {
    return this.#acting
  }

  /** No alarm is looked at any more. */
  close(): void {
    this.#timer?.cancel()
  }

  #arm(): void {
    this.#timer = this.#clock.after(MINUTE_MS - (this.#clock.now() % MINUTE_MS), () => {
      for (const alarm of this.#alarms.values()) this.#look(alarm)
      this.#arm()
    })
  }

  #look({ arn, definition, status: from }: Alarm): void {
    const now = this.#clock.now()
    const evaluation = evaluate(definition, this.#range(definition, now), from.state)
    const { state, evaluated } = evaluation
    if (state === from.state) return
    const reason = alarmReason(definition, from.state, evaluation)
    const to: AlarmStatus = { state, reason, since: now, evaluated }
    this.#alarms.set(definition.name, { arn, definition, status: to })
    const actions: { arn: string; error?: string }[] = []
    this.#events.push({ alarm: definition.name, from: from.state, to: state, reason, at: now, actions })
    if (!definition.actionsEnabled) return
    const change: AlarmChange = { ...this.#place, arn, definition, from, to }
    this.#acting = this.#acting.then(async () => {
      for (const action of definition.actions[state]) actions.push(await this.#act(action, change))
    })
  }

  async #act(arn: string, change: AlarmChange): Promise<{ arn: string; error?: string }> {
    try {
      if (arn.includes(':sns:')) this.#targets.publish({ topicArn: arn, ...topicMessage(change) })
      else await this.#targets.invoke(arn, functionPayload(change))
      return { arn }
    } catch (error) {
      return { arn, error: error instanceof Error ? error.message : String(error) }
    }
  }

  /** The newest period ends with the last full minute. One that a clock has jumped over is no gap in a measurement: it never was. */
  #range(definition: AlarmDefinition, now: number): readonly Datapoint[] {
    const { watched } = definition
    const length = definition.period * 1000
    const end = Math.floor(now / MINUTE_MS) * MINUTE_MS
    const count = evaluationRange(definition)
    const starts: number[] = []
    for (let start = end - length; starts.length < count; start -= length)
      if (!this.#clock.jumpedOver?.(start, start + length)) starts.unshift(start)
    const seriesOf = ({ metric, statistic, unit }: MetricQuery): Series =>
      starts.map((start) => this.#store.statistic(metric, statistic, unit, start, start + length))
    const series =
      watched.by === 'metric'
        ? seriesOf(watched.query)
        : computeExpression(
            watched.expression,
            new Map([...watched.queries].map(([id, query]) => [id, seriesOf(query)])),
          )
    return starts.map((at, index) => ({ at, value: series[index] }))
  }
}
