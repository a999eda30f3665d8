import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { tokenOf } from '../../lambdas/sweep/due.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { type FleetOptions, fleet } from './fleet.ts'

const NOW = '2026-01-11T03:00:00.000Z'
const RUN = Date.parse(NOW)
const weekly = { cron: '0 3 ? * SUN *', timezone: 'UTC' }
const plan = { digest: scheduleOf(weekly).digest, from: 0 }
const due = { 'overlap:schedule': 'weekly', [STATE_TAG]: encodeState({ plan }) }
const drained = {
  'overlap:mode': 'enforce',
  [STATE_TAG]: encodeState({ drain: { version: 'old', since: RUN - 48 * 3_600_000 } }),
}
const replaced = new Map([
  ['now', ['AWSCURRENT']],
  ['old', ['AWSPREVIOUS', 'DRAINING']],
])

/** So many secrets that are due, and so many that have drained. */
function fleetOf(howMany: { readonly due?: number; readonly drained?: number }, options: FleetOptions = {}) {
  const swept = fleet(NOW, { schedules: { weekly }, ...options })
  for (let n = 0; n < (howMany.due ?? 0); n++) swept.set(`due-${n}`, {}, due)
  for (let n = 0; n < (howMany.drained ?? 0); n++)
    swept.set(
      `drained-${n}`,
      { versions: replaced, lastRotated: new Date(RUN - 1), lastChanged: new Date(0) },
      drained,
    )
  return swept
}

const times = (calls: readonly string[], what: RegExp) => calls.filter((call) => what.test(call)).length

describe('rotations that are due at the same time', () => {
  it('are asked for one after the other, at the pace of the deployment', async () => {
    const swept = fleetOf({ due: 10 })
    await swept.pass()
    expect(swept.begun).toHaveLength(10)
    expect(swept.clock.now - RUN).toBe(9_000)
  })

  it('are asked for faster where the deployment says so', async () => {
    const swept = fleetOf({ due: 10 }, { requestsPerMinute: 600 })
    await swept.pass()
    expect(swept.clock.now - RUN).toBe(900)
  })

  it('end with the time of the pass, never beyond, and the next passes ask for the rest', async () => {
    const swept = fleetOf({ due: 700 })
    const passes = []
    for (let pass = 0; pass < 4; pass++) {
      const startedAt = swept.clock.now
      passes.push(await swept.pass())
      expect(swept.clock.now - startedAt).toBeLessThanOrEqual(300_000 - 15_000)
      for (const [arn] of swept.begun) if (swept.get(arn).lastRotated === undefined) swept.finish(arn)
    }
    expect(passes.map(({ left }) => left)).toEqual([700 - 285, 700 - 570, 0, 0])
    expect(swept.begun).toHaveLength(700)
    expect(new Set(swept.begun.map(([arn]) => arn)).size).toBe(700)
    for (const [arn, token] of swept.begun) expect(token).toBe(tokenOf(arn, RUN))
  })

  it('keep nothing waiting that heals: all of that is done while they take their turns', async () => {
    const swept = fleetOf({ due: 700, drained: 20 }, { callMs: 50 })
    await swept.pass()
    const retired = swept.calls.map((call) => call.startsWith('disable ')).lastIndexOf(true)
    expect(times(swept.calls, /^disable /)).toBe(20)
    expect(times(swept.calls.slice(0, retired), /^rotate /)).toBeLessThanOrEqual(40)
    expect(times(swept.calls, /^rotate /)).toBeGreaterThan(200)
  })

  it('are asked for though sick servers take all the time of what heals', async () => {
    const swept = fleetOf({ due: 5, drained: 30 }, { retire: () => unreachable() })
    const unreachable = async () => {
      swept.clock.now += 30_000
      throw new OverlapError('UNREACHABLE', 'a sick server')
    }
    const { left } = await swept.pass()
    expect(left).toBeGreaterThan(10)
    expect(swept.begun.length).toBeGreaterThan(0)
  })

  it('do not wait for those that turn out not to be due', async () => {
    const swept = fleetOf({ due: 50 })
    swept.freezeList()
    for (let n = 0; n < 49; n++) swept.set(`due-${n}`, { lastRotated: new Date(RUN) }, due)
    await swept.pass()
    expect(swept.begun).toEqual([['due-49', tokenOf('due-49', RUN)]])
    expect(swept.clock.now - RUN).toBeLessThanOrEqual(1_000)
  })
})

describe('one secret whose label moved', () => {
  it('is asked for at once when it is due', async () => {
    const swept = fleetOf({ due: 2 })
    await swept.visit('due-1')
    expect(swept.begun).toEqual([['due-1', tokenOf('due-1', RUN)]])
  })
})

describe('thousands of secrets', () => {
  it('cost no more than their list while they are at rest', async () => {
    const swept = fleet(NOW, { schedules: { weekly } })
    for (let n = 0; n < 10_000; n++) swept.set(`${n}`, { lastRotated: new Date(RUN) }, due)
    expect(await swept.pass()).toEqual({
      seen: 0,
      failed: 0,
      overdue: 0,
      news: 0,
      stuck: 0,
      stuckNews: 0,
      left: 0,
    })
    expect(swept.calls).toEqual([])
  })

  it('that are due at once are asked for in passes of five minutes, each once', async () => {
    const swept = fleetOf({ due: 2_000 })
    let passes = 0
    for (; swept.begun.length < 2_000 && passes < 100; passes++) {
      const startedAt = swept.clock.now
      const before = swept.begun.length
      await swept.pass()
      for (const [arn] of swept.begun.slice(before)) swept.finish(arn)
      swept.clock.now = startedAt + 300_000
    }
    expect(new Set(swept.begun.map(([arn]) => arn)).size).toBe(2_000)
    // 285 in each, since the last 15 s of a pass begin nothing.
    expect(passes).toBe(8)
  }, 30_000)
})
