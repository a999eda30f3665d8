import { describe, expect, it } from 'vitest'
import { askedIn, refuseFailure } from '../../../bench/sweep/outcome.ts'
import type { Pass } from '../../../lambdas/sweep/sweep.ts'

const whole: Pass = { seen: 4, failed: 0, overdue: 0, news: 0, stuck: 1, stuckNews: 0, left: 0 }

describe('a pass that is measured', () => {
  it('came to the end, and found nothing that goes wrong; what is stuck is part of the account', () => {
    expect(() => refuseFailure({ ok: true, payload: whole })).not.toThrow()
  })

  it.each<[string, Partial<Pass>]>([
    ['came to no secret', { seen: 0 }],
    ['failed somewhere', { failed: 1 }],
    ['found a rotation that is overdue', { overdue: 1 }],
    ['had no time for all', { left: 1 }],
  ])('is none that %s', (_what, different) => {
    expect(() => refuseFailure({ ok: true, payload: { ...whole, ...different } })).toThrow(
      'a pass that does its work is to be measured',
    )
  })

  it('is none that failed as a whole', () => {
    const outcome = { ok: false, errorType: 'Sandbox.Timedout', errorMessage: 'after 300 seconds' } as const
    expect(() => refuseFailure(outcome)).toThrow('the sweep failed: Sandbox.Timedout: after 300 seconds')
  })
})

describe('what was asked', () => {
  it('is what the answer says, and a failure is counted as such', () => {
    expect(askedIn({ ok: true, payload: { outcome: 'done', asked: 'look' } })).toBe('look')
    expect(askedIn({ ok: false, errorType: 'Error', errorMessage: '' })).toBe('that failed')
  })
})
