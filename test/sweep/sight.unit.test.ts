import { expect, it } from 'vitest'
import { sightOf } from '../../lambdas/sweep/sight.ts'
import { secretWith } from '../rotation/secret.ts'
import { retirementDefaults } from './watched.ts'

it.each([
  ['of any other kind', { 'overlap:kind': 'postgres', 'overlap:lag': '60h' }, 24],
  ['of a key', { 'overlap:kind': 'iam-access-key' }, 24 + 26],
  [
    'of a key whose uses are told within hours',
    { 'overlap:kind': 'iam-access-key', 'overlap:lag': '4h' },
    24 + 26,
  ],
  // Twice 60 h, and passes between.
  [
    'of a key whose uses are told days later',
    { 'overlap:kind': 'iam-access-key', 'overlap:lag': '60h' },
    122,
  ],
])('a rotation %s has the time that a lost key may take before it is given up', (_whose, tags, hours) => {
  const secret = secretWith({ now: ['AWSCURRENT'] }, { tags: new Map(Object.entries(tags)) })
  const deployment = {
    ...retirementDefaults,
    drainFloorSeconds: 3600,
    abandonSeconds: 86_400,
    schedules: new Map(),
    freezes: [],
  }
  expect(sightOf(secret, deployment, 0).abandonSeconds).toBe(hours * 3600)
})
