import type { Clock, Timer } from '../clock.ts'
import type { Outcome } from './function-definition.ts'
import type { LambdaHost } from './host.ts'

/** How events of a function are dealt with (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). */
export interface EventConfiguration {
  /** Further attempts after one that failed: 0, 1 or 2. */
  readonly retryAttempts: number
  /** An event that is older is not tried again. */
  readonly maximumAgeSeconds: number
  /** ARN of the queue that takes an event which failed for good. */
  readonly onFailure: string | undefined
}

export interface EventInvocationsOptions {
  readonly clock: Clock
  readonly lambda: Pick<LambdaHost, 'arn' | 'exists' | 'invoke'>
  /** Takes an event that failed for good. */
  readonly bury: (queue: string, body: unknown, reason: string) => void
}

/** What other services hand over to functions, and do not wait for. */
export interface EventInvocations {
  /** For a function of this name, instead of two further attempts within six hours and no queue. Returns what takes it back. */
  configure(functionName: string, configuration: EventConfiguration): () => void
  /** Accepts an event. Throws when there is no such function; how the function fares is between it, its log and its queue. */
  accept(functionReference: string, event: unknown): void
  /** Invocations that are under way now; each resolves when it is over. An event that waits for a further attempt is none. */
  underWay(): readonly Promise<void>[]
  close(): void
}

const usual: EventConfiguration = { retryAttempts: 2, maximumAgeSeconds: 21_600, onFailure: undefined }

/** "One minute before the second attempt, and two minutes before the third". */
const RETRY_DELAYS_MS = [60_000, 120_000]

export function eventInvocations({ clock, lambda, bury }: EventInvocationsOptions): EventInvocations {
  const configurations = new Map<string, EventConfiguration>()
  const underWay = new Set<Promise<void>>()
  const waiting = new Set<Timer>()

  function attempt(functionName: string, event: unknown, acceptedAt: number, attempts: number): void {
    const running = lambda
      .invoke(functionName, event)
      .then((outcome) => {
        if (!outcome.ok) failed(functionName, event, acceptedAt, attempts, outcome)
      })
      // The host is closed, or the function is gone.
      .catch(() => {})
      .finally(() => underWay.delete(running))
    underWay.add(running)
  }

  function failed(
    functionName: string,
    event: unknown,
    acceptedAt: number,
    attempts: number,
    outcome: Outcome & { readonly ok: false },
  ): void {
    const { retryAttempts, maximumAgeSeconds, onFailure } = configurations.get(functionName) ?? usual
    const delay = RETRY_DELAYS_MS[attempts - 1] ?? Number.POSITIVE_INFINITY
    const tooOld = clock.now() + delay - acceptedAt > maximumAgeSeconds * 1000
    if (attempts <= retryAttempts && !tooOld) {
      const timer = clock.after(delay, () => {
        waiting.delete(timer)
        attempt(functionName, event, acceptedAt, attempts + 1)
      })
      waiting.add(timer)
      return
    }
    if (onFailure === undefined) return
    const { ok: _, ...responsePayload } = outcome
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    const body = {
      version: '1.0',
      timestamp: new Date(clock.now()).toISOString(),
      requestContext: {
        functionArn: `${lambda.arn(functionName)}:$LATEST`,
        condition: tooOld && attempts <= retryAttempts ? 'EventAgeExceeded' : 'RetriesExhausted',
        approximateInvokeCount: attempts,
      },
      requestPayload: event,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload,
    }
    bury(onFailure, body, `${outcome.errorType}: ${outcome.errorMessage}`)
  }

  return {
    configure(functionName, configuration) {
      configurations.set(functionName, configuration)
      return () => configurations.delete(functionName)
    },
    accept(functionReference, event) {
      if (!lambda.exists(functionReference)) throw new Error(`Function not found: ${functionReference}`)
      const name =
        functionReference
          .replace(/:\$LATEST$/, '')
          .split(':')
          .at(-1) ?? ''
      attempt(name, event, clock.now(), 1)
    },
    underWay: () => [...underWay],
    close() {
      for (const timer of waiting) timer.cancel()
    },
  }
}
