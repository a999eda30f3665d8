import { describe, expect, it } from 'vitest'
import { computeExpression } from '../../../sandbox/cloudwatch/metric-math.ts'

const _ = undefined
const metrics = new Map([
  ['m1', [1, _, 3, _]],
  ['m2', [10, 20, _, _]],
])

describe('an expression', () => {
  it.each([
    ['a metric', 'm1', [1, _, 3, _]],
    ['a sum, where a missing value counts as 0', 'm1 + m2', [11, 20, 3, _]],
    ['a sum of a list', 'SUM([m1, m2])', [11, 20, 3, _]],
    ['a sum of all metrics', 'SUM(METRICS())', [11, 20, 3, _]],
    ['a filled metric', 'FILL(m1, 0)', [1, 0, 3, 0]],
    ['filled metrics, summed', 'FILL(m1,0)+FILL(m2,0)', [11, 20, 3, 0]],
    ['a filled list, summed', 'SUM(FILL(METRICS(), 0))', [11, 20, 3, 0]],
    ['a list of filled metrics, summed', 'SUM([FILL(m1, 0), FILL(m2, 0)])', [11, 20, 3, 0]],
    ['a number added', '(m1 + 1.5) + 1', [3.5, _, 5.5, _]],
    ['a number added to 0', '2 + FILL(m1, 0)', [3, 2, 5, 2]],
  ])('of %s', (_what, expression, expected) => {
    expect(computeExpression(expression, metrics)).toEqual(expected)
  })

  it.each([
    ['a metric that is not there', 'm1 + m3', 'm3'],
    ['a function that the sandbox lacks', 'RATE(m1)', 'RATE'],
    ['a function in small letters', 'sum([m1])', 'sum'],
    ['the sum of one series, which is a number', 'SUM(m1)', 'SUM'],
    ['a number as its result', '1 + 2', 'one time series'],
    ['a list as its result', '[m1, m2]', 'one time series'],
    ['a parenthesis too many', '(m1))', ')'],
    ['a parenthesis too few', '(m1', 'the end'],
    ['nothing', '', 'the end'],
    ['a filler that is no number', 'FILL(m1, REPEAT)', 'REPEAT'],
    ['another operator', 'm1 * 2', '*'],
  ])('with %s is refused', (_what, expression, said) => {
    expect(() => computeExpression(expression, metrics)).toThrow(said)
  })
})
