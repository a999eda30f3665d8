import { describe, expect, it } from 'vitest'
import { parseAlarm } from '../../../sandbox/cloudwatch/alarm-definition.ts'

const REPORT = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-report'
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:overlap-ticket'

const single = {
  AlarmName: 'overlap-consumers-affected',
  AlarmActions: [REPORT],
  OKActions: [REPORT],
  Namespace: 'Overlap',
  MetricName: 'Failures',
  Dimensions: [
    { Name: 'service', Value: 'overlap' },
    { Name: 'severity', Value: 'page' },
  ],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
}

const throttles = (Id: string, FunctionName: string, stat: object = {}) => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Lambda',
      MetricName: 'Throttles',
      Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
    },
    Period: 300,
    Stat: 'Sum',
    ...stat,
  },
  ReturnData: false,
})

const math = {
  AlarmName: 'overlap-throttled',
  AlarmActions: [TOPIC],
  Metrics: [
    { Id: 'e1', Expression: 'SUM([FILL(m1, 0), FILL(m2, 0)])', Label: 'throttled' },
    throttles('m1', 'overlap-sweep'),
    throttles('m2', 'overlap-report'),
  ],
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
}

describe('an alarm of a template', () => {
  it('on one metric is read with CloudWatch’s defaults', () => {
    expect(parseAlarm(single)).toEqual({
      name: 'overlap-consumers-affected',
      actionsEnabled: true,
      actions: { ALARM: [REPORT], OK: [REPORT], INSUFFICIENT_DATA: [] },
      watched: {
        by: 'metric',
        query: {
          metric: {
            namespace: 'Overlap',
            name: 'Failures',
            dimensions: { service: 'overlap', severity: 'page' },
          },
          statistic: 'Sum',
        },
      },
      period: 60,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      threshold: 1,
      comparison: 'GreaterThanOrEqualToThreshold',
      missingData: 'notBreaching',
    })
    expect(parseAlarm({ ...single, TreatMissingData: undefined, EvaluationPeriods: 3 })).toMatchObject({
      missingData: 'missing',
      datapointsToAlarm: 3,
    })
  })

  it('on a sum of metrics is read', () => {
    const { watched, period } = parseAlarm(math)
    expect(period).toBe(300)
    expect(watched).toMatchObject({
      by: 'expression',
      id: 'e1',
      label: 'throttled',
      expression: 'SUM([FILL(m1, 0), FILL(m2, 0)])',
    })
    expect(watched.by === 'expression' && [...watched.queries.keys()]).toEqual(['m1', 'm2'])
  })

  it.each([
    ['a property that it does not know', { ExtendedStatistic: 'p99' }, 'ExtendedStatistic'],
    ['a reference that is not resolved', { AlarmActions: [{ Ref: 'Topic' }] }, 'AlarmActions'],
    ['an action of another service', { OKActions: ['arn:aws:automate:us-east-1:ec2:stop'] }, 'OKActions'],
    ['a name that is not resolved', { AlarmName: { 'Fn::Sub': 'x' } }, 'AlarmName'],
    ['another statistic', { Statistic: 'p99' }, 'Statistic'],
    ['a period of 30 seconds', { Period: 30 }, 'Period'],
    ['a period of no minutes', { Period: 0 }, 'Period'],
    ['more data points than periods', { DatapointsToAlarm: 2 }, 'DatapointsToAlarm'],
    ['more than a day', { EvaluationPeriods: 1441 }, 'EvaluationPeriods'],
    ['a threshold that is text', { Threshold: '1' }, 'Threshold'],
    ['another comparison', { ComparisonOperator: 'GreaterThan' }, 'ComparisonOperator'],
    ['another treatment of missing data', { TreatMissingData: 'breach' }, 'TreatMissingData'],
    ['no metric', { MetricName: undefined }, 'MetricName'],
    ['a dimension without a value', { Dimensions: [{ Name: 'service' }] }, 'Value'],
  ])('with %s is refused', (_what, change, property) => {
    expect(() => parseAlarm({ ...single, ...change })).toThrow(`alarm property ${property} must be`)
  })

  it.each([
    ['no expression', [throttles('m1', 'x')], 'Metrics'],
    ['two expressions', [...math.Metrics, { Id: 'e2', Expression: 'm1', ReturnData: false }], 'Metrics'],
    ['two results', [math.Metrics[0], { ...throttles('m1', 'x'), ReturnData: true }], 'Metrics'],
    ['two periods', [...math.Metrics, throttles('m3', 'x', { Period: 60 })], 'Metrics'],
    [
      'eleven metrics, of which CloudWatch takes ten',
      [
        { Id: 'e1', Expression: 'SUM(METRICS())' },
        ...Array.from({ length: 11 }, (_, at) => throttles(`m${at}`, `f${at}`)),
      ],
      'Metrics',
    ],
    ['an id in capitals', [{ Id: 'e1', Expression: 'M1' }, throttles('M1', 'x')], 'Id'],
    ['a metric without MetricStat', [{ Id: 'e1', Expression: 'm1' }, { Id: 'm1' }], 'MetricStat'],
  ])('with %s is refused', (_what, Metrics, property) => {
    expect(() => parseAlarm({ ...math, Metrics })).toThrow(`alarm property ${property} must be`)
  })

  it('with an expression that the sandbox cannot compute is refused', () => {
    const Metrics = [{ Id: 'e1', Expression: 'm1 + m2' }, throttles('m1', 'x')]
    expect(() => parseAlarm({ ...math, Metrics })).toThrow('does not know m2')
  })
})
