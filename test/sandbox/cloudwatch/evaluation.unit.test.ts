import { describe, expect, it } from 'vitest'
import type { Comparison, MissingData } from '../../../sandbox/cloudwatch/alarm-definition.ts'
import { type AlarmState, evaluate, evaluationRange } from '../../../sandbox/cloudwatch/evaluation.ts'

/** `0 - X`: within the threshold, missing, breaching; oldest first. */
function datapoints(text: string) {
  return text
    .split(' ')
    .map((shown, at) => ({ at, value: shown === '-' ? undefined : shown === 'X' ? 10 : 0 }))
}

function stateOf(
  text: string,
  datapointsToAlarm: number,
  missingData: MissingData,
  state: AlarmState = 'OK',
  evaluationPeriods = 3,
): AlarmState {
  const rules = {
    evaluationPeriods,
    datapointsToAlarm,
    threshold: 5,
    comparison: 'GreaterThanThreshold',
    missingData,
  } as const
  return evaluate(rules, datapoints(text), state).state
}

const RETAINED = 'RETAINED'

/*
 * The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, in the columns' order: missing,
 * ignore, breaching, notBreaching. Rows of both the present and earlier versions of the page.
 */
describe.each([
  { toAlarm: 3, range: '0 - X - X', states: ['OK', 'OK', 'OK', 'OK'] },
  { toAlarm: 3, range: '0 - - - -', states: ['OK', 'OK', 'OK', 'OK'] },
  { toAlarm: 3, range: '- - - - -', states: ['INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'] },
  { toAlarm: 3, range: '0 X X - X', states: ['ALARM', 'ALARM', 'ALARM', 'ALARM'] },
  { toAlarm: 3, range: '- - - - X', states: ['INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'] },
  { toAlarm: 3, range: '- - X - -', states: ['ALARM', RETAINED, 'ALARM', 'OK'] },
  { toAlarm: 3, range: 'X - - - -', states: ['ALARM', RETAINED, 'ALARM', 'OK'] },
  { toAlarm: 2, range: '0 - X - X', states: ['ALARM', 'ALARM', 'ALARM', 'ALARM'] },
  { toAlarm: 2, range: '0 0 X 0 X', states: ['ALARM', 'ALARM', 'ALARM', 'ALARM'] },
  { toAlarm: 2, range: '0 - X - -', states: ['OK', 'OK', 'ALARM', 'OK'] },
  { toAlarm: 2, range: '- - - - 0', states: ['OK', 'OK', 'ALARM', 'OK'] },
  { toAlarm: 2, range: '- - - - X', states: ['INSUFFICIENT_DATA', RETAINED, 'ALARM', 'OK'] },
  { toAlarm: 2, range: '- - - X -', states: ['ALARM', RETAINED, 'ALARM', 'OK'] },
])('$toAlarm of 3 with $range', ({ toAlarm, range, states }) => {
  it.each(
    (['missing', 'ignore', 'breaching', 'notBreaching'] as const).map((missing, at) => [missing, states[at]]),
  )('is, treating missing data as %s: %s', (missing, expected) => {
    for (const before of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)
      expect(stateOf(range, toAlarm, missing as MissingData, before)).toBe(
        expected === RETAINED ? before : expected,
      )
  })
})

describe('one of one', () => {
  it.each([
    ['- - X', 'ALARM'],
    ['- X -', 'ALARM'],
    ['X 0 -', 'OK'],
    ['X - 0', 'OK'],
    ['- - -', 'OK'],
  ])('with %s is %s: the newest real data point decides, wherever it is', (range, expected) => {
    expect(stateOf(range, 1, 'notBreaching', 'ALARM', 1)).toBe(expected)
  })
})

describe('enough data points that breach', () => {
  it('ring, though others are missing', () => {
    expect(stateOf('- - - X X', 2, 'ignore', 'OK')).toBe('ALARM')
    expect(stateOf('- - - X X', 2, 'missing', 'OK')).toBe('ALARM')
  })
})

describe('a threshold', () => {
  it.each([
    ['GreaterThanOrEqualToThreshold', 4, 'OK'],
    ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
    ['GreaterThanThreshold', 5, 'OK'],
    ['GreaterThanThreshold', 6, 'ALARM'],
    ['LessThanThreshold', 5, 'OK'],
    ['LessThanThreshold', 4, 'ALARM'],
    ['LessThanOrEqualToThreshold', 6, 'OK'],
    ['LessThanOrEqualToThreshold', 5, 'ALARM'],
  ] satisfies [Comparison, number, AlarmState][])('%s of 5 makes %i %s', (comparison, value, expected) => {
    const rules = {
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      threshold: 5,
      comparison,
      missingData: 'missing',
    } as const
    expect(evaluate(rules, [{ at: 0, value }], 'OK').state).toBe(expected)
  })
})

it('looks at five data points for three, as the example of the documentation', () => {
  expect(evaluationRange({ evaluationPeriods: 3 })).toBe(5)
})
