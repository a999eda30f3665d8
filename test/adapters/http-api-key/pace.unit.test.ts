import { describe, expect, it } from 'vitest'
import { pace } from '../../../lambdas/adapters/http-api-key/pace.ts'
import { retryAfterMs } from '../../../lambdas/adapters/http-api-key/retry-after.ts'

describe('the pace of calls', () => {
  it('never has more in any span than the definition says', () => {
    let now = 0
    const { take } = pace({ calls: 2, seconds: 10 }, () => now)
    expect([take(), take()]).toEqual([0, 0])
    now = 4_000
    expect(take()).toBe(6_000)
    now = 10_000
    expect(take()).toBe(0)
    expect(take()).toBe(10_000)
    now = 60_000
    expect([take(), take(), take()]).toEqual([0, 0, 10_000])
  })

  it('is any where it says nothing', () => {
    const { take } = pace(undefined, () => 0)
    expect(Array.from({ length: 100 }, take).every((wait) => wait === 0)).toBe(true)
  })
})

describe('Retry-After', () => {
  const now = Date.parse('Thu, 26 Nov 2026 10:00:00 GMT')

  it.each([
    ['30', 30_000],
    [' 0 ', 0],
    ['Thu, 26 Nov 2026 10:00:30 GMT', 30_000],
    ['Thu, 26 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })
})
