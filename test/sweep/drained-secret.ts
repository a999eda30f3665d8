import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { encodeState, STATE_TAG, type SweepState } from '../../lambdas/sweep/state.ts'
import type { Fleet, FleetOptions } from './fleet.ts'
import { NOW_MS, recordedFleet } from './recorded-fleet.ts'
import { nobody } from './watched.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
export const enforced = { 'overlap:mode': 'enforce' }
export const logged = { ...enforced, 'overlap:login-log': 'logs:/shop' }
export const reports = {
  endpoint: 'db:5432',
  application: 'reports',
  address: '10.0.0.7',
  since: '2026-01-11T11:00:00Z',
}
export const replaced = new Map([
  ['now', ['AWSCURRENT']],
  ['old', ['AWSPREVIOUS', 'DRAINING']],
])

/** A secret whose drain is in this state, unchanged for long. */
export function draining(
  drain: NonNullable<SweepState['drain']> | undefined,
  tags: Readonly<Record<string, string>> = enforced,
  options: FleetOptions = {},
) {
  const { swept, lines, metric } = recordedFleet(options)
  const state = drain === undefined ? {} : { [STATE_TAG]: encodeState({ drain }) }
  const facts = { versions: replaced, lastRotated: new Date(NOW_MS), lastChanged: new Date(0) }
  swept.set('shop', facts, { ...tags, ...state })
  return { swept, lines, metric, drain: () => swept.state('shop').drain }
}

export const drained = { version: 'old', since: NOW_MS - 25 * HOUR_MS }
export const long = { version: 'old', since: NOW_MS - 9 * DAY_MS }
export const off = (ms: number) => ({ ...long, off: NOW_MS - ms })
export const done: RetireResult = { outcome: 'nothing' }
/** Answers of the retire function by action; the others say that there was nothing to do. */
export const answering =
  (answers: Partial<Record<RetireRequest['action'], () => Promise<RetireResult>>>) =>
  ({ action }: RetireRequest) =>
    answers[action]?.() ?? Promise.resolve(action === 'inspect' ? { outcome: 'inspected', ...nobody } : done)
export const sighted = async (): Promise<RetireResult> => ({
  outcome: 'inspected',
  ...nobody,
  sightings: [reports],
})
export const enabled = async (): Promise<RetireResult> => ({ outcome: 'enabled' })
export const failing = (code: OverlapError['code']) => () => Promise.reject(new OverlapError(code, 'x'))

/** Without what was only read. */
export function changes({ calls }: Fleet): readonly string[] {
  return calls.filter((call) => call !== 'describe shop')
}
