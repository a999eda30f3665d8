import { describe, expect, it } from 'vitest'
import type { Age } from '../../lambdas/inventory/entry.ts'
import { ageWords, dayOf, minuteOf, secondsWords } from '../../lambdas/inventory/report-words.ts'
import { DAY, NOW } from './report-entries.ts'

describe('words for an age', () => {
  it.each([
    ['exact', 90, '90 days'],
    ['exact', 89.99, '89 days'],
    ['exact', 1, '1 day'],
    ['exact', 0.5, 'less than a day'],
    ['exact', -3, 'less than a day'],
    ['at least', 412.7, 'at least 412 days'],
    ['at most', 3.2, 'at most 4 days'],
  ] as const)('%s, %f days', (precision, days, words) => {
    const age: Age = { since: NOW - days * DAY, precision, of: 'AWSCURRENT' }
    expect(ageWords(age, NOW)).toBe(words)
  })
})

describe('words for moments and spans', () => {
  it('are in UTC, and missing for what is no moment', () => {
    expect([dayOf(NOW), minuteOf(NOW)]).toEqual(['2026-11-25', '2026-11-25 12:00'])
    expect([dayOf(undefined), minuteOf(8.7e15), dayOf(Number.NaN)]).toEqual([undefined, undefined, undefined])
  })

  it('are days where a span is whole days', () => {
    expect([90 * 86_400, 86_400, 36 * 3_600].map(secondsWords)).toEqual(['90 days', '1 day', '36 hours'])
  })
})
