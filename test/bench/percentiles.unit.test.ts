import { describe, expect, it } from 'vitest'
import { spread } from '../../bench/percentiles.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1)

describe('percentiles by nearest rank', () => {
  it.each([
    ['one sample is all of them', [7], { samples: 1, min: 7, p50: 7, p99: 7, max: 7 }],
    ['of an even number, the lower middle', [4, 1, 3, 2], { samples: 4, min: 1, p50: 2, p99: 4, max: 4 }],
    ['of 100, the second slowest is p99', upTo(100), { samples: 100, min: 1, p50: 50, p99: 99, max: 100 }],
    [
      'of 1000, ten are slower than p99',
      upTo(1000),
      { samples: 1000, min: 1, p50: 500, p99: 990, max: 1000 },
    ],
    ['numbers are ordered as numbers', [10, 9, 100], { samples: 3, min: 9, p50: 10, p99: 100, max: 100 }],
  ])('%s', (_, samples, expected) => {
    expect(spread(samples)).toEqual(expected)
  })

  it('leaves the samples in their order', () => {
    const samples = [3, 1, 2]
    spread(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  it('refuses to make figures of nothing', () => {
    expect(() => spread([])).toThrow('percentiles of nothing')
  })
})
