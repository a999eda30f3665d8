import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'aws-lambda'

/** Everything that a function can learn about the time. */
export interface TimeTold {
  readonly loadedAt: number
  readonly now: number
  readonly constructed: number
  readonly asText: string
  readonly given: string
  readonly isDate: boolean
  readonly remaining: number
  /** Milliseconds of real time, by the clock that nobody sets. */
  readonly elapsed: number
  readonly timerTook: number
}

const loadedAt = Date.now()

export async function handler(_event: unknown, context: Context): Promise<TimeTold> {
  const { now } = Date
  const date = new Date()
  const began = performance.now()
  await sleep(20)
  return {
    loadedAt,
    now: now(),
    constructed: date.getTime(),
    asText: Date(),
    given: new Date('2027-03-28T01:00:00Z').toISOString(),
    isDate:
      date instanceof Date &&
      date.constructor === Date &&
      Object.prototype.toString.call(date) === '[object Date]',
    remaining: context.getRemainingTimeInMillis(),
    elapsed: performance.now(),
    timerTook: performance.now() - began,
  }
}
