import { reserve } from '../../rotation/deadline.ts'

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

/** Milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
