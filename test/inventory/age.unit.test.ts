import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accessKeyAge,
  ageSeconds,
  exactAge,
  isEmpty,
  isKnown,
  listedAge,
  ripenessOf,
} from '../../lambdas/inventory/age.ts'
import { type Age, type AgeUnknown, DEFAULT_THRESHOLDS } from '../../lambdas/inventory/entry.ts'
import { isOursAmong } from '../../lambdas/inventory/ours.ts'
import { thresholdsFor } from '../../lambdas/inventory/thresholds.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { DAY, daysAgo, listed, NOW, OUR_FUNCTION, ours, tagged } from './account.ts'

const drained = new Map([
  ['new', ['AWSCURRENT']],
  ['old', ['AWSPREVIOUS', 'DRAINING']],
])
const first = new Map([['new', ['AWSCURRENT']]])

function inWords(age: Age | AgeUnknown | 'in doubt' | undefined): string {
  if (age === undefined) return 'none'
  if (age === 'in doubt') return age
  return isKnown(age) ? `${age.precision} ${(NOW - age.since) / DAY} d, of ${age.of}` : age.reason
}
const told = (changes: Partial<ListedSecret>) =>
  inWords(listedAge(listed('a', changes), DEFAULT_THRESHOLDS, NOW))

describe('a listing tells of a secret', () => {
  it.each<{ what: string; changes: Partial<ListedSecret>; age: string }>([
    {
      what: 'whose value was never replaced: its own age, to the moment',
      changes: { versions: first, lastChanged: daysAgo(365) },
      age: 'exact 365 d, of secret',
    },
    {
      what: 'that had its only value within a minute, and nothing since: its own age',
      changes: { versions: first, lastChanged: new Date(NOW - 365 * DAY + 60_000) },
      age: 'exact 365 d, of secret',
    },
    {
      what: 'that has its only value and was changed more than a minute later: no more than it knows',
      changes: { versions: first, lastChanged: new Date(NOW - 100 * DAY) },
      age: 'at least 100 d, of secret',
    },
    {
      what: 'that may have been created empty and filled yesterday: nothing',
      changes: { versions: first, created: daysAgo(91), lastChanged: daysAgo(1) },
      age: 'in doubt',
    },
    {
      what: 'that is younger than the warning, whenever it was filled: that it is fresh',
      changes: { versions: first, created: daysAgo(60), lastChanged: daysAgo(1) },
      age: 'at most 60 d, of secret',
    },
    {
      what: 'that had its only value while the warning came: nothing, however close the two are',
      changes: { versions: first, created: daysAgo(75), lastChanged: new Date(NOW - 75 * DAY + 1) },
      age: 'in doubt',
    },
    {
      what: 'whose first rotation is under way: its own age',
      changes: {
        versions: new Map([...first, ['next', ['AWSPENDING']]]),
        created: daysAgo(300),
        lastChanged: daysAgo(300),
      },
      age: 'exact 300 d, of secret',
    },
    {
      what: 'whose first rotation was cut off before it published: its own age',
      changes: {
        versions: new Map([['new', ['AWSCURRENT', 'DRAINING']]]),
        created: daysAgo(300),
        lastChanged: daysAgo(300),
      },
      age: 'exact 300 d, of secret',
    },
    {
      what: 'that has no value: that there is nothing to be old',
      changes: { versions: new Map() },
      age: 'none',
    },
    {
      what: 'that has no current value yet: that there is nothing to be old',
      changes: { versions: new Map([['next', ['AWSPENDING']]]) },
      age: 'none',
    },
    {
      what: 'that was never replaced and has no date of creation: nothing',
      changes: { versions: first, created: undefined },
      age: 'in doubt',
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
      changes: {
        versions: new Map([
          ['new', ['AWSCURRENT', 'DRAINING']],
          ['old', ['AWSPREVIOUS']],
        ]),
        lastChanged: daysAgo(100),
      },
      age: 'at least 100 d, of AWSCURRENT',
    },
    { what: 'without a date of creation: nothing', changes: { created: undefined }, age: 'in doubt' },
    {
      what: 'without a date of its last change: nothing, however young it is',
      changes: { created: daysAgo(2), lastChanged: undefined },
      age: 'in doubt',
    },
    {
      what: 'from the future, as far as two clocks may differ: that it is fresh, and not younger than now',
      changes: { created: new Date(NOW + 300_000), lastChanged: new Date(NOW + 300_000) },
      age: 'at most 0 d, of AWSCURRENT',
    },
    {
      what: 'that was created further in the future than that: that a clock is wrong',
      changes: { created: new Date(NOW + 300_001), lastChanged: undefined },
      age: 'CLOCK_WRONG',
    },
    {
      what: 'that was changed further in the future than that: that a clock is wrong, so it may be stale',
      changes: { versions: first, lastChanged: new Date(NOW + 300_001) },
      age: 'CLOCK_WRONG',
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
      age: 'exact 12 d, of secret',
    },
    { what: 'has no age without its date', changes: {}, dates: { old: daysAgo(200) }, age: 'AGE_UNKNOWN' },
    {
      what: 'has no age without the date of the one that drains',
      changes: { versions: drained },
      dates: { new: daysAgo(12) },
      age: 'AGE_UNKNOWN',
    },
    {
      what: 'that was never replaced is as old as it is, not as the secret that was empty before',
      changes: { versions: first },
      dates: { new: daysAgo(12) },
      age: 'exact 12 d, of secret',
    },
    {
      what: 'needs neither the date of the secret nor that of its last change',
      changes: { created: undefined, lastChanged: undefined },
      dates: { new: daysAgo(12) },
      age: 'exact 12 d, of AWSCURRENT',
    },
    {
      what: 'from the future, as far as two clocks may differ, has age 0',
      changes: {},
      dates: { new: new Date(NOW + 300_000) },
      age: 'exact 0 d, of AWSCURRENT',
    },
    {
      what: 'further from the future than that has none: a clock is wrong',
      changes: { versions: drained },
      dates: { new: new Date(NOW + 300_001), old: daysAgo(200) },
      age: 'CLOCK_WRONG',
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
    const key = { id: 'AKIA', userName: 'a', userArn: 'arn', active: true, isOnly: true, tags: new Map() }
    expect(inWords(accessKeyAge({ ...key, created: daysAgo(3) }, NOW))).toBe('exact 3 d, of access key')
    expect(inWords(accessKeyAge({ ...key, created: undefined }, NOW))).toBe('AGE_UNKNOWN')
    expect(inWords(accessKeyAge({ ...key, created: new Date(NOW + 300_001) }, NOW))).toBe('CLOCK_WRONG')
    expect(inWords(accessKeyAge({ ...key, created: new Date(NOW + 300_000) }, NOW))).toBe(
      'exact 0 d, of access key',
    )
  })
})

/** Of a deployment that is stricter than the usual. */
const strict = {
  thresholds: { warningSeconds: 40 * 86_400, criticalSeconds: 60 * 86_400 },
  isOurs: isOursAmong(new Set([OUR_FUNCTION])),
}
const elsewhere = OUR_FUNCTION.replace('overlap-', 'other-')

describe('thresholds', () => {
  const inDays = (secret: ListedSecret, judge = strict) => {
    const { warningSeconds, criticalSeconds } = thresholdsFor(secret, judge)
    return [warningSeconds / 86_400, criticalSeconds / 86_400]
  }

  it.each([
    { tag: undefined, days: [75, 90] },
    { tag: '30d', days: [25, 30] },
    { tag: '720h', days: [25, 30] },
    { tag: '90d', days: [75, 90] },
    { tag: '900d', days: [75, 90] },
    { tag: '0d', days: [75, 90] },
    { tag: 'soon', days: [75, 90] },
    { tag: '', days: [75, 90] },
  ])('with the maximum age $tag are $days days: a tag makes nothing look younger', ({ tag, days }) => {
    const secret = ours('a', {}, tag === undefined ? {} : { 'overlap:max-age': tag })
    expect(inDays(secret, { ...strict, thresholds: DEFAULT_THRESHOLDS })).toEqual(days)
  })

  const short = { 'overlap:max-age': '3d' }
  it.each<{ what: string; secret: ListedSecret; days: readonly number[] }>([
    { what: 'this deployment rotates, by the deployment', secret: ours('a'), days: [40, 60] },
    { what: 'this deployment rotates, by its own promise', secret: ours('a', {}, short), days: [2, 3] },
    {
      what: 'another deployment rotates, by the usual ones',
      secret: ours('a', { rotationFunction: elsewhere }),
      days: [75, 90],
    },
    {
      what: 'another deployment rotates, by its own promise',
      secret: ours('a', { rotationFunction: elsewhere }, short),
      days: [2.5, 3],
    },
    {
      what: 'nothing rotates, whatever its tags say',
      secret: listed('a', { tags: tagged(short) }),
      days: [40, 60],
    },
    {
      what: 'an AWS service made, whatever its tags and its function are',
      secret: ours('a', { owningService: 'rds' }, short),
      days: [40, 60],
    },
  ])('of a secret that $what: $days days', ({ secret, days }) => {
    expect(inDays(secret)).toEqual(days)
  })
})

/** A secret as it may be, with the dates that its versions have: none is older than the secret or younger than its last change. */
const dated = fc
  .record({
    moments: fc.array(
      fc.oneof(
        fc.integer({ min: -3, max: 200 * 24 * 60 }),
        fc.constantFrom(20, 75, 90).map((day) => day * 24 * 60),
      ),
      { minLength: 4, maxLength: 4 },
    ),
    atOnce: fc.boolean(),
    label: fc.constantFrom(['AWSPREVIOUS'], ['AWSPREVIOUS', 'DRAINING'], ['DRAINING'], []),
    isRotated: fc.boolean(),
    hasCurrent: fc.boolean(),
    maxAge: fc.constantFrom(undefined, '1d', '20d', '90d', '400d', 'x'),
    swapped: fc.boolean(),
  })
  .map(({ moments, atOnce, label, isRotated, hasCurrent, maxAge, swapped }) => {
    const [created = 0, one = 0, two = 0, changed = 0] = moments
      .toSorted((a, b) => b - a)
      .map((minutes, at, all) => NOW - (atOnce ? (all[0] ?? 0) - at / 3 : minutes) * 60_000)
    const dates = new Map([
      ['new', new Date(swapped ? one : two)],
      ['old', new Date(swapped ? two : one)],
    ])
    const secret = ours('a', {
      created: new Date(created),
      lastChanged: new Date(changed),
      lastRotated: isRotated ? new Date(one) : undefined,
      tags: tagged(maxAge === undefined ? {} : { 'overlap:max-age': maxAge }),
      versions: new Map<string, readonly string[]>([
        ...(hasCurrent ? [['new', ['AWSCURRENT']] as const] : []),
        ...(label.length > 0 ? [['old', label] as const] : []),
      ]),
    })
    return { secret, dates, thresholds: thresholdsFor(secret, { ...strict, thresholds: DEFAULT_THRESHOLDS }) }
  })

describe('what a listing tells', () => {
  it('is on the same side of every threshold as the age with dates, and is right about its precision', () => {
    let [decided, exactly] = [0, 0]
    fc.assert(
      fc.property(dated, ({ secret, dates, thresholds }) => {
        const told = listedAge(secret, thresholds, NOW)
        if (told === 'in doubt' || told === undefined || !isKnown(told)) return
        decided++
        const exact = exactAge(secret, dates, NOW)
        expect(isKnown(exact)).toBe(true)
        if (!isKnown(exact)) return
        expect(ripenessOf(told.since, thresholds, NOW)).toBe(ripenessOf(exact.since, thresholds, NOW))
        expect(told.of === 'secret').toBe(exact.of === 'secret')
        if (told.precision === 'exact') {
          exactly++
          expect(exact.since - told.since).toBeGreaterThanOrEqual(0)
          expect(exact.since - told.since).toBeLessThanOrEqual(60_000)
        }
        if (told.precision === 'at least') expect(exact.since).toBeLessThanOrEqual(told.since)
        if (told.precision === 'at most') expect(exact.since).toBeGreaterThanOrEqual(told.since)
      }),
      { numRuns: 3000 },
    )
    expect(decided).toBeGreaterThan(300)
    expect(exactly).toBeGreaterThan(50)
  })

  it('is in doubt only where the dates could still decide either way', () => {
    fc.assert(
      fc.property(dated, ({ secret, thresholds }) => {
        const told = listedAge(secret, thresholds, NOW)
        expect(told === undefined).toBe(isEmpty(secret))
        if (told !== 'in doubt') return
        const at = (date: Date | undefined) => ripenessOf(Number(date), thresholds, NOW)
        expect(at(secret.created)).not.toBe(at(secret.lastChanged))
      }),
      { numRuns: 3000 },
    )
  })
})
