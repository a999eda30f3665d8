import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { type EventConfiguration, eventInvocations } from '../../../sandbox/lambda/event-invocations.ts'

const MINUTE = 60_000

/** A function that fails as often as it is told. */
function account(failures: number, configuration?: EventConfiguration) {
  const clock = movableClock(0)
  const at: number[] = []
  const buried: { readonly queue: string; readonly body: unknown; readonly reason: string }[] = []
  const events = eventInvocations({
    clock,
    lambda: {
      arn: (name) => `arn:function:${name}`,
      exists: (reference) => reference.endsWith('report'),
      async invoke(_, payload) {
        at.push(clock.now())
        return at.length > failures
          ? { ok: true, payload }
          : { ok: false, errorType: 'UNEXPECTED', errorMessage: 'no topic' }
      },
    },
    bury: (queue, body, reason) => buried.push({ queue, body, reason }),
  })
  if (configuration) events.configure('report', configuration)
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      clock.advance(MINUTE)
      await setImmediate()
    }
  }
  return { events, clock, at, buried, pass }
}

describe('an event', () => {
  it('is tried again one minute after a failure, and two minutes after the next', async () => {
    const { events, at, pass } = account(2)
    events.accept('arn:function:report', {})
    await Promise.all(events.underWay())
    await pass(10)
    expect(at).toEqual([0, MINUTE, 3 * MINUTE])
  })

  it('is dropped after its attempts, or kept where a queue is named for that', async () => {
    const { events, at, buried, pass } = account(9, {
      retryAttempts: 1,
      maximumAgeSeconds: 3600,
      onFailure: 'letters',
    })
    events.accept('report', { alarm: 'rotation-failed' })
    await Promise.all(events.underWay())
    await pass(10)

    expect(at).toEqual([0, MINUTE])
    expect(buried).toMatchObject([
      {
        queue: 'letters',
        reason: 'UNEXPECTED: no topic',
        body: {
          requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
          requestPayload: { alarm: 'rotation-failed' },
          responsePayload: { errorType: 'UNEXPECTED', errorMessage: 'no topic' },
        },
      },
    ])
  })

  it('is not tried again when it would be too old', async () => {
    const { events, at, buried, pass } = account(9, {
      retryAttempts: 2,
      maximumAgeSeconds: 90,
      onFailure: 'letters',
    })
    events.accept('report', {})
    await Promise.all(events.underWay())
    await pass(10)

    expect(at).toEqual([0, MINUTE])
    expect(buried).toMatchObject([{ body: { requestContext: { condition: 'EventAgeExceeded' } } }])
  })

  it('is refused for a function that does not exist', () => {
    const { events } = account(0)
    expect(() => events.accept('arn:function:nobody', {})).toThrow('Function not found: arn:function:nobody')
  })

  it('waits for nothing when all is closed', async () => {
    const { events, clock } = account(1)
    events.accept('report', {})
    await Promise.all(events.underWay())
    expect(clock.pending()).toBe(1)
    events.close()
    expect(clock.pending()).toBe(0)
  })
})
