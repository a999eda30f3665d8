import { describe, expect, it } from 'vitest'
import { beginStatements, lockStatement } from '../../../lambdas/adapters/postgres/locked-change.ts'
import { timeLeft } from '../../../lambdas/adapters/postgres/time-left.ts'

describe('lockStatement', () => {
  it('takes the same locks in the same order from either side of a pair', () => {
    expect(lockStatement(['app', 'app_b'])).toBe(lockStatement(['app_b', 'app']))
  })

  it('shares a lock with every pair that has one of the users', () => {
    const locks = (users: string[]) => lockStatement(users).match(/\(\d+, -?\d+\)/g) ?? []
    expect(locks(['app', 'app_b'])).toEqual(expect.arrayContaining(locks(['app'])))
    expect(locks(['app'])).not.toEqual(locks(['other']))
  })
})

describe('beginStatements', () => {
  it.each([600, 3_000, 30_000, 900_000])(
    'lets the server end the transaction before %i ms have passed',
    (left) => {
      const numbers = [...beginStatements(timeLeft(left, () => 0)).matchAll(/_timeout = (\d+)/g)].map(
        ([, ms]) => Number(ms),
      )
      expect(numbers).toHaveLength(3)
      expect(Math.min(...numbers)).toBeGreaterThan(0)
      expect(numbers.reduce((sum, ms) => sum + ms)).toBeLessThan(left)
    },
  )
})

describe('timeLeft', () => {
  it('keeps a tenth back, 3 s at most, and never waits for less than 1 ms', () => {
    let now = 0
    const time = timeLeft(10_000, () => now)
    expect(time.ms()).toBe(9_000)
    expect(timeLeft(100_000, () => now).ms()).toBe(97_000)
    now = 9_500
    expect(time.ms()).toBe(1)
  })
})
