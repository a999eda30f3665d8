import { describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS } from '../../lambdas/inventory/entry.ts'
import { thresholdsVariable } from '../../lambdas/inventory/environment.ts'

describe('the thresholds of a deployment', () => {
  it('are 75 and 90 days unless its variables say otherwise', () => {
    expect(thresholdsVariable({})).toEqual(DEFAULT_THRESHOLDS)
    expect(thresholdsVariable({ OVERLAP_STALE_WARNING: '20d', OVERLAP_STALE_CRITICAL: '30d' })).toEqual({
      warningSeconds: 20 * 86_400,
      criticalSeconds: 30 * 86_400,
    })
  })

  it.each([
    { OVERLAP_STALE_WARNING: 'soon' },
    { OVERLAP_STALE_CRITICAL: '90' },
    { OVERLAP_STALE_WARNING: '90d' },
    { OVERLAP_STALE_CRITICAL: '75d' },
    { OVERLAP_STALE_WARNING: '0d' },
  ])('are refused by name: %o', (environment) => {
    const [name = ''] = Object.keys(environment)
    expect(() => thresholdsVariable(environment)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(name) }),
    )
  })
})
