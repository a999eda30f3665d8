import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Freeze,
  formatHold,
  HOLD_TAG,
  holdOf,
  parseHold,
  parseInstant,
} from '../../lambdas/rotation/hold.ts'

const at = (text: string) => Date.parse(text)
const NOW = at('2026-12-20T12:00:00Z')
const onHold = (until: string, reason = 'year-end close') => `${until} ${reason}`
const freeze = (from: string, until: string, reason = 'code freeze'): Freeze => ({
  from: at(from),
  until: at(until),
  reason,
})

interface Row {
  readonly when: string
  readonly tag?: string
  readonly freezes?: readonly Freeze[]
  readonly hold: string
}

describe('a secret', () => {
  it.each<Row>([
    { when: 'nobody said anything', hold: 'none' },
    {
      when: 'its tag says so',
      tag: onHold('2026-12-24T00:00:00Z'),
      hold: 'hold until 2026-12-24T00:00:00.000Z: year-end close',
    },
    {
      when: 'its tag was written in another time zone',
      tag: onHold('2026-12-24T00:00+01:00'),
      hold: 'hold until 2026-12-23T23:00:00.000Z: year-end close',
    },
    { when: 'its hold ends this very moment', tag: onHold('2026-12-20T12:00:00Z'), hold: 'none' },
    {
      when: 'its hold ends in a millisecond',
      tag: onHold('2026-12-20T12:00:00.001Z'),
      hold: 'hold until 2026-12-20T12:00:00.001Z: year-end close',
    },
    { when: 'its hold has expired', tag: onHold('2025-12-24T00:00:00Z'), hold: 'none' },
    {
      when: 'the deployment is frozen',
      freezes: [freeze('2026-12-18T00:00:00Z', '2027-01-04T00:00:00Z')],
      hold: 'freeze until 2027-01-04T00:00:00.000Z: code freeze',
    },
    {
      when: 'the freeze begins this very moment',
      freezes: [freeze('2026-12-20T12:00:00Z', '2027-01-04T00:00:00Z')],
      hold: 'freeze until 2027-01-04T00:00:00.000Z: code freeze',
    },
    {
      when: 'the freeze has not begun',
      freezes: [freeze('2026-12-20T12:00:00.001Z', '2027-01-04T00:00:00Z')],
      hold: 'none',
    },
    {
      when: 'the freeze ends this very moment',
      freezes: [freeze('2026-12-01T00:00:00Z', '2026-12-20T12:00:00Z')],
      hold: 'none',
    },
    {
      when: 'its hold outlasts a freeze',
      tag: onHold('2027-02-01T00:00:00Z', 'migration'),
      freezes: [freeze('2026-12-18T00:00:00Z', '2027-01-04T00:00:00Z')],
      hold: 'hold until 2027-02-01T00:00:00.000Z: migration',
    },
    {
      when: 'a freeze outlasts its hold, and another freeze',
      tag: onHold('2026-12-21T00:00:00Z'),
      freezes: [
        freeze('2026-12-18T00:00:00Z', '2027-01-04T00:00:00Z'),
        freeze('2026-12-20T00:00:00Z', '2026-12-22T00:00:00Z', 'audit'),
      ],
      hold: 'freeze until 2027-01-04T00:00:00.000Z: code freeze',
    },
  ])('is on hold when $when: $hold', ({ tag, freezes = [], hold }) => {
    const found = holdOf(new Map(tag === undefined ? [] : [[HOLD_TAG, tag]]), freezes, NOW)
    expect(found ? `${found.by} until ${new Date(found.until).toISOString()}: ${found.reason}` : 'none').toBe(
      hold,
    )
  })

  it.each([
    { what: 'is empty', tag: '' },
    { what: 'has no reason', tag: '2026-12-24T00:00:00Z' },
    { what: 'has no reason but spaces', tag: '2026-12-24T00:00:00Z   ' },
    { what: 'has no time zone', tag: '2026-12-24T00:00:00 close' },
    { what: 'has a date alone', tag: '2026-12-24 close' },
    { what: 'has a day that the calendar does not', tag: '2026-02-30T00:00:00Z close' },
    { what: 'has a year of UTC with five digits', tag: '9999-12-31T23:59:59-01:00 close' },
    { what: 'has a month that the calendar does not', tag: '2026-13-01T00:00:00Z close' },
    { what: 'has an hour that the day does not', tag: '2026-12-24T25:00:00Z close' },
    { what: 'has only a reason', tag: 'until the audit is over' },
  ])('whose tag $what is not taken for one that is not on hold, not even in a freeze', ({ tag }) => {
    const unreadable = expect.objectContaining({
      code: 'POLICY_INVALID',
      message: expect.stringContaining('tag overlap:hold must be'),
    })
    expect(() => holdOf(new Map([[HOLD_TAG, tag]]), [], NOW)).toThrow(unreadable)
    const frozen = [freeze('2026-12-18T00:00:00Z', '2027-01-04T00:00:00Z')]
    expect(() => holdOf(new Map([[HOLD_TAG, tag]]), frozen, NOW)).toThrow(unreadable)
  })
})

describe('the tag of a hold', () => {
  it('is an instant and a reason', () => {
    const until = at('2026-12-24T00:00:00Z')
    expect(formatHold({ until, reason: ' year-end close ' })).toBe('2026-12-24T00:00:00.000Z year-end close')
  })

  it('is read as it was written', () => {
    const reason = fc
      .string({ unit: fc.constantFrom(...'abcXYZ019 äß日+-=._:/@'), minLength: 1, maxLength: 200 })
      .map((text) => text.trim())
      .filter((text) => text !== '')
    const until = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(reason, until.map(Number), (words, instant) => {
        const tag = formatHold({ until: instant, reason: words })
        expect(tag.length).toBeLessThanOrEqual(256)
        expect(tag).toMatch(/^[\p{L}\p{N} +\-=._:/@]*$/u)
        expect(parseHold(tag)).toEqual({ until: instant, reason: words, by: 'hold' })
      }),
    )
  })

  it.each([
    { what: 'empty', reason: '' },
    { what: 'nothing but spaces', reason: '  ' },
    { what: 'with a comma', reason: 'audit, then close' },
    { what: 'of two lines', reason: 'audit\nclose' },
    { what: 'with a quotation mark', reason: '"audit"' },
    { what: 'too long for a tag', reason: 'x'.repeat(232) },
  ])('cannot hold a reason $what, which is said by the name of the field', ({ reason }) => {
    expect(() => formatHold({ until: NOW, reason })).toThrow(
      expect.objectContaining({
        code: 'EVENT_INVALID',
        message: expect.stringContaining('field reason of the request must be 1 to 231 letters'),
      }),
    )
  })

  it('holds the longest reason that fits', () => {
    expect(formatHold({ until: NOW, reason: 'x'.repeat(231) })).toHaveLength(256)
  })
})

describe('an instant', () => {
  it.each([
    ['2026-12-24T00:00Z', '2026-12-24T00:00:00.000Z'],
    ['2026-12-24T00:00:00.5+05:30', '2026-12-23T18:30:00.500Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('may be written %s', (text, instant) => {
    expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(instant)
  })

  it.each(['', '0', 'now', '2026-12-24', '24.12.2026', '2026-02-29T00:00:00Z', '2026-12-24T00:00:00 Z'])(
    'is not %o',
    (text) => {
      expect(parseInstant(text)).toBeUndefined()
    },
  )

  it('is read from anything without an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const instant = parseInstant(text)
        expect(instant === undefined || Number.isSafeInteger(instant)).toBe(true)
      }),
    )
  })
})
