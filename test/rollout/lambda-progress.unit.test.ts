import { describe, expect, it } from 'vitest'
import type { FunctionVersion } from '../../lambdas/rollout/consumer-functions.ts'
import { nextForAlias, nextForLatest, stampFor } from '../../lambdas/rollout/lambda-progress.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const goal = { secretId: SECRET_ARN, versionId: 'new', since: 100_000, created: 1 }
const version = (more: Partial<FunctionVersion> = {}): FunctionVersion => ({
  version: '$LATEST',
  revisionId: 'r',
  lastModified: 1,
  state: 'Active',
  lastUpdateStatus: 'Successful',
  reason: '',
  stamp: undefined,
  parts: { CodeSha256: 'code' },
  ...more,
})
const since = { lastModified: goal.since }
const told = (next: ReturnType<typeof nextForLatest>) =>
  'progress' in next ? next.progress.state : `absent: ${next.step}`

describe('how far a function is', () => {
  it.each<[string, Partial<FunctionVersion>, string]>([
    ['it was changed before', { lastModified: goal.since - 1 }, 'absent: stamp'],
    ['it was changed since', since, 'done'],
    ['nobody knows when it was changed', { lastModified: Number.NaN }, 'absent: stamp'],
    ["it bears the stamp, though Lambda's clock is behind", { stamp: stampFor(goal) }, 'done'],
    ['it bears the stamp of an earlier time', { stamp: stampFor({ ...goal, since: 5 }) }, 'absent: stamp'],
    [
      'it bears the stamp of another version',
      { stamp: stampFor({ ...goal, versionId: 'x' }) },
      'absent: stamp',
    ],
    ['it is idle', { ...since, state: 'Inactive' }, 'done'],
    ['its change is under way', { ...since, lastUpdateStatus: 'InProgress' }, 'running'],
    ['a change that began before is under way', { lastUpdateStatus: 'InProgress' }, 'running'],
    ['its change failed', { ...since, lastUpdateStatus: 'Failed', reason: 'InvalidImage' }, 'failed'],
    ['a change failed before', { lastUpdateStatus: 'Failed' }, 'absent: stamp'],
    ['it is being made', { ...since, state: 'Pending' }, 'running'],
    ['it could not be made', { ...since, state: 'Failed' }, 'failed'],
    ['Lambda says nothing of its state', { ...since, state: '', lastUpdateStatus: '' }, 'running'],
  ])('when %s', (_, more, expected) => {
    expect(told(nextForLatest(version(more), goal))).toBe(expected)
  })

  it('says why a change failed', () => {
    const failed = version({ ...since, lastUpdateStatus: 'Failed', reason: 'InvalidImage: no such image' })
    expect(nextForLatest(failed, goal)).toMatchObject({
      progress: { detail: expect.stringContaining('InvalidImage: no such image') },
    })
  })
})

describe('how far a function is behind an alias', () => {
  const sight = (
    main: Partial<FunctionVersion>,
    latest: Partial<FunctionVersion> = {},
    further: readonly Partial<FunctionVersion>[] = [],
  ) => ({
    alias: { revisionId: 'a', version: '1', further: further.map((_, at) => String(at + 2)) },
    routed: [
      version({ version: '1', ...main }),
      ...further.map((more, at) => version({ version: String(at + 2), ...more })),
    ] as [FunctionVersion, ...FunctionVersion[]],
    latest: version(latest),
    provisioned: undefined,
    provisionedVersion: undefined,
  })

  it.each<[string, ReturnType<typeof sight>, string]>([
    ['nothing was changed', sight({}), 'absent: stamp'],
    ['$LATEST was changed', sight({}, since), 'absent: publish'],
    ['$LATEST is being changed', sight({}, { ...since, lastUpdateStatus: 'InProgress' }), 'running'],
    ['the change of $LATEST failed', sight({}, { ...since, lastUpdateStatus: 'Failed' }), 'failed'],
    ['its version was made since', sight(since), 'done'],
    [
      'its version was made since, and $LATEST has other code',
      sight(since, { parts: { CodeSha256: 'x' } }),
      'done',
    ],
    ['its version is being made ready', sight({ ...since, state: 'Pending' }), 'running'],
    ['it shares calls with an older version', sight(since, since, [{}]), 'running'],
    ['it shares calls with a version that was made since', sight(since, since, [since]), 'done'],
    [
      'it shares calls with one that is not ready',
      sight(since, since, [{ ...since, state: 'Pending' }]),
      'running',
    ],
    ['$LATEST has other code', sight({}, { ...since, parts: { CodeSha256: 'x' } }), 'running'],
    ['$LATEST has a part more', sight({}, { parts: { CodeSha256: 'code', Layers: 'x' } }), 'running'],
  ])('when %s', (_, seen, expected) => {
    expect(told(nextForAlias(seen, goal))).toBe(expected)
  })
})
