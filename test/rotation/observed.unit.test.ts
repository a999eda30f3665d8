import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { count, observed } from '../../lambdas/rotation/observed.ts'
import { type Line, recordedTelemetry } from '../fakes/telemetry.ts'
import { SECRET_ARN } from './secret.ts'

const work = { kind: 'postgres', step: 'setSecret', secret: SECRET_ARN, version: 'new' }
const canary = 'hunter2-canary'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Of a line in the embedded metric format, what CloudWatch makes of it. */
function dimensionsAndValue(line: Line) {
  const { CloudWatchMetrics } = line._aws as {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string }[]
    }[]
  }
  const [directive] = CloudWatchMetrics
  expect(directive?.Namespace).toBe('Overlap')
  const name = directive?.Metrics[0]?.Name ?? ''
  return {
    name,
    value: line[name],
    dimensions: Object.fromEntries((directive?.Dimensions[0] ?? []).map((key) => [key, line[key]])),
  }
}

async function failing(thrown: unknown) {
  const recorded = recordedTelemetry()
  const error = await observed(recorded.telemetry, work, () => Promise.reject(thrown)).catch(
    (e: unknown) => e,
  )
  const [metric, ...counted] = recorded.metrics()
  return { error, log: recorded.logs()[0], metric, counted, text: recorded.text() }
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

  it.each(['DRAIN_IN_PROGRESS', 'STILL_USED', 'ON_HOLD'] as const)(
    'that is deferred by %s is a warning, since it clears by itself and pages nobody',
    async (code) => {
      const { log, metric, counted } = await failing(new OverlapError(code, 'later'))
      expect(log).toMatchObject({ level: 'WARN', outcome: 'deferred', reason: code })
      expect(log).not.toHaveProperty('severity')
      expect(metric).toMatchObject({ outcome: 'deferred' })
      expect(counted).toEqual([])
    },
  )

  it.each([
    { severity: 'ticket', error: new OverlapError('PENDING_REFUSED', 'nothing was published') },
    { severity: 'page', error: new OverlapError('CURRENT_REFUSED', 'somebody changed it') },
    {
      severity: 'page',
      error: new OverlapError('UNREACHABLE', 'not put back', { detail: { consumersAffected: true } }),
    },
    { severity: 'ticket', error: new TypeError('a defect') },
  ])('that fails is counted once, as a $severity, and its line says so', async ({ severity, error }) => {
    const { log, counted } = await failing(error)
    expect(log).toMatchObject({ outcome: 'failed', severity })
    expect(counted.map(dimensionsAndValue)).toEqual([
      { dimensions: { service: 'overlap', severity }, name: 'Failures', value: 1 },
    ])
  })

  it.each(['ThrottlingException', 'TooManyRequestsException', 'LimitExceededException'])(
    'that AWS throttled with %s is counted as that, too, for the service as a whole',
    async (awsError) => {
      const error = new OverlapError('SECRETS_MANAGER_FAILED', 'slow down', { detail: { awsError } })
      expect((await failing(error)).counted.map(dimensionsAndValue)).toEqual([
        { dimensions: { service: 'overlap', severity: 'ticket' }, name: 'Failures', value: 1 },
        { dimensions: { service: 'overlap' }, name: 'Throttled', value: 1 },
      ])
    },
  )

  it('that AWS refused for another reason is not throttled', async () => {
    const detail = { awsError: 'AccessDeniedException' }
    const { counted } = await failing(new OverlapError('SECRETS_MANAGER_FAILED', 'no', { detail }))
    expect(counted.map(dimensionsAndValue)).toEqual([expect.objectContaining({ name: 'Failures' })])
  })

  it('that succeeds counts no failure', async () => {
    const recorded = recordedTelemetry()
    await observed(recorded.telemetry, work, async () => ({ outcome: 'done' }))
    expect(recorded.metrics().map(dimensionsAndValue)).toEqual([
      expect.objectContaining({ name: 'Duration' }),
    ])
  })

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

describe('what alarms watch', () => {
  it('is a number of the service as a whole', () => {
    const recorded = recordedTelemetry()
    count(recorded.telemetry, 'Heartbeat', 1)
    count(recorded.telemetry, 'Overdue', 0)
    expect(recorded.metrics().map(dimensionsAndValue)).toEqual([
      { dimensions: { service: 'overlap' }, name: 'Heartbeat', value: 1 },
      { dimensions: { service: 'overlap' }, name: 'Overdue', value: 0 },
    ])
  })
})
