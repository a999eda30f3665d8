import { isObject, type Members } from '../json-service.ts'
import { computeExpression } from './metric-math.ts'
import { type MetricIdentity, type Statistic, statistics } from './metric-store.ts'

export const comparisons = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
}
export type Comparison = keyof typeof comparisons

const treatments = ['breaching', 'notBreaching', 'ignore', 'missing'] as const
export type MissingData = (typeof treatments)[number]

export interface MetricQuery {
  readonly metric: MetricIdentity
  readonly statistic: Statistic
  readonly unit?: string
}

/** What an alarm watches: one metric, or a sum of several that have names in an expression. */
export type Watched =
  | { readonly by: 'metric'; readonly query: MetricQuery }
  | {
      readonly by: 'expression'
      readonly id: string
      readonly expression: string
      readonly label?: string
      readonly queries: ReadonlyMap<string, MetricQuery>
    }

export interface AlarmDefinition {
  readonly name: string
  readonly description?: string
  readonly actionsEnabled: boolean
  /** ARNs of functions and topics, by the state that an alarm changes to. */
  readonly actions: Readonly<Record<'ALARM' | 'OK' | 'INSUFFICIENT_DATA', readonly string[]>>
  readonly watched: Watched
  /** Seconds, a multiple of 60. */
  readonly period: number
  readonly evaluationPeriods: number
  readonly datapointsToAlarm: number
  readonly threshold: number
  readonly comparison: Comparison
  readonly missingData: MissingData
}

const known = new Set([
  'ActionsEnabled',
  'AlarmActions',
  'AlarmDescription',
  'AlarmName',
  'ComparisonOperator',
  'DatapointsToAlarm',
  'Dimensions',
  'EvaluationPeriods',
  'InsufficientDataActions',
  'MetricName',
  'Metrics',
  'Namespace',
  'OKActions',
  'Period',
  'Statistic',
  'Tags',
  'Threshold',
  'TreatMissingData',
  'Unit',
])

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
const MOST_METRICS = 10
/** "For alarms with a period of less than one hour, the total evaluation period can't be longer than one day." */
const LONGEST_SECONDS = 86_400

/**
 * Reads the Properties of an AWS::CloudWatch::Alarm whose references are resolved. Throws for what CloudWatch refuses, and for what the sandbox does
 * not know, naming the property.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export function parseAlarm(properties: Members): AlarmDefinition {
  const read = reading(properties)
  const unknown = Object.keys(properties).find((name) => !known.has(name))
  if (unknown !== undefined) throw read.invalid(unknown, 'something that the sandbox knows')
  const evaluationPeriods = read.count('EvaluationPeriods')
  const datapointsToAlarm = read.count('DatapointsToAlarm', evaluationPeriods)
  if (datapointsToAlarm > evaluationPeriods)
    throw read.invalid('DatapointsToAlarm', `${evaluationPeriods} at most`)
  const { watched, period } = properties.Metrics === undefined ? single(properties) : math(properties)
  if (period * evaluationPeriods > LONGEST_SECONDS)
    throw read.invalid('EvaluationPeriods', `${LONGEST_SECONDS} seconds in all at most`)
  return {
    name: read.text('AlarmName'),
    ...(properties.AlarmDescription === undefined ? {} : { description: read.text('AlarmDescription') }),
    actionsEnabled: properties.ActionsEnabled !== false,
    actions: {
      ALARM: read.arns('AlarmActions'),
      OK: read.arns('OKActions'),
      INSUFFICIENT_DATA: read.arns('InsufficientDataActions'),
    },
    watched,
    period,
    evaluationPeriods,
    datapointsToAlarm,
    threshold: read.number('Threshold'),
    comparison: read.oneOf('ComparisonOperator', Object.keys(comparisons) as Comparison[]),
    missingData: read.oneOf('TreatMissingData', treatments, 'missing'),
  }
}

function single(properties: Members): { readonly watched: Watched; readonly period: number } {
  const read = reading(properties)
  return {
    watched: {
      by: 'metric',
      query: {
        metric: identity(properties),
        statistic: read.oneOf('Statistic', statistics),
        ...(properties.Unit === undefined ? {} : { unit: read.text('Unit') }),
      },
    },
    period: read.minutes('Period'),
  }
}

function math(properties: Members): { readonly watched: Watched; readonly period: number } {
  const read = reading(properties)
  const entries = read.list('Metrics')
  const expressions = entries.filter((entry) => entry.Expression !== undefined)
  const queries = new Map(entries.filter((entry) => entry.Expression === undefined).map(metricQuery))
  const periods = new Set([...queries.values()].map(({ period }) => period))
  const [period] = periods
  const [watched] = expressions
  const returned = entries.filter((entry) => entry.ReturnData !== false)
  if (!watched || expressions.length > 1 || returned.length !== 1 || returned[0] !== watched)
    throw read.invalid('Metrics', 'metrics and one expression, which alone has ReturnData')
  if (queries.size > MOST_METRICS) throw read.invalid('Metrics', `${MOST_METRICS} metrics at most`)
  if (period === undefined || periods.size !== 1) throw read.invalid('Metrics', 'metrics of one period')
  const { text } = reading(watched)
  const expression = text('Expression')
  computeExpression(expression, new Map([...queries.keys()].map((id) => [id, []])))
  return {
    watched: {
      by: 'expression',
      id: text('Id'),
      expression,
      ...(watched.Label === undefined ? {} : { label: text('Label') }),
      queries,
    },
    period,
  }
}

function metricQuery(entry: Members): readonly [string, MetricQuery & { readonly period: number }] {
  const { MetricStat: stat } = entry
  const id = reading(entry).text('Id')
  if (!/^[a-z]\w*$/.test(id))
    throw reading(entry).invalid('Id', 'a lower-case letter, then letters and digits')
  if (!isObject(stat) || !isObject(stat.Metric)) throw reading(entry).invalid('MetricStat', 'a metric')
  const read = reading(stat)
  return [
    id,
    {
      metric: identity(stat.Metric),
      statistic: read.oneOf('Stat', statistics),
      ...(stat.Unit === undefined ? {} : { unit: read.text('Unit') }),
      period: read.minutes('Period'),
    },
  ]
}

function identity(holder: Members): MetricIdentity {
  const read = reading(holder)
  const dimensions = holder.Dimensions === undefined ? [] : read.list('Dimensions')
  return {
    namespace: read.text('Namespace'),
    name: read.text('MetricName'),
    dimensions: Object.fromEntries(
      dimensions.map((dimension) => [reading(dimension).text('Name'), reading(dimension).text('Value')]),
    ),
  }
}

function reading(holder: Members) {
  const invalid = (property: string, expected: string) =>
    new Error(`alarm property ${property} must be ${expected}; found ${JSON.stringify(holder[property])}`)
  const number = (property: string): number => {
    const value = holder[property]
    if (typeof value !== 'number') throw invalid(property, 'a number')
    return value
  }
  const count = (property: string, fallback?: number): number => {
    if (holder[property] === undefined && fallback !== undefined) return fallback
    const value = number(property)
    if (!Number.isInteger(value) || value < 1) throw invalid(property, 'a whole number, 1 or more')
    return value
  }
  return {
    invalid,
    number,
    count,
    minutes: (property: string): number => {
      const value = count(property)
      if (value % 60 !== 0) throw invalid(property, 'a multiple of 60 seconds')
      return value
    },
    text: (property: string): string => {
      const value = holder[property]
      if (typeof value !== 'string' || value === '') throw invalid(property, 'text')
      return value
    },
    oneOf: <T extends string>(property: string, allowed: readonly T[], fallback?: T): T => {
      const value = holder[property] ?? fallback
      const found = allowed.find((one) => one === value)
      if (found === undefined) throw invalid(property, `one of ${allowed.join(', ')}`)
      return found
    },
    list: (property: string): readonly Members[] => {
      const value = holder[property]
      if (!Array.isArray(value) || !value.every(isObject)) throw invalid(property, 'a list of objects')
      return value
    },
    arns: (property: string): readonly string[] => {
      const value = holder[property] ?? []
      const isAction = (arn: unknown): arn is string =>
        typeof arn === 'string' && /^arn:[\w-]+:(lambda|sns):/.test(arn)
      if (!Array.isArray(value) || !value.every(isAction))
        throw invalid(property, 'ARNs of functions or topics')
      return value
    },
  }
}
