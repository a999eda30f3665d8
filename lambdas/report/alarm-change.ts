import { OverlapError } from '../rotation/errors.ts'

/**
 * A change of an alarm's state, as CloudWatch tells a function
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html). Times in ms since the epoch.
 */
export interface AlarmChange {
  /** Name. */
  readonly alarm: string
  /** Undefined where CloudWatch did not say. */
  readonly place?: { readonly account: string; readonly region: string }
  readonly from: AlarmState
  readonly to: AlarmState
}

export interface AlarmState {
  readonly value: string
  readonly since: number
}

/** Throws `EVENT_INVALID` naming the field. */
export function parseAlarmChange(event: unknown): AlarmChange {
  const { source, alarmData, alarmArn } = members(event)
  const { alarmName, state, previousState } = members(alarmData)
  if (source !== 'aws.cloudwatch') throw invalid('source', 'aws.cloudwatch')
  if (typeof alarmName !== 'string') throw invalid('alarmData.alarmName', 'the name of an alarm')
  const place = placeIn(alarmArn)
  return {
    alarm: alarmName,
    ...(place === undefined ? {} : { place }),
    from: parseState(previousState, 'alarmData.previousState'),
    to: parseState(state, 'alarmData.state'),
  }
}

function placeIn(alarmArn: unknown): AlarmChange['place'] {
  const [, region, account] = /^arn:[\w-]+:cloudwatch:([\w-]+):(\d{12}):alarm:/.exec(String(alarmArn)) ?? []
  return region === undefined || account === undefined ? undefined : { account, region }
}

function parseState(state: unknown, field: string): AlarmState {
  const { value, timestamp } = members(state)
  if (typeof value !== 'string') throw invalid(`${field}.value`, 'the state of an alarm')
  const since = Date.parse(String(timestamp).replace(/\+0000$/, 'Z'))
  if (Number.isNaN(since)) throw invalid(`${field}.timestamp`, 'a time such as 2026-03-01T03:00:00.000+0000')
  return { value, since }
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the alarm's change must be ${expected}`)
}
