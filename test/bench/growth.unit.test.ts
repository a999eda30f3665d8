import { describe, expect, it } from 'vitest'
import { growth, tooMuch } from '../../bench/growth.ts'

describe('what each further secret costs', () => {
  const costs = (...ms: readonly number[]) =>
    growth([400, 2_000, 10_000].map((secrets, at) => ({ secrets, ms: ms[at] ?? 0 })))

  it('is what one size costs more than the one before, whatever both cost', () => {
    expect(costs(800, 1_600, 5_600)).toEqual([
      { from: 400, to: 2_000, ms: 0.5 },
      { from: 2_000, to: 10_000, ms: 0.5 },
    ])
  })

  it('may be twice what it was', () => {
    expect(tooMuch(costs(800, 1_600, 9_600), 'as json')).toEqual([])
  })

  it('and no more', () => {
    expect(tooMuch(costs(800, 1_600, 9_700), 'as json')).toEqual([
      'from 2000 to 10000 secrets as json: 1.01 ms for each further one, 1.00 promised, which is 2 times what it was up to 2000',
    ])
  })

  it('is nothing for one size', () => {
    expect(growth([{ secrets: 400, ms: 5 }])).toEqual([])
    expect(tooMuch([], 'as json')).toEqual([])
  })
})
