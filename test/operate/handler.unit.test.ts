import { afterEach, describe, expect, it, vi } from 'vitest'
import { operateEnvironment } from '../../lambdas/operate/environment.ts'
import { operateHandler } from '../../lambdas/operate/handler.ts'
import { operatorActions } from '../../lambdas/operate/operator.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { manySecrets } from '../fakes/operated-secrets.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { operating } from './operating.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const NOW = Date.parse('2026-11-25T12:00:00Z')
const rotate = secretWith({}).rotationFunction ?? ''
const variables = {
  OVERLAP_FUNCTIONS: JSON.stringify([{ rotate, retire: 'arn:retire' }]),
  OVERLAP_JOURNAL: '/overlap/overlap/journal',
}
const environment = operateEnvironment(
  {
    ...variables,
    OVERLAP_SCHEDULES: '{"weekly":{"cron":"0 3 ? * SUN *","timezone":"Europe/Berlin"}}',
    OVERLAP_FREEZES: '[{"from":"2026-12-24T00:00:00Z","until":"2026-12-27T00:00:00Z","reason":"x"}]',
  },
  'operate',
)

function wired() {
  const recorded = recordedTelemetry(() => NOW)
  const many = manySecrets([secretWith({ now: ['AWSCURRENT'] })])
  const asked: string[] = []
  const base = operating(many.operated, () => NOW)
  const handler = operateHandler({
    part: 'operate',
    actions: operatorActions,
    telemetry: recorded.telemetry,
    environment,
    rolloutFor: () => () => Promise.reject(new OverlapError('UNEXPECTED', 'nobody asks')),
    journalFor: () => base.journal,
    watcherFor: () => base.watcher,
    secretsFor: () => many.operated,
    rotateFor: (arn) => ({
      ...base.rotate,
      check: async () => {
        asked.push(`check by ${arn}`)
        return { outcome: 'blocked', code: 'UNREACHABLE', message: 'db:5432 is silent' }
      },
      provision: async () => {
        asked.push(`provision by ${arn}`)
        throw new OverlapError('USER_EXISTS', 'the role app exists already')
      },
    }),
    retireFor: (arn) => async (request) => {
      asked.push(`${request.action} ${request.versionId} by ${arn}`)
      throw new OverlapError('LEAVE_TOO_SOON', 'rotate once more')
    },
  })
  const invoke = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 60_000 })
  return { recorded, invoke, asked, ...many }
}

describe('the operate function', () => {
  it('reads its environment: functions, names of schedules, windows, and its own name', () => {
    expect(environment).toMatchObject({
      functions: [{ rotate, retire: 'arn:retire' }],
      settings: { freezes: [{ reason: 'x' }], name: 'overlap', leakDrainSeconds: 600 },
      journal: '/overlap/overlap/journal',
    })
    expect([...environment.settings.schedules.keys()]).toEqual(['weekly'])
    expect(environment.deployment).toBe('overlap')
    for (const part of ['operate', 'view', 'revoke', 'acknowledge'] as const) {
      const AWS_LAMBDA_FUNCTION_NAME = `edge-${part}`
      expect(operateEnvironment({ ...variables, AWS_LAMBDA_FUNCTION_NAME }, part)).toMatchObject({
        deployment: 'edge',
        settings: { name: 'edge' },
      })
    }
    for (const missing of [{}, { ...variables, OVERLAP_JOURNAL: '' }])
      expect(() => operateEnvironment(missing, 'operate')).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
      )
  })

  it('answers with one entry for each secret, and says who asked and why', async () => {
    const { recorded, invoke, find } = wired()
    const hold = {
      action: 'hold',
      secret: 'app/db',
      until: '2026-12-27T00:00:00Z',
      reason: 'year-end close',
      by: 'ann@desk',
    }
    expect(await invoke(hold)).toEqual({ results: [{ secret: SECRET_ARN, name: 'app/db', outcome: 'held' }] })
    expect(find('app/db').tags.get('overlap:hold')).toBe('2026-12-27T00:00:00.000Z year-end close')
    expect(recorded.logs()).toEqual([
      expect.objectContaining({
        step: 'hold',
        target: 'app/db',
        by: 'ann@desk',
        until: '2026-12-27T00:00:00.000Z',
        words: 'year-end close',
      }),
      expect.objectContaining({ kind: 'operate', step: 'hold', outcome: 'held', secret: SECRET_ARN }),
    ])
  })

  it('asks the functions of the secret’s own pair', async () => {
    const { invoke, asked } = wired()
    expect(await invoke({ action: 'check', secret: 'app/db' })).toMatchObject({
      results: [{ outcome: 'blocked', code: 'UNREACHABLE' }],
    })
    expect(await invoke({ action: 'provision', secret: 'app/db' })).toMatchObject({
      results: [{ outcome: 'failed', code: 'USER_EXISTS' }],
    })
    expect(await invoke({ action: 'leave', secret: 'app/db' })).toMatchObject({
      results: [{ outcome: 'failed', code: 'LEAVE_TOO_SOON' }],
    })
    expect(asked).toEqual([`check by ${rotate}`, `provision by ${rotate}`, 'leave now by arn:retire'])
  })

  it('rings no alarm, whatever people ask for and whatever becomes of it', async () => {
    const { recorded, invoke } = wired()
    await expect(invoke({ action: 'hold', secret: 'app/db', until: 'tomorrow' })).rejects.toMatchObject({
      name: 'EVENT_INVALID',
      message: expect.stringContaining('field until'),
    })
    await invoke({ action: 'check', secret: 'gone' })
    await invoke({ action: 'provision', secret: 'app/db' })
    await invoke({ action: 'leave', secret: 'app/db' })
    expect(recorded.text()).not.toMatch(/"Failures"|"severity"|"level":"ERROR"/)
    expect(recorded.logs().map(({ outcome }) => outcome)).toContain('refused')
  })
})
