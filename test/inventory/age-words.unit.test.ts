import { describe, expect, it } from 'vitest'
import { ageDays, ageWords, shortAge, spanWords } from '../../lambdas/inventory/age-words.ts'
import type { Age } from '../../lambdas/inventory/entry.ts'
import { DAY, NOW } from './report-entries.ts'

const age = (days: number, precision: Age['precision']): Age => ({
  since: NOW - days * DAY,
  precision,
  of: 'AWSCURRENT',
})

describe('an age', () => {
  it.each([
    ['exact', 412.9, '412 days', '412 d'],
    ['exact', 89.999, '89 days', '89 d'],
    ['exact', 2, '2 days', '2 d'],
    ['exact', 1.99, '47 hours', '47 h'],
    ['exact', 5.5 / 24, '5 hours', '5 h'],
    ['exact', 1.5 / 24, '90 minutes', '90 min'],
    ['exact', 1 / 86_400, '1 second', '1 s'],
    ['exact', -3, '0 seconds', '0 s'],
    ['at least', 412.7, 'at least 412 days', '>412 d'],
    ['at most', 11.1, 'at most 12 days', '<12 d'],
    ['at most', 5.5 / 24, 'at most 6 hours', '<6 h'],
  ] as const)('%s, of %f days, is told as %s and %s', (precision, days, words, short) => {
    expect([ageWords(age(days, precision), NOW), shortAge(age(days, precision), NOW)]).toEqual([words, short])
  })

  it('is a question mark in short when nobody knows', () => {
    expect(shortAge(undefined, NOW)).toBe('?')
  })

  it('is a whole number of days for a program', () => {
    expect([89.999, 0.5, -3].map((days) => ageDays(age(days, 'exact'), NOW))).toEqual([89, 0, 0])
    expect([ageDays(age(412.7, 'at least'), NOW), ageDays(age(10.6, 'at most'), NOW)]).toEqual([412, 11])
  })
})

describe('a span', () => {
  it.each([
    [90 * 86_400, '90 days'],
    [83.3 * 86_400, '83 days'],
    [86_400, '24 hours'],
    [36 * 3_600, '36 hours'],
    [90, '90 seconds'],
  ])('of %d seconds is %s', (seconds, words) => {
    expect(spanWords(seconds)).toBe(words)
  })
})
