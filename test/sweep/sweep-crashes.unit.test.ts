import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenOf } from '../../lambdas/sweep/due.ts'
import { at } from '../fakes/blows.ts'
import { blows, type Strike } from '../fakes/process.ts'
import { settle, unrest } from '../fakes/settle.ts'
import { MINUTE_MS, type World, world } from '../fakes/world.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

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

const DAY_MINUTES = 24 * 60
/** In minutes after midnight of a day with a run at 03:00: before it, at it, and until what it replaced is retired. */
const passesOfDay = [170, 181, 186, 200, 220, 260, 340, 400, 460, 520, 600, 700, 800]

/** Two days under a daily schedule, which the sweep sees for the first time on the evening before. */
async function scheduled(strike: Strike) {
  const living = world({}, 'fresh')
  const { clock, secret } = living
  const midnight = Date.parse('2026-01-05T00:00:00.000Z')
  const pass = async (minutes: number) => {
    clock.now = Math.max(clock.now, midnight + minutes * MINUTE_MS)
    await living.sweep(strike).run()
    for (const loose of living.loose.splice(0)) await loose.run()
    while (secret.takeTry()) await living.attempt(strike)
  }
  secret.tag('overlap:schedule', 'daily')
  for (const minutes of [-300, -240]) await pass(minutes)
  for (const day of [0, 1]) for (const minutes of passesOfDay) await pass(day * DAY_MINUTES + minutes)
  const runs = [3 * 60, DAY_MINUTES + 3 * 60].map((minutes) =>
    tokenOf(SECRET_ARN, midnight + minutes * MINUTE_MS),
  )
  return { ...living, runs }
}

describe('a schedule', () => {
  it.each(blows)(
    'leads to one rotation for each run, whatever call is %s',
    async (blow) => {
      const counting = at(0, blow)
      await scheduled(counting)
      expect(counting.calls()).toBeGreaterThan(100)
      for (let k = 1; k <= counting.calls(); k++) {
        const { secret, runs, violations, ...rest } = await scheduled(at(k, blow))
        const made = secret.versionIds().slice(1)
        expect({ k, made, violations, unrest: unrest({ ...rest, secret, violations }) }).toEqual({
          k,
          made: runs,
          violations: [],
          unrest: [],
        })
        expect(secret.holder('AWSCURRENT')).toBe(runs[1])
      }
    },
    30_000,
  )
})
