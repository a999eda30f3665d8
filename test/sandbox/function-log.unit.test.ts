import { describe, expect, it } from 'vitest'
import { readFunctionLog, type Work } from '../../sandbox/function-log.ts'

const said = (facts: Record<string, unknown>) => JSON.stringify({ level: 'INFO', ...facts })
const metric = (step: string, outcome: string, Duration: number) =>
  JSON.stringify({ _aws: { Timestamp: 1 }, kind: 'postgres', step, outcome, Duration })

function read(lines: readonly (readonly [functionName: string, line: string])[]): readonly Work[] {
  const works: Work[] = []
  const hear = readFunctionLog((work) => works.push(work))
  for (const [functionName, line] of lines) hear(functionName, line)
  return works
}

describe('the log of a function', () => {
  it('tells what was done, for which version, and how long it took', () => {
    const works = read([
      ['rotate', said({ step: 'setSecret', outcome: 'done', secret: 'arn', version: 'v1' })],
      ['rotate', metric('setSecret', 'done', 12)],
    ])

    expect(works).toEqual([
      {
        by: 'rotate',
        step: 'setSecret',
        outcome: 'done',
        secret: 'arn',
        version: 'v1',
        durationMs: 12,
      },
    ])
  })

  it('keeps the reason of a refusal', () => {
    const [work] = read([
      ['rotate', said({ step: 'testSecret', outcome: 'failed', reason: 'RIGHTS_DIFFER', error: 'more' })],
      ['rotate', metric('testSecret', 'failed', 3)],
    ])

    expect(work).toMatchObject({ outcome: 'failed', reason: 'RIGHTS_DIFFER', error: 'more' })
  })

  it('joins a line with the metric of the same function, step and outcome, in order', () => {
    const works = read([
      ['a', said({ step: 'sweep', outcome: 'wait', version: 'first' })],
      ['b', said({ step: 'sweep', outcome: 'wait', version: 'other' })],
      ['a', said({ step: 'sweep', outcome: 'wait', version: 'second' })],
      ['b', metric('sweep', 'wait', 3)],
      ['a', metric('sweep', 'wait', 1)],
      ['a', metric('sweep', 'wait', 2)],
    ])

    expect(works.map(({ version, durationMs }) => [version, durationMs])).toEqual([
      ['other', 3],
      ['first', 1],
      ['second', 2],
    ])
  })

  it('joins them in whatever order they come: one is on stderr, the other on stdout', () => {
    const works = read([
      ['retire', metric('disable', 'deferred', 4)],
      ['retire', said({ step: 'disable', outcome: 'deferred', reason: 'STILL_USED' })],
    ])

    expect(works).toMatchObject([{ reason: 'STILL_USED', durationMs: 4 }])
  })

  it.each([
    ['overdue', 'ROTATION_MISSED'],
    ['stuck', 'ROLLOUT_FAILED'],
  ])('tells at once of what has no metric of its own: %s', (step, reason) => {
    const works = read([['sweep', said({ step, outcome: step, reason })]])

    expect(works).toMatchObject([{ step, reason, durationMs: 0 }])
  })

  it.each([
    ['text', 'Debugger attached.'],
    ['broken JSON', '{"step":"setSecret",'],
    ['JSON that is no work', '{"level":"INFO","message":"endpoint untested"}'],
    ['a metric that nothing was said about', metric('setSecret', 'done', 1)],
  ])('passes over %s', (_, line) => {
    expect(read([['rotate', line]])).toEqual([])
  })
})
