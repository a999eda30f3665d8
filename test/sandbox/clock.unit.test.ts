import { afterEach, describe, expect, it, vi } from 'vitest'
import { movableClock, systemClock } from '../../sandbox/clock.ts'

describe('the movable clock', () => {
  it('runs timers in the order in which they fall due, each at its own moment', () => {
    const clock = movableClock(1000)
    const seen: [string, number][] = []
    clock.after(300, () => seen.push(['later', clock.now()]))
    clock.after(100, () => {
      seen.push(['sooner', clock.now()])
      clock.after(50, () => seen.push(['begun on the way', clock.now()]))
    })

    clock.advance(299)
    expect(seen).toEqual([
      ['sooner', 1100],
      ['begun on the way', 1150],
    ])
    expect([clock.now(), clock.pending()]).toEqual([1299, 1])

    clock.advance(1)
    expect(seen.at(-1)).toEqual(['later', 1300])
  })

  it('forgets a timer that is cancelled', () => {
    const clock = movableClock(0)
    const run = vi.fn()
    clock.after(10, run).cancel()
    clock.advance(100)
    expect(run).not.toHaveBeenCalled()
    expect(clock.pending()).toBe(0)
  })
})

describe('the system clock', () => {
  afterEach(() => vi.useRealTimers())

  it('waits for a time that does not fit into one setTimeout', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    const days = (count: number) => count * 24 * 3600 * 1000
    systemClock.after(days(60), run)
    vi.advanceTimersByTime(days(60) - 1)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('forgets a long timer that is cancelled half-way', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    const timer = systemClock.after(2 ** 32, run)
    vi.advanceTimersByTime(2 ** 31 + 5)
    timer.cancel()
    vi.advanceTimersByTime(2 ** 33)
    expect(run).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
