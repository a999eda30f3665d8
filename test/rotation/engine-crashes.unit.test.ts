import { describe, expect, it } from 'vitest'
import { at, blowsOn } from '../fakes/blows.ts'
import { blows, type Strike } from '../fakes/process.ts'
import type { Start } from '../fakes/starts.ts'
import { MINUTE_MS, type World, world } from '../fakes/world.ts'

function waiting(start: Start): World {
  const ready = world({}, start)
  ready.secret.rotate()
  return ready
}

/** What holds once the service has tried the rotation again without a fault. */
function expectConverged(
  { secret, target, current, violations }: World,
  outgoing: string,
  token: string,
): void {
  const [old, fresh] = [JSON.parse(secret.value(outgoing) ?? ''), current()]
  expect({
    violations,
    current: secret.holder('AWSCURRENT'),
    draining: secret.holder('DRAINING'),
    pending: secret.holder('AWSPENDING'),
    works: [target.works(old), target.works(fresh)],
    stamps: [target.slot(old.user).stamp, target.slot(fresh.user).stamp],
  }).toEqual({
    violations: [],
    current: token,
    draining: outgoing,
    pending: undefined,
    works: [true, true],
    stamps: [
      { version: outgoing, state: 'live' },
      { version: token, state: 'live' },
    ],
  })
}

/** Tries a rotation again, with these blows in the first attempts, until it is done. */
async function survive(start: Start, ...strikes: readonly Strike[]): Promise<void> {
  const struck = waiting(start)
  const outgoing = struck.secret.holder('AWSCURRENT') ?? ''
  const token = struck.secret.holder('AWSPENDING') ?? ''
  let last = 'failed'
  for (const strike of [...strikes, undefined]) {
    if (last === 'failed') last = await struck.attempt(strike)
    struck.clock.now += MINUTE_MS
  }
  expectConverged(struck, outgoing, token)
}

async function callsOfCleanRun(start: Start): Promise<number> {
  const counting = at(0, 'killed before')
  expect(await waiting(start).attempt(counting)).toBe('rotated')
  return counting.calls()
}

const starts = ['fresh', 'steady', 'labelLeftBehind'] as const

describe.each(starts)('one blow to a rotation of a secret that is %s', (start) => {
  it.each(blows)('is survived at every call %s', async (blow) => {
    const calls = await callsOfCleanRun(start)
    expect(calls).toBeGreaterThan(15)
    for (let k = 1; k <= calls; k++) await survive(start, at(k, blow))
  })
})

// `steady` makes no call that one of the others does not make.
describe.each(['fresh', 'labelLeftBehind'] as const)(
  'two blows to a rotation of a secret that is %s',
  (start) => {
    it('are survived, one at any call of the first attempt and one at any call of the second', async () => {
      const calls = await callsOfCleanRun(start)
      let pairs = 0
      for (let k1 = 1; k1 <= calls; k1++)
        for (const blow1 of blowsOn(k1)) {
          let reached = true
          for (let k2 = 1; reached; k2++)
            for (const blow2 of blowsOn(k2)) {
              const second = at(k2, blow2)
              await survive(start, at(k1, blow1), second)
              reached = second.calls() >= k2
              pairs += reached ? 1 : 0
            }
        }
      expect(pairs).toBeGreaterThan(calls * calls)
    }, 30_000)
  },
)
