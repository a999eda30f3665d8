import { describe, expect, it } from 'vitest'
import { reportEnvironment } from '../../lambdas/report/environment.ts'
import { PAGE } from './alarm.ts'

const topics = {
  page: 'arn:aws:sns:us-east-1:123456789012:overlap-page',
  ticket: 'arn:aws:sns:us-east-1:123456789012:overlap-ticket',
}
const given = {
  OVERLAP_LOG_GROUPS: '["/aws/lambda/overlap-sweep"]',
  OVERLAP_TOPICS: JSON.stringify(topics),
  OVERLAP_ALARMS: JSON.stringify({ 'overlap-consumers-affected': PAGE }),
}

describe('the environment of the report', () => {
  it('is read', () => {
    expect(reportEnvironment(given)).toEqual({
      deployment: 'overlap',
      logGroups: ['/aws/lambda/overlap-sweep'],
      topics,
      alarms: new Map([['overlap-consumers-affected', PAGE]]),
    })
  })

  it.each([
    ['overlap-report', 'overlap'],
    ['prod-eu-report', 'prod-eu'],
    ['something-else', 'overlap'],
    ['x; reboot-report', 'overlap'],
  ])('knows of the function %s that its deployment is %s', (name, deployment) => {
    expect(reportEnvironment({ ...given, AWS_LAMBDA_FUNCTION_NAME: name })).toMatchObject({ deployment })
  })

  it.each([
    ['OVERLAP_LOG_GROUPS', undefined],
    ['OVERLAP_LOG_GROUPS', 'overlap'],
    ['OVERLAP_LOG_GROUPS', '[]'],
    ['OVERLAP_LOG_GROUPS', '["x; reboot"]'],
    ['OVERLAP_TOPICS', undefined],
    ['OVERLAP_TOPICS', JSON.stringify({ page: topics.page })],
    ['OVERLAP_TOPICS', JSON.stringify({ ...topics, ticket: 'arn:aws:sqs:us-east-1:123456789012:x' })],
    ['OVERLAP_ALARMS', undefined],
    ['OVERLAP_ALARMS', '[1]'],
    ['OVERLAP_ALARMS', JSON.stringify({ alarm: { ...PAGE, severity: 'urgent' } })],
    ['OVERLAP_ALARMS', JSON.stringify({ alarm: { ...PAGE, findings: 'deferred' } })],
    ['OVERLAP_ALARMS', JSON.stringify({ alarm: { ...PAGE, runbook: undefined } })],
  ])('with %s as %s is refused by name', (name, value) => {
    expect(() => reportEnvironment({ ...given, [name]: value })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining(name),
      }),
    )
  })
})
