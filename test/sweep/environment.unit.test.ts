import { describe, expect, it } from 'vitest'
import { sweepEnvironment } from '../../lambdas/sweep/environment.ts'

const pair = {
  rotate: 'arn:aws:lambda:us-east-1:123456789012:function:rotate',
  retire: 'arn:aws:lambda:us-east-1:123456789012:function:retire',
}

describe('the environment of the sweep', () => {
  it('has a floor of one hour and gives an empty AWSPENDING a day, unless told', () => {
    expect(sweepEnvironment({ OVERLAP_FUNCTIONS: JSON.stringify([pair]) })).toEqual({
      functions: [pair],
      deployment: { drainFloorSeconds: 3600, abandonSeconds: 86_400 },
    })
  })

  it('is what the variables say', () => {
    const environment = { OVERLAP_FUNCTIONS: '[]', OVERLAP_DRAIN_FLOOR: '2s', OVERLAP_ABANDON_AFTER: '3m' }
    expect(sweepEnvironment(environment).deployment).toEqual({ drainFloorSeconds: 2, abandonSeconds: 180 })
  })

  it.each([
    { what: 'are missing', functions: undefined },
    { what: 'are empty', functions: '' },
    { what: 'are not JSON', functions: 'rotate,retire' },
    { what: 'are an object', functions: JSON.stringify(pair) },
    { what: 'lack the retire function', functions: JSON.stringify([{ rotate: pair.rotate }]) },
    {
      what: 'name a function where an ARN belongs',
      functions: JSON.stringify([{ ...pair, retire: 'retire' }]),
    },
    { what: 'hold null', functions: '[null]' },
  ])('is refused by name when the functions $what', ({ functions }) => {
    expect(() => sweepEnvironment({ OVERLAP_FUNCTIONS: functions })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining('OVERLAP_FUNCTIONS'),
      }),
    )
  })

  it.each(['OVERLAP_DRAIN_FLOOR', 'OVERLAP_ABANDON_AFTER'])(
    'is refused by name when %s is no duration',
    (name) => {
      expect(() => sweepEnvironment({ OVERLAP_FUNCTIONS: '[]', [name]: 'long' })).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(name) }),
      )
    },
  )
})
