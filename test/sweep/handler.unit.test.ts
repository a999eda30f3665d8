import { describe, expect, it } from 'vitest'
import { sweepHandler } from '../../lambdas/sweep/handler.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'

const ROTATE = secretWith({}).rotationFunction ?? ''

describe('the sweep function', () => {
  it('sends each secret to the retire function that goes with its rotation function', async () => {
    const secret = fakeSecret(
      () => 0,
      [
        [['AWSCURRENT', 'DRAINING'], 'one'],
        [['AWSCURRENT'], 'two'],
      ],
    )
    secret.tag(STATE_TAG, encodeState({ drain: { version: 'version-1-'.padEnd(32, '0'), since: 0 } }))
    const asked: string[] = []
    const handler = sweepHandler({
      telemetry: silentTelemetry,
      environment: {
        functions: [
          { rotate: 'arn:other', retire: 'arn:retire-other' },
          { rotate: ROTATE, retire: 'arn:retire-ours' },
        ],
        deployment: { drainFloorSeconds: 3600, abandonSeconds: 3600 },
      },
      storeFor: () => secret.storeFor(directly),
      catalogFor: () => ({
        async *nominees(rotationFunctions) {
          expect([...rotationFunctions]).toEqual(['arn:other', ROTATE])
          yield { secretId: SECRET_ARN, rotationFunction: ROTATE }
        },
        saveState: async () => {},
        requestRotation: async () => {},
      }),
      retireFor: (functionArn) => async (request) => {
        asked.push(`${functionArn} ${request.action}`)
        return { outcome: 'retired' }
      },
    })
    const pass = await handler({}, { getRemainingTimeInMillis: () => 60_000 })
    expect(asked).toEqual(['arn:retire-ours disable'])
    expect(pass).toEqual({ seen: 1, failed: 0, cut: false })
  })
})
