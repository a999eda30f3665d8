import { describe, expect, it } from 'vitest'
import { parseAlarmChange } from '../../lambdas/report/alarm-change.ts'
import { windowOf } from '../../lambdas/report/window.ts'
import { alarmEvent } from './alarm.ts'

const START = '2026-03-01T03:00:00.000Z'
const at = (time: string) => Date.parse(`2026-03-01T${time}Z`)

describe('a change of an alarm', () => {
  it('is read as CloudWatch documents it', () => {
    const event = alarmEvent('overlap-rotation-failed', ['OK', START], ['ALARM', '2026-03-01T03:01:00.490Z'])
    expect(parseAlarmChange(event)).toEqual({
      alarm: 'overlap-rotation-failed',
      place: { account: '123456789012', region: 'us-east-1' },
      from: { value: 'OK', since: Date.parse(START) },
      to: { value: 'ALARM', since: at('03:01:00.490') },
    })
  })

  const event = alarmEvent('alarm', ['OK', START], ['ALARM', START])
  it.each([
    ['nothing', undefined, 'source'],
    ['an event of another service', { ...event, source: 'aws.events' }, 'source'],
    ['no name', { ...event, alarmData: { ...event.alarmData, alarmName: undefined } }, 'alarmData.alarmName'],
    ['no state', { ...event, alarmData: { ...event.alarmData, state: null } }, 'alarmData.state.value'],
    [
      'no time',
      { ...event, alarmData: { ...event.alarmData, previousState: { value: 'OK' } } },
      'alarmData.previousState.timestamp',
    ],
  ])('with %s is refused', (_what, given, field) => {
    expect(() => parseAlarmChange(given)).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(`field ${field} `) }),
    )
  })
})

describe('the window of a change', () => {
  const changed = (from: string, since: string, to: string, now: string) =>
    windowOf(
      { alarm: 'a', from: { value: from, since: at(since) }, to: { value: to, since: at(now) } },
      false,
    )

  it('to ALARM is the ten minutes before it, and all that is found is told', () => {
    expect(changed('OK', '01:00:00', 'ALARM', '03:00:00')).toEqual({
      from: at('02:50:00'),
      newSince: undefined,
      cut: false,
    })
    expect(changed('INSUFFICIENT_DATA', '02:59:00', 'ALARM', '03:00:00')).toMatchObject({
      from: at('02:50:00'),
    })
  })

  it('of a gauge to ALARM reaches back to a whole period, into which a pass falls', () => {
    const to = { value: 'ALARM', since: at('03:00:00') }
    const window = windowOf({ alarm: 'a', from: { value: 'OK', since: at('01:00:00') }, to }, true)
    expect(window).toEqual({ from: at('02:40:00'), newSince: undefined, cut: false })
  })

  it('from ALARM to OK begins where that of the alarm did, and tells what is new since', () => {
    expect(changed('ALARM', '03:00:00', 'OK', '05:00:00')).toEqual({
      from: at('02:50:00'),
      newSince: at('03:00:00'),
      cut: false,
    })
  })

  it('is a day long at most', () => {
    const since = at('03:00:00') - 30 * 3600_000
    expect(
      windowOf(
        { alarm: 'a', from: { value: 'ALARM', since }, to: { value: 'OK', since: at('03:00:00') } },
        false,
      ),
    ).toEqual({ from: at('03:00:00') - 24 * 3600_000, newSince: since, cut: true })
  })

  it.each([
    ['INSUFFICIENT_DATA', 'OK'],
    ['OK', 'INSUFFICIENT_DATA'],
    ['ALARM', 'INSUFFICIENT_DATA'],
  ])('from %s to %s is none: nothing is to be told', (from, to) => {
    expect(changed(from, '02:00:00', to, '03:00:00')).toBeUndefined()
  })
})
