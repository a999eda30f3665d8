import { describe, expect, it } from 'vitest'
import { callsSince } from '../../bench/steps.ts'

describe('calls of one step', () => {
  it.each([
    [
      'the first ones',
      {},
      { DescribeSecret: 1, GetSecretValue: 2 },
      { DescribeSecret: 1, GetSecretValue: 2 },
    ],
    ['only those that came since', { DescribeSecret: 3 }, { DescribeSecret: 5 }, { DescribeSecret: 2 }],
    [
      'not what nobody called',
      { DescribeSecret: 3, RotateSecret: 1 },
      { DescribeSecret: 4, RotateSecret: 1 },
      { DescribeSecret: 1 },
    ],
  ])('are %s', (_, before, now, expected) => {
    expect(callsSince(before, now)).toEqual(expected)
  })
})
