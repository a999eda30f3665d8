import { describe, expect, it } from 'vitest'
import { at, blowsOn } from '../fakes/blows.ts'
import { blows } from '../fakes/process.ts'
import { settle, unrest } from '../fakes/settle.ts'
import { type Strike, type World, world } from '../fakes/world.ts'

const PASSES = 30

/**
 * The whole life of a credential: a rotation, the next one asked for at once and refused, the drain, the retirement, the refused one
 * resumed, and its own drain.
 */
async function live(...strikes: readonly Strike[]): Promise<World> {
  const living = world({}, 'fresh')
  living.secret.rotate()
  await living.attempt()
  living.secret.rotate()
  const last = living.secret.holder('AWSPENDING')
  const strike: Strike = (name) => strikes.map((one) => one(name)).find((blow) => blow !== undefined)
  const rested = await settle(
    living,
    () => living.secret.holder('AWSCURRENT') === last && unrest(living).length === 0,
    PASSES,
    strike,
  )
  expect({ rested, unrest: unrest(living), violations: living.violations }).toEqual({
    rested: true,
    unrest: [],
    violations: [],
  })
  return living
}

async function callsOfCleanRun(): Promise<number> {
  const counting = at(0, 'killed before')
  await live(counting)
  return counting.calls()
}

describe('a sweep, a retirement and the rotation that waits for them', () => {
  it.each(blows)('survive every call %s', async (blow) => {
    const calls = await callsOfCleanRun()
    expect(calls).toBeGreaterThan(60)
    for (let k = 1; k <= calls; k++) await live(at(k, blow))
  })

  it('survive a second blow within the twenty calls after the first', async () => {
    const calls = await callsOfCleanRun()
    for (let k1 = 1; k1 <= calls; k1++)
      for (const blow1 of blowsOn(k1))
        for (let k2 = k1 + 1; k2 <= k1 + 20; k2 += 3)
          for (const blow2 of blowsOn(k2)) await live(at(k1, blow1), at(k2, blow2))
  }, 60_000)
})
