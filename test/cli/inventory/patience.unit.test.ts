import { describe, expect, it } from 'vitest'
import { isThrottling, patiently } from '../../../cli/inventory/patience.ts'

const named = (name: string) => Object.assign(new Error('said the service'), { name })

/** A call that fails with each of these in turn, then is answered. */
async function called(failures: readonly string[], untilMs = 600_000) {
  const left = [...failures]
  const waits: number[] = []
  let throttled = 0
  const middleware = patiently({
    untilMs,
    onThrottled: () => {
      throttled += 1
    },
    wait: async (milliseconds) => waits.push(milliseconds),
  })
  const outcome = await middleware(async (request: string) => {
    const name = left.shift()
    if (name !== undefined) throw named(name)
    return `${request}, answered`
  })('page 7').catch((error: Error) => error.name)
  return { outcome, waits, throttled, left }
}

describe('patience', () => {
  it('makes a throttled call again, the same one, after longer and longer', async () => {
    const { outcome, waits, throttled } = await called(Array(8).fill('ThrottlingException'))
    expect(outcome).toBe('page 7, answered')
    expect(throttled).toBe(8)
    const most = [1, 2, 4, 8, 16, 20, 20, 20].map((seconds) => seconds * 1000)
    most.forEach((longest, at) => {
      expect(waits[at]).toBeGreaterThanOrEqual(longest / 2)
      expect(waits[at]).toBeLessThanOrEqual(longest)
    })
  })

  it('ends, and then the call fails as it did', async () => {
    const { outcome, waits, left } = await called(Array(1000).fill('Throttling'), 60_000)
    expect(outcome).toBe('Throttling')
    expect(left.length).toBeGreaterThan(900)
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(60_000 + 20_000)
  })

  it('is for nothing else', async () => {
    expect(await called(['AccessDeniedException'])).toMatchObject({
      outcome: 'AccessDeniedException',
      waits: [],
    })
  })

  it.each([
    ['ThrottlingException', true],
    ['Throttling', true],
    ['ThrottledException', true],
    ['RequestThrottledException', true],
    ['TooManyRequestsException', true],
    ['RequestLimitExceeded', true],
    ['LimitExceededException', false],
    ['AccessDenied', false],
    ['Error', false],
  ])('of %s: %s', (name, expected) => {
    expect(isThrottling(named(name))).toBe(expected)
  })
})
