import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { type FleetOptions, fleet } from './fleet.ts'

const NOW = '2026-01-11T12:00:00.000Z'
export const NOW_MS = Date.parse(NOW)
export const RUN = Date.parse('2026-01-11T03:00:00.000Z')
export const DAY_MS = 86_400_000
const weekly = { cron: '0 3 ? * SUN *', timezone: 'UTC' }
export const planned = {
  'overlap:schedule': 'weekly',
  'overlap:owner': 'team shop',
  [STATE_TAG]: encodeState({ plan: { digest: scheduleOf(weekly).digest, from: 0 } }),
}
export const lastWeek = { lastRotated: new Date(RUN - 7 * DAY_MS) }

/** A fleet under a weekly schedule, nine hours after its run, and what its sweeps write. */
export function recordedFleet(options: FleetOptions = {}) {
  const recorded = recordedTelemetry()
  const swept = fleet(NOW, { schedules: { weekly }, telemetry: recorded.telemetry, ...options })
  const metric = (name: string) => recorded.metrics().flatMap((line) => (name in line ? [line[name]] : []))
  const lines = (outcome: string) => recorded.logs().filter((line) => line.outcome === outcome)
  return { swept, metric, metrics: recorded.metrics, lines }
}
