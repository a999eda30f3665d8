import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Part, parseOperateRequest } from '../../lambdas/operate/request.ts'
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
