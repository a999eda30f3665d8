import { type Clock, systemClock, type Timer } from './clock.ts'

/** A clock that runs as real time does, some way ahead of it or behind. */
export interface RunningClock extends Clock {
  /** Milliseconds by which it is ahead of real time; negative when it is behind. */
  offset(): number
  /**
   * What it showed at a moment of real time; both in milliseconds since the epoch. What is known by the millisecond and fell into that of a jump
   * was before it: whoever jumps has waited for what he saw.
   */
  at(realTime: number): number
  jumpedOver(from: number, until: number): boolean
  /**
   * Jumps `ms` forward, as a machine that slept: every timer that fell due meanwhile fires once, in order, and finds the clock at the end of the
   * jump. So what comes every five minutes comes once for a jump of a week. Throws for a step back.
   */
  advance(ms: number): void
}

/** `start` is in milliseconds since the epoch; default: now. */
export function runningClock(start = Date.now()): RunningClock {
  let offset = start - Date.now()
  const jumps: { readonly from: number; readonly until: number; readonly realTime: number }[] = []
  const timers = new Set<{ readonly due: number; readonly run: () => void }>()
  let alarm: Timer | undefined
  const now = () => Date.now() + offset

  function arm(): void {
    alarm?.cancel()
    const first = Math.min(...[...timers].map(({ due }) => due))
    alarm = timers.size === 0 ? undefined : systemClock.after(Math.max(0, first - now()), fire)
  }

  function fire(): void {
    const moment = now()
    const due = [...timers].filter((timer) => timer.due <= moment).sort((one, other) => one.due - other.due)
    // One of them may cancel another.
    for (const timer of due) if (timers.delete(timer)) timer.run()
    arm()
  }

  return {
    now,
    offset: () => offset,
    at(realTime) {
      const later = jumps.filter((jump) => jump.realTime >= realTime)
      return realTime + offset - later.reduce((sum, { from, until }) => sum + until - from, 0)
    },
    after(ms, run) {
      const timer = { due: now() + Math.max(0, ms), run }
      timers.add(timer)
      arm()
      return {
        cancel() {
          if (timers.delete(timer)) arm()
        },
      }
    },
    jumpedOver: (from, until) => jumps.some((jump) => jump.from <= from && until <= jump.until),
    advance(ms) {
      if (!(ms >= 0)) throw new Error(`a clock moves forward, not by ${ms} ms`)
      const from = now()
      offset += ms
      jumps.push({ from, until: from + ms, realTime: Date.now() })
      fire()
    },
  }
}
