import { describe, expect, it } from 'vitest'
import type { DemoFacts } from '../../../sandbox/demo/facts.ts'
import { judge } from '../../../sandbox/demo/verdict.ts'
import { control, facts, realRun, rotation } from './facts-for-tests.ts'

const required = {
  rotations: 2,
  controlRotations: 2,
  clients: 8,
  queriesPerRotation: 100,
  queriesPerClient: 5,
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
const traffic = (change: Partial<typeof realRun.traffic>) => ({ traffic: { ...realRun.traffic, ...change } })
const unmeasured = { ...rotation, phases: { ...rotation.phases, generate: Number.NaN } }
const undrained = { ...rotation, phases: { ...rotation.phases, drain: undefined } }

describe('the verdict', () => {
  it('passes when nothing failed in the real run and something did in both controls', () => {
    expect(judge(facts, required)).toEqual({ passed: true, objections: [] })
  })

  it.each<readonly [string, DemoFacts, RegExp]>([
    ['one failure in the real run', withReal(traffic({ failures: { timeout: 1 } })), /Overlap: 1 .* failed/],
    ['a control without a failure', withControl(traffic({ failures: {} })), /no drain: nothing failed/],
    ['a missing control', { ...facts, controls: [control] }, /1 of 2 controls/],
    ['too few rotations', withReal({ rotations: [rotation] }), /Overlap: 1 of 2 rotations/],
    ['too few rotations of a control', withControl({ rotations: [] }), /no drain: 0 of 2 rotations/],
    ['too few clients', withReal({ clients: 7 }), /7 of 8 clients/],
    ['idle clients', withReal(traffic({ queries: 199 })), /199 queries are too few/],
    ['one idle client', withReal({ leastBusy: 9 }), /one client made only 9/],
    ['an idle client in a control', withControl({ leastBusy: 0 }), /no drain: one client made only 0/],
    ['a phase that was not measured', withReal({ rotations: [rotation, unmeasured] }), /not all measured/],
    ['a phase that did not happen', withReal({ rotations: [rotation, undrained] }), /not all measured/],
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
})
