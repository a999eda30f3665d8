import { describe, expect, it } from 'vitest'
import { InvokePermissions } from '../../../sandbox/deployment/invoke-permissions.ts'

const alarms = 'lambda.alarms.cloudwatch.amazonaws.com'
const alarmArn = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`
const report = 'arn:aws:lambda:us-east-1:123456789012:function:overlap-report'

function permissions() {
  const granted = new InvokePermissions()
  const withdraw = granted.grant({
    functionName: 'overlap-report',
    principal: alarms,
    sourceArn: alarmArn('overlap-*'),
  })
  granted.grant({
    functionName: 'overlap-rotate',
    principal: 'secretsmanager.amazonaws.com',
    sourceArn: undefined,
  })
  return { granted, withdraw }
}

describe('who may invoke a function', () => {
  it.each<readonly [string, string, string, string, boolean]>([
    ['an alarm that the pattern names', alarms, report, alarmArn('overlap-rotation-failed'), true],
    ['an alarm by the function’s name', alarms, 'overlap-report', alarmArn('overlap-x'), true],
    ['an alarm of somebody else', alarms, report, alarmArn('others'), false],
    ['an alarm whose name only ends like it', alarms, report, `x${alarmArn('overlap-x')}`, false],
    ['another service', 'events.amazonaws.com', report, alarmArn('overlap-x'), false],
    ['the same service, another function', alarms, 'overlap-rotate', alarmArn('overlap-x'), false],
    ['a service that is let in from anywhere', 'secretsmanager.amazonaws.com', 'overlap-rotate', '', true],
  ])('%s', (_, principal, functionName, source, expected) => {
    expect(permissions().granted.allows(principal, functionName, source)).toBe(expected)
  })

  it('is nobody any more when the permission is withdrawn', () => {
    const { granted, withdraw } = permissions()
    withdraw()
    expect(granted.allows(alarms, report, alarmArn('overlap-x'))).toBe(false)
  })
})
