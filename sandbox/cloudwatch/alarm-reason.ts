import type { AlarmDefinition, Comparison, MissingData } from './alarm-definition.ts'
import type { AlarmState, Datapoint, Evaluation } from './evaluation.ts'

const relations: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
}

const treatments: Readonly<Record<MissingData, string>> = {
  breaching: 'Breaching',
  notBreaching: 'NonBreaching',
  ignore: 'Ignored',
  missing: 'Missing',
}

/** Why an alarm changed, in the words that CloudWatch uses. */
export function alarmReason(definition: AlarmDefinition, from: AlarmState, evaluation: Evaluation): string {
  const { evaluated, filled, state } = evaluation
  if (state === 'INSUFFICIENT_DATA') return `Insufficient Data: ${unknown(definition.evaluationPeriods)}.`
  if (evaluated.length === 0)
    return `Threshold Crossed: no datapoints were received for ${plural(definition.evaluationPeriods, 'period')} and ${filling(definition, filled)}.`
  const { comparison, threshold, datapointsToAlarm, evaluationPeriods } = definition
  const needed = state === 'ALARM' ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1
  const were = evaluated.length === 1 ? 'was' : 'were'
  return (
    `Threshold Crossed: ${evaluated.length} out of the last ${plural(evaluationPeriods, 'datapoint')} [${evaluated.map(shown).join(', ')}] ` +
    `${were} ${state === 'ALARM' ? '' : 'not '}${relations[comparison]} the threshold (${decimal(threshold)})` +
    (filled > 0 ? ` and ${filling(definition, filled)}` : '') +
    ` (minimum ${plural(needed, 'datapoint')} for ${from} -> ${state} transition).`
  )
}

function filling({ missingData }: AlarmDefinition, filled: number): string {
  return `${plural(filled, 'missing datapoint')} ${filled === 1 ? 'was' : 'were'} treated as [${treatments[missingData]}]`
}

function unknown(count: number): string {
  return `${plural(count, 'datapoint')} ${count === 1 ? 'was' : 'were'} unknown`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function shown({ at, value }: Datapoint): string {
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(.{8})/.exec(new Date(at).toISOString()) ?? []
  return `${decimal(value ?? 0)} (${day}/${month}/${year} ${time})`
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}
