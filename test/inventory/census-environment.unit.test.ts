import { describe, expect, it } from 'vitest'
import { censusEnvironment } from '../../lambdas/inventory/census-environment.ts'

const pair = {
  rotate: 'arn:aws:lambda:us-east-1:123456789012:function:overlap-rotate-postgres-main',
  retire: 'arn:aws:lambda:us-east-1:123456789012:function:overlap-retire-postgres-main',
}
const given = { OVERLAP_FUNCTIONS: JSON.stringify([pair]), AWS_REGION: 'us-east-1' }

describe('the environment of the census', () => {
  it('is that of the sweep, with the thresholds that are usual and no owner, unless told', () => {
    expect(censusEnvironment({ ...given, AWS_LAMBDA_FUNCTION_NAME: 'prod-sweep' })).toMatchObject({
      name: 'prod',
      rotationFunctions: new Set([pair.rotate]),
      thresholds: { warningSeconds: 75 * 86_400, criticalSeconds: 90 * 86_400 },
      owners: [],
      region: 'us-east-1',
      deployment: { freezes: [] },
    })
  })

  it('is what the variables say', () => {
    const variables = {
      OVERLAP_STALE_WARNING: '20d',
      OVERLAP_STALE_CRITICAL: '30d',
      OVERLAP_OWNER_NAMES: '["team-shop", "team-mail"]',
    }
    expect(censusEnvironment({ ...given, ...variables })).toMatchObject({
      thresholds: { warningSeconds: 20 * 86_400, criticalSeconds: 30 * 86_400 },
      owners: ['team-shop', 'team-mail'],
    })
  })

  it.each([
    ['OVERLAP_FUNCTIONS', '[]x'],
    ['OVERLAP_STALE_WARNING', '91d'],
    ['OVERLAP_OWNER_NAMES', '["x\\""]'],
    ['OVERLAP_OWNER_NAMES', '{"team-shop": ""}'],
  ])('with %s as %s is refused by name', (name, value) => {
    expect(() => censusEnvironment({ ...given, [name]: value })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining(name),
      }),
    )
  })
})
