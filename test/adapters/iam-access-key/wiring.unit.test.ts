import { describe, expect, it } from 'vitest'
import { iamAccessKeyInvocation } from '../../../lambdas/adapters/iam-access-key/wiring.ts'

const HOUR_MS = 3_600_000

describe('a function for access keys', () => {
  it.each([
    ['a use may be told as late as that', '60h', 60],
    ['a use is told sooner', '4h', 24],
    ['the secret does not say', undefined, 24],
    ['nobody can read what the secret says, which the sweep refuses', 'soon', 24],
  ])('leaves a key alone of which nobody knows for sure whose it is: %s', (_when, lag, hours) => {
    const tags = new Map(lag === undefined ? [] : [['overlap:lag', lag]])
    const held = { labelled: async () => [], of: async () => undefined }
    const context = { getRemainingTimeInMillis: () => 60_000 }
    const { patience } = iamAccessKeyInvocation({ arn: 'arn:secret', tags }, context, held)
    expect(patience?.reclaimUnsureAfterMs).toBe(hours * HOUR_MS)
  })
})
