import type { PutEventsResultEntry } from '@aws-sdk/client-eventbridge'
import { describe, expect, it } from 'vitest'
import { channels } from '../../lambdas/aws/channels.ts'
import { findingDetail, toldFinding } from '../../lambdas/report/told-finding.ts'
import { eventBridgeAnswering, snsAnswering } from '../fakes/report-clients.ts'

const detail = (at: number) =>
  findingDetail(
    toldFinding(
      {
        secret: '',
        reason: 'UNREACHABLE',
        consumersAffected: false,
        message: String(at),
        step: '',
        version: '',
        owner: undefined,
        count: 1,
        firstSeen: 0,
        lastSeen: 0,
        firstHeard: 0,
      },
      undefined,
      'overlap',
    ),
    { alarm: 'overlap-rotation-failed', severity: 'ticket', runbook: 'runbook' },
  )
const details = (count: number) => Array.from({ length: count }, (_, at) => detail(at))

const accepted: PutEventsResultEntry = { EventId: 'id' }
const throttled: PutEventsResultEntry = { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }

/** Each answer says what becomes of one entry after another. */
function wired(...answers: (readonly PutEventsResultEntry[])[]) {
  let asked = 0
  const slept: number[] = []
  const { client: sns, sent: published } = snsAnswering(() => ({ MessageId: 'id' }))
  const { client: eventBridge, sent } = eventBridgeAnswering(({ Entries = [] }) => {
    const answer = answers[asked++] ?? Entries.map(() => accepted)
    return {
      Entries: [...answer],
      FailedEntryCount: answer.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
    }
  })
  const sleep = async (ms: number) => {
    slept.push(ms)
  }
  const outlets = channels({ sns, eventBridge, sleep }, () => new AbortController().signal)
  const messages = () =>
    sent.map(({ Entries = [] }) => Entries.map(({ Detail = '{}' }) => JSON.parse(Detail).message))
  return { outlets, published, sent, messages, slept }
}

describe('a message', () => {
  it('goes to its topic', async () => {
    const { outlets, published } = wired()
    await outlets.publish('arn:aws:sns:x:page', { subject: 'subject', body: 'body' })
    expect(published).toEqual([{ TopicArn: 'arn:aws:sns:x:page', Subject: 'subject', Message: 'body' }])
  })
})

describe('events', () => {
  it('say who they are from and what they are', async () => {
    const { outlets, sent } = wired()
    await outlets.announce(details(1))
    expect(sent).toEqual([
      {
        Entries: [{ Source: 'overlap', DetailType: 'Overlap Finding', Detail: JSON.stringify(detail(0)) }],
      },
    ])
  })

  it('go in batches of ten', async () => {
    const { outlets, messages } = wired()
    await outlets.announce(details(23))
    expect(messages().map((batch) => batch.length)).toEqual([10, 10, 3])
    expect(messages().flat()).toEqual(details(23).map(({ message }) => message))
  })

  it('are not asked for when there are none', async () => {
    const { outlets, sent } = wired()
    await outlets.announce([])
    expect(sent).toEqual([])
  })

  it('that the bus did not take are put again, alone', async () => {
    const { outlets, messages, slept } = wired([accepted, throttled, accepted], [accepted])
    await outlets.announce(details(3))
    expect(messages()).toEqual([['0', '1', '2'], ['1']])
    expect(slept).toEqual([500])
  })

  it('that the bus never takes are an error, which says how many and why', async () => {
    const { outlets, messages, slept } = wired([throttled, accepted], [throttled], [throttled])
    await expect(outlets.announce(details(2))).rejects.toThrow(
      'the event bus did not take 1 of 2 events: ThrottlingException: Rate exceeded',
    )
    expect(messages()).toEqual([['0', '1'], ['0'], ['0']])
    expect(slept).toEqual([500, 1_000])
  })

  it('of which the answer says nothing were not taken', async () => {
    const { outlets } = wired([accepted], [], [])
    await expect(outlets.announce(details(2))).rejects.toThrow('did not take 1 of 2 events: no answer')
  })
})
