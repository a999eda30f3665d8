import { describe, expect, it } from 'vitest'
import { wasRotated } from '../../lambdas/rotation/rotated-before.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { secretWith } from './secret.ts'

interface Row {
  readonly when: string
  readonly versions: Readonly<Record<string, readonly string[]>>
  readonly different?: Partial<SecretDescription>
  readonly rotated: boolean
}

const replaced = { old: ['AWSPREVIOUS'], now: ['AWSCURRENT'] }

describe('a secret was rotated', () => {
  it.each<Row>([
    { when: 'has one version', versions: { now: ['AWSCURRENT'] }, rotated: false },
    {
      when: 'has a first rotation under way',
      versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] },
      rotated: false,
    },
    {
      when: 'has the date of a rotation',
      versions: { now: ['AWSCURRENT'] },
      different: { lastRotated: new Date(0) },
      rotated: true,
    },
    {
      when: 'has a version that drains, and its date may come later',
      versions: { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] },
      rotated: true,
    },
    {
      // USER_EXISTS tells people to do so.
      when: 'was given another value by hand before its first rotation',
      versions: replaced,
      rotated: false,
    },
    {
      when: 'had a version replaced and does not say by whom, since rotation is turned off',
      versions: replaced,
      different: { rotationEnabled: false },
      rotated: true,
    },
    {
      when: 'is new, with rotation turned off',
      versions: { now: ['AWSCURRENT'] },
      different: { rotationEnabled: false },
      rotated: false,
    },
  ])('that $when: $rotated', ({ versions, different, rotated }) => {
    expect(wasRotated(secretWith(versions, different))).toBe(rotated)
  })
})
