import { describe, expect, it } from 'vitest'
import { refuseUnlessAccepted } from '../../../lambdas/adapters/keys/acceptance.ts'
import type { Whoami } from '../../../lambdas/adapters/keys/place.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { refusal } from '../../contracts/fence.ts'
import { type RigOptions, rig } from './rig.ts'

const MINUTE_MS = 60_000
const yes = { answer: 'accepted', as: 'robot' } as const
const no = { answer: 'unknown' } as const

/** A key of this age, of which the place says these things in turn, and then the last one for ever. */
function asked(answers: readonly (Whoami | Error)[], ageMs = MINUTE_MS, given: RigOptions = {}) {
  const made = rig(given)
  const key = made.madeByHand()
  made.passes(ageMs)
  let calls = 0
  const whoami = async () => {
    const answer = answers[Math.min(calls, answers.length - 1)] ?? no
    calls += 1
    if (answer instanceof Error) throw answer
    return answer
  }
  const options = { ...made.options(), place: { ...made.place(), whoami } }
  const accepted = (expectation: Parameters<typeof refuseUnlessAccepted>[2] = {}) =>
    refuseUnlessAccepted(options, key, expectation)
  return { ...made, key, accepted, calls: () => calls }
}

describe('a key is believed to work', () => {
  it('after five answers in a row, half a second apart', async () => {
    const { accepted, calls, slept } = asked([yes])
    await accepted()
    expect([calls(), slept]).toEqual([5, [500, 500, 500, 500]])
  })

  it('counted from zero again when one front end does not know it yet', async () => {
    const { accepted, calls } = asked([yes, yes, yes, yes, no, yes])
    await accepted()
    expect(calls()).toBe(10)
  })

  it('only as whom it was expected, each time', async () => {
    const { accepted } = asked([yes, { ...yes, as: 'somebody' }])
    await expect(accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    await expect(accepted({ expected: yes })).rejects.toEqual(refusal('PENDING_REFUSED'))
  })

  it('only with the rights of the current one', async () => {
    const { accepted } = asked([{ ...yes, rights: 'read' }])
    await accepted({ expected: { ...yes, rights: 'read' } })
    await expect(accepted({ expected: { ...yes, rights: 'all' } })).rejects.toEqual(refusal('RIGHTS_DIFFER'))
    await expect(accepted({ expected: yes })).rejects.toEqual(refusal('RIGHTS_DIFFER'))
  })

  it('unless the place says that its secret is another, which does not change by itself', async () => {
    const { accepted, calls } = asked([{ answer: 'wrong' }, yes])
    await expect(accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(calls()).toBe(1)
  })

  it('unless it is not the one that the credential says', async () => {
    const refused = new OverlapError('TARGET_NOT_ALLOWED', 'another user')
    const given = {
      refuseCurrent: () => {
        throw refused
      },
    }
    await expect(asked([yes], 0, given).accepted()).rejects.toBe(refused)
  })

  it('and a broken connection is told as it is', async () => {
    const broken = new OverlapError('UNREACHABLE', 'no answer')
    await expect(asked([yes, broken]).accepted()).rejects.toBe(broken)
  })
})

describe('a key that the place does not know', () => {
  const refused = async (ageMs: number, given: RigOptions = {}) => {
    const all = asked([no], ageMs, given)
    await expect(all.accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    return all
  }

  it('is waited for while it is new, and no longer', async () => {
    const { clock, key, server } = await refused(MINUTE_MS)
    const [made] = server.keys(key.account)
    expect(clock.now - (made?.created ?? 0)).toBe(2 * MINUTE_MS)
  })

  it('is refused at once when it is old', async () => {
    expect((await refused(3 * MINUTE_MS)).slept).toEqual([])
  })

  it('is refused at once when it is inactive', async () => {
    const all = asked([no], 0)
    all.server.setActive(all.key.keyId, false)
    await expect(all.accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(all.slept).toEqual([])
  })

  it('is waited for when it was activated a moment ago', async () => {
    const { accepted, clock } = asked([no], 60 * MINUTE_MS)
    const worksSince = clock.now
    await expect(accepted({ worksSince })).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(clock.now - worksSince).toBe(2 * MINUTE_MS)
  })

  it('is waited for a little when it is not listed: lists are late', async () => {
    const { accepted, key, server, slept } = asked([no], 0)
    server.remove(key.keyId)
    await expect(accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(slept).toHaveLength(10)
  })

  it('is not waited for for ever by a clock that stands still', async () => {
    const { key, options, place } = asked([no], 0)
    let calls = 0
    const whoami = async () => {
      calls += 1
      if (calls > 1_000) throw new Error('it waits for ever')
      return no
    }
    const still = { ...options(), place: { ...place(), whoami }, sleep: async () => {} }
    await expect(refuseUnlessAccepted(still, key)).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(calls).toBe(241)
  })

  it('is refused when the time is up, and one that was accepted too seldom is tried again', async () => {
    let left = 2_000
    const remaining = () => {
      left -= 500
      return left
    }
    expect((await refused(0, { remaining })).slept).toEqual([500, 500, 500])
    left = 2_000
    await expect(asked([yes], 0, { remaining }).accepted()).rejects.toEqual(refusal('TIME_UP'))
  })
})
