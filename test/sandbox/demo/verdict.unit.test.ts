import { describe, expect, it } from 'vitest'
import type { DemoFacts, RotationFacts } from '../../../sandbox/demo/facts.ts'
import { judge } from '../../../sandbox/demo/verdict.ts'
import { control, facts, realRun, rotation } from './facts-for-tests.ts'

const required = {
  rotations: 2,
  controlRotations: 2,
  clients: 8,
  queriesPerRotation: 100,
  queriesPerClient: 5,
  drainMs: 24 * 3_600_000,
}
const { botched } = facts
const withReal = (change: Partial<typeof realRun>): DemoFacts => ({
  ...facts,
  real: { ...realRun, ...change },
})
const withControl = (change: Partial<typeof control>): DemoFacts => ({
  ...facts,
  controls: [control, { ...control, title: 'Control: no drain', ...change }],
})
const withBotched = (change: Partial<typeof botched>): DemoFacts => ({
  ...facts,
  botched: { ...botched, ...change },
})
const rotations = (...some: readonly RotationFacts[]) => ({ rotations: [...some, second, byHand, madeUp] })
const traffic = (change: Partial<typeof realRun.traffic>) => ({ traffic: { ...realRun.traffic, ...change } })
const unmeasured = { ...rotation, phases: { ...rotation.phases, generate: Number.NaN } }
const unretired = { ...rotation, phases: { ...rotation.phases, retire: undefined } }
const hurried = { ...rotation, phases: { ...rotation.phases, drain: 3_600_000 } }
const late = { ...rotation, at: rotation.at + 3_600_000 }
const [first = rotation, second = rotation, byHand = rotation, madeUp = rotation] = realRun.rotations
const named = { secret: true, owner: true, code: true }

describe('the verdict', () => {
  it('passes when nothing failed in the real run and something did in both controls', () => {
    expect(judge(facts, required)).toEqual({ passed: true, objections: [] })
  })

  it.each<readonly [string, DemoFacts, RegExp]>([
    ['one failure in the real run', withReal(traffic({ failures: { timeout: 1 } })), /Overlap: 1 .* failed/],
    ['a control without a failure', withControl(traffic({ failures: {} })), /no drain: nothing failed/],
    ['a missing control', { ...facts, controls: [control] }, /1 of 2 controls/],
    ['too few rotations of a control', withControl({ rotations: [] }), /no drain: 0 of 2 rotations/],
    ['too few clients', withReal({ clients: 7 }), /7 of 8 clients/],
    ['idle clients', withReal(traffic({ queries: 399 })), /399 queries are too few/],
    ['one idle client', withReal({ leastBusy: 19 }), /one client made only 19/],
    ['an idle client in a control', withControl({ leastBusy: 0 }), /no drain: one client made only 0/],
    ['a phase that was not measured', withReal(rotations(first, unmeasured)), /not all measured/],
    ['a phase that did not happen', withReal(rotations(first, unretired)), /not all measured/],
    [
      'a run that began late',
      withReal(rotations(first, late)),
      /1 rotations did not begin on Sunday at 03:00/,
    ],
    ['no change of clocks', withReal({ rotations: [first, first, byHand, madeUp] }), /no change of clocks/],
    [
      'no run that was made up for',
      withReal({ rotations: [first, second, byHand] }),
      /no run was made up for/,
    ],
    ['nobody at the console', withReal({ rotations: [first, second, madeUp] }), /nobody rotated by hand/],
    ['a drain that was too short', withReal(rotations(first, hurried)), /1 rotations did not drain as long/],
    [
      'a rotation that nobody asked for while the scheduler was out of order',
      { ...facts, missed: { ...facts.missed, begunMeanwhile: 1 } },
      /although the scheduler was out of order/,
    ],
    [
      'a silence of which nobody was told',
      { ...facts, missed: { ...facts.missed, alarmTold: false } },
      /Nobody was told that the sweep was silent/,
    ],
    [
      'a hold that held nothing',
      { ...facts, held: { ...facts.held, begunMeanwhile: 1 } },
      /The hold did not/,
    ],
    [
      'a page for nothing',
      { ...facts, needless: ['[PAGE] shop/app'] },
      /failure that was none: \[PAGE\] shop/,
    ],
    [
      'a message that does not say whose secret it is',
      withBotched({ named: { ...named, owner: false } }),
      /The message about the botched rotation lacks: owner/,
    ],
    ['a botched rotation that nobody refused', withBotched({ attempts: 0 }), /was not refused/],
    ['a botched rotation that was published', withBotched({ currentMeanwhile: 'x' }), /changed AWSCURRENT/],
    ['a botched rotation that nobody met', withBotched({ queries: 0 }), /Nobody queried/],
    ['a botched rotation that hurt', withBotched({ failed: 3 }), /3 queries failed/],
    ['a botched rotation that stayed', withBotched({ completed: false }), /did not complete/],
  ])('does not pass with %s', (_, changed, objection) => {
    const { passed, objections } = judge(changed, required)

    expect(passed).toBe(false)
    expect(objections).toHaveLength(1)
    expect(objections[0]).toMatch(objection)
  })

  it('does not pass with too few rotations', () => {
    expect(judge(facts, { ...required, rotations: 5 }).objections).toEqual(['Overlap: 4 of 5 rotations'])
  })
})
