import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Alarms } from '../../sandbox/cloudwatch/alarms.ts'
import { MetricStore } from '../../sandbox/cloudwatch/metric-store.ts'
import { type RunningClock, runningClock } from '../../sandbox/running-clock.ts'

const MINUTE = 60_000
const WEEK = 7 * 24 * 60 * MINUTE
const heartbeat = { namespace: 'Overlap', name: 'Heartbeat', dimensions: { service: 'overlap' } }

let clock: RunningClock
let alarms: Alarms
let store: MetricStore

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2027, 2, 1) })
  clock = runningClock()
  store = new MetricStore()
  const targets = { invoke: async () => {}, publish: () => {} }
  alarms = new Alarms(clock, { region: 'us-east-1', accountId: '123456789012' }, store, targets)
  alarms.put({
    AlarmName: 'sweep-silent',
    Namespace: 'Overlap',
    MetricName: 'Heartbeat',
    Dimensions: [{ Name: 'service', Value: 'overlap' }],
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 3,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  })
})

afterEach(() => {
  alarms.close()
  vi.useRealTimers()
})

const beat = () => store.put({ ...heartbeat, unit: 'Count', values: [1], at: clock.now() })
const states = () => alarms.events().map(({ to }) => to)

/** Minute by minute, with a heartbeat in every fifth. */
function live(minutes: number): void {
  for (let minute = 0; minute < minutes; minute++) {
    if (minute % 5 === 0) beat()
    vi.advanceTimersByTime(MINUTE)
  }
}

it('an alarm on silence does not take a jump of the clock for silence', () => {
  live(30)
  clock.advance(WEEK)
  live(10)
  clock.advance(WEEK)
  live(1)

  expect(states()).toEqual(['OK'])
})

it('but rings for silence that the clock passes through, in whatever small steps', () => {
  live(30)
  for (let minute = 0; minute < 30; minute++) clock.advance(MINUTE)

  expect(states()).toEqual(['OK', 'ALARM'])
})
