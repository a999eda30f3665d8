import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at } from '../fakes/blows.ts'
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
  it.each(blows)(
    'survive every call %s',
    async (blow) => {
      const calls = await callsOfCleanRun()
      expect(calls).toBeGreaterThan(60)
      for (let k = 1; k <= calls; k++) await live(at(k, blow))
    },
    30_000,
  )

  it('survive two blows wherever they fall', async () => {
    const calls = await callsOfCleanRun()
    const where = fc.record({ k: fc.integer({ min: 1, max: calls }), blow: fc.constantFrom(...blows) })
    await fc.assert(
      fc.asyncProperty(where, where, async (one, other) => {
        await live(at(one.k, one.blow), at(other.k, other.blow))
      }),
      { numRuns: 150 },
    )
  }, 30_000)
})
