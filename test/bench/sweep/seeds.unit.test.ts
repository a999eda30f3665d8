import { describe, expect, it } from 'vitest'
import { draining, drains, seeds } from '../../../bench/sweep/seeds.ts'
import { scheduleOf } from '../../../lambdas/sweep/occurrence.ts'

const NOW = Date.parse('2026-03-07T10:30:00Z')
const schedule = scheduleOf({ cron: '0 3 ? * SUN *', timezone: 'UTC' })
const rotate = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-rotate-postgres-loopback'

describe('the account of the benchmark', () => {
  const account = [...seeds({ secrets: 2_000, now: NOW, rotate, schedule })]
  const labelled = account.filter(({ versions }) =>
    versions?.some(({ labels }) => labels.includes('DRAINING')),
  )

  it('has as many secrets as it is to have, and one in a hundred drains', () => {
    expect(account).toHaveLength(2_000)
    expect(labelled).toHaveLength(draining(2_000))
  })

  it('has as many of each drain', () => {
    const states = labelled.map(({ tags }) => tags?.['overlap:state'] ?? '')
    const ofEach = labelled.length / drains.length
    expect(states.filter((state) => state.includes(' off='))).toHaveLength(ofEach)
    expect(states.filter((state) => !state.includes(' rolled='))).toHaveLength(ofEach)
    expect(labelled.filter(({ tags }) => tags?.['overlap:evidence'] === 'logged')).toHaveLength(ofEach)
  })

  it('has nothing to rotate: each was rotated since the latest run of its schedule, whose plan is written down', () => {
    const run = schedule.latest(NOW) ?? Number.NaN
    for (const { rotated, changed, tags } of account) {
      expect(rotated).toBeGreaterThanOrEqual(run)
      expect(changed).toBeLessThan(NOW)
      expect(tags?.['overlap:state']).toContain(`plan=${schedule.digest}`)
    }
  })
})
