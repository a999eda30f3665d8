import { describe, expect, it } from 'vitest'
import {
  isFree,
  readStamp,
  type Slot,
  type SlotState,
  type Stamp,
  writeStamp,
} from '../../../lambdas/adapters/postgres/stamp.ts'

const stamp: Stamp = {
  secret: 'arn:s',
  owner: '__proto__',
  ownerOid: 4_294_967_295,
  slots: new Map<string, Slot>([
    ['__proto__', { version: 'v1', state: 'live' }],
    ['app "b"', { version: 'v2', state: 'retired' }],
  ]),
}

describe('stamp', () => {
  it('comes back as it was written, whatever the roles are called', () => {
    expect(readStamp(writeStamp(stamp))).toEqual({ kind: 'stamp', stamp })
  })

  it('of release 0.1.0 is read for ever', () => {
    const recorded =
      'overlap/1 {"ownerOid":16394,"owner":"app","secret":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/app-AbCdEf",' +
      '"slots":{"app":{"version":"0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10","state":"disabling"},' +
      '"app_b":{"version":"7d1b7a52-5c0b-4d8e-9a1f-0d0a0c0b0e0f","state":"live"}}}'
    const read: Stamp = {
      secret: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/app-AbCdEf',
      owner: 'app',
      ownerOid: 16394,
      slots: new Map([
        ['app', { version: '0b7d4c6e-6b1f-4c52-9a1c-3f1d2f6f7a10', state: 'disabling' }],
        ['app_b', { version: '7d1b7a52-5c0b-4d8e-9a1f-0d0a0c0b0e0f', state: 'live' }],
      ]),
    }
    expect(readStamp(recorded)).toEqual({ kind: 'stamp', stamp: read })
    // Nor does this release write what the one before could not read.
    expect(writeStamp(read)).toBe(recorded)
  })

  it.each(['disabled', 'leaked'] as const)(
    'with a slot that is %s comes back, and tells a release that has no word for it of a newer one',
    (state) => {
      const inState = (other: SlotState): Stamp => ({
        ...stamp,
        slots: new Map([...stamp.slots, ['__proto__', { version: 'v1', state: other }] as const]),
      })
      expect(readStamp(writeStamp(inState(state)))).toEqual({ kind: 'stamp', stamp: inState(state) })
      expect(writeStamp(inState(state))).toMatch(/^overlap\/2 /)
      // Once the slot is retired, any release may read it.
      expect(writeStamp(inState('retired'))).toMatch(/^overlap\/1 /)
    },
  )

  it.each([
    ['live', false],
    ['disabling', false],
    ['disabled', false],
    ['retired', true],
    ['leaked', true],
  ] as const)('of a slot that is %s says that it may be taken: %s', (state: SlotState, free) => {
    expect(isFree(state)).toBe(free)
  })

  it.each([null, '', 'a comment of its user', 'overlapping'])('is none in the comment %j', (comment) => {
    expect(readStamp(comment)).toEqual({ kind: 'none' })
  })

  it.each([
    ['a newer format', 'overlap/3 {}', /newer/],
    ['a format that begins the same', 'overlap/10 {}', /newer/],
    ['no JSON', 'overlap/1 {', /not JSON/],
    ['null', 'overlap/1 null', /secret/],
    ['no secret', 'overlap/1 {"owner":"a","ownerOid":1,"slots":{}}', /secret/],
    ['no owner', 'overlap/1 {"secret":"s","ownerOid":1,"slots":{}}', /owner/],
    ['an OID in words', 'overlap/1 {"secret":"s","owner":"a","ownerOid":"1","slots":{}}', /ownerOid/],
    ['no slots', 'overlap/1 {"secret":"s","owner":"a","ownerOid":1}', /slots/],
    [
      'a slot in a state that is unknown',
      'overlap/1 {"secret":"s","owner":"a","ownerOid":1,"slots":{"a":{"version":"v","state":"gone"}}}',
      /role a/,
    ],
    [
      'a slot in a state that its format has no word for',
      'overlap/1 {"secret":"s","owner":"a","ownerOid":1,"slots":{"a":{"version":"v","state":"leaked"}}}',
      /role a/,
    ],
    ['a slot that is null', 'overlap/1 {"secret":"s","owner":"a","ownerOid":1,"slots":{"a":null}}', /role a/],
  ])('is unreadable with %s', (_, comment, because) => {
    expect(readStamp(comment)).toEqual({
      kind: expect.stringMatching(/^(unreadable|newer)$/),
      because: expect.stringMatching(because),
    })
  })
})
