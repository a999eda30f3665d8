import { type AlarmDefinition, comparisons } from './alarm-definition.ts'

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** A data point of the evaluation range; `value` is undefined where nothing was measured. */
export interface Datapoint {
  /** When its period begins, in milliseconds since the epoch. */
  readonly at: number
  readonly value: number | undefined
}

type Rules = Pick<
  AlarmDefinition,
  'evaluationPeriods' | 'datapointsToAlarm' | 'threshold' | 'comparison' | 'missingData'
>

export interface Evaluation {
  readonly state: AlarmState
  /** The data points that decided it, newest first; missing ones that were filled in are not among them. */
  readonly evaluated: readonly Datapoint[]
  /** How many missing data points were filled in. */
  readonly filled: number
}

/**
 * How many data points are fetched. More than are evaluated, so that one that comes late, or is missing, need not decide anything: the
 * documentation's example has five for three, and does not say how many for other numbers.
 */
export function evaluationRange({ evaluationPeriods }: Pick<Rules, 'evaluationPeriods'>): number {
  return evaluationPeriods + 2
}

/**
 * The state that an alarm has after these data points, oldest first, when it is in `state` now.
 *
 * - As many real data points as there are evaluation periods, wherever in the range: the newest of them decide.
 * - Fewer: breaching and notBreaching fill up with such data points, as few as possible.
 * - missing and ignore do not fill. With no data point at all, the state is INSUFFICIENT_DATA or stays. Where all are breaching and fewer than it takes,
 *   it rings when the oldest is old enough ("premature alarm state"), and otherwise is INSUFFICIENT_DATA; with ignore the state stays.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function evaluate(rules: Rules, range: readonly Datapoint[], state: AlarmState): Evaluation {
  const { evaluationPeriods, datapointsToAlarm, missingData } = rules
  const isBreaching = ({ value }: Datapoint) =>
    value !== undefined && comparisons[rules.comparison](value, rules.threshold)
  const evaluated = range
    .filter(({ value }) => value !== undefined)
    .slice(-evaluationPeriods)
    .reverse()
  const breaching = evaluated.filter(isBreaching).length
  const lacking = evaluationPeriods - evaluated.length
  const decided = (found: number): AlarmState => (found >= datapointsToAlarm ? 'ALARM' : 'OK')

  if (lacking === 0) return { state: decided(breaching), evaluated, filled: 0 }
  if (missingData === 'breaching') return { state: decided(breaching + lacking), evaluated, filled: lacking }
  if (missingData === 'notBreaching') return { state: decided(breaching), evaluated, filled: lacking }

  const unclear = breaching === evaluated.length && breaching < datapointsToAlarm
  if (!unclear) return { state: decided(breaching), evaluated, filled: 0 }
  if (missingData === 'ignore') return { state, evaluated, filled: 0 }
  const oldest = range.findIndex(({ value }) => value !== undefined)
  const isOldEnough = oldest >= 0 && range.length - oldest >= datapointsToAlarm
  return { state: isOldEnough ? 'ALARM' : 'INSUFFICIENT_DATA', evaluated, filled: 0 }
}
