import { describe, expect, it } from 'vitest'
import {
  acceptedCurrent,
  refuseDead,
  refuseUnlessAccepted,
} from '../../../lambdas/adapters/keys/acceptance.ts'
import type { Whoami } from '../../../lambdas/adapters/keys/place.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { refusal } from '../../contracts/fence.ts'
import type { FakeKey } from '../../fakes/key-server.ts'
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
  return { ...made, key, accepted, current: () => options, calls: () => calls }
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

  it('and what the place answers is not repeated: it may hold the key', async () => {
    const { accepted } = asked([{ answer: 'accepted', as: 'CANARY of one', rights: 'CANARY of one' }])
    for (const expected of [
      { answer: 'accepted', as: 'CANARY of another' } as const,
      { answer: 'accepted', as: 'CANARY of one', rights: 'CANARY' } as const,
    ]) {
      const error = await accepted({ expected }).catch((thrown) => thrown)
      expect(['PENDING_REFUSED', 'RIGHTS_DIFFER']).toContain(error.code)
      expect(JSON.stringify([error.message, error.detail])).not.toContain('CANARY')
    }
  })

  it('unless the place says that its secret is another, which does not change by itself', async () => {
    const { accepted, calls } = asked([{ answer: 'wrong' }, yes])
    await expect(accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(calls()).toBe(1)
  })

  it('unless the place calls it by another id', async () => {
    await expect(asked([{ answer: 'another id' }, yes]).accepted()).rejects.toMatchObject({
      code: 'PENDING_REFUSED',
      message: expect.stringContaining('says that its id is another'),
    })
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

  it('is asked for three times more when it is old and listed as active: one refusal proves nothing', async () => {
    expect((await refused(3 * MINUTE_MS)).calls()).toBe(4)
    const { accepted, calls } = asked([no, no, no, yes], 3 * MINUTE_MS)
    await accepted()
    expect(calls()).toBe(8)
  })

  it('is waited for a little when it is listed as inactive: lists are late', async () => {
    const all = asked([no], 0)
    all.server.setActive(all.key.keyId, false)
    await expect(all.accepted()).rejects.toEqual(refusal('PENDING_REFUSED'))
    expect(all.slept).toEqual([2_500, 2_500])
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
    expect(slept).toEqual([2_500, 2_500])
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

  it('is not refused for a time that is up: it is tried again, as one that was accepted too seldom', async () => {
    let left = 2_000
    const remaining = () => {
      left -= 500
      return left
    }
    const unknown = asked([no], 0, { remaining })
    await expect(unknown.accepted()).rejects.toEqual(refusal('TIME_UP'))
    expect(unknown.slept).toEqual([500, 500, 500])
    left = 2_000
    await expect(asked([yes], 0, { remaining }).accepted()).rejects.toEqual(refusal('TIME_UP'))
  })
})

describe('the key of AWSCURRENT', () => {
  const HOUR_MS = 60 * MINUTE_MS

  it('is waited for when a list that is late says that it is inactive, and then that it is active', async () => {
    const { current, key, place, server } = asked([no, no, no, yes], HOUR_MS)
    server.setActive(key.keyId, false)
    let looks = 0
    const keys = async (of: FakeKey) => {
      looks += 1
      if (looks === 2) server.setActive(key.keyId, true)
      return place().keys(of)
    }
    const options = current()
    expect(await acceptedCurrent({ ...options, place: { ...options.place, keys } }, key)).toEqual(yes)
  })

  it('that is listed as active is not said to be dead by one refusal, nor by four', async () => {
    const once = asked([no, yes], HOUR_MS)
    expect(await acceptedCurrent(once.current(), once.key)).toEqual(yes)
    for (const look of [acceptedCurrent, refuseDead] as const) {
      const { current, key, calls } = asked([no], HOUR_MS)
      const error = await look(current(), key, 'PRINCIPAL_IN_USE').catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'UNREACHABLE', detail: { key: key.keyId } })
      expect(error.detail).not.toHaveProperty('consumersAffected')
      expect(calls()).toBe(4)
    }
  })

  it.each([
    ['inactive', [no], false],
    ['there, with another secret', [{ answer: 'wrong' }], true],
  ] as const)('is dead when it is %s, and consumers are affected', async (_how, answers, active) => {
    const { current, key, server } = asked(answers, HOUR_MS)
    server.setActive(key.keyId, active)
    await expect(acceptedCurrent(current(), key)).rejects.toEqual(refusal('CURRENT_REFUSED'))
    await expect(refuseDead(current(), key, 'PRINCIPAL_IN_USE')).rejects.toMatchObject({
      code: 'PRINCIPAL_IN_USE',
      detail: { consumersAffected: true },
    })
  })

  it('is not dead where there is no time to find out', async () => {
    const { current, key, server } = asked([no], HOUR_MS, { remaining: () => 2_000 })
    server.remove(key.keyId)
    for (const look of [acceptedCurrent, refuseDead] as const)
      await expect(look(current(), key, 'PRINCIPAL_IN_USE')).rejects.toEqual(refusal('TIME_UP'))
  })

  it('is asked for in the secret where the target refuses it and lists it as active', async () => {
    const { current, key } = asked([no], HOUR_MS)
    await expect(acceptedCurrent(current(), key)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(
        `is the field that holds its secret (key; of an access key secretAccessKey) what the target told when key ${key.keyId} was made?`,
      ),
    })
  })

  it('works where the target calls it by another id: the value is wrong, and no consumer is affected', async () => {
    const { current, key, calls } = asked([{ answer: 'another id' }], HOUR_MS)
    for (const look of [acceptedCurrent, refuseDead] as const) {
      const error = await look(current(), key, 'PRINCIPAL_IN_USE').catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'SECRET_INVALID', detail: { field: 'keyId', key: key.keyId } })
      expect(error.detail).not.toHaveProperty('consumersAffected')
    }
    expect(calls()).toBe(2)
  })

  it('is one that the credential says, also before anything ends', async () => {
    const refused = new OverlapError('TARGET_NOT_ALLOWED', 'another user')
    const given = {
      refuseCurrent: () => {
        throw refused
      },
    }
    const { current, key } = asked([yes], HOUR_MS, given)
    await expect(refuseDead(current(), key, 'PRINCIPAL_IN_USE')).rejects.toBe(refused)
  })
})
