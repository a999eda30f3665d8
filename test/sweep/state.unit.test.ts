import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeState, encodeState, type SweepState } from '../../lambdas/sweep/state.ts'

const TAG_VALUE = /^[A-Za-z0-9 +\-=._:/@]{0,256}$/

const versionId = fc.oneof(
  fc.uuid(),
  fc.string({
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@+='),
    minLength: 32,
    maxLength: 64,
  }),
)
const moment = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map(Number)

const state: fc.Arbitrary<SweepState> = fc.record(
  {
    drain: fc.record(
      { version: versionId, since: moment, seen: moment },
      { requiredKeys: ['version', 'since'] },
    ),
    pending: fc.record({ version: versionId, since: moment }),
  },
  { requiredKeys: [] },
)

describe('the state that the sweep keeps in a tag', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(state, (seen) => {
        expect(decodeState(encodeState(seen))).toEqual(seen)
      }),
    )
  })

  it('holds only what a tag value may hold', () => {
    fc.assert(
      fc.property(state, (seen) => {
        expect(encodeState(seen)).toMatch(TAG_VALUE)
      }),
    )
  })

  it('fits into a tag with the longest version ids and every field in use', () => {
    const since = Date.parse('2026-11-23T16:43:00.000Z')
    const longest = encodeState({
      drain: { version: 'd'.repeat(64), since, seen: since },
      pending: { version: 'p'.repeat(64), since },
    })
    expect(longest.length).toBeLessThanOrEqual(256)
    expect(decodeState(longest).pending?.version).toBe('p'.repeat(64))
  })

  it.each([
    { what: 'no tag', text: undefined },
    { what: 'an empty tag', text: '' },
    { what: 'a format of tomorrow', text: 'v=2 draining=x since=2026-01-01T00:00:00.000Z' },
    { what: 'no version of the format', text: 'draining=x since=2026-01-01T00:00:00.000Z' },
    { what: 'a version whose clock is missing', text: 'v=1 draining=x' },
    { what: 'a version whose clock is no time', text: 'v=1 draining=x since=yesterday pending=y waiting=' },
    { what: 'a clock without a version', text: 'v=1 since=2026-01-01T00:00:00.000Z' },
    { what: 'somebody’s note', text: 'please do not touch' },
  ])('is no state when the tag is $what, so that clocks start again', ({ text }) => {
    expect(decodeState(text)).toEqual({})
  })

  it('is read from anything without an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        decodeState(text)
        decodeState(`v=1 ${text}`)
      }),
    )
  })
})
