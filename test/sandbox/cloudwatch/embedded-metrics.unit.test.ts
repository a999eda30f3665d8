import { afterEach, describe, expect, it, vi } from 'vitest'
import { embeddedMetrics } from '../../../sandbox/cloudwatch/embedded-metrics.ts'
import { recordedTelemetry } from '../../fakes/telemetry.ts'

const AT = Date.parse('2026-03-02T10:30:15Z')

interface Directive {
  readonly Namespace?: unknown
  readonly Dimensions?: unknown
  readonly Metrics?: unknown
}

function line(members: object, directive: Directive = {}, aws: object = {}): string {
  const directives = [
    { Namespace: 'Overlap', Dimensions: [['service']], Metrics: [{ Name: 'Failures' }], ...directive },
  ]
  return JSON.stringify({
    _aws: { Timestamp: AT, CloudWatchMetrics: directives, ...aws },
    service: 'overlap',
    severity: 'page',
    Failures: 1,
    ...members,
  })
}

const datum = {
  namespace: 'Overlap',
  name: 'Failures',
  dimensions: { service: 'overlap' },
  unit: 'None',
  values: [1],
  at: AT,
}

describe('a document in the embedded metric format', () => {
  it('gives the metric that it names', () => {
    expect(embeddedMetrics(line({}))).toEqual([datum])
  })

  it('gives a metric for each set of dimensions', () => {
    expect(embeddedMetrics(line({}, { Dimensions: [['service'], ['service', 'severity'], []] }))).toEqual([
      datum,
      { ...datum, dimensions: { service: 'overlap', severity: 'page' } },
      { ...datum, dimensions: {} },
    ])
  })

  it('gives every value of a list, and the unit', () => {
    const metrics = [{ Name: 'Duration', Unit: 'Milliseconds' }, { Name: 'Failures' }]
    expect(embeddedMetrics(line({ Duration: [3, 4.5] }, { Metrics: metrics }))).toEqual([
      { ...datum, name: 'Duration', unit: 'Milliseconds', values: [3, 4.5] },
      datum,
    ])
  })

  it('may stand behind what Lambda writes before a line', () => {
    expect(embeddedMetrics(`2026-03-02T10:30:15Z\t1234\tINFO\t${line({})}`)).toEqual([datum])
  })

  it.each([
    ['another line', 'START RequestId: 1'],
    ['JSON without metrics', '{"step":"setSecret"}'],
    ['JSON that is no object', '[1]'],
    ['no time', line({}, {}, { Timestamp: undefined })],
    ['no directives', line({}, {}, { CloudWatchMetrics: undefined })],
    ['a directive that is no object', line({}, {}, { CloudWatchMetrics: [1] })],
    ['no namespace', line({}, { Namespace: '' })],
    ['no set of dimensions', line({}, { Dimensions: [] })],
    ['a dimension without a value', line({ service: undefined })],
    ['a dimension that is a number', line({ service: 1 })],
    ['a metric without a value', line({ Failures: undefined })],
    ['a metric that is text', line({ Failures: '1' })],
    ['a metric without a name', line({}, { Metrics: [{}] })],
    ['101 values', line({ Failures: Array.from({ length: 101 }, () => 1) })],
    ['101 metrics', line({}, { Metrics: Array.from({ length: 101 }, () => ({ Name: 'Failures' })) })],
    [
      '31 dimensions',
      line(Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`d${at}`, 'x'])), {
        Dimensions: [Array.from({ length: 31 }, (_, at) => `d${at}`)],
      }),
    ],
  ])('gives nothing with %s', (_what, text) => {
    expect(embeddedMetrics(text)).toEqual([])
  })

  it('gives nothing at all when one of two directives is wrong', () => {
    const right = { Namespace: 'Overlap', Dimensions: [['service']], Metrics: [{ Name: 'Failures' }] }
    const wrong = { ...right, Dimensions: [['servise']] }
    expect(embeddedMetrics(line({}, {}, { CloudWatchMetrics: [right, wrong] }))).toEqual([])
  })
})

describe('what powertools writes', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  it('is understood', () => {
    const recorded = recordedTelemetry()
    const metric = recorded.telemetry.metrics.singleMetric()
    metric.addDimensions({ severity: 'page' })
    metric.addMetric('Failures', 'Count', 1)
    expect(embeddedMetrics(recorded.text())).toEqual([
      {
        ...datum,
        unit: 'Count',
        dimensions: { service: 'overlap', severity: 'page' },
        at: expect.any(Number),
      },
    ])
  })
})
