import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { Moment } from '../../../sandbox/demo/scenes/stage.ts'
import { linesOf, verdictLines } from '../../../sandbox/demo/timeline.ts'
import { control, facts, rotation } from './facts-for-tests.ts'

const plain = createColors(false)
const zone = 'Europe/Berlin'
const show = (moment: Moment) => linesOf(moment, plain, zone).join('\n')
const words = (text: string) => text.replace(/\s+/g, ' ').trim()

describe('the timeline', () => {
  it('shows a rotation as one line below its columns', () => {
    const begins = linesOf(
      { is: 'run begins', title: 'Overlap', explanation: 'alternating users' },
      plain,
      zone,
    )
    const [line] = linesOf({ is: 'rotation over', rotation }, plain, zone)

    expect(line).toBe(
      'Sun 21 Mar 03:00 02:00  1 a4333726 app → app_b      32 ms     107 ms   783 ms  24.1 h   48.1 h a 4 looks   1,083      0',
    )
    expect(begins.at(-1)).toHaveLength(line?.length ?? 0)
  })

  it('shows a dash for a phase that a strategy does not have, and one name for a user that stays', () => {
    const phases = { ...rotation.phases, drain: undefined, quarantine: undefined }
    const { retirement: _, ...unretired } = { ...rotation, from: 'solo', to: 'solo', phases }
    const line = show({ is: 'rotation over', rotation: unretired })

    expect(words(line)).toBe('Sun 21 Mar 03:00 02:00 1 a4333726 solo 32 ms 107 ms 783 ms - - - 1,083 0')
  })

  it('shows a proof that is no rung of the ladder by its word, and minutes as minutes', () => {
    const leak = facts.real.rotations.find(({ begunBy }) => begunBy === 'leak') ?? rotation

    expect(words(show({ is: 'rotation over', rotation: leak }))).toContain(
      '783 ms 14.0 min 600 ms leaked 1,083 0',
    )
  })

  it('shows what people read of a consumer that holds things up, and that nobody read anything', () => {
    const about = 'nightly-report keeps the old credential:'
    const told = words(show({ is: 'message', about, lines: facts.silent.message }))
    const untold = words(show({ is: 'message', about, lines: [] }))

    expect(told).toContain('it is used by nightly-report@127.0.0.1')
    expect(untold).toBe('nightly-report keeps the old credential: Nobody is told.')
  })

  it('adds what was special about a rotation, wrapped', () => {
    const lines = linesOf(
      { is: 'rotation over', rotation: { ...rotation, scene: 'word '.repeat(40) } },
      plain,
      zone,
    )

    expect(lines.length).toBeGreaterThan(2)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120)
  })

  it('says why a rotation was refused and that nothing changed', () => {
    const text = words(show({ is: 'rotation refused', botched: facts.botched }))

    expect(text).toContain(
      'testSecret refuses, 2 times: RIGHTS_DIFFER: app_b alone has privileges on table ledger',
    )
    expect(text).toContain('AWSCURRENT is still fcf5ed77; 520 queries meanwhile, 0 failed')
    expect(text).toContain('[TICKET] Rotation failed: shop/app RIGHTS_DIFFER')
    expect(text).toContain('owner team-shop')
    expect(text).not.toContain('at length')
  })

  it('does not say that nothing changed when something did', () => {
    const botched = { ...facts.botched, currentMeanwhile: 'beefbeef' }

    expect(words(show({ is: 'rotation refused', botched }))).toContain('AWSCURRENT moved on to beefbeef')
  })

  it('names the failures of a run by kind, the most frequent first', () => {
    expect(words(show({ is: 'run over', run: control }))).toBe(
      '2 rotations, 9 clients, 200 logins, 2,000 queries, 21 failed (login refused (28P01) 19, connection lost 2)',
    )
  })

  it('ends with the comparison and the verdict', () => {
    const text = verdictLines(facts, { passed: true, objections: [] }, plain).join('\n')

    expect(words(text)).toContain('Overlap 6 rotations 2,166 queries 0 failed')
    expect(words(text)).toContain('Control: no drain 2 rotations 2,000 queries 21 failed')
    expect(words(text)).toContain('IAM access key 1 rotation 812 calls 0 failed')
    expect(words(text)).toContain('Control: provider key 2 rotations 240 calls 11 failed')
    expect(text).toContain('Nobody noticed a rotation.')
  })

  it('never praises what did not pass', () => {
    const text = verdictLines(facts, { passed: false, objections: ['Overlap: 1 query failed'] }, plain).join(
      '\n',
    )

    expect(text).toContain('Not proved:\n  Overlap: 1 query failed')
    expect(text).not.toContain('Nobody noticed')
  })

  it('is coloured on request only', () => {
    const controlSequence = '\u001B['

    expect(show({ is: 'rotation over', rotation })).not.toContain(controlSequence)
    expect(linesOf({ is: 'rotation over', rotation }, createColors(true), zone).join('')).toContain(
      controlSequence,
    )
  })
})
