import type { MetricDataResult } from '@aws-sdk/client-cloudwatch'
import { describe, expect, it } from 'vitest'
import { serverlessPauses } from '../../../lambdas/adapters/postgres/serverless-pauses.ts'

const NOW = Date.parse('2026-11-25T03:00:00Z')
const complete = (Label: string, ...Values: number[]): MetricDataResult => ({
  ...{ Label, Values, StatusCode: 'Complete' },
  Timestamps: Values.map((_, at) => new Date(NOW - (at + 1) * 60_000)),
})

function pausesOf(...results: MetricDataResult[]) {
  const asked: unknown[] = []
  const pauses = serverlessPauses(
    {
      capacities: async (instances, from, until) => {
        asked.push([instances, until.getTime() - from.getTime(), until.getTime()])
        return results
      },
    },
    () => NOW,
  )
  return { pauses, asked }
}

describe('instances are paused', () => {
  it('whose newest capacity is 0, whatever it was before', async () => {
    const { pauses, asked } = pausesOf(complete('a', 0, 4), complete('b', 0.5, 0), complete('c', 0, 0))
    expect(await pauses.pausedAmong(['a', 'b', 'c'])).toEqual(new Set(['a', 'c']))
    expect(asked).toEqual([[['a', 'b', 'c'], 300_000, NOW]])
  })

  it.each([
    ['there is no value', [complete('a', 0), complete('b')]],
    ['nothing is said of it', [complete('a', 0)]],
    [
      'not all is said of it',
      [complete('a', 0), { ...complete('b', 0), StatusCode: 'PartialData' as const }],
    ],
    ['it may not be asked', [complete('a', 0), { ...complete('b'), StatusCode: 'Forbidden' as const }]],
  ])('or it is unknown, for all of them, where of one %s', async (_, results) => {
    await expect(pausesOf(...results).pauses.pausedAmong(['a', 'b'])).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('the instance b may be paused'),
    })
  })
})
