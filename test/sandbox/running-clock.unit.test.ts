import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runningClock } from '../../sandbox/running-clock.ts'

const hours = (count: number) => count * 3_600_000

describe('the running clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 5_000 }))
  afterEach(() => vi.useRealTimers())

  it('begins where it is told to and runs with real time', () => {
    const clock = runningClock(hours(24))

    vi.advanceTimersByTime(250)

    expect(clock.now()).toBe(hours(24) + 250)
    expect(clock.offset()).toBe(hours(24) - 5_000)
  })

  it('knows what it showed at a moment of real time, before and after its jumps', () => {
    const clock = runningClock(hours(24))
    vi.advanceTimersByTime(1_000)
    clock.advance(hours(1))
    vi.advanceTimersByTime(1_000)
    clock.advance(hours(2))

    expect(clock.at(5_500)).toBe(hours(24) + 500)
    expect(clock.at(6_500)).toBe(hours(25) + 1_500)
    // What fell into the jump's own millisecond is what whoever jumped had waited for.
    expect(clock.at(7_000)).toBe(hours(25) + 2_000)
    expect(clock.at(7_001)).toBe(clock.now() + 1)
  })

  it('fires a timer when real time reaches it, and once', () => {
    const clock = runningClock()
    const run = vi.fn()
    clock.after(1_000, run)

    vi.advanceTimersByTime(999)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('fires what falls due in a jump at the end of the jump, in order', () => {
    const clock = runningClock(0)
    const seen: [string, number][] = []
    const note = (what: string) => () => seen.push([what, clock.now()])
    clock.after(hours(2), note('second'))
    clock.after(hours(1), note('first'))
    clock.after(hours(4), note('later'))

    clock.advance(hours(3))

    expect(seen).toEqual([
      ['first', hours(3)],
      ['second', hours(3)],
    ])
    vi.advanceTimersByTime(hours(1))
    expect(seen.at(-1)).toEqual(['later', hours(4)])
  })

  it('fires what comes periodically once for a jump, like a machine that slept', () => {
    const clock = runningClock(0)
    const moments: number[] = []
    const every = () => {
      moments.push(clock.now())
      clock.after(hours(1), every)
    }
    clock.after(hours(1), every)

    clock.advance(hours(24 * 7))
    vi.advanceTimersByTime(hours(2))

    expect(moments).toEqual([hours(168), hours(169), hours(170)])
  })

  it('spares a timer that an earlier one cancels', () => {
    const clock = runningClock(0)
    const run = vi.fn()
    clock.after(10, () => later.cancel())
    const later = clock.after(20, run)

    clock.advance(100)

    expect(run).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('knows which spans nothing can have happened in', () => {
    const clock = runningClock(0)
    vi.advanceTimersByTime(1_000)
    clock.advance(hours(1))
    const [left, landed] = [1_000, hours(1) + 1_000]

    expect([
      clock.jumpedOver(left, landed),
      clock.jumpedOver(left + 1, landed - 1),
      clock.jumpedOver(left - 1, landed),
      clock.jumpedOver(left, landed + 1),
      clock.jumpedOver(landed, landed + 1),
    ]).toEqual([true, true, false, false, false])
  })

  it('does not go back', () => {
    const clock = runningClock(0)
    expect(() => clock.advance(-1)).toThrow('a clock moves forward')
    expect(() => clock.advance(Number.NaN)).toThrow('a clock moves forward')
  })

  it('holds nothing when nothing waits', () => {
    const clock = runningClock(0)
    clock.after(10, () => {}).cancel()
    expect(vi.getTimerCount()).toBe(0)
  })
})
