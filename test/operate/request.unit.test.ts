import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { actionsOf, type Part, parseOperateRequest } from '../../lambdas/operate/request.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const hold = {
  action: 'hold',
  secret: 'shop/app',
  until: '2026-12-27T00:00:00+01:00',
  reason: 'year-end close',
}
const parse = (event: unknown, part: Part = 'operate') =>
  parseOperateRequest(event, NOW, { deployment: 'overlap', part })

describe('a request of a person', () => {
  it.each([
    [
      { action: 'check', secret: 'shop/app' },
      { action: 'check', target: { secret: 'shop/app' } },
    ],
    [
      { action: 'provision', secret: 'shop/app' },
      { action: 'provision', target: { secret: 'shop/app' } },
    ],
    [
      { action: 'leave', secret: SECRET_ARN },
      { action: 'leave', target: { secret: SECRET_ARN } },
    ],
    [
      { action: 'release', all: true },
      { action: 'release', target: { all: true } },
    ],
    [
      { action: 'release', secret: 'x', all: false },
      { action: 'release', target: { secret: 'x' } },
    ],
    [
      hold,
      {
        action: 'hold',
        target: { secret: 'shop/app' },
        until: Date.parse('2026-12-26T23:00:00Z'),
        reason: 'year-end close',
      },
    ],
  ])('may be %j', (event, request) => {
    expect(parse({ ...event, by: 'ann@desk' })).toEqual({ ...request, by: 'ann@desk' })
    expect(parse({ ...event, tomorrow: 1 })).toEqual({ ...request, by: undefined })
  })

  it.each([
    ['no action', { secret: 'x' }, 'action'],
    ['an action that does not exist', { action: 'drop', secret: 'x' }, 'action'],
    ['no secret', { action: 'check' }, 'secret'],
    ['an empty secret', { action: 'check', secret: '' }, 'secret'],
    ['a secret that is no text', { action: 'check', secret: ['x'] }, 'secret'],
    ['a name that no secret has', { action: 'check', secret: 'a b' }, 'secret'],
    ['a line break in the name', { action: 'check', secret: 'a\nb' }, 'secret'],
    ['the ARN of something else', { action: 'check', secret: 'arn:aws:s3:::bucket' }, 'secret'],
    ['a check of all', { action: 'check', all: true }, 'all'],
    ['a provision of all', { action: 'provision', all: true }, 'all'],
    ['a leave of all', { action: 'leave', all: true }, 'all'],
    ['all in words', { action: 'release', all: 'true' }, 'all'],
    ['a secret beside all', { action: 'release', secret: 'x', all: true }, 'secret'],
    ['no until', { ...hold, until: undefined }, 'until'],
    ['an until in words', { ...hold, until: 'tomorrow' }, 'until'],
    ['an until that is a date', { ...hold, until: '2026-12-27' }, 'until'],
    ['an until without a time zone', { ...hold, until: '2026-12-27T00:00:00' }, 'until'],
    ['an until on a day that is none', { ...hold, until: '2027-02-30T00:00:00Z' }, 'until'],
    ['an until that is past', { ...hold, until: '2026-11-25T11:59:59Z' }, 'until'],
    ['an until that is now', { ...hold, until: '2026-11-25T12:00:00Z' }, 'until'],
    ['an until that is a number', { ...hold, until: 1 }, 'until'],
    ['no reason', { ...hold, reason: undefined }, 'reason'],
    ['a reason of spaces', { ...hold, reason: '  ' }, 'reason'],
    ['a reason that no tag holds', { ...hold, reason: "year's end; close" }, 'reason'],
    ['a reason with a line break', { ...hold, reason: 'year\nend' }, 'reason'],
    ['a reason that is too long', { ...hold, reason: 'x'.repeat(232) }, 'reason'],
    ['a caller that is no text', { ...hold, by: {} }, 'by'],
    ['a caller that is too long', { ...hold, by: 'x'.repeat(257) }, 'by'],
  ])('with %s is EVENT_INVALID and names the field', (_, event, field) => {
    expect(() => parse(event)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(`field ${field} `) }),
    )
  })

  it.each<[Part, object, object]>([
    ['view', { action: 'status', secret: 'shop/app' }, { action: 'status', target: { secret: 'shop/app' } }],
    ['view', { action: 'status', all: true }, { action: 'status', target: { all: true } }],
    [
      'operate',
      { action: 'rollback', secret: 'a', reason: ' it broke; now! ' },
      { action: 'rollback', target: { secret: 'a' }, to: undefined, reason: 'it broke; now!' },
    ],
    [
      'operate',
      { action: 'rollback', secret: 'a', to: 'v 1', reason: 'r' },
      { action: 'rollback', target: { secret: 'a' }, to: 'v 1', reason: 'r' },
    ],
    [
      'operate',
      { action: 'retire', secret: 'a', despite: ['psql@10.0.0.7'], reason: 'r' },
      { action: 'retire', target: { secret: 'a' }, despite: ['psql@10.0.0.7'], reason: 'r' },
    ],
    [
      'operate',
      { action: 'retire', secret: 'a' },
      { action: 'retire', target: { secret: 'a' }, despite: [], reason: '' },
    ],
    [
      'operate',
      { action: 'repair', secret: 'a', confirm: 'v' },
      { action: 'repair', target: { secret: 'a' }, confirm: 'v' },
    ],
    [
      'revoke',
      { action: 'leaked', secret: 'a', reason: 'r', confirm: 'v', version: 'v' },
      { action: 'leaked', target: { secret: 'a' }, reason: 'r', confirm: 'v', version: 'v' },
    ],
    ...(['operate', 'acknowledge'] as const).map((part): [Part, object, object] => [
      part,
      { action: 'acknowledge', secret: 'a', consumer: 'event:billing' },
      { action: 'acknowledge', target: { secret: 'a' }, consumer: 'event:billing', version: undefined },
    ]),
  ])('of %s may be %j', (part, event, request) => {
    expect(parse(event, part)).toEqual({ ...request, by: undefined })
  })

  it.each<[Part, object, string]>([
    ['operate', { action: 'rollback', secret: 'a' }, 'reason'],
    ['operate', { action: 'rollback', secret: 'a', reason: 'one\ntwo' }, 'reason'],
    ['operate', { action: 'rollback', secret: 'a', reason: 'x'.repeat(257) }, 'reason'],
    ['operate', { action: 'rollback', secret: 'a', reason: 'r', to: '' }, 'to'],
    ['operate', { action: 'rollback', secret: 'a', reason: 'r', to: 'v'.repeat(65) }, 'to'],
    ['operate', { action: 'rollback', all: true, reason: 'r' }, 'all'],
    ['operate', { action: 'retire', secret: 'a', despite: 'psql' }, 'despite'],
    ['operate', { action: 'retire', secret: 'a', despite: ['a', 1], reason: 'r' }, 'despite'],
    ['operate', { action: 'retire', secret: 'a', despite: ['a\u001b'], reason: 'r' }, 'despite'],
    ['operate', { action: 'retire', secret: 'a', despite: Array(21).fill('a'), reason: 'r' }, 'despite'],
    ['operate', { action: 'retire', secret: 'a', despite: ['a'] }, 'reason'],
    ['operate', { action: 'repair', secret: 'a', confirm: true }, 'confirm'],
    ['revoke', { action: 'leaked', secret: 'a' }, 'reason'],
    ['revoke', { action: 'leaked', secret: 'a', reason: 'r', confirm: true }, 'confirm'],
    ['revoke', { action: 'leaked', secret: 'a', reason: 'r', version: 7 }, 'version'],
    ['revoke', { action: 'leaked', all: true, reason: 'r' }, 'all'],
    ['acknowledge', { action: 'acknowledge', secret: 'a' }, 'consumer'],
    ['acknowledge', { action: 'acknowledge', secret: 'a', consumer: ' \n' }, 'consumer'],
    ['view', { action: 'status' }, 'secret'],
  ])('of %s that is %j is EVENT_INVALID and names the field', (part, event, field) => {
    expect(() => parse(event, part)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(`field ${field} `) }),
    )
  })

  it.each<[Part, string, string]>([
    ['view', 'leaked', 'overlap-revoke'],
    ['view', 'rollback', 'overlap-operate'],
    ['operate', 'leaked', 'overlap-revoke'],
    ['operate', 'status', 'overlap-view'],
    ['revoke', 'acknowledge', 'overlap-operate'],
    ['acknowledge', 'hold', 'overlap-operate'],
    ['acknowledge', 'leaked', 'overlap-revoke'],
  ])('that asks %s for %s is refused, and told to ask %s', (part, action, other) => {
    expect(() => parse({ action, secret: 'a', reason: 'r', consumer: 'event:x' }, part)).toThrow(
      expect.objectContaining({
        code: 'EVENT_INVALID',
        message: expect.stringMatching(new RegExp(`Ask ${other}$`)),
      }),
    )
  })

  it('of another function’s right does nothing, whatever else it says', () => {
    const rights: Readonly<Record<Part, readonly string[]>> = {
      view: ['status'],
      operate: [
        'check',
        'provision',
        'hold',
        'release',
        'leave',
        'rollback',
        'retire',
        'repair',
        'acknowledge',
      ],
      revoke: ['leaked'],
      acknowledge: ['acknowledge'],
    }
    expect(actionsOf).toEqual(rights)
  })

  it('may have a reason of the greatest length that a tag holds', () => {
    expect(parse({ ...hold, reason: 'x'.repeat(231) })).toMatchObject({ reason: 'x'.repeat(231) })
  })

  it('is refused, whatever it is, by EVENT_INVALID and nothing else', () => {
    fc.assert(
      fc.property(fc.anything(), (event) => {
        expect(() => parse(event)).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }))
      }),
    )
  })
})
