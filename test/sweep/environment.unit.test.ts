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
      deployment: {
        name: 'overlap',
        drainFloorSeconds: 3600,
        quarantineFloorSeconds: 0,
        leakDrainSeconds: 600,
        sampleEverySeconds: 900,
        rolloutLimitSeconds: 3600,
        abandonSeconds: 86_400,
        schedules: new Map(),
        freezes: [],
      },
      requestsPerMinute: 60,
    })
  })

  it('is what the variables say', () => {
    const environment = {
      OVERLAP_FUNCTIONS: '[]',
      OVERLAP_DRAIN_FLOOR: '2s',
      OVERLAP_ABANDON_AFTER: '3m',
      OVERLAP_QUARANTINE_FLOOR: '4h',
      OVERLAP_LEAK_DRAIN: '1m',
      OVERLAP_SAMPLE_EVERY: '5m',
      OVERLAP_ROLLOUT_LIMIT: '2h',
      AWS_LAMBDA_FUNCTION_NAME: 'payments-sweep',
      OVERLAP_REQUESTS_PER_MINUTE: '600',
      OVERLAP_FREEZES: JSON.stringify([
        { from: '2026-12-18T00:00:00Z', until: '2027-01-04T00:00:00Z', reason: 'year-end' },
      ]),
      OVERLAP_SCHEDULES: JSON.stringify({
        weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' },
        monthly: { cron: '0 3 1 * ? *', timezone: 'UTC' },
      }),
    }
    const { deployment, requestsPerMinute } = sweepEnvironment(environment)
    expect(deployment).toMatchObject({
      name: 'payments',
      drainFloorSeconds: 2,
      quarantineFloorSeconds: 14_400,
      leakDrainSeconds: 60,
      sampleEverySeconds: 300,
      rolloutLimitSeconds: 7200,
      abandonSeconds: 180,
    })
    expect(requestsPerMinute).toBe(600)
    expect(deployment.freezes).toEqual([expect.objectContaining({ reason: 'year-end' })])
    expect([...deployment.schedules.keys()]).toEqual(['weekly', 'monthly'])
    const monthly = deployment.schedules.get('monthly')
    expect(monthly?.latest(Date.parse('2026-03-05T00:00:00Z'))).toBe(Date.parse('2026-03-01T03:00:00Z'))
  })

  it.each(['0', '-1', '1.5', '3001', 'many', ''])(
    'is refused by name when it allows %o requests a minute',
    (text) => {
      expect(() => sweepEnvironment({ OVERLAP_FUNCTIONS: '[]', OVERLAP_REQUESTS_PER_MINUTE: text })).toThrow(
        expect.objectContaining({ message: expect.stringContaining('OVERLAP_REQUESTS_PER_MINUTE') }),
      )
    },
  )

  it.each([
    { what: 'is not JSON', text: 'weekly', says: 'OVERLAP_SCHEDULES must be JSON' },
    { what: 'is a list', text: '[]', says: 'OVERLAP_SCHEDULES must be JSON' },
    { what: 'has a schedule without times', text: '{"weekly":{}}', says: 'OVERLAP_SCHEDULES must be JSON' },
    { what: 'has null for a schedule', text: '{"weekly":null}', says: 'OVERLAP_SCHEDULES must be JSON' },
    {
      what: 'has a cron expression that AWS does not know',
      text: '{"weekly":{"cron":"0 3 * * SUN","timezone":"UTC"}}',
      says: 'schedule weekly: cron must have six fields',
    },
    {
      what: 'has an unknown time zone',
      text: '{"weekly":{"cron":"0 3 ? * SUN *","timezone":"Europe/Berln"}}',
      says: 'schedule weekly: timezone Europe/Berln is not known',
    },
  ])('is refused by name when what it says of schedules $what', ({ text, says }) => {
    expect(() => sweepEnvironment({ OVERLAP_FUNCTIONS: '[]', OVERLAP_SCHEDULES: text })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(says) }),
    )
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
