import { describe, expect, it } from 'vitest'
import { filterPattern, findingsIn, type LogLine, type Wanted } from '../../lambdas/report/findings.ts'
import { parseFilterPattern } from '../../sandbox/cloudwatch/filter-pattern.ts'
import { ageFields, logLine, secretArn } from './alarm.ts'

const pages: Wanted = { findings: 'failed', severity: 'page' }
const tickets: Wanted = { findings: 'failed', severity: 'ticket' }
const overdue: Wanted = { findings: 'overdue', severity: 'ticket' }
const stuck: Wanted = { findings: 'stuck', severity: 'ticket' }
const stale: Wanted = { findings: 'stale', severity: 'ticket' }
const due: Wanted = { findings: 'due', severity: 'ticket' }
const ofShop: Wanted = { ...stale, owner: 'team-shop' }

function line(fields: object, timestamp: number, heardAt = timestamp): LogLine {
  return { message: logLine(fields), timestamp, heardAt }
}

describe('log lines', () => {
  it('of one secret and reason are one finding, with what was said last', () => {
    expect(
      findingsIn(
        [
          line({ error: 'the last', step: 'testSecret' }, 300, 310),
          line({ error: 'the first' }, 100, 350),
          line({ error: 'between' }, 200, 210),
        ],
        pages,
      ),
    ).toEqual([
      {
        secret: secretArn('shop/app'),
        reason: 'CURRENT_REFUSED',
        consumersAffected: true,
        message: 'the last',
        step: 'testSecret',
        version: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
        owner: undefined,
        count: 3,
        firstSeen: 100,
        lastSeen: 300,
        firstHeard: 210,
      },
    ])
  })

  it('of other secrets or reasons are other findings, the oldest first', () => {
    const found = findingsIn(
      [
        line({ severity: 'ticket', reason: 'UNREACHABLE' }, 3),
        line({ severity: 'ticket', reason: 'TLS_FAILED' }, 2),
        line({ severity: 'ticket', reason: 'UNREACHABLE', secret: secretArn('shop/other') }, 1),
      ],
      tickets,
    )
    expect(found.map(({ secret, reason }) => [secret, reason])).toEqual([
      [secretArn('shop/other'), 'UNREACHABLE'],
      [secretArn('shop/app'), 'TLS_FAILED'],
      [secretArn('shop/app'), 'UNREACHABLE'],
    ])
    expect(found.every(({ consumersAffected }) => !consumersAffected)).toBe(true)
  })

  it.each([
    ['of another severity', logLine({ severity: 'ticket' })],
    ['of another outcome', logLine({ outcome: 'deferred' })],
    ['without a severity', logLine({ severity: undefined })],
    ['of a metric', logLine({ _aws: { CloudWatchMetrics: [] } })],
    ['that are no JSON', 'Task timed out after 60.00 seconds'],
    ['that are no object', '["failed"]'],
    ['that are null', 'null'],
  ])('%s are left out', (_what, message) => {
    expect(findingsIn([{ message, timestamp: 1, heardAt: 1 }], pages)).toEqual([])
  })

  it('that say too little are a finding all the same', () => {
    const message = JSON.stringify({ outcome: 'failed', severity: 'page', secret: 7, error: null })
    expect(findingsIn([{ message, timestamp: 1, heardAt: 1 }], pages)).toMatchObject([
      { secret: '', reason: 'UNKNOWN', message: '', step: '', version: '', count: 1 },
    ])
  })

  it('of an overdue secret name its owner and the reason of the sweep', () => {
    const fields = {
      outcome: 'overdue',
      severity: 'ticket',
      reason: 'ROTATION_MISSED',
      owner: 'team-shop',
      step: 'overdue',
    }
    expect(findingsIn([line(fields, 1)], overdue)).toMatchObject([
      { reason: 'ROTATION_MISSED', owner: 'team-shop', consumersAffected: false },
    ])
  })

  it('of ages are an alarm’s by what they say, and an owner’s by whom they name', () => {
    const secret = (name: string) => ({ secret: secretArn(name) })
    const lines = [
      line(ageFields({ ...secret('old'), reason: 'NEVER_ROTATED' }), 1),
      line(ageFields({ ...secret('mail'), owner: 'team-mail' }), 2),
      line(ageFields({ ...secret('soon'), outcome: 'due', reason: 'DUE' }), 3),
      line(ageFields({ ...secret('nobodys'), owner: undefined }), 4),
    ]
    const found = (wanted: Wanted) => findingsIn(lines, wanted).map(({ secret }) => secret)
    expect(found(stale)).toEqual(['old', 'mail', 'nobodys'].map(secretArn))
    expect(found(due)).toEqual(['old', 'mail', 'soon', 'nobodys'].map(secretArn))
    expect(found(ofShop)).toEqual(['old'].map(secretArn))
    expect(found({ ...due, owner: 'team-shop' })).toEqual(['old', 'soon'].map(secretArn))
    expect(found(overdue)).toEqual([])
  })

  it.each([
    ['a reason that is no code', { reason: 'rm -rf /' }, { reason: 'UNKNOWN' }],
    ['a reason of a later release', { reason: 'A_NEW_CODE' }, { reason: 'A_NEW_CODE' }],
    ['a message of several lines', { error: 'one\n\n2. two\u202E' }, { message: 'one 2. two' }],
    ['a secret of several lines', { secret: 'arn:x\nnext' }, { secret: 'arn:x next' }],
    ['a long message', { error: 'x'.repeat(5_000) }, { message: `${'x'.repeat(1_999)}…` }],
    ['an owner who is nobody', { owner: ' ' }, { owner: undefined }],
    ['fields that nobody knows', { password: 'hunter2' }, { step: 'setSecret' }],
  ])('with %s are made fit', (_what, fields, expected) => {
    const [found] = findingsIn([line(fields, 1)], pages)
    expect(found).toMatchObject(expected)
    expect(JSON.stringify(found)).not.toContain('hunter2')
  })
})

describe('the pattern of a search', () => {
  it.each([
    [pages, logLine(), true],
    [tickets, logLine(), false],
    [tickets, logLine({ severity: 'ticket' }), true],
    [overdue, logLine({ severity: 'ticket' }), false],
    [overdue, logLine({ severity: 'ticket', outcome: 'overdue' }), true],
    [stuck, logLine({ severity: 'ticket' }), false],
    [stuck, logLine({ severity: 'ticket', outcome: 'stuck' }), true],
    [overdue, logLine({ severity: 'ticket', outcome: 'stuck' }), false],
    [stale, logLine(ageFields()), true],
    [stale, logLine(ageFields({ outcome: 'due' })), false],
    [due, logLine(ageFields()), true],
    [due, logLine(ageFields({ outcome: 'due' })), true],
    [due, logLine(ageFields({ outcome: 'failed' })), false],
    [ofShop, logLine(ageFields()), true],
    [ofShop, logLine(ageFields({ owner: 'team-mail' })), false],
    [stale, logLine(ageFields({ outcome: 'untold', owner: undefined })), true],
    [ofShop, logLine(ageFields({ outcome: 'untold' })), true],
    [ofShop, logLine(ageFields({ outcome: 'untold', owner: undefined })), false],
    [overdue, logLine(ageFields({ outcome: 'untold' })), false],
    [{ ...due, owner: 'team shop=1' }, logLine(ageFields({ owner: 'team shop=1' })), true],
    [pages, '{"_aws":{},"severity":"page","service":"overlap","Failures":1}', false],
  ])('for %j finds %s: %s', (wanted, message, found) => {
    expect(parseFilterPattern(filterPattern(wanted))?.(message)).toBe(found)
  })
})
