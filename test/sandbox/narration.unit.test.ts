import { describe, expect, it } from 'vitest'
import type { Work } from '../../sandbox/function-log.ts'
import { linesOfMessage, sentenceOfEvent, sentenceOfWork } from '../../sandbox/narration.ts'
import type { ServiceEvent } from '../../sandbox/secrets-manager/server.ts'

const work: Work = {
  by: 'overlap-rotate-postgres',
  step: 'setSecret',
  outcome: 'done',
  secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-AbCdEf',
  version: 'fd05cdbd-b265-4923-8459-4c78df1bc9bb',
  durationMs: 12,
}
const event = (detail: ServiceEvent['detail']): ServiceEvent => ({
  version: '0',
  id: 'id',
  'detail-type': 'AWS Service Event via CloudTrail',
  source: 'aws.secretsmanager',
  account: '123456789012',
  time: '2026-11-23T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail,
})

describe('what the sandbox tells', () => {
  it.each<readonly [string, Partial<Work>, string | undefined]>([
    ['a step that is done', {}, '  setSecret    done (12 ms)'],
    [
      'a step that is refused, with what to do',
      { step: 'testSecret', outcome: 'failed', reason: 'RIGHTS_DIFFER', error: 'grant the same to app' },
      '  testSecret   refused: RIGHTS_DIFFER: grant the same to app',
    ],
    [
      'a rotation that waits',
      { step: 'createSecret', outcome: 'deferred', reason: 'DRAIN_IN_PROGRESS' },
      '  createSecret waits: DRAIN_IN_PROGRESS',
    ],
    [
      'a rotation that is due',
      { step: 'sweep', outcome: 'request' },
      'shop/app is due: the sweep asks for a rotation',
    ],
    [
      'a rotation that should have happened',
      { step: 'overdue', outcome: 'overdue', reason: 'ROTATION_MISSED', error: 'due since Sunday' },
      'shop/app is overdue: ROTATION_MISSED: due since Sunday',
    ],
    [
      'a drain',
      { step: 'sweep', outcome: 'start-drain' },
      'fd05cdbd drains: the replaced credential still works',
    ],
    [
      'a rollout that is over',
      { step: 'sweep', outcome: 'note-rolled' },
      'every declared consumer runs the version after fd05cdbd: its quiet time begins',
    ],
    ['a use', { step: 'sweep', outcome: 'note-seen' }, 'fd05cdbd was used: its quiet time begins anew'],
    [
      'a drain that does not end',
      { step: 'stuck', outcome: 'stuck', reason: 'ROLLOUT_FAILED', error: 'ecs:shop/api' },
      'fd05cdbd is not retired: ROLLOUT_FAILED: ecs:shop/api',
    ],
    [
      'the beginning of a quarantine',
      { step: 'disable', outcome: 'disabled' },
      'fd05cdbd is disabled (12 ms): its credential works no longer, and can be put back',
    ],
    [
      'a retirement that has to wait',
      { step: 'disable', outcome: 'deferred', reason: 'STILL_USED', error: 'report-1' },
      'fd05cdbd is not disabled yet: STILL_USED: report-1',
    ],
    ['what is put back', { step: 'enable', outcome: 'enabled' }, 'fd05cdbd works again (12 ms)'],
    [
      'the end of a quarantine',
      { step: 'remove', outcome: 'removed' },
      'fd05cdbd is retired (12 ms): its user is free for the next rotation',
    ],
    ['nothing about a sweep that waits', { step: 'sweep', outcome: 'wait', reason: 'DRAINING' }, undefined],
  ])('tells %s', (_, change, sentence) => {
    expect(sentenceOfWork({ ...work, ...change })).toBe(sentence)
  })

  it.each<readonly [string, ServiceEvent['detail'], string | undefined]>([
    [
      'the start of a rotation, by the name of its secret',
      { eventName: 'RotationStarted', additionalEventData: { SecretId: work.secret } },
      'rotation of shop/app started',
    ],
    [
      'a version that is published',
      { name: 'shop/app', labelUpdated: 'AWSCURRENT', versionId: work.version },
      'AWSCURRENT of shop/app is now fd05cdbd',
    ],
    [
      'nothing about a custom label',
      { name: 'shop/app', labelUpdated: 'DRAINING', versionId: work.version },
      undefined,
    ],
  ])('tells %s', (_, detail, sentence) => {
    expect(sentenceOfEvent(event(detail))).toBe(sentence)
  })

  it.each([
    [
      'of the report function, as it is',
      'Secret: shop/app\nOwner: team-shop\n',
      ['  | Secret: shop/app', '  | Owner: team-shop'],
    ],
    [
      'of CloudWatch, by what the alarm means',
      JSON.stringify({ AlarmName: 'a', NewStateReason: 'no data', AlarmDescription: 'Silent.\nNext: look' }),
      ['  | no data', '  | Silent.', '  | Next: look'],
    ],
  ])('tells a message %s', (_, message, lines) => {
    const topicArn = 'arn:aws:sns:us-east-1:123456789012:ticket'
    expect(linesOfMessage({ messageId: '1', topicArn, subject: 'ALARM', message, at: 0 })).toEqual([
      'message to ticket: ALARM',
      ...lines,
    ])
  })
})
