import { describe, expect, it } from 'vitest'
import { pace } from '../../../lambdas/adapters/http-api-key/pace.ts'
import { retryAfterMs } from '../../../lambdas/adapters/http-api-key/retry-after.ts'

const MINUTE = 60_000

describe('the pace of calls', () => {
  it('never has more in any span than the definition says', () => {
    let now = 0
    const { take } = pace({ calls: 2, seconds: 10 }, () => now)
    expect([take(MINUTE), take(MINUTE)]).toEqual([0, 0])
    now = 4_000
    expect(take(MINUTE)).toBe(6_000)
    now = 10_000
    expect(take(MINUTE)).toBe(0)
    expect(take(MINUTE)).toBe(10_000)
    now = 60_000
    expect([take(MINUTE), take(MINUTE), take(MINUTE)]).toEqual([0, 0, 10_000])
  })

  it('counts no call that nobody has the time for: else those who gave up would keep others waiting', () => {
    let now = 0
    const { take } = pace({ calls: 1, seconds: 10 }, () => now)
    expect(take(MINUTE)).toBe(0)
    expect([take(10_000), take(5_000), take(0)]).toEqual([undefined, undefined, undefined])
    now = 10_000
    expect(take(MINUTE)).toBe(0)
  })

  it('is any where it says nothing, as long as there is time', () => {
    const { take } = pace(undefined, () => 0)
    expect(Array.from({ length: 100 }, () => take(1)).every((wait) => wait === 0)).toBe(true)
    expect(take(0)).toBeUndefined()
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
