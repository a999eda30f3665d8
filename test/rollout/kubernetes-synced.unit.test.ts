import { describe, expect, it } from 'vitest'
import type { SecretSight } from '../../lambdas/rollout/kubernetes-cluster.ts'
import type { Stamp } from '../../lambdas/rollout/kubernetes-stamp.ts'
import { syncedFor } from '../../lambdas/rollout/kubernetes-synced.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const at = (time: string) => Date.parse(`2026-11-29T${time}Z`)
const goal = { secretId: SECRET_ARN, versionId: 'v2', since: at('03:05:00'), created: at('03:00:00.500') }
const secret = (...writes: SecretSight['writes']): SecretSight => ({ created: at('01:00:00'), writes })
const data = (time: string) => ({ at: at(time), data: true })
const other = (time: string) => ({ at: at(time), data: false })
const stamp = (versionId: string, synced: string | undefined): Stamp => ({
  versionId,
  since: at('02:00:00'),
  synced: synced === undefined ? undefined : at(synced),
})

describe('a synced Secret', () => {
  it.each([
    ['is not there', undefined, undefined, /no such Secret/],
    ['was last written before the version was made', secret(data('02:59:59')), undefined, /02:59:59/],
    [
      'was written in the second in which the version was made, perhaps before',
      secret(data('03:00:00')),
      undefined,
      /03:00:00/,
    ],
    [
      'had only something else written since',
      secret(data('02:00:00'), other('03:10:00')),
      undefined,
      /02:00:00/,
    ],
    ['has no record of its writers, and is old', secret(), undefined, /01:00:00/],
    [
      'was last written with the version that is rolled back',
      secret(data('03:02:00')),
      stamp('v3', '03:02:00'),
      /version v3/,
    ],
  ])('that %s is waited for', (_, found, stamped, missing) => {
    expect(syncedFor(found, stamped, goal)).toEqual({ missing: expect.stringMatching(missing) })
  })

  const rolledBack = { ...goal, rolledBack: 'v3' }
  it.each([
    ['what the wrong version was read from', data('02:10:00'), stamp('v3', '02:10:00'), /02:10:00/],
    ['before, where another version is stamped', data('02:20:00'), stamp('v1', '02:10:00'), /02:20:00/],
    [
      'before, where the wrong version was not read from it',
      data('02:20:00'),
      stamp('v3', undefined),
      /02:20/,
    ],
    ['before, where nothing is stamped', data('02:20:00'), undefined, /02:20:00/],
  ])('that was written %s is waited for after a rollback', (_, write, stamped, missing) => {
    expect(syncedFor(secret(write), stamped, rolledBack)).toEqual({
      missing: expect.stringMatching(missing),
    })
  })

  it('that was written since the wrong version was read from it is there after a rollback, however late that is seen', () => {
    const found = secret(data('02:10:01'))
    expect(syncedFor(found, stamp('v3', '02:10:00'), rolledBack)).toEqual({ at: at('02:10:01') })
    expect(syncedFor(found, stamp('v3', '02:10:00'), goal)).toEqual({
      missing: expect.stringMatching(/02:10:01/),
    })
  })

  it.each([
    ['was written since', secret(data('03:00:01')), undefined, '03:00:01'],
    [
      'has several writers, of whom the last counts',
      secret(data('03:04:00'), data('02:00:00')),
      undefined,
      '03:04:00',
    ],
    ['was made since, whoever wrote it', { created: at('03:03:00'), writes: [] }, undefined, '03:03:00'],
    [
      'was written again after another version was read from it',
      secret(data('03:06:00')),
      stamp('v3', '03:02:00'),
      '03:06:00',
    ],
    ['was read with this very version before', secret(data('03:02:00')), stamp('v2', '03:02:00'), '03:02:00'],
    [
      'was not named when another version was stamped',
      secret(data('03:02:00')),
      stamp('v1', undefined),
      '03:02:00',
    ],
  ])('that %s is there', (_, found, stamped, time) => {
    expect(syncedFor(found, stamped, goal)).toEqual({ at: at(time) })
  })
})
