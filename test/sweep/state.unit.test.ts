import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Drain,
  encodeState,
  STATE_TAG,
  type SweepState,
  stateOf as stateAt,
} from '../../lambdas/sweep/state.ts'

/** Later than whatever these tests write down. */
const NOW = Date.parse('9999-12-31T23:59:59.000Z')
const TAG_VALUE = /^[A-Za-z0-9 +\-=._:/@]{0,256}$/

/** A ClientRequestToken: 32 to 64 characters, and nothing says which. */
const versionId = fc.oneof(
  fc.uuid(),
  fc.string({ unit: 'binary', minLength: 32, maxLength: 64 }),
  fc.string({ unit: fc.constantFrom(...' =@-_aZ0'), minLength: 32, maxLength: 64 }),
)
const moment = fc.integer({ min: 0, max: NOW / 1000 }).map((seconds) => seconds * 1000)
const clock = fc.record({ version: versionId, since: moment })
const inUse = fc.record(
  { version: versionId, since: moment, rolled: moment, seen: moment },
  { requiredKeys: ['version', 'since'] },
)
const disabled = fc.record(
  { version: versionId, since: moment, rolled: moment, off: moment, works: fc.constant(true as const) },
  { requiredKeys: ['version', 'since', 'off'] },
)
const plan = fc.record({ digest: fc.stringMatching(/^[0-9a-f]{8}$/), from: moment })
const state: fc.Arbitrary<SweepState> = fc.record(
  { drain: fc.oneof(inUse, disabled), pending: clock, plan },
  { requiredKeys: [] },
)

const stateOf = (secret: Parameters<typeof stateAt>[0]) => stateAt(secret, NOW)
const secretSaying = (text: string | undefined, ...labelled: readonly string[]) => ({
  tags: new Map(text === undefined ? [] : [[STATE_TAG, text]]),
  versions: new Map(labelled.map((id) => [id, ['DRAINING']])),
})
const idsOf = ({ drain, pending }: SweepState) => [drain, pending].flatMap((seen) => seen?.version ?? [])

describe('the state that the sweep keeps in a tag', () => {
  it('comes back as it was written, whatever the version ids are', () => {
    fc.assert(
      fc.property(state, versionId, (seen, other) => {
        expect(stateOf(secretSaying(encodeState(seen), other, ...idsOf(seen)))).toEqual(seen)
      }),
    )
  })

  it('holds only what a tag value may hold, and fits', () => {
    fc.assert(
      fc.property(state, (seen) => {
        expect(encodeState(seen)).toMatch(TAG_VALUE)
      }),
    )
  })

  it('tells a version from one whose id looks like the digest of its own', () => {
    const [id, since] = ['quarterly rotation of the shop secret 2026', 0]
    const [, digest = ''] = /draining=(\S+)/.exec(encodeState({ drain: { version: id, since } })) ?? []
    expect(stateOf(secretSaying(encodeState({ drain: { version: digest, since } }), id))).toEqual({})
  })

  it('can be read by a person where the ids are UUIDs, as they mostly are', () => {
    const version = '0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10'
    expect(encodeState({ drain: { version, since: 0 } })).toBe(
      `v=1 draining=${version} since=1970-01-01T00:00:00Z`,
    )
  })

  it('fits, at its longest, beside whatever a tag holds', () => {
    const [version, at] = ['0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10', 0]
    const plan = { digest: '0a1b2c3d', from: at }
    const pending = { version, since: at }
    const longest = (drain: Drain) => encodeState({ drain, pending, plan }).length
    const drain = { version, since: at, rolled: at }
    expect([longest({ ...drain, seen: at }), longest({ ...drain, off: at })]).toEqual([244, 243])
    expect(longest({ ...drain, seen: at, noted: at + 99_999_999_000 })).toBe(253)
    expect(longest({ ...drain, off: at, works: true })).toBe(251)
    // Nothing that was seen before a credential was disabled is needed after that.
    expect(longest({ ...drain, seen: at, off: at })).toBe(243)
  })

  it('says that what was found unused works only beside when that was', () => {
    expect(encodeState({ drain: { version: 'x', since: 0, works: true } })).not.toContain('works')
    const text = 'v=1 draining=x since=1970-01-01T00:00:00Z works=y'
    expect(stateOf(secretSaying(text, 'x'))).toEqual({ drain: { version: 'x', since: 0 } })
  })

  it('says how long after a use it was written down, and knows the use without that, too', () => {
    const read = (seen: string) =>
      stateOf(secretSaying(`v=1 draining=x since=1970-01-01T00:00:00Z seen=${seen}`, 'x')).drain
    const drain = { version: 'x', since: 0, seen: 5_000 }
    expect(read('1970-01-01T00:00:05Z+3600')).toEqual({ ...drain, noted: 3_605_000 })
    expect(encodeState({ drain: { ...drain, noted: 3_605_000 } })).toContain(
      ' seen=1970-01-01T00:00:05Z+3600',
    )
    expect(read('1970-01-01T00:00:05Z')).toEqual(drain)
    expect(read('1970-01-01T00:00:05Z+soon')).toEqual({ version: 'x', since: 0 })
  })

  it('is never earlier than what it says: instants are whole seconds, and rounded up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NOW - 1000 }), (ms) => {
        const { drain } = stateOf(secretSaying(encodeState({ drain: { version: 'x', since: ms } }), 'x'))
        expect([drain?.since, (drain?.since ?? 0) - ms < 1000]).toEqual([Math.ceil(ms / 1000) * 1000, true])
      }),
    )
  })

  it('is read as earlier releases wrote it, and in the order that somebody gave it', () => {
    const [since, waiting, from] = [1, 2, 3].map((ms) => new Date(ms).toISOString())
    expect(
      stateOf(secretSaying(`v=1 draining=x since=${since} pending=y waiting=${waiting}`, 'x', 'y')),
    ).toEqual({
      drain: { version: 'x', since: 1 },
      pending: { version: 'y', since: 2 },
    })
    expect(stateOf(secretSaying(`v=1 from=${from} later=field plan=0a1b2c3d`, 'x'))).toEqual({
      plan: { digest: '0a1b2c3d', from: 3 },
    })
    const id = 'quarterly rotation of the shop secret 2026'
    const digest = createHash('sha256').update(id).digest('base64url')
    expect(stateOf(secretSaying(`v=1 draining=@${digest} since=${since}`, id))).toEqual({
      drain: { version: id, since: 1 },
    })
  })

  it('that says when a credential was disabled says nothing else of its use', () => {
    const text =
      'v=1 draining=x since=1970-01-01T00:00:00Z seen=1970-01-01T00:00:01Z off=1970-01-01T00:00:02Z'
    expect(stateOf(secretSaying(text, 'x'))).toEqual({ drain: { version: 'x', since: 0, off: 2000 } })
  })

  it('keeps its plan when no version that it speaks of has a label any more', () => {
    const seen = { drain: { version: 'x', since: 0 }, plan: { digest: '0a1b2c3d', from: 0 } }
    expect(stateOf(secretSaying(encodeState(seen), 'y'))).toEqual({ plan: seen.plan })
  })

  it('is forgotten with the last label of its version', () => {
    const seen = { drain: { version: 'x', since: 0 }, pending: { version: 'y', since: 0 } }
    expect(stateOf(secretSaying(encodeState(seen), 'y'))).toEqual({ pending: seen.pending })
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
    { what: 'a plan without its time', text: 'v=1 plan=0a1b2c3d' },
    { what: 'a plan whose time is none', text: 'v=1 plan=0a1b2c3d from=yesterday' },
    { what: 'a plan without its digest', text: 'v=1 from=2026-01-01T00:00:00.000Z' },
    { what: 'a plan whose digest is none', text: 'v=1 plan=weekly from=2026-01-01T00:00:00.000Z' },
  ])('is no state when the tag is $what, so that clocks start again', ({ text }) => {
    expect(stateOf(secretSaying(text, 'x', 'y'))).toEqual({})
  })

  it.each([
    { what: 'minutes ahead, as clocks differ, is a time like any other', ahead: 5 * 60_000, known: true },
    { what: 'further ahead was written by a wrong clock, and is none', ahead: 5 * 60_000 + 1, known: false },
  ])('that is $what: the clocks start again', ({ ahead, known }) => {
    const now = Date.parse('2026-11-01T12:00:00.000Z')
    const [drain, pending] = ['x', 'y'].map((version) => ({ version, since: now + ahead }))
    const seen: SweepState = {
      ...(drain && { drain }),
      ...(pending && { pending }),
      plan: { digest: '0a1b2c3d', from: now + ahead },
    }
    expect(stateAt(secretSaying(encodeState(seen), 'x', 'y'), now)).toEqual(known ? seen : {})
  })

  it('is read from anything without an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        stateOf(secretSaying(text, 'x'))
        stateOf(secretSaying(`v=1 ${text}`, 'x'))
      }),
    )
  })
})
