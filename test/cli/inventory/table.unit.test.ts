import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { widthsWithin } from '../../../cli/inventory/layout.ts'
import { tableLines } from '../../../cli/inventory/table.ts'
import type { Entry } from '../../../lambdas/inventory/entry.ts'
import { stateOrder } from '../../../lambdas/inventory/states.ts'
import { DAY_MS, entryOf, NOW } from './entries.ts'

const table = (entries: readonly Entry[], width?: number) => [...tableLines(entries, { width, now: NOW })]

const by = (kind: string | undefined, run?: string) => ({ kind, says: 'so', entry: undefined, run })

const long: Entry = entryOf({
  name: 'shop/a-service-with-a-rather-long-name/production/database/credentials-of-its-reader',
  owner: 'the team that once had this and has another name by now',
  age: { since: NOW - 1234 * DAY_MS, precision: 'at least', of: 'AWSCURRENT' },
  lastRotated: NOW - 100 * DAY_MS,
  nextDue: NOW + DAY_MS,
  states: ['NEVER_ROTATED', 'STALE', 'UNOWNED', 'UNMANAGED'],
})

describe('the table', () => {
  it('has a line for each, under what its columns are', () => {
    const rotated = entryOf({ lastRotated: NOW - 10 * DAY_MS, nextDue: NOW + 80 * DAY_MS })
    expect(table([rotated]).map((line) => line.replace(/ +/g, ' '))).toEqual([
      'STATE AGE OWNER NAME LAST ROTATED NEXT DUE PATH',
      'fresh, unmanaged 10 d team-shop shop/app 2026-11-15 2027-02-13 not known',
    ])
  })

  it.each([80, 100, 120, 200])('fits %i columns, and cuts no name', (width) => {
    const lines = table([long, entryOf()], width)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    const at = lines[0]?.indexOf('NAME') ?? 0
    const end = lines[0]?.indexOf('LAST') ?? 0
    const names = lines.slice(width < 120 ? 2 : 1, -1).map((line) => line.slice(at, end).trim())
    expect(names.join('')).toBe(long.name)
  })

  it('shows at 80 columns the worst state, the age, both dates and which kind', () => {
    const kind = { ...long, path: { ...long.path, kind: 'postgres' } }
    const [, , line = ''] = table([kind], 80)
    expect(line).toMatch(/^never rotate\S* +>1234 d .* 2026-08-17 2026-11-26 postgres\?$/)
  })

  it.each([
    ['of any length', long.owner ?? ''],
    ['in wide letters', '倉庫の設定を管理するチーム'],
    ['with marks above its letters', 'e\u0301quipe des cre\u0301dits'],
    ['with a picture', '\u{1f680} launches'],
  ])('cuts no owner %s where it is no terminal', (_, owner) => {
    const [, line] = table([{ ...long, owner }])
    expect(line).toContain(`${owner} ${long.name}`)
  })

  it.each<[string, Partial<Entry>, string]>([
    ['a replica', { states: ['REPLICA'] }, 'primary'],
    ['what AWS rotates', { states: ['FRESH', 'MANAGED_BY_AWS'] }, 'AWS'],
    ['what nobody needs to rotate', { path: by(undefined) }, 'AWS'],
    [
      'an access key',
      { type: 'access key', states: ['UNMANAGED'], path: by(undefined, 'aws iam x') },
      'by hand',
    ],
    [
      'an access key that a secret elsewhere holds',
      { type: 'access key', states: ['FRESH'], path: by('iam-access-key') },
      'Overlap',
    ],
    ['a secret with an access key', { states: ['FRESH'], path: by('iam-access-key') }, 'IAM key'],
    ['a secret with a provider’s key', { states: ['FRESH'], path: by('http-api-key') }, 'API key'],
    ['what may be of any kind', { path: { ...by(undefined), entry: '{},' } }, 'not known'],
    ['what seems to be of a kind', { path: { ...by('postgres'), entry: '{},' } }, 'postgres?'],
    ['what is of a kind', { states: ['STALE'], path: by('postgres', 'npm x') }, 'postgres'],
    ['what somebody says is of a long kind', { states: ['STALE'], path: by('postgresql') }, 'other'],
    [
      'what is blocked',
      { states: ['FRESH', 'BLOCKED'], reason: 'ADMIN_LACKS_RIGHT', path: by('postgres', 'npm y') },
      'blocked',
    ],
  ])('says of %s how it is replaced, in a word that is never cut', (_, more, way) => {
    for (const width of [undefined, 60, 80, 120])
      expect(table([{ ...long, states: ['FRESH', 'UNMANAGED'], ...more }], width).join('\n')).toMatch(
        new RegExp(` ${way.replace('?', '\\?')}(\n|$)`),
      )
  })

  it('tells two access keys of a user apart', () => {
    expect(table([entryOf({ type: 'access key', name: 'ann', id: 'AKIAONE' })]).at(-1)).toContain(
      ' ann AKIAONE ',
    )
  })

  it('holds nothing that a terminal obeys, whatever others wrote', () => {
    const hostile = '\u001b]0;x\u0007\u009b2J\u202e\u2066\nnext\u200b'
    const entry = entryOf({
      name: hostile,
      owner: hostile,
      reason: hostile,
      states: ['BLOCKED'],
      path: { kind: hostile, says: hostile, entry: undefined, run: undefined },
    })
    for (const width of [undefined, 80, 200]) {
      expect(table([entry], width).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      expect(table([entry], width).length).toBeLessThanOrEqual(3)
    }
  })

  it('has room for every state and for an owner of wide characters', () => {
    for (const state of stateOrder)
      expect(table([entryOf({ states: [state], owner: '倉庫'.repeat(40) })], 80)).toHaveLength(3)
  })

  it.each([Number.NaN, 1e300, -1e300])('shows %d as no date', (moment) => {
    expect(table([entryOf({ lastRotated: moment, nextDue: moment })])).toHaveLength(2)
  })
})

describe('widths', () => {
  it('fit whenever the least do, and never grow', () => {
    const column = fc
      .record({ natural: fc.nat(200), least: fc.nat(30) })
      .map(({ natural, least }) => ({ natural, least: Math.min(natural, least) }))
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 8 }), fc.nat(300), (columns, total) => {
        const widths = widthsWithin(total, columns)
        const sum = widths.reduce((all, width) => all + width, columns.length - 1)
        const least = columns.reduce((all, each) => all + each.least, columns.length - 1)
        return (
          sum <= Math.max(total, least) &&
          columns.every(({ natural, least }, at) => {
            const width = widths[at] ?? -1
            return width <= natural && width >= least
          })
        )
      }),
    )
  })
})
