import { describe, expect, it } from 'vitest'
import { figures } from '../../../sandbox/demo/figures.ts'
import { control, facts, realRun, rotation } from './facts-for-tests.ts'

const verdict = { passed: true, objections: [] }
const taking = (makeValid: number) => ({ ...rotation, phases: { ...rotation.phases, makeValid } })

describe('the figures', () => {
  it('begin with the verdict and the sums of the real run', () => {
    expect(figures(facts, verdict)).toMatchObject({
      passed: true,
      objections: [],
      rotations: 6,
      rungs: { a: 5, leaked: 1 },
      clients: 9,
      queries: 2166,
      logins: 240,
      failed: 0,
      failures: {},
    })
  })

  it('give the median and the longest of each phase', () => {
    const real = { ...realRun, rotations: [taking(90), taking(30), taking(60)] }

    expect(figures({ ...facts, real }, verdict).phasesMs.makeValid).toEqual({ p50: 60, max: 90 })
  })

  it('leave out a phase that a strategy does not have', () => {
    const phases = { ...rotation.phases, drain: undefined, quarantine: undefined }
    const swapped = { ...control, rotations: [{ ...rotation, phases }] }
    const [single] = figures({ ...facts, controls: [swapped] }, verdict).controls

    expect(single?.phasesMs.drain).toBeUndefined()
    expect(single?.phasesMs.rollOut).toEqual({ p50: 783, max: 783 })
  })

  it('count the failures of each control by kind', () => {
    const [single] = figures(facts, verdict).controls

    expect(single).toMatchObject({
      title: 'Control: single user',
      failed: 21,
      failures: { 'login refused (28P01)': 19, 'connection lost': 2 },
    })
  })

  it('have what became of keys, and of those that a script swapped', () => {
    const { keys } = figures(facts, verdict)

    expect(keys).toMatchObject({
      old: facts.keys.old,
      silent: facts.keys.silent,
      runs: [
        { title: 'IAM access key', queries: 812, failed: 0, rungs: { b: 1 } },
        { title: 'Provider key' },
      ],
      controls: [{ title: 'Control: access key', failed: 11 }, { title: 'Control: provider key' }],
    })
  })

  it('have what each scene led to', () => {
    const { silent, accepted, rolledBack, leaked, botched, missed, held, needless } = facts

    expect(figures(facts, verdict)).toMatchObject({
      ...{ silent, accepted, rolledBack, leaked, botched, missed, held, needless },
    })
  })

  it('keep every rotation of every run', () => {
    expect(figures(facts, verdict).timeline.map(({ title, rotations }) => [title, rotations.length])).toEqual(
      [
        ['Overlap', 6],
        ['IAM access key', 1],
        ['Provider key', 1],
        ['Control: single user', 2],
        ['Control: no drain', 2],
        ['Control: access key', 2],
        ['Control: provider key', 2],
      ],
    )
  })
})
