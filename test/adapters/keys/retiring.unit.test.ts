import { describe, expect, it } from 'vitest'
import { keyRetirer } from '../../../lambdas/adapters/keys/retirer.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { fence, refusal } from '../../contracts/fence.ts'
import { at, blowsOn } from '../../fakes/blows.ts'
import { type Call, directly, processOf } from '../../fakes/process.ts'
import { rotated } from './rotated.ts'

const HOUR_MS = 3_600_000

/** What happens right before the call of this name, the n-th time. */
function meanwhile(name: string, nth: number, happens: () => void): Call {
  let times = 0
  return (called, effect) => {
    if (called === name && ++times === nth) happens()
    return directly(called, effect)
  }
}

const failed = new OverlapError('IAM_FAILED', 'throttled')
const untold: Call = (name, effect) => (name === 'last use' ? Promise.reject(failed) : directly(name, effect))

describe('disabling a key', () => {
  it('that was minted, and of which its name alone is on record, is put back when it was cut off', async () => {
    const { second, holds, passes, adapter, retirer, server, disable, by, first, clock } = await rotated({
      records: 'names',
    })
    await disable()
    await retirer().remove(first, by)
    const third = await adapter().create(second, { versionId: 'v3' })
    holds('v3', third)
    await adapter().set(third, second, fence('v3', 'v2'))
    passes(30 * 24 * HOUR_MS)
    let checks = 0
    const changed = fence('v2', 'v3', async () => {
      checks += 1
      if (checks === 2) throw new OverlapError('DRAIN_IN_PROGRESS', 'the secret was put on hold')
    })
    const context = { current: third, accepts: () => false, leaked: false, unusedSince: clock.now }
    await expect(retirer().disable(second, { ...context, fence: changed })).rejects.toEqual(
      refusal('DRAIN_IN_PROGRESS'),
    )
    expect(server.works(second)).toBe(false)
    const back = { current: third, fence: fence('v2', 'v3'), cutOffAlone: true }
    expect([await retirer().enable(second, back), server.works(second)]).toEqual([true, true])
  })

  it('has on record what it is about to do before it does it', async () => {
    const { first, retirer, drain, state } = await rotated()
    const states: string[] = []
    const watching: Call = (name, effect) => {
      states.push(`${name}: ${state()}`)
      return directly(name, effect)
    }
    await retirer(watching).disable(first, drain())
    expect(states.filter((line) => /^(record|deactivate)/.test(line))).toEqual([
      'record key: active, live',
      'deactivate key: active, disabling',
      'record key: inactive, disabling',
    ])
    expect(state()).toBe('inactive, disabled')
  })

  it('waits for a use that came since the drain began, and not for one before', async () => {
    const { first, clock, disable, retirer, server, state, drain, passes } = await rotated()
    server.use(first)
    const since = clock.now
    await expect(retirer().disable(first, { ...drain(), unusedSince: since })).rejects.toMatchObject({
      code: 'STILL_USED',
      message: 'key KEY0001 was last used 0 s ago by s3 from eu-central-1',
    })
    expect(state()).toBe('active, live')
    passes(1)
    await disable()
    expect(state()).toBe('inactive, disabled')
  })

  it('is cut short where the place told of a use before, and tells nothing after', async () => {
    const { first, options, server, drain, clock, passes, state } = await rotated()
    server.use(first)
    passes(1)
    const { place, ...rest } = options()
    let asked = 0
    const lastUse: typeof place.lastUse = async (...of) => {
      asked += 1
      return asked === 1 ? place.lastUse(...of) : { known: 'nothing' }
    }
    const retirer = keyRetirer({ ...rest, place: { ...place, lastUse } })
    await expect(retirer.disable(first, { ...drain(), unusedSince: clock.now })).rejects.toEqual(
      refusal('LAST_USE_UNKNOWN'),
    )
    expect(state()).toBe('inactive, disabling')
  })

  it('is cut short by a use that is told once it is disabled, and leaves that to whoever puts it back', async () => {
    const { first, by, retirer, server, state, drain, clock } = await rotated()
    const context = { ...drain(), unusedSince: clock.now }
    const used = meanwhile('deactivate key', 1, () => server.use(first))
    await expect(retirer(used).disable(first, context)).rejects.toEqual(refusal('STILL_USED'))
    expect(state()).toBe('inactive, disabling')
    expect(await retirer().enable(first, by)).toBe(true)
    expect(state()).toBe('active, live')
  })

  it('is not recorded as done over what somebody has put back meanwhile', async () => {
    const { first, retirer, server, state, drain, clock } = await rotated()
    const putBack = meanwhile('last use', 2, () => {
      clock.now += 1
      server.setActive(first.keyId, true)
      server.tag(first.account, first.keyId, {
        ...{ secret: 'shop/robot', versionId: 'v1', state: 'live', since: clock.now },
      })
    })
    await expect(retirer(putBack).disable(first, drain())).rejects.toEqual(refusal('LABELS_MOVED'))
    expect(state()).toBe('active, live')
  })

  it('begins anew where somebody activated the key by hand, and ends at once where it leaked', async () => {
    const { first, disable, retirer, server, state, drain, by } = await rotated()
    await disable()
    server.setActive(first.keyId, true, true)
    await expect(retirer().remove(first, by)).rejects.toEqual(refusal('STILL_USED'))
    await disable()
    expect(state()).toBe('inactive, disabled')
    await retirer().disable(first, { ...drain(), leaked: true })
    server.setActive(first.keyId, true, true)
    server.use(first)
    await disable()
    expect(state()).toBe('inactive, leaked')
  })

  it('of a key that is deleted has nothing to do', async () => {
    const { first, disable, server, retirer, second } = await rotated()
    server.remove(first.keyId, true)
    await expect(disable()).rejects.toEqual(refusal('SUPERSEDED'))
    expect((await retirer(untold).sightings(first, second)).sightings).toEqual([])
  })

  it('is not taken for unused because a list leaves it out that is incomplete', async () => {
    const { first, second, retirer, unlists } = await rotated()
    unlists(first, second)
    await expect(retirer(untold).sightings(first, second)).rejects.toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
    })
  })

  it('does nothing when the last use cannot be found out', async () => {
    const { first, second, retirer, drain, state } = await rotated()
    await expect(retirer(untold).disable(first, drain())).rejects.toBe(failed)
    await expect(retirer(untold).sightings(first, second)).rejects.toBe(failed)
    expect(state()).toBe('active, live')
  })
})

describe('a retirement that is cut off', () => {
  const calls = Array.from({ length: 30 }, (_, k) => k + 1)

  it.each(calls.flatMap((k) => blowsOn(k).map((blow) => [k, blow] as const)))(
    'at call %i, %s, is put back or completed by whoever comes next',
    async (k, blow) => {
      const { first, second, by, disable, retirer, state, server, drain } = await rotated()
      const strike = at(k, blow)
      await processOf((call) => retirer(call).disable(first, drain()), { strike }).run()
      expect(server.works(second)).toBe(true)
      if (k % 2 === 0) await retirer().enable(first, by)
      await disable()
      expect(state()).toBe('inactive, disabled')
      const removal = at(k, blow)
      await processOf((call) => retirer(call).remove(first, by), { strike: removal }).run()
      await retirer().remove(first, by)
      expect([state(), server.tags(first.account).has(first.keyId)]).toEqual(['gone', false])
      expect(server.works(second)).toBe(true)
    },
  )

  it('has fewer calls than were cut off', async () => {
    const { first, drain, retirer } = await rotated()
    const strike = at(calls.length, 'killed after')
    await processOf((call) => retirer(call).disable(first, drain()), { strike }).run()
    expect(strike.calls()).toBeLessThan(calls.length)
  })
})

describe('a key that comes back', () => {
  it('is activated before that is on record, so that what is cut off is put back once more', async () => {
    const { first, by, disable, retirer, state } = await rotated()
    await disable()
    const strike = at(4, 'killed before')
    await processOf((call) => retirer(call).enable(first, by), { strike }).run()
    expect(state()).toBe('active, disabled')
    expect(await retirer().enable(first, by)).toBe(true)
    expect(state()).toBe('active, live')
  })

  it('works again where it was taken for an orphan and AWSCURRENT holds it by now, and for nobody else', async () => {
    const { first, by, retirer, server, state, second } = await rotated()
    server.setActive(first.keyId, false)
    const orphan = { secret: 'shop/robot', versionId: 'v1', state: 'orphan', since: 0 } as const
    server.tag(first.account, first.keyId, orphan)
    expect(await retirer().enable(first, { ...by, current: second })).toBe(false)
    expect(await retirer().enable(first, { ...by, current: first })).toBe(true)
    expect(state()).toBe('active, live')
  })

  it('is left alone where somebody else deactivated it, unless it is AWSCURRENT, which may have been on its way out', async () => {
    const { first, by, retirer, server, state } = await rotated()
    server.setActive(first.keyId, false, true)
    expect(await retirer().enable(first, by)).toBe(false)
    expect(state()).toBe('inactive, live')
    expect(await retirer().enable(first, { ...by, current: first })).toBe(true)
    expect(state()).toBe('active, live')
  })
})

describe('removing a key', () => {
  const withoutDisabling = { disables: false, records: 'names' } as const

  it('that works until then is refused when it was used since it was found unused, unless that is accepted', async () => {
    const { first, retirer, server, by, disable, clock, state } = await rotated(withoutDisabling)
    await disable()
    const unusedSince = clock.now
    clock.now += 1000
    server.use(first)
    const remove = (context = {}) => retirer().remove(first, { ...by, unusedSince, ...context })
    await expect(remove()).rejects.toEqual(refusal('STILL_USED'))
    expect(state()).toMatch(/^active/)
    await remove({ accepts: () => true })
    expect(state()).toBe('gone')
  })

  it.each([
    ['was used before', withoutDisabling, {}],
    ['is never said to be used', { ...withoutDisabling, tellsLastUse: false }, {}],
    ['was used in a place that disables, which has refused it since', {}, { unusedSince: 0 }],
  ] as const)('that %s goes', async (_what, given, context) => {
    const { first, retirer, server, by, disable, clock, state } = await rotated(given)
    server.use(first)
    clock.now += 1000
    await disable()
    await retirer().remove(first, { ...by, unusedSince: clock.now, ...context })
    expect(state()).toBe('gone')
  })

  it('changes nothing where its last use cannot be found out', async () => {
    const { first, retirer, by, disable, state } = await rotated(withoutDisabling)
    await disable()
    await expect(retirer(untold).remove(first, { ...by, unusedSince: 0 })).rejects.toBe(failed)
    expect(state()).toMatch(/^active/)
  })

  it.each([{}, { disables: false, records: 'names' } as const])(
    'needs an AWSCURRENT that works, unless it is gone already: %j',
    async (given) => {
      const { first, second, retirer, server, by, disable } = await rotated(given)
      await disable()
      server.setActive(second.keyId, false, true)
      await expect(retirer().remove(first, by)).rejects.toMatchObject({
        code: 'PRINCIPAL_IN_USE',
        detail: { consumersAffected: true },
      })
      expect(server.keys()).toHaveLength(2)
      server.remove(first.keyId, true)
      await retirer().remove(first, by)
    },
  )

  it('is of the version that drains, when another one that held it has no label any more', async () => {
    for (const records of ['tags', 'names'] as const) {
      const { first, second, holds, retirer, drain, server, adapter, passes } = await rotated({ records })
      // Somebody has stored the value of v2 once more, and then it was rotated.
      holds('v2', second, false)
      holds('v3', second)
      await retirer().disable(first, drain())
      await retirer().remove(first, drain())
      const next = await adapter().create(second, { versionId: 'v4' })
      holds('v4', next)
      await adapter().set(next, second, fence('v4', 'v3'))
      passes(HOUR_MS)
      const by = { ...drain(), current: next, fence: fence('v3', 'v4'), unusedSince: Number.MAX_SAFE_INTEGER }
      await retirer().disable(second, by)
      expect(await retirer().enable(second, by)).toBe(true)
      await retirer().disable(second, by)
      await retirer().remove(second, by)
      expect(server.keys().map(({ keyId }) => keyId)).toEqual([next.keyId])
    }
  })

  it('never deletes what works, whatever its record says', async () => {
    const { first, by, disable, retirer, server } = await rotated()
    await disable()
    server.setActive(first.keyId, true, true)
    await expect(retirer().remove(first, by)).rejects.toEqual(refusal('STILL_USED'))
    expect(server.works(first)).toBe(true)
  })

  it('waits until an attempt to disable it that was cut off is completed', async () => {
    const { first, by, drain, retirer, state } = await rotated()
    const strike = (name: string) => (name === 'deactivate key' ? ('killed after' as const) : undefined)
    await processOf((call) => retirer(call).disable(first, drain()), { strike }).run()
    await expect(retirer().remove(first, by)).rejects.toEqual(refusal('STILL_USED'))
    expect(state()).toBe('inactive, disabling')
  })

  it('leaves alone what another secret has on record', async () => {
    const { first, by, retirer, server } = await rotated()
    server.tag(first.account, first.keyId, {
      ...{ secret: 'another', versionId: 'v1', state: 'disabled', since: 0 },
    })
    server.setActive(first.keyId, false)
    for (const refused of [
      retirer().remove(first, by),
      retirer().enable(first, by),
      retirer().disable(first, { ...by, accepts: () => true, leaked: true }),
    ])
      await expect(refused).rejects.toEqual(refusal('SUPERSEDED'))
    expect(server.keys().map(({ keyId }) => keyId)).toContain(first.keyId)
  })

  it('of a secret that is left is waited for', async () => {
    const { second, disable, retirer, by, first, passes, adapter, place } = await rotated()
    const leave = () => retirer().leave(second, { fence: fence('v2', 'v2') })
    await expect(leave()).rejects.toEqual(refusal('LEAVE_TOO_SOON'))
    await disable()
    await expect(leave()).rejects.toEqual(refusal('LEAVE_TOO_SOON'))
    passes(48 * HOUR_MS)
    await retirer().remove(first, by)
    const lost = await adapter().create(second, { versionId: 'v3' })
    await expect(leave()).rejects.toEqual(refusal('LEAVE_TOO_SOON'))
    await place().remove(second, lost.keyId)
    await leave()
  })
})

describe('a key that is gone with that of AWSCURRENT', () => {
  it('is taken for gone: the place accepts neither', async () => {
    const { first, second, by, disable, retirer, server } = await rotated()
    server.remove(first.keyId)
    server.remove(second.keyId)
    await expect(disable()).rejects.toEqual(refusal('SUPERSEDED'))
    await retirer().remove(first, by)
    expect([...server.tags(first.account).keys()]).not.toContain(first.keyId)
  })

  it('has its record taken away in time, though calls take their time', async () => {
    const { first, second, by, disable, retirer, server, clock } = await rotated()
    await disable()
    server.remove(first.keyId, true)
    server.remove(second.keyId, true)
    const slow: Call = (name, effect) => {
      clock.now += 50
      return directly(name, effect)
    }
    await retirer(slow).remove(first, by)
    expect([...server.tags(first.account).keys()]).not.toContain(first.keyId)
  })

  it('is not where the place accepts it all the same', async () => {
    const { first, second, disable, retirer, by, server, unlists } = await rotated()
    server.remove(second.keyId)
    unlists(first)
    for (const refused of [disable(), retirer().remove(first, by)])
      await expect(refused).rejects.toMatchObject({
        code: 'PROVIDER_ANSWER_INVALID',
        detail: { key: first.keyId },
      })
  })

  it('is where AWSCURRENT is of another target, whose list is another one', async () => {
    const { first, by, disable, retirer, server, second } = await rotated()
    server.remove(first.keyId)
    const elsewhere = { ...second, account: 'another' }
    const current = { ...by, current: elsewhere }
    const drain = { accepts: () => false, leaked: false, unusedSince: 0 }
    await expect(retirer().disable(first, { ...current, ...drain })).rejects.toEqual(refusal('SUPERSEDED'))
    await expect(disable()).rejects.toEqual(refusal('SUPERSEDED'))
  })
})
