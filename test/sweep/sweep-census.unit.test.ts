import { afterEach, describe, expect, it, vi } from 'vitest'
import { usage } from '../../infra/cost/usage.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Census } from '../../lambdas/sweep/census.ts'
import { noCensus } from '../fakes/census.ts'
import { lastWeek, planned, recordedFleet } from './recorded-fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** A fleet with one secret that is due, and what its census was told. */
function swept(publish: Census['publish'] = async () => ({ outcome: 'counted' })) {
  const seen: string[] = []
  const took: string[] = []
  const census: Census = {
    see: ({ arn }) => void seen.push(arn),
    async publish() {
      took.push(...recorded.swept.calls, ...recorded.metric('Heartbeat').map((value) => `heartbeat ${value}`))
      return publish()
    },
  }
  const recorded = recordedFleet({ census })
  recorded.swept.set('shop', lastWeek, planned)
  recorded.swept.set('theirs', { rotationFunction: 'arn:of-somebody-else' })
  return { ...recorded, seen, took }
}

describe('the census of a pass', () => {
  it('sees every secret, and is published when everything else is done', async () => {
    const { swept: fleet, seen, took } = swept()
    expect(await fleet.pass()).toMatchObject({ seen: 1, failed: 0, left: 0 })
    expect(seen).toEqual(['shop', 'theirs'])
    expect(took).toEqual(['describe shop', 'list versions of shop', 'rotate shop', 'heartbeat 1'])
  })

  it.each([
    [
      'fails',
      [1],
      new OverlapError('SECRETS_MANAGER_FAILED', 'slow down', {
        detail: { awsError: 'ThrottlingException' },
      }),
    ],
    ['has a defect', [], new TypeError('undefined is not a function')],
  ])(
    'that %s is a warning and no failure of a rotation, and the pass stands',
    async (_what, throttled, error) => {
      const { swept: fleet, metric, lines } = swept(() => Promise.reject(error))
      expect(await fleet.pass()).toEqual({
        seen: 1,
        failed: 0,
        overdue: 0,
        news: 0,
        stuck: 0,
        stuckNews: 0,
        left: 0,
      })
      expect([metric('Heartbeat'), metric('Failures'), metric('Throttled')]).toEqual([[1], [], throttled])
      expect(lines('failed')).toEqual([])
      const [line] = lines('unfinished')
      expect(line).toMatchObject({ level: 'WARN', step: 'census', reason: expect.any(String) })
      expect(line).not.toHaveProperty('severity')
    },
  )

  it('leaves a pass in which nothing happens with as many metrics, beside its own, as the bill has of them in every hour', async () => {
    const { swept: fleet, metrics } = recordedFleet({ census: noCensus })
    await fleet.pass()
    expect(metrics()).toHaveLength(usage.steadyMetrics)
  })

  it('is not taken of a listing that broke off', async () => {
    const { swept: fleet, took } = swept()
    await expect(fleet.pass({ listFails: true })).rejects.toThrow('slow down')
    expect(took).toEqual([])
  })

  it('is not taken when one secret is visited because its label moved', async () => {
    const { swept: fleet, seen, took } = swept()
    await fleet.visit('shop')
    expect([seen, took]).toEqual([[], []])
  })
})
