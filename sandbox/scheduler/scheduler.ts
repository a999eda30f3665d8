import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../clock.ts'
import { type Occurrences, parseExpression } from './expression.ts'

/** What a schedule is to EventBridge Scheduler (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html). */
export interface Schedule {
  readonly arn: string
  readonly name: string
  /** `rate(...)` or `cron(...)`. */
  readonly expression: string
  /** IANA. */
  readonly timezone: string
  /** ARN. */
  readonly target: string
  /** JSON, as the schedule's Input holds it; undefined: the service's own event. */
  readonly input: string | undefined
  readonly retry: {
    /** Further deliveries after a first one that was refused. */
    readonly attempts: number
    /** An occurrence older than this is not delivered any more. */
    readonly maximumAgeSeconds: number
  }
  /** ARN of the queue that takes what could not be delivered. */
  readonly deadLetterQueue: string | undefined
}

export interface SchedulerOptions {
  readonly clock: Clock
  readonly accountId: string
  readonly region: string
  /** Hands the payload over to the target; rejects when that does not take it. What a function makes of it is not the scheduler's business. */
  readonly deliver: (target: string, payload: unknown) => Promise<void>
  /** Takes what was not delivered. */
  readonly bury: (queue: string, payload: unknown, reason: string) => void
}

export interface Scheduler {
  /** Throws for an expression that is none, and for a name that is taken. A rate begins at once. */
  create(schedule: Schedule): void
  delete(name: string): void
  /** With the moment of the next run, in milliseconds since the epoch, in order of creation. */
  list(): readonly (Schedule & { readonly nextRun: number | undefined })[]
  /** Nothing runs until `resume`, and what falls due meanwhile is lost: the service is out of order. */
  suspend(): void
  resume(): void
  close(): void
}

interface Live {
  readonly schedule: Schedule
  readonly occurrences: Occurrences
  nextRun: number | undefined
  timer: Timer | undefined
}

/** EventBridge Scheduler, on a clock of ours. It takes the first moment of the minute in which it may invoke a target. */
export function startScheduler({ clock, ...options }: SchedulerOptions): Scheduler {
  const schedules = new Map<string, Live>()
  const retries = new Set<Timer>()
  let suspended = false

  function arm(live: Live, after: number): void {
    live.timer?.cancel()
    live.timer = undefined
    live.nextRun = live.occurrences.after(after)
    if (live.nextRun === undefined || suspended) return
    live.timer = clock.after(live.nextRun - clock.now(), () => {
      const scheduledAt = live.nextRun ?? clock.now()
      // However many runs a jump of the clock has passed: this one is for all of them.
      arm(live, Math.max(scheduledAt, clock.now()))
      void deliver(live.schedule, scheduledAt, 1)
    })
  }

  async function deliver(schedule: Schedule, scheduledAt: number, attempt: number): Promise<void> {
    const isGone = () => schedules.get(schedule.name)?.schedule !== schedule
    if (isGone()) return
    const payload = payloadOf(schedule, scheduledAt, attempt, options)
    try {
      await options.deliver(schedule.target, payload)
    } catch (error) {
      if (isGone()) return
      const delay = retryDelayMs(attempt)
      const { attempts, maximumAgeSeconds } = schedule.retry
      if (attempt > attempts || clock.now() + delay - scheduledAt > maximumAgeSeconds * 1000) {
        if (schedule.deadLetterQueue !== undefined)
          options.bury(
            schedule.deadLetterQueue,
            payload,
            error instanceof Error ? error.message : String(error),
          )
        return
      }
      const timer = clock.after(delay, () => {
        retries.delete(timer)
        void deliver(schedule, scheduledAt, attempt + 1)
      })
      retries.add(timer)
    }
  }

  return {
    create(schedule) {
      if (schedules.has(schedule.name)) throw new Error(`there is a schedule ${schedule.name} already`)
      const now = clock.now()
      const occurrences = parseExpression(schedule.expression, schedule.timezone, now)
      const live: Live = { schedule, occurrences, nextRun: undefined, timer: undefined }
      schedules.set(schedule.name, live)
      arm(live, now - 1)
    },
    delete(name) {
      schedules.get(name)?.timer?.cancel()
      schedules.delete(name)
    },
    list: () => [...schedules.values()].map(({ schedule, nextRun }) => ({ ...schedule, nextRun })),
    suspend() {
      suspended = true
      for (const { timer } of schedules.values()) timer?.cancel()
    },
    resume() {
      suspended = false
      for (const live of schedules.values()) arm(live, clock.now())
    },
    close() {
      suspended = true
      for (const { timer } of schedules.values()) timer?.cancel()
      for (const timer of retries) timer.cancel()
      schedules.clear()
    },
  }
}

/** Exponential, as AWS says; from which second on it does not say. */
function retryDelayMs(attempt: number): number {
  return Math.min(2 ** attempt, 3600) * 1000
}

/** The context attributes of https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html. */
function payloadOf(
  { arn, input }: Schedule,
  scheduledAt: number,
  attempt: number,
  place: { readonly accountId: string; readonly region: string },
): unknown {
  const time = `${new Date(scheduledAt).toISOString().slice(0, 19)}Z`
  if (input === undefined)
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: place.accountId,
      time,
      region: place.region,
      resources: [arn],
      detail: '{}',
    }
  const filled = input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt))
  return JSON.parse(filled)
}
