import { describe, expect, it } from 'vitest'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { steps } from '../../lambdas/rotation/event.ts'
import { lineage } from '../../lambdas/rotation/lineage.ts'
import { at } from '../fakes/blows.ts'
import { blows, processOf, type Strike } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { singleSlotTarget } from '../fakes/single-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

/** A rotation of a credential that cannot overlap, tried with each of these blows, and then until it is done. */
async function rotated(...strikes: readonly Strike[]) {
  const target = singleSlotTarget('one')
  const secret = fakeSecret(() => 0, [[['AWSCURRENT'], JSON.stringify({ user: 'app', password: 'one' })]])
  secret.rotate()
  const token = secret.holder('AWSPENDING') ?? ''
  const lost: string[] = []
  const valueWorks = (holder: string | undefined) => {
    const value = holder === undefined ? undefined : secret.value(holder)
    return value !== undefined && target.works(JSON.parse(value))
  }
  const after = () => {
    if (!valueWorks(secret.holder('AWSCURRENT')) && !valueWorks(secret.holder('AWSPENDING')))
      lost.push('neither AWSCURRENT nor AWSPENDING works')
  }
  const attempt = async (strike?: Strike) => {
    const seen = lineage(() => 0)
    for (const step of steps) {
      const delivery = processOf(
        (call) =>
          rotate(
            {
              store: secret.storeFor(call),
              adapterFor: () => target.adapterFor(call),
              lineage: seen,
              deployment: 'overlap',
              holdOf: () => undefined,
              sleep: async () => {},
            },
            { step, secretId: SECRET_ARN, token, rotationToken: undefined },
          ),
        { after, ...(strike === undefined ? {} : { strike }) },
      )
      if ((await delivery.run()) !== 'ended' || delivery.failure() !== undefined) return
    }
  }
  for (const strike of strikes) await attempt(strike)
  await attempt()
  return { token, secret, lost, works: valueWorks(secret.holder('AWSCURRENT')) }
}

describe('a rotation of a credential that cannot overlap', () => {
  it('pins nothing: the old password is dead already', async () => {
    const { secret, token } = await rotated()
    expect(secret.holder('AWSCURRENT')).toBe(token)
    expect(secret.holder('DRAINING')).toBeUndefined()
  })

  it.each(blows)('survives every call %s: one of the two stored passwords always works', async (blow) => {
    const counting = at(0, blow)
    await rotated(counting)
    expect(counting.calls()).toBeGreaterThan(12)
    for (let k = 1; k <= counting.calls(); k++) {
      const { secret, token, works, lost } = await rotated(at(k, blow))
      expect({ current: secret.holder('AWSCURRENT'), works, lost }).toEqual({
        current: token,
        works: true,
        lost: [],
      })
    }
  })
})
