import type { Logger } from '@aws-lambda-powertools/logger'
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { isDeferred, OverlapError } from './errors.ts'
import { severityOf } from './severity.ts'

export interface Telemetry {
  readonly logger: Logger
  readonly metrics: Metrics
  /** Milliseconds. */
  readonly now: () => number
}

/**
 * What a log line and a metric say of one piece of work. Never a value, an event, or SQL.
 *
 * Each combination of dimensions is one more metric to pay for, by the hour in which it is written, so nothing that there are as many of as secrets is
 * one. However many secrets there are, a deployment of one kind has fewer than 140: `Duration` 16 of the four steps, 24 of the sweep, 3 of its census, 12 of rollouts and
 * some 60 of whatever else functions are asked for; `Failures` 2; `Throttled`, `Heartbeat`, `Overdue`, `OverdueNews`, `Stuck` and `StuckNews` 1 each; 7 of ages, and 5 for
 * each owner that the deployment declares. A month without trouble writes some 35 of them; `Heartbeat`, `Overdue`, `OverdueNews`, `Stuck`, `StuckNews`, the `Duration` of a
 * census that counted and those of ages in every pass.
 */
export interface Work {
  readonly kind: string
  readonly step: string
  /** ARN; in the log only, since a metric per secret would cost more than the secret. */
  readonly secret: string
  readonly version: string
}

interface Result {
  readonly outcome: string
  readonly reason?: string
}

/**
 * Runs one piece of work and says how it ended, as one log line and one metric; a failure is counted by its severity, too. Rethrows as OverlapError: what is not ours is
 * reported by its class and place alone, since nobody knows what its message holds. `failing`: what a failure is called; work that is `unfinished` is a warning and no failure, since
 * an alarm of its own says that its result is missing, or whoever asked deals with that.
 */
export async function observed<R extends Result>(
  telemetry: Telemetry,
  work: Work,
  run: () => Promise<R>,
  failing: 'failed' | 'unfinished' = 'failed',
): Promise<R> {
  const { logger, metrics, now } = telemetry
  const startedAt = now()
  const publish = (outcome: string) => {
    const metric = metrics.singleMetric()
    metric.addDimensions({ kind: work.kind, step: work.step, outcome })
    metric.addMetric('Duration', MetricUnit.Milliseconds, now() - startedAt)
  }
  try {
    const result = await run()
    logger.info(`${work.step}: ${result.outcome}`, {
      ...work,
      outcome: result.outcome,
      reason: result.reason,
    })
    publish(result.outcome)
    return result
  } catch (thrown) {
    const error = thrown instanceof OverlapError ? thrown : unexpected(thrown)
    const outcome = isDeferred(error) ? 'deferred' : failing
    const facts = {
      ...work,
      outcome,
      reason: error.code,
      error: error.message,
      detail: error.detail,
      cause: causeOf(error),
    }
    if (outcome === 'failed') logger.error(`${work.step}: failed`, { ...facts, severity: severityOf(error) })
    else logger.warn(`${work.step}: ${outcome}`, facts)
    publish(outcome)
    if (outcome === 'failed') count(telemetry, 'Failures', 1, { severity: severityOf(error) })
    if (outcome !== 'deferred' && isThrottling(error)) count(telemetry, 'Throttled', 1)
    throw error
  }
}

/** AWS asks to be called less. */
const throttling = new Set([
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'LimitExceededException',
])

function isThrottling({ detail }: OverlapError): boolean {
  return throttling.has(String(detail.awsError))
}

/** What alarms watch. Each combination of dimensions is one more metric to pay for. */
export function count(
  { metrics }: Telemetry,
  name: 'Failures' | 'Throttled' | 'Heartbeat' | 'Overdue' | 'OverdueNews' | 'Stuck' | 'StuckNews',
  howMany: number,
  dimensions: Readonly<Record<string, string>> = {},
): void {
  const metric = metrics.singleMetric()
  metric.addDimensions({ ...dimensions })
  metric.addMetric(name, MetricUnit.Count, howMany)
}

/** How things are at the end of a whole pass of the sweep. `OldestAgeDays` is in days, for which CloudWatch has no unit; the others are numbers of secrets. */
export type Gauge = 'Stale' | 'Due' | 'NeverRotated' | 'Blocked' | 'Unowned' | 'Unmanaged' | 'OldestAgeDays'

/** What alarms and the dashboard watch. Each combination of dimensions is one more metric to pay for. */
export function gauge(
  { metrics }: Telemetry,
  name: Gauge,
  value: number,
  dimensions: Readonly<Record<string, string>> = {},
): void {
  const metric = metrics.singleMetric()
  metric.addDimensions({ ...dimensions })
  metric.addMetric(name, name === 'OldestAgeDays' ? MetricUnit.NoUnit : MetricUnit.Count, value)
}

function unexpected(thrown: unknown): OverlapError {
  const { name, message, stack = '' } = thrown instanceof Error ? thrown : new Error()
  // The stack begins with the message, whose own lines may look like places.
  const places = stack
    .slice(stack.indexOf(message) + message.length)
    .split('\n')
    .filter((line) => /^ +at .+:\d+:\d+\)?$/.test(line))
  return new OverlapError(
    'UNEXPECTED',
    `an unexpected ${name} ended this step: nothing is concluded from it`,
    {
      detail: { place: places.slice(0, 4).join(' ').trim() },
    },
  )
}

function causeOf(error: OverlapError): string | undefined {
  return error.cause instanceof Error ? error.cause.message : undefined
}
