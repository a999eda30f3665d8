import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { sweepHandler } from '../../lambdas/sweep/handler.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { listed } from './listed.ts'
import { clockWatcher, nobody, retirementDefaults } from './watched.ts'

const ROTATE = secretWith({}).rotationFunction ?? ''
const HOUR_MS = 3_600_000

/** A sweep function whose one secret has drained, and what it asked of others. */
function wired(describeFails?: OverlapError) {
  const secret = fakeSecret(
    () => 0,
    [
      [['AWSCURRENT', 'DRAINING'], 'one'],
      [['AWSCURRENT'], 'two'],
    ],
  )
  secret.tag('overlap:mode', 'enforce')
  secret.tag(STATE_TAG, encodeState({ drain: { version: 'version-1-'.padEnd(32, '0'), since: 0 } }))
  const asked: string[] = []
  const handler = sweepHandler({
    telemetry: { ...silentTelemetry, now: () => 25 * HOUR_MS },
    environment: {
      functions: [
        { rotate: 'arn:other', retire: 'arn:retire-other' },
        { rotate: ROTATE, retire: 'arn:retire-ours' },
      ],
      deployment: {
        ...retirementDefaults,
        drainFloorSeconds: 3600,
        abandonSeconds: 3600,
        schedules: new Map(),
        freezes: [],
      },
      requestsPerMinute: 60,
    },
    storeFor: () => {
      const store = secret.storeFor(directly)
      const describe = async (secretId: string) => {
        asked.push(`describe ${secretId}`)
        if (describeFails) throw describeFails
        return store.describe(secretId)
      }
      return { ...store, describe }
    },
    catalogFor: () => ({
      async *list() {
        asked.push('list')
        yield listed(secret.describe())
        yield listed(secret.describe(), { arn: 'arn:theirs', rotationFunction: 'arn:of-somebody-else' })
        yield listed(secret.describe(), { arn: 'arn:nobodys', rotationFunction: undefined })
      },
      saveState: async () => {},
      requestRotation: async () => {},
    }),
    censusFor: () => ({
      see: ({ arn }) => void asked.push(`see ${arn}`),
      async publish() {
        asked.push('publish the census')
        return { outcome: 'counted' }
      },
    }),
    retireFor: (functionArn) => async (request) => {
      asked.push(`${functionArn} ${request.action}`)
      return request.action === 'inspect' ? { outcome: 'inspected', ...nobody } : { outcome: 'disabled' }
    },
    rolloutFor: () => undefined,
    watcherFor: () => clockWatcher(() => 25 * HOUR_MS),
  })
  const invoke = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 60_000 })
  return { invoke, asked }
}

const labelMoved = (secretId: string) => ({
  'detail-type': 'Secret Label Updated',
  resources: [secretId],
})
const awsFailed = (awsError: string) =>
  new OverlapError('SECRETS_MANAGER_FAILED', 'x', { detail: { operation: 'DescribeSecret', awsError } })

describe('the sweep function', () => {
  it('sends each secret to the retire function that goes with its rotation function', async () => {
    const { invoke, asked } = wired()
    expect(await invoke({})).toEqual({
      seen: 1,
      failed: 0,
      overdue: 0,
      news: 0,
      stuck: 0,
      stuckNews: 0,
      left: 0,
    })
    expect(asked).toEqual([
      'list',
      ...[SECRET_ARN, 'arn:theirs', 'arn:nobodys'].map((arn) => `see ${arn}`),
      `describe ${SECRET_ARN}`,
      'arn:retire-ours inspect',
      'arn:retire-ours disable',
      `describe ${SECRET_ARN}`,
      'publish the census',
    ])
  })

  it('visits one secret, and lists none, when that secret’s label has moved', async () => {
    const { invoke, asked } = wired()
    expect(await invoke(labelMoved(SECRET_ARN))).toEqual({
      seen: 1,
      failed: 0,
      overdue: 0,
      news: 0,
      stuck: 0,
      stuckNews: 0,
      left: 0,
    })
    expect(asked).toEqual([
      `describe ${SECRET_ARN}`,
      'arn:retire-ours inspect',
      'arn:retire-ours disable',
      `describe ${SECRET_ARN}`,
    ])
  })

  it.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'takes a secret whose label has moved, and of which the service says %s, for somebody else’s',
    async (awsError) => {
      const { invoke } = wired(awsFailed(awsError))
      expect(await invoke(labelMoved(SECRET_ARN))).toMatchObject({ failed: 0 })
    },
  )

  it('takes one that it cannot describe for another reason for failed', async () => {
    const { invoke } = wired(awsFailed('InternalServiceError'))
    expect(await invoke(labelMoved(SECRET_ARN))).toMatchObject({ seen: 1, failed: 1 })
  })

  it.each([
    { awsError: 'ResourceNotFoundException', failed: 0, because: 'it was deleted since' },
    { awsError: 'AccessDeniedException', failed: 1, because: 'it is ours, so somebody must see to it' },
  ])(
    'counts a listed secret of which the service says $awsError as $failed failed: $because',
    async ({ awsError, failed }) => {
      const { invoke } = wired(awsFailed(awsError))
      expect(await invoke({})).toMatchObject({ seen: 1, failed })
    },
  )
})
