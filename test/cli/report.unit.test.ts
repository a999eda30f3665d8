import { describe, expect, it } from 'vitest'
import { isGood, readAnswer } from '../../cli/answer.ts'
import type { Place } from '../../cli/place-flags.ts'
import { report } from '../../cli/report.ts'

const entry = (more: object) => ({ secret: 'arn:app', name: 'shop/app', ...more })
const hold = { until: new Date('2026-12-27T00:00:00Z'), reason: 'year-end close' }
const told = (...results: object[]) => toldAt({}, ...results)
const toldAt = (place: Place, ...results: object[]) => report(readAnswer({ results }) ?? [], hold, place)

describe('what a person is told', () => {
  it('of a check that is ready is one line, and what there is to know besides', () => {
    expect(told(entry({ outcome: 'ready', information: ['it is on hold'] }))).toEqual([
      'shop/app: ready',
      '  it is on hold',
    ])
  })

  it('of one that is blocked is code, sentence, and the statement on a line of its own', () => {
    const run = 'GRANT app TO admin WITH ADMIN OPTION'
    const blocked = { outcome: 'blocked', code: 'ADMIN_LACKS_RIGHT', message: `Run: ${run}`, run }
    expect(told(entry(blocked))).toEqual(['shop/app: blocked, ADMIN_LACKS_RIGHT', `  Run: ${run}`, run])
  })

  it('has the place that was asked in every command, wherever that stands in a sentence', () => {
    const status = 'npm run overlap -- status shop/app --deployment green'
    const on = 'aws secretsmanager rotate-secret --secret-id arn:app --no-rotate-immediately'
    const stuck = entry({ outcome: 'stuck', message: `so run: ${status}), or else: ${on}`, run: status })
    const flags = '--region eu-west-1 --profile prod'
    const placed = `npm run overlap -- status ${flags} shop/app --deployment green`
    const placedOn = on.replace('rotate-secret', `rotate-secret ${flags}`)
    expect(toldAt({ region: 'eu-west-1', profile: 'prod' }, stuck).slice(1)).toEqual([
      `  so run: ${placed}), or else: ${placedOn}`,
      placed,
    ])
    expect(told(stuck).at(-1)).toBe(status)
  })

  it.each([
    [{ outcome: 'held' }, 'shop/app: on hold until 2026-12-27T00:00:00Z: year-end close'],
    [
      { outcome: 'held', kept: { until: '2027-01-04T00:00:00.000Z', reason: 'inventory' } },
      'shop/app: on hold until 2027-01-04T00:00:00Z: inventory',
    ],
    [
      { outcome: 'held', kept: { until: 'soon', reason: 'inventory' } },
      'shop/app: on hold until 2026-12-27T00:00:00Z: year-end close',
    ],
    [{ outcome: 'provisioned' }, 'shop/app: user made'],
    [{ outcome: 'exists' }, 'shop/app: user exists already'],
    [{ outcome: 'released' }, 'shop/app: released'],
    [{ outcome: 'left' }, 'shop/app: handed back'],
    [{ outcome: 'rolled-back' }, 'shop/app: rolled back'],
    [{ outcome: 'leaked' }, 'shop/app: marked as leaked'],
    [{ outcome: 'works' }, 'shop/app: works, nothing to repair'],
    [
      { outcome: 'draining', headline: 'draining since 03:02, quiet' },
      'shop/app: draining since 03:02, quiet',
    ],
    [
      { outcome: 'stuck', code: 'STILL_USED', headline: 'stuck, STILL_USED: draining' },
      'shop/app: stuck, STILL_USED: draining',
    ],
    [{ outcome: 'draining', headline: 'one\u001b[2J\ntwo' }, 'shop/app: one [2J two'],
    [{ outcome: 'failed', code: 'SECRET_UNKNOWN' }, 'shop/app: failed, SECRET_UNKNOWN'],
    [{ outcome: 'of tomorrow' }, 'shop/app: of tomorrow'],
  ])('of %j is %s', (more, line) => {
    expect(told(entry(more))).toEqual([line])
  })

  it('of several ends with their number, and of none says so', () => {
    const held = entry({ outcome: 'held' })
    expect(told(held, held).at(-1)).toBe('2 secrets, all well')
    expect(told(held, entry({ outcome: 'failed' })).at(-1)).toBe('2 secrets, 1 of them not well')
    expect(told()).toEqual(['this deployment rotates no secret'])
  })

  it('calls a secret by what was asked for where it has no name', () => {
    expect(told({ secret: 'gone', outcome: 'failed', code: 'SECRET_UNKNOWN' })[0]).toMatch(/^gone: /)
  })

  it('has one line for each thing, whatever is in it', () => {
    const lines = told({
      secret: 'arn',
      name: 'a\u001b[2Jb',
      outcome: 'blocked\r',
      code: 'X\nshop/b: ready',
      message: 'one\ntwo',
      run: 'DROP ROLE "a\nb"',
    })
    expect(lines).toHaveLength(3)
    expect(lines.join('')).not.toMatch(/\p{Cc}/u)
  })
})

describe('an answer', () => {
  it.each([
    undefined,
    null,
    'text',
    {},
    { results: 'none' },
    { results: [{}] },
    { results: [{ secret: 'a', outcome: 1 }] },
    { results: [null] },
  ])('%j is none', (answer) => {
    expect(readAnswer(answer)).toBeUndefined()
  })

  it('may hold more than is known, and what is of another form is left out', () => {
    const answer = { results: [{ secret: 'a', outcome: 'ready', code: 7, information: ['b', 1], more: {} }] }
    expect(readAnswer(answer)).toMatchObject([{ code: undefined, information: ['b'] }])
  })

  it.each([
    ['ready', true],
    ['provisioned', true],
    ['exists', true],
    ['held', true],
    ['released', true],
    ['left', true],
    ['rolled-back', true],
    ['disabled', true],
    ['leaked', true],
    ['repaired', true],
    ['works', true],
    ['acknowledged', true],
    ['already-rolled-back', true],
    ['at-rest', true],
    ['rotating', true],
    ['rolling-out', true],
    ['draining', true],
    ['unconfirmed', false],
    ['stuck', false],
    ['overdue', false],
    ['blocked', false],
    ['failed', false],
    ['of tomorrow', false],
  ])('that is %s is good: %s', (outcome, good) => {
    const [found] = readAnswer({ results: [{ secret: 'a', outcome }] }) ?? []
    expect(found && isGood(found)).toBe(good)
  })
})
