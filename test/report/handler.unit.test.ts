import { afterEach, describe, expect, it, vi } from 'vitest'
import { type ReportFunction, reportHandler } from '../../lambdas/report/handler.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { alarmEvent, PAGE } from './alarm.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const event = alarmEvent('page', ['OK', '2026-03-01T02:00:00.000Z'], ['ALARM', '2026-03-01T03:01:00.000Z'])

function wired(telemetry: ReportFunction['telemetry'], given: Partial<ReportFunction> = {}) {
  return reportHandler({
    telemetry,
    environment: {
      deployment: 'overlap',
      logGroups: ['/aws/lambda/overlap-sweep'],
      topics: { page: 'arn:aws:sns:x:page', ticket: 'arn:aws:sns:x:ticket' },
      owners: new Map(),
      alarms: new Map([['page', PAGE]]),
    },
    logsFor: () => ({ search: async () => ({ lines: [], gap: 'log group x: the time was up' }) }),
    secretsFor: () => ({ facts: () => Promise.reject(new Error('nobody asked')) }),
    channelsFor: () => ({ publish: async () => {}, announce: async () => {} }),
    ...given,
  })
}

describe('the report function', () => {
  it('says what it told, in a line that no alarm counts and with no metric', async () => {
    const recorded = recordedTelemetry()
    const reported = await wired(recorded.telemetry)(event, { getRemainingTimeInMillis: () => 60_000 })
    expect(reported).toEqual({ outcome: 'told', findings: 0, gaps: ['log group x: the time was up'] })
    expect(recorded.logs()).toMatchObject([
      { level: 'INFO', message: 'report: told', step: 'report', outcome: 'told', findings: 0 },
    ])
    expect(recorded.logs()[0]).not.toHaveProperty('severity')
    expect(recorded.metrics()).toEqual([])
  })

  it('ends what is looked up when half of the time is over, and has the other half for telling', async () => {
    const recorded = recordedTelemetry()
    const ended: string[] = []
    const untilEnded = (what: string, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          ended.push(what)
          resolve()
        })
      })
    let toldWithin: AbortSignal | undefined
    await wired(recorded.telemetry, {
      logsFor: (signal) => ({
        async search() {
          await untilEnded('search', signal())
          return { lines: [] }
        },
      }),
      channelsFor: (signal) => ({
        async publish() {
          toldWithin = signal()
        },
        announce: async () => {},
      }),
    })(event, { getRemainingTimeInMillis: () => 100 })
    expect(ended).toEqual(['search'])
    expect(toldWithin?.aborted).toBe(false)
  })

  it('remembers what it told', async () => {
    const recorded = recordedTelemetry()
    const publish = vi.fn(async () => {})
    const handler = wired(recorded.telemetry, { channelsFor: () => ({ publish, announce: async () => {} }) })
    const context = { getRemainingTimeInMillis: () => 60_000 }
    await handler(event, context)
    expect(await handler(event, context)).toEqual({ outcome: 'nothing' })
    expect(publish).toHaveBeenCalledTimes(1)
  })
})
