import { describe, expect, it } from 'vitest'
import { reportEnvironment } from '../../lambdas/report/environment.ts'
import { PAGE, STALE, STUCK } from './alarm.ts'

const topics = {
  page: 'arn:aws:sns:us-east-1:123456789012:overlap-page',
  ticket: 'arn:aws:sns:us-east-1:123456789012:overlap-ticket',
}
const given = {
  OVERLAP_LOG_GROUPS: '["/aws/lambda/overlap-sweep"]',
  OVERLAP_TOPICS: JSON.stringify(topics),
  OVERLAP_ALARMS: JSON.stringify({ 'overlap-consumers-affected': PAGE, 'overlap-drain-stuck': STUCK }),
}

describe('the environment of the report', () => {
  it('is read', () => {
    expect(reportEnvironment(given)).toEqual({
      deployment: 'overlap',
      logGroups: ['/aws/lambda/overlap-sweep'],
      topics,
      owners: new Map(),
      alarms: new Map([
        ['overlap-consumers-affected', PAGE],
        ['overlap-drain-stuck', STUCK],
      ]),
    })
  })

  it('has owners, and alarms of theirs', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:shop'
    const { owners, alarms } = reportEnvironment({
      ...given,
      OVERLAP_OWNERS: JSON.stringify({ 'team shop/1': topic, mail: '' }),
      OVERLAP_ALARMS: JSON.stringify({ 'overlap-secrets-stale': STALE, 'overlap-consumers-affected': PAGE }),
    })
    expect([...owners]).toEqual([
      ['team shop/1', topic],
      ['mail', undefined],
    ])
    expect(Object.fromEntries(alarms)).toEqual({
      'overlap-secrets-stale': STALE,
      'overlap-secrets-stale-team shop/1': { ...STALE, owner: 'team shop/1' },
      'overlap-secrets-stale-mail': { ...STALE, owner: 'mail' },
      'overlap-consumers-affected': PAGE,
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
    ['OVERLAP_OWNERS', '["team-shop"]'],
    ['OVERLAP_OWNERS', '{"team-shop": null}'],
    ['OVERLAP_OWNERS', JSON.stringify({ 'team-shop': 'arn:aws:sqs:us-east-1:123456789012:x' })],
    ['OVERLAP_OWNERS', JSON.stringify({ "x'; reboot; '": '' })],
    ['OVERLAP_OWNERS', JSON.stringify({ 'x" || "': '' })],
    ['OVERLAP_OWNERS', JSON.stringify({ ':shop': '' })],
    ['OVERLAP_OWNERS', JSON.stringify({ '': '' })],
  ])('with %s as %s is refused by name', (name, value) => {
    expect(() => reportEnvironment({ ...given, [name]: value })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining(name),
      }),
    )
  })
})
