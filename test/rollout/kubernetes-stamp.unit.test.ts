import { describe, expect, it } from 'vitest'
import { meets, readStamp, writeStamp } from '../../lambdas/rollout/kubernetes-stamp.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const since = Date.parse('2026-11-29T03:05:00.250Z')
const goal = { secretId: SECRET_ARN, versionId: 'v2', since, created: since - 60_000 }
const stampFor = (of: typeof goal, synced?: number) => readStamp(writeStamp(of, synced), of.secretId)

describe('a stamp', () => {
  it('has keys that Kubernetes takes, and says the version in plain', () => {
    const annotations = writeStamp(goal, since)
    expect(Object.values(annotations)).toEqual(['v2', '2026-11-29T03:05:01.000Z', '2026-11-29T03:05:00.250Z'])
    for (const key of Object.keys(annotations)) {
      const [prefix = '', name = '', ...more] = key.split('/')
      expect(more).toEqual([])
      expect(prefix).toMatch(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/)
      expect(name).toMatch(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/)
    }
  })

  it('is of one secret: two on a workload do not know of each other', () => {
    const other = { ...goal, secretId: `${SECRET_ARN}2` }
    expect(readStamp(writeStamp(goal, undefined), other.secretId)).toBeUndefined()
    expect(Object.keys({ ...writeStamp(goal, undefined), ...writeStamp(other, undefined) })).toHaveLength(4)
  })

  it.each([
    ['its own goal', goal, true],
    [
      'the same goal, written down in whole seconds',
      { ...goal, since: Math.ceil(since / 1000) * 1000 },
      true,
    ],
    ['an earlier goal of the same version', { ...goal, since: since - 60_000 }, true],
    ['the same version, that became AWSCURRENT once more', { ...goal, since: since + 60_000 }, false],
    ['another version', { ...goal, versionId: 'v3' }, false],
  ])('as to %s: %#', (_, asked, expected) => {
    expect(meets(stampFor(goal), asked)).toBe(expected)
  })

  it('meets nothing when it is missing, or says no time', () => {
    const annotations = writeStamp(goal, undefined)
    const [key = ''] = Object.keys(annotations)
    expect(meets(undefined, goal)).toBe(false)
    for (const time of [undefined, 'yesterday'])
      expect(
        meets(readStamp({ [key]: 'v2', ...(time && { [`${key}.since`]: time }) }, SECRET_ARN), goal),
      ).toBe(false)
  })
})
