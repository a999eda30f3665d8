import { describe, expect, it } from 'vitest'
import { acknowledgedFor, acknowledging } from '../../lambdas/rollout/acknowledged.ts'

const VERSION = '11111111-2222-3333-4444-555555555555'
const STRANGE = 'v 2 with spaces, and longer than any plain id may be'
const SINCE = Date.parse('2026-11-29T03:05:00Z')
const NAMES = ['event:billing', 'manual:mainframe']

describe('consumers that acknowledged', () => {
  it.each([VERSION, STRANGE])('are read as they were written, for %s', (version) => {
    for (const since of [SINCE, undefined]) {
      const tag = acknowledging(version, since, [...NAMES, 'event:billing'])
      expect(tag).toMatch(/^[\p{L}\p{N} +\-=._:/@]{1,256}$/u)
      expect(acknowledgedFor(tag, version, since)).toEqual(NAMES)
    }
  })

  it.each([undefined, '', ' ', 'other event:billing', `${VERSION}`, `x ${VERSION} event:billing`])(
    'are none in %j',
    (tag) => {
      expect(acknowledgedFor(tag, VERSION, undefined)).toEqual([])
    },
  )

  it('are those of this drain: what was said in an earlier one, or in none, counts for nothing', () => {
    for (const said of [SINCE - 1000, SINCE + 1000, undefined])
      expect(acknowledgedFor(acknowledging(VERSION, said, NAMES), VERSION, SINCE)).toEqual([])
  })

  it('are those of a drain that was just begun, whose state is written in whole seconds', () => {
    const tag = acknowledging(VERSION, SINCE, NAMES)
    expect(acknowledgedFor(tag, VERSION, SINCE - 1)).toEqual(NAMES)
  })

  it('are all of them where nothing drains', () => {
    expect(acknowledgedFor(acknowledging(VERSION, SINCE, NAMES), VERSION, undefined)).toEqual(NAMES)
  })

  it('leave eight characters for the drain, and that for long', () => {
    const longer = acknowledging(VERSION, Date.parse('2100-01-01'), NAMES).length
    expect(longer - acknowledging(VERSION, undefined, NAMES).length).toBe(8)
  })
})
