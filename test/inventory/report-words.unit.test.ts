import { describe, expect, it } from 'vitest'
import { dayOf, minuteOf, thresholdWords } from '../../lambdas/inventory/report-words.ts'
import { NOW } from './report-entries.ts'

describe('words for moments and spans', () => {
  it('are in UTC, and missing for what is no moment', () => {
    expect([dayOf(NOW), minuteOf(NOW)]).toEqual(['2026-11-25', '2026-11-25 12:00'])
    expect([dayOf(undefined), minuteOf(8.7e15), dayOf(Number.NaN)]).toEqual([undefined, undefined, undefined])
  })

  it('say from when on a credential is due, and stale', () => {
    expect(thresholdWords({ warningSeconds: 36 * 3_600, criticalSeconds: 90 * 86_400 })).toBe(
      'due from 36 hours, stale from 90 days',
    )
  })
})
