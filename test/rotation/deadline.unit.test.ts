import { describe, expect, it, vi } from 'vitest'
import { callSignal, reserve, spareTime } from '../../lambdas/rotation/deadline.ts'

describe('the time kept back to say why', () => {
  it.each([
    { remaining: 900_000, kept: 3_000 },
    { remaining: 30_000, kept: 3_000 },
    { remaining: 10_000, kept: 1_000 },
    { remaining: 0, kept: 0 },
  ])('is $kept ms of $remaining ms', ({ remaining, kept }) => {
    expect(reserve(remaining)).toBe(kept)
  })

  it('leaves out a call and the answer of what may still be spent', () => {
    expect(
      [300_000, 10_000].map((remaining) => spareTime({ getRemainingTimeInMillis: () => remaining })),
    ).toEqual([294_000, 8_000])
  })

  it.each([
    { remaining: 30_000, after: 27_000 },
    { remaining: 2_005, after: 1_804 },
    { remaining: 0, after: 1 },
    { remaining: -50, after: 1 },
  ])('with $remaining ms left, a call is given up after $after ms', ({ remaining, after }) => {
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal)
    callSignal({ getRemainingTimeInMillis: () => remaining })
    expect(timeout).toHaveBeenCalledExactlyOnceWith(after)
    timeout.mockRestore()
  })
})
