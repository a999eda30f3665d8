import { describe, expect, it } from 'vitest'
import { isHandedBack } from '../../lambdas/rotation/at-rest.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { nominationOf } from '../../lambdas/sweep/nomination.ts'
import { secretWith } from '../rotation/secret.ts'
import { settings } from './operating.ts'

const left: Partial<SecretDescription> = {
  rotationEnabled: false,
  tags: new Map([['team', 'shop']]),
  created: new Date(0),
}
const deployment = { ...settings, drainFloorSeconds: 0 }
const years = 5 * 365 * 86_400_000

describe('a secret whose user was handed back', () => {
  it('is one that nothing marks: the service keeps its rotation function', () => {
    const secret = secretWith({ now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] }, left)
    expect(isHandedBack(secret)).toBe(true)
    expect(isHandedBack(secretWith({ now: ['AWSCURRENT', 'AWSPENDING'] }, left))).toBe(true)
  })

  it.each([
    ['is rotated', { ...left, rotationEnabled: true }, {}],
    ['has a tag of Overlap', { ...left, tags: new Map([['overlap:owner', 'shop']]) }, {}],
    ['drains', left, { old: ['DRAINING'] }],
    ['waits', left, { next: ['AWSPENDING'] }],
  ])('is not one that %s', (_, different, versions) => {
    const labels = { now: ['AWSCURRENT'], ...(versions as Readonly<Record<string, readonly string[]>>) }
    expect(isHandedBack(secretWith(labels, different))).toBe(false)
  })

  it('is never overdue, however old it grows', () => {
    const secret = secretWith({ now: ['AWSCURRENT'] }, left)
    expect(nominationOf(secret, deployment, years)).toBeUndefined()
    expect(nominationOf({ ...secret, rotationEnabled: true }, deployment, years)).toBe('at once')
  })
})
