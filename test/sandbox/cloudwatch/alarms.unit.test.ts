import { describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { Alarms } from '../../../sandbox/cloudwatch/alarms.ts'
import { type MetricIdentity, MetricStore } from '../../../sandbox/cloudwatch/metric-store.ts'

const MINUTE = 60_000
const START = Date.parse('2026-03-02T03:00:20Z')
const REPORT = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-report'
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:overlap-ticket'
const failures = {
  namespace: 'Overlap',
  name: 'Failures',
  dimensions: { service: 'overlap', severity: 'page' },
}

const failed = {
  AlarmName: 'overlap-consumers-affected',
  AlarmDescription: 'somebody is hurt',
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

function world(...definitions: object[]) {
  const clock = movableClock(START)
  const store = new MetricStore()
  const invoked: { readonly arn: string; readonly payload: unknown }[] = []
  const published: { readonly topicArn: string; readonly subject: string; readonly message: string }[] = []
  const alarms = new Alarms(clock, { region: 'us-east-1', accountId: '123456789012' }, store, {
    async invoke(arn, payload) {
      if (arn.endsWith('missing')) throw new Error('Function not found')
      invoked.push({ arn, payload })
    },
    publish(publication) {
      published.push(publication)
    },
  })
  for (const definition of definitions) alarms.put({ ...definition })
  const measure = (value: number, metric: MetricIdentity = failures, at = clock.now()) =>
    store.put({ ...metric, unit: 'Count', values: [value], at })
  const states = () => alarms.events().map(({ at, from, to }) => `${clockTime(at)} ${from} -> ${to}`)
  return { clock, alarms, invoked, published, measure, states }
}

const clockTime = (at: number) => new Date(at).toISOString().slice(11, 19)

describe('an alarm', () => {
  it('begins without data, and is looked at when a minute is full', () => {
    const { clock, alarms, states } = world(failed)
    expect(alarms.list()[0]?.status.state).toBe('INSUFFICIENT_DATA')
    clock.advance(39_999)
    expect(states()).toEqual([])
    clock.advance(1)
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> OK'])
  })

  it('rings at the end of the minute in which the threshold was crossed, once, and is over when the range has no such minute', () => {
    const { clock, measure, states } = world(failed)
    clock.advance(2 * MINUTE)
    measure(1)
    clock.advance(10 * MINUTE)
    expect(states()).toEqual([
      '03:01:00 INSUFFICIENT_DATA -> OK',
      '03:03:00 OK -> ALARM',
      '03:06:00 ALARM -> OK',
    ])
  })

  it('notices what is measured late', () => {
    const { clock, measure, states } = world(failed)
    clock.advance(2 * MINUTE)
    measure(1, failures, clock.now() - MINUTE)
    clock.advance(MINUTE)
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> OK', '03:03:00 OK -> ALARM'])
  })

  it('that is deleted is looked at no more', () => {
    const { clock, alarms, states } = world(failed)
    alarms.delete('overlap-consumers-affected')
    clock.advance(10 * MINUTE)
    expect(states()).toEqual([])
    expect(alarms.list()).toEqual([])
  })

  it('that is closed is looked at no more', () => {
    const { clock, alarms, states } = world(failed)
    alarms.close()
    clock.advance(10 * MINUTE)
    expect(states()).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  it('never rings for a dimension that is mistyped', () => {
    const mistyped = { ...failed, Dimensions: [failed.Dimensions[0], { Name: 'severity', Value: 'pages' }] }
    const { clock, measure, states } = world(mistyped)
    for (let minute = 0; minute < 30; minute++) {
      measure(5)
      clock.advance(MINUTE)
    }
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> OK'])
  })

  it('that is put again keeps its state', () => {
    const { clock, alarms, measure } = world(failed)
    measure(1)
    clock.advance(MINUTE)
    alarms.put({ ...failed, Threshold: 2 })
    expect(alarms.list()).toMatchObject([{ definition: { threshold: 2 }, status: { state: 'ALARM' } }])
  })
})

describe('silence', () => {
  const silent = {
    ...failed,
    AlarmName: 'overlap-sweep-silent',
    MetricName: 'Heartbeat',
    Dimensions: [{ Name: 'service', Value: 'overlap' }],
    Period: 300,
    EvaluationPeriods: 3,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  }
  const heartbeat = { namespace: 'Overlap', name: 'Heartbeat', dimensions: { service: 'overlap' } }

  it('rings when the last heartbeat has left the range, 25 minutes after it', () => {
    const { clock, measure, states } = world(silent)
    for (let minute = 0; minute < 30; minute++) {
      measure(1, heartbeat)
      clock.advance(MINUTE)
    }
    clock.advance(40 * MINUTE)
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> OK', '03:55:00 OK -> ALARM'])
  })

  it('rings at once where there was never a heartbeat', () => {
    const { clock, states } = world(silent)
    clock.advance(MINUTE)
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> ALARM'])
  })

  it('does not ring while a heartbeat comes every five minutes', () => {
    const { clock, measure, states } = world(silent)
    for (let pass = 0; pass < 12; pass++) {
      measure(1, heartbeat)
      clock.advance(5 * MINUTE)
    }
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> OK'])
  })
})

describe('a gauge that must stay high', () => {
  const missed = {
    ...failed,
    AlarmName: 'overlap-rotation-missed',
    MetricName: 'Overdue',
    Dimensions: [{ Name: 'service', Value: 'overlap' }],
    Statistic: 'Maximum',
    Period: 300,
    EvaluationPeriods: 3,
    TreatMissingData: 'ignore',
  }
  const overdue = { namespace: 'Overlap', name: 'Overdue', dimensions: { service: 'overlap' } }

  it('rings after three periods of it, stays while nothing is measured, and is over when it is 0', () => {
    const { clock, measure, states } = world(missed)
    const minutes = (count: number, value?: number) => {
      for (let minute = 0; minute < count; minute++) {
        if (value !== undefined) measure(value, overdue)
        clock.advance(MINUTE)
      }
    }
    minutes(10, 0)
    minutes(20, 2)
    minutes(120)
    minutes(20, 0)
    expect(states()).toEqual([
      '03:01:00 INSUFFICIENT_DATA -> OK',
      '03:21:00 OK -> ALARM',
      '05:31:00 ALARM -> OK',
    ])
  })
})

describe('a sum of metrics', () => {
  const throttles = (Id: string, FunctionName: string) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName: 'Throttles',
        Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
      },
      Period: 60,
      Stat: 'Sum',
    },
    ReturnData: false,
  })
  const throttled = {
    AlarmName: 'overlap-throttled',
    AlarmActions: [TOPIC],
    Metrics: [
      { Id: 'sum', Expression: 'SUM([FILL(m1, 0), FILL(m2, 0)])', Label: 'throttled', ReturnData: true },
      throttles('m1', 'overlap-sweep'),
      throttles('m2', 'overlap-report'),
    ],
    EvaluationPeriods: 1,
    Threshold: 3,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  }
  const of = (FunctionName: string) => ({
    namespace: 'AWS/Lambda',
    name: 'Throttles',
    dimensions: { FunctionName },
  })

  it('rings when they cross the threshold together', async () => {
    const { clock, measure, alarms, published, states } = world(throttled)
    measure(2, of('overlap-sweep'))
    clock.advance(MINUTE)
    measure(2, of('overlap-sweep'))
    measure(1, of('overlap-report'))
    measure(9, of('another'))
    clock.advance(MINUTE)
    expect(states()).toEqual(['03:01:00 INSUFFICIENT_DATA -> OK', '03:02:00 OK -> ALARM'])
    await alarms.idle()
    expect(JSON.parse(published[0]?.message ?? '')).toMatchObject({
      Trigger: {
        Metrics: [
          { Id: 'sum', Expression: 'SUM([FILL(m1, 0), FILL(m2, 0)])', Label: 'throttled', ReturnData: true },
          {
            Id: 'm1',
            MetricStat: {
              Metric: { Dimensions: [{ name: 'FunctionName', value: 'overlap-sweep' }] },
              Period: 60,
              Stat: 'Sum',
            },
          },
          { Id: 'm2' },
        ],
      },
    })
  })
})

describe('an action', () => {
  it('of a function brings what CloudWatch sends, for each change', async () => {
    const { clock, alarms, invoked, measure } = world({ ...failed, OKActions: [] })
    clock.advance(MINUTE)
    measure(1)
    clock.advance(MINUTE)
    await alarms.idle()
    expect(invoked).toEqual([
      {
        arn: REPORT,
        payload: {
          source: 'aws.cloudwatch',
          alarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:overlap-consumers-affected',
          accountId: '123456789012',
          time: '2026-03-02T03:02:00.000+0000',
          region: 'us-east-1',
          alarmData: {
            alarmName: 'overlap-consumers-affected',
            state: {
              value: 'ALARM',
              reason:
                'Threshold Crossed: 1 out of the last 1 datapoint [1.0 (02/03/26 03:01:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
              reasonData: expect.stringContaining('"statistic":"Sum","period":60'),
              timestamp: '2026-03-02T03:02:00.000+0000',
            },
            previousState: {
              value: 'OK',
              reason:
                'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
              reasonData: expect.any(String),
              timestamp: '2026-03-02T03:01:00.000+0000',
            },
            configuration: {
              description: 'somebody is hurt',
              metrics: [
                {
                  id: 'm1',
                  metricStat: {
                    metric: {
                      namespace: 'Overlap',
                      name: 'Failures',
                      dimensions: { service: 'overlap', severity: 'page' },
                    },
                    period: 60,
                    stat: 'Sum',
                  },
                  returnData: true,
                },
              ],
            },
          },
        },
      },
    ])
  })

  it('of a topic publishes what CloudWatch publishes', async () => {
    const { clock, alarms, published, measure } = world({ ...failed, AlarmActions: [TOPIC], OKActions: [] })
    measure(2)
    clock.advance(MINUTE)
    await alarms.idle()
    expect(published).toMatchObject([
      { topicArn: TOPIC, subject: 'ALARM: "overlap-consumers-affected" in US East (N. Virginia)' },
    ])
    expect(JSON.parse(published[0]?.message ?? '')).toEqual({
      AlarmName: 'overlap-consumers-affected',
      AlarmDescription: 'somebody is hurt',
      AWSAccountId: '123456789012',
      NewStateValue: 'ALARM',
      NewStateReason: expect.stringContaining('[2.0 (02/03/26 03:00:00)] was greater than or equal to'),
      StateChangeTime: '2026-03-02T03:01:00.000+0000',
      Region: 'US East (N. Virginia)',
      AlarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:overlap-consumers-affected',
      OldStateValue: 'INSUFFICIENT_DATA',
      OKActions: [],
      AlarmActions: [TOPIC],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: 'Failures',
        Namespace: 'Overlap',
        StatisticType: 'Statistic',
        Statistic: 'SUM',
        Unit: null,
        Dimensions: [
          { name: 'service', value: 'overlap' },
          { name: 'severity', value: 'page' },
        ],
        Period: 60,
        EvaluationPeriods: 1,
        DatapointsToAlarm: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: 1,
        TreatMissingData: 'notBreaching',
        EvaluateLowSampleCountPercentile: '',
      },
    })
  })

  it('that fails does not keep the next one back, and is told', async () => {
    const missing = `${REPORT}-missing`
    const { clock, alarms, invoked, measure } = world({ ...failed, AlarmActions: [missing, REPORT] })
    measure(1)
    clock.advance(MINUTE)
    await alarms.idle()
    expect(invoked.map(({ arn }) => arn)).toEqual([REPORT])
    expect(alarms.events()[0]?.actions).toEqual([
      { arn: missing, error: 'Function not found' },
      { arn: REPORT },
    ])
  })

  it('is left out when actions are turned off', async () => {
    const { clock, alarms, invoked, measure } = world({ ...failed, ActionsEnabled: false })
    measure(1)
    clock.advance(MINUTE)
    await alarms.idle()
    expect(alarms.events()).toMatchObject([{ to: 'ALARM', actions: [] }])
    expect(invoked).toEqual([])
  })

  it('comes in the order of the changes, when the clock jumps over many', async () => {
    const { clock, alarms, invoked, measure } = world(failed)
    clock.advance(MINUTE)
    measure(1)
    clock.advance(60 * MINUTE)
    await alarms.idle()
    expect(
      invoked.map(
        ({ payload }) => (payload as { alarmData: { state: { value: string } } }).alarmData.state.value,
      ),
    ).toEqual(['OK', 'ALARM', 'OK'])
  })
})
