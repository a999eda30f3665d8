import { describe, expect, it } from 'vitest'
import {
  broken,
  MOST_CPU_MS,
  MOST_MB,
  MOST_MS,
  type Pass,
  passes,
  promisedCalls,
  type Run,
} from '../../../bench/sweep/figures.ts'
import { tableOf } from '../../../bench/sweep/table.ts'
import { functionSettings } from '../../../infra/function-settings.ts'

const run = (secrets: number, pass: Pass, different: Partial<Run> = {}): Run => ({
  wallMs: 900,
  cpuMs: 300,
  peakMb: 100,
  calls: promisedCalls(secrets, pass),
  ...different,
})
const brokenBy = (pass: Pass, different: Partial<Run>) =>
  broken({ measured: [{ secrets: 400, pass, runs: [run(400, pass), run(400, pass, different)] }] })
const but = (pass: Pass, calls: Run['calls']) => ({ calls: { ...promisedCalls(400, pass), ...calls } })

describe('what was promised of a pass', () => {
  it('is what the listing costs, and what each secret costs that drains, by where it is on its way', () => {
    expect(promisedCalls(10_000, 'between')).toEqual({
      ListSecrets: 100,
      DescribeSecret: 75,
      ListSecretVersionIds: 50,
      'Invoke advance': 50,
      'Invoke look': 50,
      'Invoke enable': 25,
    })
    expect(promisedCalls(10_000, 'look')).toEqual({
      ListSecrets: 100,
      DescribeSecret: 125,
      ListSecretVersionIds: 50,
      'Invoke inspect': 100,
      CreateLogStream: 1,
      PutLogEvents: 100,
      FilterLogEvents: 25,
      'Invoke advance': 50,
      'Invoke look': 50,
      'Invoke enable': 25,
    })
  })

  it('is at first also what it costs to find out how old each credential is, as many as there is time for', () => {
    expect(promisedCalls(400, 'first')).toEqual({ ...promisedCalls(400, 'look'), ListSecretVersionIds: 402 })
    expect(promisedCalls(10_000, 'first').ListSecretVersionIds).toBe(2_451)
  })

  it('leaves room in what the function has', () => {
    expect(MOST_MB).toBeLessThan(functionSettings.sweep.memoryMb)
    expect(MOST_MS).toBeLessThan(functionSettings.sweep.timeoutSeconds * 1000)
    expect(MOST_CPU_MS).toBeLessThan((MOST_MS * functionSettings.sweep.memoryMb) / 1024)
  })

  it.each(passes)('holds at its very bounds in pass %s', (pass) => {
    expect(brokenBy(pass, { peakMb: MOST_MB, wallMs: MOST_MS, cpuMs: MOST_CPU_MS })).toEqual([])
  })

  it.each<[string, Pass, Partial<Run>, string]>([
    ['a page more', 'look', but('look', { ListSecrets: 5 }), '5 calls of ListSecrets, 4 promised'],
    [
      'a description of what rests',
      'between',
      but('between', { DescribeSecret: 4 }),
      '4 calls of DescribeSecret, 3 promised',
    ],
    [
      'a look that is left out',
      'look',
      but('look', { 'Invoke inspect': 3 }),
      '3 calls of Invoke inspect, 4 promised',
    ],
    [
      'a look between two looks',
      'between',
      but('between', { 'Invoke inspect': 1 }),
      '1 calls of Invoke inspect, 0 promised',
    ],
    [
      'a look that is not kept',
      'first',
      but('first', { PutLogEvents: 3 }),
      '3 calls of PutLogEvents, 4 promised',
    ],
    ['a tag that is written', 'look', but('look', { TagResource: 1 }), '1 calls of TagResource, 0 promised'],
    [
      'a rotation that is asked for',
      'look',
      but('look', { RotateSecret: 1 }),
      '1 calls of RotateSecret, 0 promised',
    ],
    [
      'an age that is asked for again',
      'between',
      but('between', { ListSecretVersionIds: 3 }),
      '3 calls of ListSecretVersionIds, 2 promised',
    ],
    [
      'an age that is asked for twice',
      'first',
      but('first', { ListSecretVersionIds: 403 }),
      '403 calls of ListSecretVersionIds, 402 promised',
    ],
    ['memory', 'first', { peakMb: MOST_MB + 0.1 }, `${MOST_MB + 1} MB, ${MOST_MB} promised`],
    ['time', 'first', { wallMs: MOST_MS + 1 }, '150.1 s, 150.0 s promised'],
    [
      'a processor that is busy for longer than its share allows',
      'first',
      { cpuMs: MOST_CPU_MS + 100 },
      '21.9 s of the processor, 21.8 s promised',
    ],
  ])('is broken by %s in any run', (_what, pass, different, said) => {
    expect(brokenBy(pass, different)).toEqual([`400 secrets in pass ${pass}: ${said}`])
  })

  it('holds when a busy machine finds out fewer ages in a first pass', () => {
    expect(brokenBy('first', but('first', { ListSecretVersionIds: 300 }))).toEqual([])
  })
})

describe('what a larger account costs', () => {
  const sized = (of: 'cpuMs' | 'wallMs', ...ms: readonly number[]) =>
    [400, 2_000, 10_000].map((secrets, at) => ({
      secrets,
      pass: 'look' as const,
      runs: [run(secrets, 'look', { wallMs: secrets, [of]: ms[at] ?? 0 })],
    }))

  it('may be twice the processor for each further secret, and no more', () => {
    expect(broken({ measured: sized('cpuMs', 800, 1_600, 9_600) })).toEqual([])
    expect(broken({ measured: sized('cpuMs', 800, 1_600, 9_700) })).toEqual([
      'from 2000 to 10000 secrets in pass look, CPU time: 1.01 ms for each further one, 1.00 promised, which is 2 times what it was up to 2000',
    ])
  })

  it('may be twice the time for each secret, and no more', () => {
    expect(broken({ measured: sized('wallMs', 400, 4_000, 40_000) })).toEqual([])
    expect(broken({ measured: sized('wallMs', 400, 2_000, 20_100) })).toEqual([
      '10000 secrets in pass look: 2.01 ms for each, 2.00 promised, which is 2 times what it is of 2000',
    ])
    expect(broken({ measured: sized('wallMs', 400, 4_020, 4_020) })).toEqual([
      '2000 secrets in pass look: 2.01 ms for each, 2.00 promised, which is 2 times what it is of 400',
    ])
  })
})

describe('the table', () => {
  const table = tableOf({
    date: '2026-03-02T10:30:00.000Z',
    machine: { node: 'v20', processors: 2, processor: 'some', loadAverage: 0.5 },
    measured: [
      { secrets: 400, pass: 'look', runs: [run(400, 'look'), run(400, 'look', { peakMb: 90 })] },
      { secrets: 10_000, pass: 'look', runs: [run(10_000, 'look', { cpuMs: 1_260, wallMs: 2_820 })] },
    ],
  }).join('\n')

  it('shows each size beside what it may cost', () => {
    expect(table).toMatch(
      /^with a look +400 +4 +0\.30 s of 21\.8 s +0\.90 s of 150\.0 s +2\.25 ms +100 of 192 MB +2$/m,
    )
    expect(table).toMatch(
      /^with a look +10,000 +100 +1\.26 s of 21\.8 s +2\.82 s of 150\.0 s +0\.28 ms +100 of 192 MB +1$/m,
    )
    expect(table).toMatch(/^ListSecrets +4 of 4 +100 of 100$/m)
    expect(table).toMatch(/^Invoke inspect +4 of 4 +100 of 100$/m)
    expect(table).toMatch(/^with a look +400 to 10,000 +0\.10 ms$/m)
  })

  it('shows a call that nobody promised', () => {
    const measured = [
      { secrets: 400, pass: 'look' as const, runs: [run(400, 'look', but('look', { TagResource: 1 }))] },
    ]
    const machine = { node: 'v20', processors: 2, processor: 'some', loadAverage: 0.5 }
    expect(tableOf({ date: '', machine, measured }).join('\n')).toMatch(/^TagResource +1 of 0$/m)
  })
})
