import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { progressOn } from '../../../cli/inventory/progress.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubEnv('TERM', 'xterm')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

function screen(isTTY: boolean, columns = 40) {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text), on: () => {} }
}

/** What a terminal shows of what was written: the lines that stay, and the one that the cursor is in. */
function shown(written: readonly string[]): readonly string[] {
  return written
    .join('')
    .split('\n')
    .map((line) => line.split('\r\u001b[2K').at(-1) ?? '')
}

describe('progress on a terminal', () => {
  it('is one line, which is gone before anything else stands there, and comes back', () => {
    const terminal = screen(true)
    let count = 0
    const progress = progressOn(terminal, () => `listed ${count}`)
    vi.advanceTimersByTime(1000)
    count = 7
    vi.advanceTimersByTime(1000)
    expect(shown(terminal.written)).toEqual(['listed 7'])
    progress.clear()
    terminal.write('{"name":"shop/app"}\n')
    vi.advanceTimersByTime(1000)
    progress.say('a note')
    vi.advanceTimersByTime(1000)
    expect(shown(terminal.written)).toEqual(['{"name":"shop/app"}', 'a note', 'listed 7'])
    progress.end()
    vi.advanceTimersByTime(60_000)
    expect(shown(terminal.written)).toEqual(['{"name":"shop/app"}', 'a note', ''])
  })

  it('is never broken, and so can be erased', () => {
    const terminal = screen(true, 20)
    const progress = progressOn(terminal, () => 'a line that is longer than the terminal')
    vi.advanceTimersByTime(200)
    expect(shown(terminal.written)).toEqual(['a line that is long'])
    progress.end()
  })
})

describe('progress elsewhere', () => {
  it.each([
    ['no terminal', false, 'xterm'],
    ['a terminal that erases nothing', true, 'dumb'],
  ])('such as %s is a line every ten seconds', (_, isTTY, term) => {
    vi.stubEnv('TERM', term)
    const log = screen(isTTY)
    const progress = progressOn(log, () => 'listed 7')
    vi.advanceTimersByTime(9_999)
    progress.clear()
    expect(log.written).toEqual([])
    vi.advanceTimersByTime(10_001)
    progress.say('a note')
    progress.end()
    vi.advanceTimersByTime(60_000)
    expect(log.written).toEqual(['listed 7\n', 'listed 7\n', 'a note\n'])
  })
})
