import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessKeyAge, ageSeconds, exactAge, listedAge, ripenessOf } from '../../lambdas/inventory/age.ts'
import { type Age, DEFAULT_THRESHOLDS } from '../../lambdas/inventory/entry.ts'
import { thresholdsFor } from '../../lambdas/inventory/thresholds.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { DAY, daysAgo, listed, NOW, tagged } from './account.ts'

const drained = new Map([
  ['new', ['AWSCURRENT']],
  ['old', ['AWSPREVIOUS', 'DRAINING']],
])
const first = new Map([['new', ['AWSCURRENT']]])

function inWords(age: Age | 'in doubt' | undefined): string {
  if (age === undefined) return 'unknown'
  return age === 'in doubt' ? age : `${age.precision} ${(NOW - age.since) / DAY} d, of ${age.of}`
}
const told = (changes: Partial<ListedSecret>) =>
  inWords(listedAge(listed('a', changes), DEFAULT_THRESHOLDS, NOW))

describe('a listing tells of a secret', () => {
  it.each<{ what: string; changes: Partial<ListedSecret>; age: string }>([
    {
      what: 'whose value was never replaced: its own age, to the moment',
      changes: { versions: first },
      age: 'exact 365 d, of secret',
    },
    {
      what: 'that a tag was written yesterday to, and whose value was never replaced: its own age',
      changes: { versions: first, created: daysAgo(91), lastChanged: daysAgo(1) },
      age: 'exact 91 d, of secret',
    },
    {
      what: 'whose first rotation is under way: its own age',
      changes: { versions: new Map([...first, ['next', ['AWSPENDING']]]) },
      age: 'exact 365 d, of secret',
    },
    {
      what: 'that has no value: its own age',
      changes: { versions: new Map() },
      age: 'exact 365 d, of secret',
    },
    {
      what: 'that was never replaced and has no date of creation: nothing, and dates would not help',
      changes: { versions: first, created: undefined },
      age: 'unknown',
    },
    {
      what: 'that was rotated, though no version says so: not that it is as old as the secret',
      changes: { versions: first, lastRotated: daysAgo(2) },
      age: 'in doubt',
    },
    {
      what: 'that nobody has touched for 90 days: that it is stale',
      changes: { lastChanged: daysAgo(90) },
      age: 'at least 90 d, of AWSCURRENT',
    },
    {
      what: 'that nobody has touched for a moment less: nothing, since it may be due or stale',
      changes: { lastChanged: new Date(NOW - 90 * DAY + 1) },
      age: 'in doubt',
    },
    {
      what: 'between warning and critical at both ends: that it is due',
      changes: { created: daysAgo(89), lastChanged: daysAgo(75) },
      age: 'at least 75 d, of AWSCURRENT',
    },
    {
      what: 'that is younger than the warning: that it is fresh',
      changes: { created: daysAgo(74), lastChanged: daysAgo(1) },
      age: 'at most 74 d, of AWSCURRENT',
    },
    {
      what: 'whose warning is over at one end alone: nothing',
      changes: { created: daysAgo(75), lastChanged: daysAgo(1) },
      age: 'in doubt',
    },
    { what: 'that was changed yesterday: nothing', changes: {}, age: 'in doubt' },
    {
      what: 'with a drain that nobody has touched for 100 days: that the old credential is stale',
      changes: { versions: drained, lastChanged: daysAgo(100) },
      age: 'at least 100 d, of DRAINING',
    },
    {
      what: 'whose rotation is about to finish: nothing of a drain yet',
      changes: { versions: new Map([['new', ['AWSCURRENT', 'DRAINING']]]), lastChanged: daysAgo(100) },
      age: 'at least 100 d, of AWSCURRENT',
    },
    { what: 'without a date of creation: nothing', changes: { created: undefined }, age: 'in doubt' },
    {
      what: 'without a date of its last change: nothing, however young it is',
      changes: { created: daysAgo(2), lastChanged: undefined },
      age: 'in doubt',
    },
    {
      what: 'from the future: that it is fresh, and not younger than now',
      changes: { created: daysAgo(-3), lastChanged: daysAgo(-2) },
      age: 'at most 0 d, of AWSCURRENT',
    },
  ])('$what', ({ changes, age }) => {
    expect(told(changes)).toBe(age)
  })
})

describe('with the dates of its versions, a credential', () => {
  const exact = (changes: Partial<ListedSecret>, dates: Readonly<Record<string, Date>>) =>
    inWords(exactAge(listed('a', changes), new Map(Object.entries(dates)), NOW))

  it.each([
    {
      what: 'is as old as AWSCURRENT, not as what was replaced',
      changes: {},
      dates: { new: daysAgo(12), old: daysAgo(200) },
      age: 'exact 12 d, of AWSCURRENT',
    },
    {
      what: 'is as old as the one that drains, which works as well',
      changes: { versions: drained },
      dates: { new: daysAgo(12), old: daysAgo(200) },
      age: 'exact 200 d, of DRAINING',
    },
    {
      what: 'is as old as AWSCURRENT when somebody rolled back past the one that drains',
      changes: { versions: drained },
      dates: { new: daysAgo(300), old: daysAgo(20) },
      age: 'exact 300 d, of AWSCURRENT',
    },
    {
      what: 'does not count twice with the label of a rotation that is about to finish',
      changes: { versions: new Map([['new', ['AWSCURRENT', 'DRAINING']]]) },
      dates: { new: daysAgo(12) },
      age: 'exact 12 d, of AWSCURRENT',
    },
    { what: 'has no age without its date', changes: {}, dates: { old: daysAgo(200) }, age: 'unknown' },
    {
      what: 'has no age without the date of the one that drains',
      changes: { versions: drained },
      dates: { new: daysAgo(12) },
      age: 'unknown',
    },
    {
      what: 'that was never replaced is as old as the secret, whatever its version says',
      changes: { versions: first },
      dates: { new: daysAgo(12) },
      age: 'exact 365 d, of secret',
    },
    {
      what: 'needs neither the date of the secret nor that of its last change',
      changes: { created: undefined, lastChanged: undefined },
      dates: { new: daysAgo(12) },
      age: 'exact 12 d, of AWSCURRENT',
    },
    {
      what: 'from the future has age 0',
      changes: {},
      dates: { new: daysAgo(-12) },
      age: 'exact 0 d, of AWSCURRENT',
    },
  ])('$what', ({ changes, dates, age }) => {
    expect(exact(changes, dates as unknown as Record<string, Date>)).toBe(age)
  })
})

describe('an age', () => {
  it('is never negative', () => {
    expect(ageSeconds({ since: NOW + 5 }, NOW)).toBe(0)
    expect(ageSeconds({ since: NOW - 5000 }, NOW)).toBe(5)
  })

  it.each([
    { days: 75 - 1 / DAY, ripeness: 'fresh' },
    { days: 75, ripeness: 'due' },
    { days: 90 - 1 / DAY, ripeness: 'due' },
    { days: 90, ripeness: 'stale' },
  ])('of $days days is $ripeness', ({ days, ripeness }) => {
    expect(ripenessOf(Math.round(NOW - days * DAY), DEFAULT_THRESHOLDS, NOW)).toBe(ripeness)
  })

  it('of an access key is known where IAM says when it was created', () => {
    const key = { id: 'AKIA', userName: 'a', userArn: 'arn', active: true, tags: new Map() }
    expect(inWords(accessKeyAge({ ...key, created: daysAgo(3) }, NOW))).toBe('exact 3 d, of access key')
    expect(accessKeyAge({ ...key, created: undefined }, NOW)).toBeUndefined()
  })
})

describe('thresholds', () => {
  it.each([
    { tag: undefined, days: [75, 90] },
    { tag: '30d', days: [25, 30] },
    { tag: '720h', days: [25, 30] },
    { tag: '900d', days: [750, 900] },
    { tag: '0d', days: [75, 90] },
    { tag: 'soon', days: [75, 90] },
    { tag: '', days: [75, 90] },
  ])('with the maximum age $tag are $days days', ({ tag, days }) => {
    const tags = tagged(tag === undefined ? {} : { 'overlap:max-age': tag })
    const { warningSeconds, criticalSeconds } = thresholdsFor(tags, DEFAULT_THRESHOLDS)
    expect([warningSeconds / 86_400, criticalSeconds / 86_400]).toEqual(days)
  })
})

/** A secret as it may be, with the dates that its versions have: none is older than the secret or younger than its last change. */
const dated = fc
  .record({
    moments: fc.array(fc.integer({ min: -5 * 24, max: 200 * 24 }), { minLength: 4, maxLength: 4 }),
    label: fc.constantFrom(['AWSPREVIOUS'], ['AWSPREVIOUS', 'DRAINING'], ['DRAINING'], []),
    isRotated: fc.boolean(),
    hasCurrent: fc.boolean(),
    maxAge: fc.constantFrom(undefined, '1d', '20d', '90d', '400d', 'x'),
    swapped: fc.boolean(),
  })
  .map(({ moments, label, isRotated, hasCurrent, maxAge, swapped }) => {
    const [created = 0, one = 0, two = 0, changed = 0] = moments
      .toSorted((a, b) => b - a)
      .map((hours) => NOW - hours * 3600_000)
    const dates = new Map([
      ['new', new Date(swapped ? one : two)],
      ['old', new Date(swapped ? two : one)],
    ])
    const isOriginal = (label.length === 0 && !isRotated) || !hasCurrent
    const secret = listed('a', {
      created: new Date(created),
      lastChanged: new Date(changed),
      lastRotated: isRotated ? new Date(one) : undefined,
      tags: tagged(maxAge === undefined ? {} : { 'overlap:max-age': maxAge }),
      versions: new Map<string, readonly string[]>([
        ...(hasCurrent ? [['new', ['AWSCURRENT']] as const] : []),
        ...(label.length > 0 ? [['old', label] as const] : []),
      ]),
    })
    return { secret, dates, isOriginal, thresholds: thresholdsFor(secret.tags, DEFAULT_THRESHOLDS) }
  })

describe('what a listing tells', () => {
  it('is on the same side of every threshold as the age with dates, and is right about its precision', () => {
    let decided = 0
    fc.assert(
      fc.property(dated, ({ secret, dates, thresholds }) => {
        const told = listedAge(secret, thresholds, NOW)
        const exact = exactAge(secret, dates, NOW)
        if (told === 'in doubt' || told === undefined) return
        decided++
        expect(exact).toBeDefined()
        if (exact === undefined) return
        expect(ripenessOf(told.since, thresholds, NOW)).toBe(ripenessOf(exact.since, thresholds, NOW))
        if (told.precision === 'exact') expect(told).toEqual(exact)
        if (told.precision === 'at least') expect(exact.since).toBeLessThanOrEqual(told.since)
        if (told.precision === 'at most') expect(exact.since).toBeGreaterThanOrEqual(told.since)
      }),
      { numRuns: 3000 },
    )
    expect(decided).toBeGreaterThan(300)
  })

  it('is in doubt only where the dates could still decide either way', () => {
    fc.assert(
      fc.property(dated, ({ secret, isOriginal, thresholds }) => {
        if (listedAge(secret, thresholds, NOW) !== 'in doubt') return
        expect(isOriginal).toBe(false)
        const at = (date: Date | undefined) => ripenessOf(Number(date), thresholds, NOW)
        expect(at(secret.created)).not.toBe(at(secret.lastChanged))
      }),
      { numRuns: 3000 },
    )
  })
})
