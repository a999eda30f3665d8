import type { ReportedAlarm } from '../../lambdas/report/reported-alarm.ts'

/** A change as CloudWatch tells a function; times as ISO 8601. */
export function alarmEvent(
  alarm: string,
  from: readonly [state: string, since: string],
  to: readonly [state: string, since: string],
) {
  const state = ([value, since]: readonly [string, string]) => ({
    value,
    reason: 'Threshold Crossed: 1 out of the last 1 datapoint [1.0 (01/03/26 03:00:00)] was greater than ...',
    timestamp: new Date(since).toISOString().replace('Z', '+0000'),
  })
  return {
    source: 'aws.cloudwatch',
    alarmArn: `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${alarm}`,
    accountId: '123456789012',
    time: '2026-03-01T03:01:00.000+0000',
    region: 'us-east-1',
    alarmData: { alarmName: alarm, state: state(to), previousState: state(from) },
  }
}

export const PAGE: ReportedAlarm = {
  severity: 'page',
  findings: 'failed',
  runbook: 'docs/runbooks/consumers-affected.md',
}
export const TICKET: ReportedAlarm = {
  severity: 'ticket',
  findings: 'failed',
  runbook: 'docs/runbooks/rotation-failed.md',
}
export const OVERDUE: ReportedAlarm = {
  severity: 'ticket',
  findings: 'overdue',
  runbook: 'docs/runbooks/rotation-missed.md',
}
export const STUCK: ReportedAlarm = {
  severity: 'ticket',
  findings: 'stuck',
  runbook: 'docs/runbooks/drain-stuck.md',
}

export const STALE: ReportedAlarm = {
  severity: 'ticket',
  findings: 'stale',
  runbook: 'docs/runbooks/secrets-stale.md',
}
export const DUE: ReportedAlarm = { ...STALE, findings: 'due' }

export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`
}

/** What a line of the sweep's census says, to be given to `logLine`. */
export function ageFields(fields: object = {}) {
  return {
    level: 'WARN',
    message: 'age: stale',
    kind: 'sweep',
    step: 'age',
    version: undefined,
    owner: 'team-shop',
    outcome: 'stale',
    reason: 'STALE',
    error: 'the credential is 97 days old (since 2026-08-20), older than 90 days: schedule weekly rotates it',
    severity: 'ticket',
    ...fields,
  }
}

/** A line as `observed` writes it. */
export function logLine(fields: object = {}): string {
  return JSON.stringify({
    level: 'ERROR',
    message: 'setSecret: failed',
    timestamp: '2026-03-01T03:00:30.000Z',
    service: 'overlap',
    kind: 'postgres',
    step: 'setSecret',
    secret: secretArn('shop/app'),
    version: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    outcome: 'failed',
    reason: 'CURRENT_REFUSED',
    error: 'the server refused the login',
    detail: {},
    severity: 'page',
    ...fields,
  })
}
