import { describe, expect, it } from 'vitest'
import type { DemoFacts, RotationFacts } from '../../../sandbox/demo/facts.ts'
import { judge } from '../../../sandbox/demo/verdict.ts'
import { control, facts, keyControl, keyRun, realRun, rotation } from './facts-for-tests.ts'

const required = {
  rotations: 2,
  controlRotations: 2,
  clients: 8,
  queriesPerRotation: 100,
  queriesPerClient: 5,
  drainMs: 24 * 3_600_000,
  quarantineMs: 48 * 3_600_000,
  consumers: 4,
  leakMs: 3_600_000,
  keys: {
    calls: 200,
    callsPerClient: 20,
    controlCalls: 30,
    controlCallsPerClient: 4,
    drainMs: 48 * 3_600_000,
    quarantineMs: 48 * 3_600_000,
  },
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
const withSilent = (change: Partial<typeof facts.silent>): DemoFacts => ({
  ...facts,
  silent: { ...facts.silent, ...change },
})
const withAccepted = (change: Partial<typeof facts.accepted>): DemoFacts => ({
  ...facts,
  accepted: { ...facts.accepted, ...change },
})
const withRolledBack = (change: Partial<typeof facts.rolledBack>): DemoFacts => ({
  ...facts,
  rolledBack: { ...facts.rolledBack, ...change },
})
const withLeaked = (change: Partial<typeof facts.leaked>): DemoFacts => ({
  ...facts,
  leaked: { ...facts.leaked, ...change },
})
const withBotched = (change: Partial<typeof botched>): DemoFacts => ({
  ...facts,
  botched: { ...botched, ...change },
})
const { keys } = facts
const [accessKeyRun = keyRun] = keys.runs
const withKeyRun = (change: Partial<typeof keyRun>): DemoFacts => ({
  ...facts,
  keys: { ...keys, runs: [accessKeyRun, { ...keyRun, ...change }] },
})
const [keyRotation = rotation] = keyRun.rotations
const withKeyPhases = (change: Partial<RotationFacts['phases']>) =>
  withKeyRun({ rotations: [{ ...keyRotation, phases: { ...keyRotation.phases, ...change } }] })
const withOldKey = (change: Partial<(typeof keys.old)[number]>): DemoFacts => ({
  ...facts,
  keys: { ...keys, old: keys.old.map((one) => (one.title === keyRun.title ? { ...one, ...change } : one)) },
})
const withSilentKey = (change: Partial<typeof keys.silent>): DemoFacts => ({
  ...facts,
  keys: { ...keys, silent: { ...keys.silent, ...change } },
})
const withKeyControl = (change: Partial<typeof keyControl>): DemoFacts => ({
  ...facts,
  keyControls: [keyControl, { ...keyControl, ...change }],
})
const rotations = (...some: readonly RotationFacts[]) => ({ rotations: [...some, second, ...others] })
const traffic = (change: Partial<typeof realRun.traffic>) => ({ traffic: { ...realRun.traffic, ...change } })
const unmeasured = { ...rotation, phases: { ...rotation.phases, generate: Number.NaN } }
const unretired = { ...rotation, phases: { ...rotation.phases, rollOut: Number.NaN } }
const retirement = rotation.retirement as NonNullable<RotationFacts['retirement']>
const ended = (change: Partial<typeof retirement>) =>
  withReal(rotations(first, { ...rotation, retirement: { ...retirement, ...change } }))
const early = { ...rotation, phases: { ...rotation.phases, quarantine: 47 * 3_600_000 } }
const hurried = { ...rotation, phases: { ...rotation.phases, drain: 3_600_000 } }
const late = { ...rotation, at: rotation.at + 3_600_000 }
const [first = rotation, second = rotation, ...others] = realRun.rotations
const without = (wanted: (one: RotationFacts) => boolean) =>
  withReal({ rotations: [...realRun.rotations, second, first].filter((one) => !wanted(one)) })
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
    ['idle clients', withReal(traffic({ queries: 599 })), /599 queries are too few/],
    ['one idle client', withReal({ leastBusy: 29 }), /one client made only 29/],
    ['an idle client in a control', withControl({ leastBusy: 0 }), /no drain: one client made only 0/],
    ['a phase that was not measured', withReal(rotations(first, unmeasured)), /not all measured/],
    ['a phase that did not happen', withReal(rotations(first, unretired)), /not all measured/],
    [
      'a run that began late',
      withReal(rotations(first, late)),
      /1 rotations did not begin on Sunday at 03:00/,
    ],
    [
      'no change of clocks',
      withReal({
        rotations: realRun.rotations.map((one) => ({
          ...one,
          at: one.begunBy === 'schedule' ? first.at : one.at,
        })),
      }),
      /no change of clocks/,
    ],
    [
      'no run that was made up for',
      without(({ begunBy }) => begunBy === 'make-up'),
      /no run was made up for/,
    ],
    ['nobody at the console', without(({ begunBy }) => begunBy === 'person'), /nobody rotated by hand/],
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
    [
      'a retirement with a lower rung than it should have',
      ended({ rung: 'b', missing: ['the log is late'] }),
      /rotation 1: the retirement's proof is b and should be a \(the log is late\)/,
    ],
    ['a retirement that the journal does not know', ended({ rung: '' }), /proof is not on record/],
    ['a retirement that a person had to accept', ended({ rung: 'accepted' }), /proof is accepted/],
    [
      'a consumer that nobody saw on the new version',
      ended({ consumers: 3 }),
      /1 versions were disabled before/,
    ],
    [
      'a task that lost its credential',
      ended({ leftBehind: 1 }),
      /1 versions were disabled while tasks or pods/,
    ],
    ['a slot that was free too soon', withReal(rotations(first, early)), /1 versions were removed before/],
    [
      'a silent consumer of which nobody was told',
      withSilent({ message: [] }),
      /Nobody was told of the silent/,
    ],
    [
      'a message that does not name the silent consumer',
      withSilent({ named: { secret: true, owner: true, consumer: false } }),
      /The message about the silent consumer lacks: consumer/,
    ],
    [
      'a silent consumer that lost its credential',
      withSilent({ disabledMeanwhile: true }),
      /disabled while it used it/,
    ],
    ['a drain that did not begin anew', withSilent({ quietMs: 3_600_000 }), /did not drain anew/],
    ['a drain that did not end', withSilent({ quietMs: Number.NaN }), /did not drain anew/],
    [
      'an answer that does not say who is in the way',
      withAccepted({ inTheWay: ['somebody'] }),
      /was not told of psql@127/,
    ],
    [
      'a session that was ended without a word',
      withAccepted({ disabledBefore: true }),
      /before anybody accepted/,
    ],
    ['a rollback of nothing', withRolledBack({ cameAlong: 6 }), /had not been rolled out/],
    [
      'a rollback that did not move AWSCURRENT',
      withRolledBack({ after: 'taken-back' }),
      /did not make the version/,
    ],
    [
      'a rollback that left a task behind',
      withRolledBack({ cameBack: 6 }),
      /brought 6 of 7 tasks and pods back/,
    ],
    ['a rollback that was noticed', withRolledBack({ failed: 2 }), /2 queries failed around the rollback/],
    [
      'a bad version that stayed',
      without(({ retirement: one }) => one?.version === 'taken-back'),
      /What was rolled back was not retired/,
    ],
    ['a leak of which nobody knew whom it hits', withLeaked({ listed: 3 }), /told of 3 of 4 consumers/],
    ['a leak that worked on', withLeaked({ workedMs: 3_600_001 }), /worked for too long/],
    [
      'a leak of which nobody knows when it ended',
      withLeaked({ workedMs: Number.NaN }),
      /worked for too long/,
    ],
    [
      'a leak that still works',
      withLeaked({ login: 'accepted' }),
      /answers accepted to whoever has what leaked/,
    ],
    [
      'a leak that was not retired',
      without(({ retirement: one }) => one?.version === 'leaked'),
      /What leaked was not retired/,
    ],
    ['a kind of key that was forgotten', { ...facts, keys: { ...keys, runs: [keyRun] } }, /Keys of 1 of 2/],
    [
      'a call that was refused',
      withKeyRun({ traffic: { queries: 812, logins: 0, failures: { 'call refused (401)': 1 } } }),
      /Provider key: 1 calls were refused or failed/,
    ],
    [
      'idle applications of a key',
      withKeyRun({ traffic: { ...keyRun.traffic, queries: 199 } }),
      /Provider key: 199 calls are too few/,
    ],
    ['one idle application of a key', withKeyRun({ leastBusy: 19 }), /one client made only 19 calls/],
    ['a key that was not rotated', withKeyRun({ rotations: [] }), /Provider key: no rotation/],
    ['a phase of a key that was not measured', withKeyPhases({ makeValid: Number.NaN }), /not all measured/],
    [
      'a key that drained as a user of a database',
      withKeyPhases({ drain: 47 * 3_600_000 }),
      /did not drain as long as its last use may be told late/,
    ],
    [
      'a key that was deleted too soon',
      withKeyPhases({ quarantine: 47 * 3_600_000 }),
      /deleted before its quarantine/,
    ],
    [
      'a key that was retired on less than there was to know',
      withKeyRun({ rotations: [{ ...keyRotation, expectedRung: 'd' }] }),
      /Provider key: the retirement's proof is b and should be d/,
    ],
    [
      'a key that was disabled too soon',
      withOldKey({ drained: 'inactive' }),
      /was inactive while it drained/,
    ],
    [
      'a key that went on working',
      withOldKey({ disabled: 'active' }),
      /was active when it was on record as disabled/,
    ],
    [
      'a key that stayed',
      withOldKey({ removed: 'inactive' }),
      /was inactive when it was on record as removed/,
    ],
    [
      'a job that nobody named',
      withSilentKey({ inTheWay: ['it is used'] }),
      /was not told of s3@eu-central-1/,
    ],
    [
      'a job that lost its key',
      withSilentKey({ disabledMeanwhile: true }),
      /disabled while s3@eu-central-1 was served/,
    ],
    [
      'a key that did not drain anew',
      withSilentKey({ quietMs: 47 * 3_600_000 }),
      /did not drain anew after its last use/,
    ],
    ['a missing control of keys', { ...facts, keyControls: [keyControl] }, /1 of 2 controls of keys/],
    [
      'a control of keys without a failure',
      withKeyControl({ traffic: { ...keyControl.traffic, failures: {} } }),
      /Control: provider key: nothing failed/,
    ],
    ['an idle control of keys', withKeyControl({ leastBusy: 0 }), /Control: provider key: one client/],
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
    expect(judge(facts, { ...required, rotations: 7 }).objections).toEqual(['Overlap: 6 of 7 rotations'])
  })
})
