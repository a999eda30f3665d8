import { describe, expect, it } from 'vitest'
import { parseUntil } from '../../cli/until.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')

describe('until', () => {
  it.each([
    ['2026-12-27T00:00:00Z', '2026-12-27T00:00:00.000Z'],
    ['2026-12-27T00:00:00+01:00', '2026-12-26T23:00:00.000Z'],
    ['2026-12-27T06:30-05:00', '2026-12-27T11:30:00.000Z'],
    ['2026-12-27T06:30:00.5Z', '2026-12-27T06:30:00.500Z'],
    ['48h', '2026-11-27T12:00:00.000Z'],
    ['90s', '2026-11-25T12:01:30.000Z'],
    ['30m', '2026-11-25T12:30:00.000Z'],
    ['2d', '2026-11-27T12:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseUntil(text, NOW)?.toISOString()).toBe(instant)
  })

  it('a duration ends with a whole second, and never before its time', () => {
    expect(parseUntil('48h', NOW + 1)?.toISOString()).toBe('2026-11-27T12:00:01.000Z')
  })

  it('a date is its beginning where this runs', () => {
    expect(parseUntil('2026-12-27', NOW)).toEqual(new Date(2026, 11, 27))
  })

  it.each([
    '',
    'tomorrow',
    '48',
    '48 h',
    '-48h',
    '1.5h',
    '2w',
    '2026-12-27T00:00:00',
    '2026-12-27 00:00:00Z',
    '2027-02-30',
    '2027-02-30T00:00:00Z',
    '2026-12-27T25:00:00Z',
    '27.12.2026',
    '2026-12',
  ])('%j could be anything', (text) => {
    expect(parseUntil(text, NOW)).toBeUndefined()
  })
})
