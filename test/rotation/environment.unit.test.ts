import { describe, expect, it } from 'vitest'
import { durationVariable, jsonVariable } from '../../lambdas/rotation/environment.ts'

const invalid = (name: string) =>
  expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(name) })

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
