import { describe, expect, it } from 'vitest'
import { pasteLines } from '../../../cli/inventory/paste.ts'
import { sinkFor } from '../../../cli/inventory/sink.ts'
import { summaryOf } from '../../../cli/inventory/summary.ts'
import { count, emptyTally, statusOf } from '../../../cli/inventory/tally.ts'
import type { Format } from '../../../cli/inventory/wanted.ts'
import type { Entry } from '../../../lambdas/inventory/entry.ts'
import { DAY_MS, entryOf, NOW } from './entries.ts'

function written(format: Format, entries: readonly Entry[]) {
  const sink = sinkFor(format, { width: undefined, now: () => NOW })
  const added = entries.map((entry) => sink.add(entry))
  return { added, ended: [...sink.end('in a line')].join('') }
}

describe('JSON', () => {
  it('has a line for each entry at once, all of it, with the same fields in every one', () => {
    const full = entryOf({
      lastRotated: NOW - DAY_MS,
      nextDue: NOW + DAY_MS,
      reason: 'ON_HOLD',
      because: 'year-end close',
      path: { kind: 'postgres', says: 'so', entry: '{},', run: 'npm' },
    })
    const bare = entryOf({
      type: 'access key',
      owner: undefined,
      age: undefined,
      path: { kind: undefined, says: 'so', entry: undefined, run: undefined },
    })
    const { added, ended } = written('json', [full, bare])
    expect(ended).toBe('')
    const [first, second] = added.map((line) => JSON.parse(line))
    expect(first).toEqual({
      type: 'secret',
      id: full.id,
      name: 'shop/app',
      owner: 'team-shop',
      states: ['FRESH', 'UNMANAGED'],
      ageDays: 10,
      age: { since: '2026-11-15T12:00:00.000Z', precision: 'exact', of: 'AWSCURRENT' },
      lastRotated: '2026-11-24T12:00:00.000Z',
      nextDue: '2026-11-26T12:00:00.000Z',
      reason: 'ON_HOLD',
      because: 'year-end close',
      path: { kind: 'postgres', says: 'so', entry: '{},', run: 'npm' },
    })
    expect(second).toMatchObject({
      owner: null,
      age: null,
      ageDays: null,
      lastRotated: null,
      path: { kind: null },
    })
    expect(Object.keys(second)).toEqual(Object.keys(first))
  })

  it('keeps every character, and prints none that a terminal obeys', () => {
    const name = 'a\u001b[2J\u202eb\u2028c'
    const [line = ''] = written('json', [entryOf({ name })]).added
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(JSON.parse(line).name).toBe(name)
  })
})

describe('CSV', () => {
  it('has its header once, also when there is nothing else', () => {
    const { added, ended } = written('csv', [entryOf(), entryOf()])
    expect(added.map((text) => text.split('\n').length - 1)).toEqual([2, 1])
    expect(ended).toBe('')
    expect(written('csv', []).ended).toMatch(/^type,id,name,.*\n$/)
  })

  it('has as many cells in each line as in its header', () => {
    const [text = ''] = written('csv', [entryOf({ owner: 'plain', because: 'x' })]).added
    const [header = '', line = ''] = text.split('\n')
    expect(line.split(',').length).toBe(header.split(',').length + 1) // the comma of the entry to paste
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\u200b=1', '\uff1d1'])(
    'gives a spreadsheet no formula in %j',
    (name) => {
      const [text = ''] = written('csv', [entryOf({ name, owner: name })]).added
      const [, line = ''] = text.split('\n')
      expect(line.split(',')[2]).toMatch(/^"?'[=+\-@\uff1d]/)
      expect(line.split(',')[3]).toMatch(/^"?'[=+\-@\uff1d]/)
    },
  )

  it('is one line for each, with nothing that a terminal obeys', () => {
    const hostile = 'a"\r\n=cmd,b\u001b[2J\u202e'
    const [, line = '', ...more] = (written('csv', [entryOf({ name: hostile })]).added[0] ?? '').split('\n')
    expect(more).toEqual([''])
    expect(line).toContain('"a"" =cmd,b [2J"')
  })
})

describe('what is to be pasted', () => {
  const hostile = "{ name: 'x' }, // \u2028 \u202e"
  it('is of what Overlap does not rotate yet, with what is to be known before it', () => {
    const entries = [
      entryOf({ name: 'one' }),
      entryOf({ states: ['FRESH'] }),
      entryOf({ states: ['FRESH', 'UNMANAGED'], path: { ...entryOf().path, entry: undefined } }),
    ]
    expect([...pasteLines(entries)]).toEqual(['// Nobody knows its kind', "{ name: 'one' },"])
  })

  it('is one line of comment and one of entry, whatever others wrote', () => {
    const path = { kind: undefined, says: "so\n}, { name: 'evil' },\u2029", entry: hostile, run: undefined }
    const lines = [...pasteLines([entryOf({ path })])]
    expect(lines).toHaveLength(2)
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(lines[0]).toMatch(/^\/\/ so \}/)
  })

  it('waits for all, and comes stalest first', () => {
    const old = entryOf({ name: 'old', states: ['STALE', 'UNMANAGED'] })
    const { added, ended } = written('paste', [entryOf({ name: 'new' }), old])
    expect(added).toEqual(['', ''])
    expect(ended.match(/name: '(\w+)'/g)).toEqual(["name: 'old'", "name: 'new'"])
  })
})

describe('a table', () => {
  it('is sorted with the stalest first, and ends with the sum and what can be pasted', () => {
    const aged = (name: string, days: number, ...states: Entry['states'][number][]) =>
      entryOf({ name, states, age: { since: NOW - days * DAY_MS, precision: 'exact', of: 'secret' } })
    const { ended } = written('table', [
      aged('fresh', 1, 'FRESH'),
      aged('stale', 100, 'STALE'),
      aged('staler', 200, 'STALE', 'UNMANAGED'),
      aged('never', 95, 'NEVER_ROTATED', 'STALE'),
    ])
    const lines = ended.trimEnd().split('\n')
    expect(lines.slice(1, 5).map((line) => /team-shop +(\S+)/.exec(line)?.[1])).toEqual([
      'never',
      'staler',
      'stale',
      'fresh',
    ])
    expect(lines.slice(-2)).toEqual([
      'in a line',
      '--paste prints entries for overlap.config.ts of 1 that Overlap does not rotate yet',
    ])
  })

  it('of nothing is the sum alone', () => {
    expect(written('table', []).ended).toBe('in a line\n')
  })
})

describe('the sum', () => {
  function tallyOf(...entries: readonly Entry[]) {
    const tally = emptyTally()
    for (const entry of entries) count(tally, entry)
    return tally
  }
  it.each([
    [[], 'no secrets to list'],
    [[entryOf()], '1 secret: 1 fresh, 1 unmanaged'],
    [
      [
        entryOf({ states: ['NEVER_ROTATED', 'STALE'] }),
        entryOf({ states: ['STALE'] }),
        entryOf({ type: 'access key' }),
      ],
      '2 secrets and 1 access key: 1 never rotated, 2 stale, 1 fresh, 1 unmanaged',
    ],
  ] as const)('of %j is %s', (entries, summary) => {
    expect(summaryOf(tallyOf(...entries))).toBe(summary)
  })

  it.each([
    ['nothing stale and nothing missing', [entryOf({ states: ['DUE'] })], true, 0],
    ['nothing stale and something missing', [entryOf()], false, 1],
    ['something stale', [entryOf({ states: ['STALE'] })], true, 3],
    ['something stale and something missing', [entryOf({ states: ['NEVER_ROTATED', 'STALE'] })], false, 3],
    ['never rotated, yet within its thresholds', [entryOf({ states: ['NEVER_ROTATED', 'DUE'] })], true, 0],
  ] as const)('with %s ends the program accordingly', (_, entries, complete, status) => {
    expect(statusOf(tallyOf(...entries), complete)).toBe(status)
  })
})
