import { describe, expect, it } from 'vitest'
import {
  deploymentOf,
  durationVariable,
  freezesVariable,
  jsonVariable,
} from '../../lambdas/rotation/environment.ts'

const invalid = (name: string) =>
  expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(name) })

describe('the deployment of a function', () => {
  it.each([
    ['overlap-rotate-postgres-main', 'rotate-postgres', 'overlap'],
    ['prod-eu-rotate-postgres-report', 'rotate-postgres', 'prod-eu'],
    ['prod-adopt', 'adopt', 'prod'],
    ['prod-adopt-2', 'adopt', 'prod'],
    ['report-report', 'report', 'report'],
    ['something-else', 'report', 'overlap'],
    ['prod-reporter', 'report', 'overlap'],
    [undefined, 'report', 'overlap'],
  ])('%s, which is its %s, is %s', (AWS_LAMBDA_FUNCTION_NAME, part, deployment) => {
    expect(deploymentOf({ AWS_LAMBDA_FUNCTION_NAME }, part)).toBe(deployment)
  })
})

describe('durationVariable', () => {
  it('is what the variable says, in seconds', () => {
    expect(durationVariable({ DRAIN: '5m' }, 'DRAIN', '1h')).toBe(300)
  })

  it('falls back when the variable is absent', () => {
    expect(durationVariable({}, 'DRAIN', '1h')).toBe(3600)
  })

  it.each(['', 'soon', '5'])('refuses %o by the name of the variable', (value) => {
    expect(() => durationVariable({ DRAIN: value }, 'DRAIN', '1h')).toThrow(invalid('DRAIN'))
  })
})

describe('jsonVariable', () => {
  const isList = (value: unknown): value is unknown[] => Array.isArray(value)
  const read = (value: string | undefined) => jsonVariable({ LIST: value }, 'LIST', 'a JSON list', isList)

  it('is the value when it has the expected form', () => {
    expect(read('[1]')).toEqual([1])
  })

  it.each([undefined, ''])('is undefined when the variable is %o', (value) => {
    expect(read(value)).toBeUndefined()
  })

  it.each(['{}', 'null', '[', 'hunter2'])(
    'refuses %o by the name of the variable and what it must be',
    (value) => {
      expect(() => read(value)).toThrow(invalid('LIST must be a JSON list'))
    },
  )

  it('keeps what it found to itself', () => {
    expect(() => read('hunter2')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('freezesVariable', () => {
  const read = (value: unknown) =>
    freezesVariable({ OVERLAP_FREEZES: typeof value === 'string' ? value : JSON.stringify(value) })
  const [from, until] = ['2026-12-18T00:00:00+01:00', '2027-01-04T00:00:00Z']

  it('is every window, in milliseconds', () => {
    expect(read([{ from, until, reason: 'year-end' }])).toEqual([
      { from: Date.parse(from), until: Date.parse(until), reason: 'year-end' },
    ])
  })

  it.each([undefined, '', '[]'])('is no window when the variable is %o', (value) => {
    expect(freezesVariable({ OVERLAP_FREEZES: value })).toEqual([])
  })

  it.each([
    { what: 'is not JSON', value: 'christmas' },
    { what: 'is one window and no list', value: { from, until, reason: 'x' } },
    { what: 'holds null', value: [null] },
    { what: 'has a window without an end', value: [{ from, reason: 'x' }] },
    { what: 'has a window without a reason', value: [{ from, until }] },
    { what: 'has a window that ends before it begins', value: [{ from: until, until: from, reason: 'x' }] },
    { what: 'has a window that ends when it begins', value: [{ from, until: from, reason: 'x' }] },
    { what: 'has a date without a time zone', value: [{ from: '2026-12-18T00:00:00', until, reason: 'x' }] },
    { what: 'has a number for an instant', value: [{ from: 0, until, reason: 'x' }] },
  ])('is refused by name when it $what: a freeze that is not understood is not "none"', ({ value }) => {
    expect(() => read(value)).toThrow(invalid('OVERLAP_FREEZES must be JSON of the form'))
  })
})
