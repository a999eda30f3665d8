import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { observed } from '../../lambdas/rotation/observed.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN } from './secret.ts'

const work = { kind: 'postgres', step: 'setSecret', secret: SECRET_ARN, version: 'new' }
const canary = 'hunter2-canary'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

async function failing(thrown: unknown) {
  const recorded = recordedTelemetry()
  const error = await observed(recorded.telemetry, work, () => Promise.reject(thrown)).catch(
    (e: unknown) => e,
  )
  return { error, log: recorded.logs()[0], metric: recorded.metrics()[0], text: recorded.text() }
}

describe('observed work', () => {
  it('that succeeds is one line and one metric, and gives its result on', async () => {
    let now = 1_000
    const recorded = recordedTelemetry(() => now)
    const result = await observed(recorded.telemetry, work, async () => {
      now += 250
      return { outcome: 'nothing', reason: 'ALREADY_CURRENT' }
    })
    expect(result).toEqual({ outcome: 'nothing', reason: 'ALREADY_CURRENT' })
    expect(recorded.logs()).toEqual([
      expect.objectContaining({ level: 'INFO', ...work, outcome: 'nothing', reason: 'ALREADY_CURRENT' }),
    ])
    expect(recorded.metrics()).toEqual([
      expect.objectContaining({ kind: 'postgres', step: 'setSecret', outcome: 'nothing', Duration: 250 }),
    ])
  })

  it('that fails says code, message, detail and cause, and is rethrown as it was', async () => {
    const refused = new OverlapError('PENDING_REFUSED', 'the server refused it', {
      cause: new Error('28P01'),
      detail: { endpoint: 'db:5432' },
    })
    const { error, log, metric } = await failing(refused)
    expect(error).toBe(refused)
    expect(log).toMatchObject({
      level: 'ERROR',
      outcome: 'failed',
      reason: 'PENDING_REFUSED',
      detail: { endpoint: 'db:5432' },
      cause: '28P01',
    })
    expect(log).toMatchObject({ error: 'the server refused it' })
    expect(metric).toMatchObject({ outcome: 'failed' })
  })

  it.each(['DRAIN_IN_PROGRESS', 'STILL_USED'] as const)(
    'that is deferred by %s is a warning, since it clears by itself and pages nobody',
    async (code) => {
      const { log, metric } = await failing(new OverlapError(code, 'later'))
      expect(log).toMatchObject({ level: 'WARN', outcome: 'deferred', reason: code })
      expect(metric).toMatchObject({ outcome: 'deferred' })
    },
  )

  it.each([
    { what: 'a driver’s error', thrown: new TypeError(`password ${canary} is wrong`) },
    {
      what: 'an error of several lines',
      thrown: new Error(`first\n${canary}\n    at ${canary} (file.ts:1:2)`),
    },
    { what: 'a string', thrown: canary },
    { what: 'an object', thrown: { message: canary, stack: canary } },
    { what: 'nothing', thrown: undefined },
  ])(
    'that throws $what is UNEXPECTED, and what it said stays out of log, metric and error',
    async ({ thrown }) => {
      const { error, log, text } = await failing(thrown)
      expect(error).toMatchObject({ code: 'UNEXPECTED' })
      expect(log).toMatchObject({ level: 'ERROR', reason: 'UNEXPECTED' })
      expect(text).not.toContain(canary)
      expect(`${error} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain(canary)
    },
  )

  it('that throws something unexpected says its class and the place it came from', async () => {
    const { error } = await failing(new RangeError('x'))
    expect(error).toMatchObject({
      message: expect.stringContaining('RangeError'),
      detail: { place: expect.stringContaining('observed.unit.test.ts') },
    })
  })

  it('publishes no metric that holds the secret or the version', async () => {
    const { metric } = await failing(new OverlapError('UNREACHABLE', 'x'))
    const said = JSON.stringify(metric)
    expect(said).not.toContain(SECRET_ARN)
    expect(said).not.toContain('"new"')
    expect(metric).toHaveProperty('Duration')
  })
})
