import { describe, expect, it } from 'vitest'
import { tokenOf } from '../../lambdas/sweep/due.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { type Fleet, fleet } from './fleet.ts'

const at = (text: string) => Date.parse(text)
const HOUR_MS = 3_600_000
const weekly = { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' }
const daily = { cron: '0 4 * * ? *', timezone: 'Europe/Berlin' }
const schedules = { weekly, daily }
/** Sunday 2026-01-11 03:00 in Berlin, and the Sundays around it. */
const SUNDAY = at('2026-01-11T02:00:00Z')
const [SUNDAY_BEFORE, SUNDAY_AFTER] = [SUNDAY - 168 * HOUR_MS, SUNDAY + 168 * HOUR_MS]
const planOf = (schedule: typeof weekly, from = '2026-01-01T00:00:00Z') =>
  encodeState({ plan: { digest: scheduleOf(schedule).digest, from: at(from) } })
const enforced = { 'overlap:mode': 'enforce', 'overlap:schedule': 'weekly', [STATE_TAG]: planOf(weekly) }

/** A secret that was rotated the Sunday before. */
function rotatedLastWeek(now: string, tags: Readonly<Record<string, string>> = enforced): Fleet {
  const swept = fleet(now, { schedules })
  swept.set('shop', { lastRotated: new Date(SUNDAY_BEFORE + 60_000) }, tags)
  return swept
}

async function passesAt(swept: Fleet, ...times: readonly string[]): Promise<void> {
  for (const time of times) {
    swept.clock.now = at(time)
    await swept.pass()
  }
}

describe('Sunday 03:00 in Berlin', () => {
  it('comes at 02:00 UTC in winter: a pass before it asks for nothing, one at it for the rotation', async () => {
    const swept = rotatedLastWeek('2026-01-11T01:55:00Z')
    await passesAt(swept, '2026-01-11T01:55:00Z', '2026-01-11T01:59:59.999Z')
    expect(swept.begun).toEqual([])
    await passesAt(swept, '2026-01-11T02:00:00Z')
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY)]])
  })

  it('comes at 01:00 UTC in summer', async () => {
    const swept = fleet('2026-07-05T00:59:00Z', { schedules })
    swept.set('shop', { lastRotated: new Date('2026-06-28T01:01:00Z') }, enforced)
    await passesAt(swept, '2026-07-05T00:59:00Z')
    expect(swept.begun).toEqual([])
    await passesAt(swept, '2026-07-05T01:00:30Z')
    expect(swept.begun).toHaveLength(1)
  })

  it('is one rotation, drains, and comes again a week later', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:05Z')
    await passesAt(swept, '2026-01-11T02:00:05Z')
    swept.finish('shop')
    await passesAt(swept, '2026-01-11T02:05:00Z', '2026-01-11T12:00:00Z', '2026-01-12T02:04:00Z')
    expect(swept.state('shop').drain?.version).toBe('first')
    await passesAt(swept, '2026-01-12T02:05:00Z')
    expect(swept.calls).toContain('disable first of shop')
    const token = tokenOf('shop', SUNDAY)
    swept.set(
      'shop',
      { versions: new Map([[token, ['AWSCURRENT']]]), lastRotated: new Date(SUNDAY + 60_000) },
      enforced,
    )
    await passesAt(swept, '2026-01-14T09:00:00Z', '2026-01-18T01:59:00Z', '2026-01-18T02:01:00Z')
    expect(swept.begun).toEqual([
      ['shop', token],
      ['shop', tokenOf('shop', SUNDAY_AFTER)],
    ])
  })

  it('is caught up by the next pass, whenever that comes, and for its own token', async () => {
    const swept = rotatedLastWeek('2026-01-13T09:17:00Z')
    await swept.pass()
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY)]])
  })

  it('is caught up once where several were missed', async () => {
    const swept = rotatedLastWeek('2026-01-20T09:17:00Z')
    await swept.pass()
    await swept.pass()
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY_AFTER)]])
  })

  it('that nobody had planned yet is not caught up: an adopted secret waits for the next', async () => {
    const swept = fleet('2026-01-14T09:00:00Z', { schedules })
    swept.set(
      'shop',
      { created: new Date(0) },
      { 'overlap:schedule': 'weekly', 'overlap:max-age': '999999d' },
    )
    await passesAt(swept, '2026-01-14T09:00:00Z', '2026-01-14T09:05:00Z', '2026-01-18T01:55:00Z')
    expect(swept.state('shop').plan?.from).toBe(at('2026-01-14T09:00:00Z'))
    expect(swept.begun).toEqual([])
    await passesAt(swept, '2026-01-18T02:00:00Z')
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY_AFTER)]])
  })

  it('that becomes every day at 04:00 on a Thursday afternoon causes no run in the afternoon', async () => {
    const swept = rotatedLastWeek('2026-01-08T15:00:00Z')
    swept.tag('shop', { 'overlap:schedule': 'daily' })
    await passesAt(swept, '2026-01-08T15:00:00Z', '2026-01-08T15:05:00Z', '2026-01-09T02:55:00Z')
    expect(swept.begun).toEqual([])
    await passesAt(swept, '2026-01-09T03:00:00Z')
    expect(swept.begun).toEqual([['shop', tokenOf('shop', at('2026-01-09T03:00:00Z'))]])
  })

  it('whose time is changed in the deployment causes no run either', async () => {
    const swept = fleet('2026-01-08T15:00:00Z', {
      schedules: { weekly: { cron: '0 14 ? * THU *', timezone: 'UTC' } },
    })
    swept.set('shop', { lastRotated: new Date(SUNDAY_BEFORE) }, enforced)
    await passesAt(swept, '2026-01-08T15:00:00Z', '2026-01-08T15:05:00Z')
    expect(swept.begun).toEqual([])
  })

  it('that was taken away and given back makes up for nothing in between', async () => {
    const swept = rotatedLastWeek('2026-01-08T15:00:00Z')
    swept.tag('shop', { 'overlap:schedule': undefined })
    await passesAt(swept, '2026-01-08T15:00:00Z')
    expect(swept.state('shop').plan).toBeUndefined()
    swept.tag('shop', { 'overlap:schedule': 'weekly' })
    await passesAt(swept, '2026-01-14T09:00:00Z', '2026-01-14T09:05:00Z')
    expect(swept.begun).toEqual([])
  })
})

describe('a rotation that is due is not asked for', () => {
  it.each([
    { when: 'on hold', tags: { 'overlap:hold': '2026-01-20T00:00:00Z audit' } },
    {
      when: 'when its hold cannot be read',
      tags: { 'overlap:hold': 'until further notice' },
    },
    { when: 'when its schedule is not known', tags: { 'overlap:schedule': 'wekly' } },
  ])('$when', async ({ tags }) => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    swept.tag('shop', tags)
    await swept.pass()
    await swept.visit('shop')
    expect(swept.begun).toEqual([])
  })

  it('in a freeze, and is when that is over', async () => {
    const freezes = [{ from: SUNDAY - 1, until: SUNDAY + HOUR_MS, reason: 'release' }]
    const swept = fleet('2026-01-11T02:59:59.999Z', { schedules, deployment: { freezes } })
    swept.set('shop', { lastRotated: new Date(SUNDAY_BEFORE) }, enforced)
    await swept.pass()
    expect(swept.begun).toEqual([])
    await passesAt(swept, '2026-01-11T03:00:00Z')
    expect(swept.begun).toHaveLength(1)
  })

  it('when it is released, and is made up at once', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    swept.tag('shop', { 'overlap:hold': '2026-02-01T00:00:00Z audit' })
    await passesAt(swept, '2026-01-11T02:00:00Z', '2026-01-13T09:00:00Z')
    expect(swept.begun).toEqual([])
    swept.tag('shop', { 'overlap:hold': undefined })
    await passesAt(swept, '2026-01-13T09:05:00Z')
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY)]])
  })

  it('over a slot that drains, and is when that is retired', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    const versions = new Map([
      ['first', ['AWSCURRENT']],
      ['old', ['AWSPREVIOUS', 'DRAINING']],
    ])
    swept.set('shop', { ...swept.get('shop'), versions })
    await passesAt(swept, '2026-01-11T02:00:00Z', '2026-01-11T02:05:00Z')
    expect(swept.begun).toEqual([])
    swept.set('shop', { ...swept.get('shop'), versions: new Map([['first', ['AWSCURRENT']]]) })
    await passesAt(swept, '2026-01-12T02:10:00Z')
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY)]])
  })

  it('when its rotation was cancelled: asking would turn it on again', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    swept.set('shop', { ...swept.get('shop'), rotationEnabled: false })
    await swept.pass()
    await swept.visit('shop')
    expect([swept.begun, swept.get('shop').rotationEnabled]).toEqual([[], false])
  })

  it('when it was cancelled after it was listed', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    swept.freezeList()
    swept.set('shop', { ...swept.get('shop'), rotationEnabled: false })
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop'])
  })

  it('again when it was given up, until the next run', async () => {
    const swept = rotatedLastWeek('2026-01-13T02:00:00Z')
    const given = new Map([
      ['first', ['AWSCURRENT']],
      [tokenOf('shop', SUNDAY), []],
    ])
    swept.set('shop', { ...swept.get('shop'), versions: given })
    await passesAt(swept, '2026-01-13T02:00:00Z', '2026-01-14T02:00:00Z')
    expect(swept.calls).not.toContain('rotate shop')
    await passesAt(swept, '2026-01-18T02:00:00Z')
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY_AFTER)]])
  })
})

describe('a request that is repeated is one rotation', () => {
  it('when two passes make up for a run at once: the one that comes second tells of nothing missed', async () => {
    const token = tokenOf('shop', SUNDAY)
    const stored = new Map<string, Date>()
    const swept = fleet('2026-01-13T02:00:00Z', { schedules, stored })
    // As the second one has described it, before the first one asked.
    const versions = new Map([
      ['first', ['AWSCURRENT']],
      [token, []],
    ])
    swept.set('shop', { lastRotated: new Date(SUNDAY_BEFORE + 60_000), versions }, enforced)
    stored.set(token, new Date(swept.clock.now - 60_000))
    expect(await swept.pass()).toMatchObject({ overdue: 0, failed: 0 })
    expect(swept.begun).toEqual([])
    stored.set(token, new Date(swept.clock.now - 11 * 60_000))
    expect(await swept.pass()).toMatchObject({ overdue: 1, failed: 0 })
    expect(swept.begun).toEqual([])
  })

  it('when a schedule is delivered twice, and lists still tell of before', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    swept.freezeList()
    await swept.pass()
    await swept.pass()
    swept.finish('shop')
    await swept.pass()
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY)]])
  })

  it('when two sweeps run at once', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    await Promise.all([swept.pass(), swept.pass()])
    expect(swept.calls.filter((call) => call === 'rotate shop')).toHaveLength(2)
    expect(swept.begun).toEqual([['shop', tokenOf('shop', SUNDAY)]])
  })

  it('when a second sweep is a whole rotation late: it asks for the same token', async () => {
    const swept = rotatedLastWeek('2026-01-11T02:00:00Z')
    const before = swept.get('shop')
    await swept.pass()
    swept.finish('shop')
    const after = swept.get('shop')
    swept.set('shop', { ...before, versions: after.versions })
    await swept.pass()
    expect(swept.begun).toHaveLength(1)
  })

  it('when a rotation that waits is resumed: it asks for that very version', async () => {
    const swept = rotatedLastWeek('2026-01-08T12:00:00Z')
    swept.set('shop', {
      ...swept.get('shop'),
      versions: new Map([
        ['first', ['AWSCURRENT']],
        ['next', ['AWSPENDING']],
      ]),
    })
    await passesAt(swept, '2026-01-08T12:00:00Z', '2026-01-08T12:15:00Z')
    expect(swept.calls).toContain('rotate shop')
    expect(swept.begun).toEqual([])
  })
})
