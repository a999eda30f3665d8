import { describe, expect, it } from 'vitest'
import {
  type Datum,
  type MetricIdentity,
  MetricStore,
  type Statistic,
} from '../../../sandbox/cloudwatch/metric-store.ts'

const START = Date.parse('2026-03-02T10:30:00Z')
const MINUTE = 60_000
const failures: MetricIdentity = {
  namespace: 'Overlap',
  name: 'Failures',
  dimensions: { service: 'overlap', severity: 'page' },
}

function stored(...data: (Partial<Datum> & { readonly after: number })[]) {
  const store = new MetricStore()
  for (const { after, ...datum } of data)
    store.put({ ...failures, unit: 'Count', values: [1], at: START + after, ...datum })
  return store
}

const hour = (store: MetricStore, statistic: Statistic = 'Sum', metric = failures, unit?: string) =>
  store.statistic(metric, statistic, unit, START, START + 60 * MINUTE)

describe('a statistic', () => {
  const store = stored({ after: 0, values: [4, 1] }, { after: 5 * MINUTE, values: [7] })

  it.each([
    ['Sum', 12],
    ['SampleCount', 3],
    ['Average', 4],
    ['Maximum', 7],
    ['Minimum', 1],
  ] as const)('%s of a period is over all its values', (statistic, expected) => {
    expect(hour(store, statistic)).toBe(expected)
  })

  it('covers its period from the beginning to before the end', () => {
    const edges = stored(
      { after: -1, values: [1] },
      { after: 0, values: [10] },
      { after: MINUTE - 1, values: [100] },
      { after: MINUTE, values: [1000] },
    )
    expect(edges.statistic(failures, 'Sum', undefined, START, START + MINUTE)).toBe(110)
  })

  it('of nothing is missing, not zero', () => {
    expect(hour(new MetricStore())).toBeUndefined()
    expect(store.statistic(failures, 'Sum', undefined, START + MINUTE, START + 2 * MINUTE)).toBeUndefined()
  })

  it('of zeros is zero', () => {
    expect(hour(stored({ after: 0, values: [0] }))).toBe(0)
  })
})

describe('a metric', () => {
  const store = stored({ after: 0 })

  it.each([
    [
      'in another order of dimensions',
      { ...failures, dimensions: { severity: 'page', service: 'overlap' } },
      1,
    ],
    [
      'with a dimension mistyped',
      { ...failures, dimensions: { service: 'overlap', severty: 'page' } },
      undefined,
    ],
    [
      'with a value mistyped',
      { ...failures, dimensions: { service: 'overlap', severity: 'pages' } },
      undefined,
    ],
    ['with a dimension less', { ...failures, dimensions: { service: 'overlap' } }, undefined],
    ['of another namespace', { ...failures, namespace: 'overlap' }, undefined],
    ['of another name', { ...failures, name: 'Failure' }, undefined],
  ])('asked for %s', (_what, metric, expected) => {
    expect(hour(store, 'Sum', metric)).toBe(expected)
  })

  it('has its units apart, and together when none is asked for', () => {
    const mixed = stored({ after: 0 }, { after: 1, unit: 'None', values: [10] })
    expect(hour(mixed, 'Sum', failures, 'Count')).toBe(1)
    expect(hour(mixed, 'Sum', failures, 'Seconds')).toBeUndefined()
    expect(hour(mixed)).toBe(11)
  })

  it('is listed once', () => {
    expect(stored({ after: 0 }, { after: MINUTE }, { after: 0, name: 'Throttled' }).list()).toEqual([
      failures,
      { ...failures, name: 'Throttled' },
    ])
  })
})
