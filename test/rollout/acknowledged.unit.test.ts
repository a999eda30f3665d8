import { describe, expect, it } from 'vitest'
import { acknowledgedFor, acknowledging } from '../../lambdas/rollout/acknowledged.ts'

const VERSION = '11111111-2222-3333-4444-555555555555'
const STRANGE = 'v 2 with spaces, and longer than any plain id may be'

describe('consumers that acknowledged', () => {
  it.each([VERSION, STRANGE])('are read as they were written, for %s', (version) => {
    const tag = acknowledging(version, ['event:billing', 'manual:mainframe', 'event:billing'])
    expect(tag).toMatch(/^[\p{L}\p{N} +\-=._:/@]{1,256}$/u)
    expect(acknowledgedFor(tag, version)).toEqual(['event:billing', 'manual:mainframe'])
  })

  it.each([undefined, '', ' ', 'other event:billing', `${VERSION}`, `x ${VERSION} event:billing`])(
    'are none in %j',
    (tag) => {
      expect(acknowledgedFor(tag, VERSION)).toEqual([])
    },
  )
})
