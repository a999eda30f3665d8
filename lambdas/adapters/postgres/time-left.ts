import { reserve } from '../../rotation/deadline.ts'
import { OverlapError } from '../../rotation/errors.ts'

/** How long this invocation may still wait for a server, leaving enough to say why it gave up. */
export interface TimeLeft {
  /** Milliseconds, at least 1. */
  ms(): number
  up(): boolean
}

/** `deadline` in milliseconds since the epoch. */
export function timeLeft(deadline: number, now: () => number): TimeLeft {
  const giveUpAt = deadline - reserve(Math.max(0, deadline - now()))
  return {
    ms: () => Math.max(1, Math.floor(giveUpAt - now())),
    up: () => now() >= giveUpAt,
  }
}

/** A part of the time that is left. */
export function partOf(time: TimeLeft, fraction: number, now: () => number): TimeLeft {
  return timeLeft(now() + time.ms() * fraction, now)
}

/** Milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Work that may hang, given up when the time is up: throws `UNREACHABLE`, which begins with `failure`. */
export async function inTime<T>(time: TimeLeft, failure: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new OverlapError('UNREACHABLE', `${failure} in the time that there was`)),
      time.ms(),
    )
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
