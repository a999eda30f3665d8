import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { DAY_MS, RUN, recordedFleet } from './recorded-fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('a policy that cannot be read', () => {
  it.each([
    { tag: 'overlap:mode', text: 'off', says: 'tag overlap:mode must be observe or enforce' },
    { tag: 'overlap:hold', text: 'soon', says: 'tag overlap:hold must be an instant' },
    { tag: 'overlap:max-age', text: 'old', says: 'tag overlap:max-age must be a whole number and a unit' },
    {
      tag: 'overlap:schedule',
      text: 'wekly',
      says: 'tag overlap:schedule names wekly, which is no schedule of this deployment: it must be one of weekly',
    },
  ])('is a failure in every pass, by the name of its tag: $tag', async ({ tag, text, says }) => {
    const { swept, lines } = recordedFleet()
    swept.set('shop', {}, { [tag]: text })
    expect(await swept.pass()).toMatchObject({ seen: 1, failed: 1 })
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        secret: 'shop',
        reason: 'POLICY_INVALID',
        severity: 'ticket',
        error: expect.stringContaining(says),
      }),
    ])
  })

  it('names a schedule where the deployment has none', async () => {
    const { swept, lines } = recordedFleet({ schedules: {} })
    swept.set('shop', {}, { 'overlap:schedule': 'weekly' })
    await swept.pass()
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        error: expect.stringContaining('no schedule of this deployment: it has none'),
      }),
    ])
  })

  it('is no reason to leave AWSCURRENT disabled', async () => {
    const { swept } = recordedFleet()
    const versions = new Map([['old', ['AWSCURRENT', 'DRAINING']]])
    swept.set('shop', { versions }, { 'overlap:mode': 'off' })
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'restore old of shop'])
  })
})

describe('a rotation that waits for a day behind what is only observed', () => {
  it('is not given up, and nobody is asked whether it could be', async () => {
    const { swept } = recordedFleet()
    const [drain, pending] = ['old', 'next'].map((version) => ({ version, since: RUN - 9 * DAY_MS }))
    const versions = new Map([
      ['now', ['AWSCURRENT']],
      ['old', ['AWSPREVIOUS', 'DRAINING']],
      ['next', ['AWSPENDING']],
    ])
    swept.set(
      'shop',
      { versions, lastChanged: new Date(RUN - 9 * DAY_MS), lastRotated: new Date(RUN) },
      { [STATE_TAG]: encodeState({ ...(drain && { drain }), ...(pending && { pending }) }) },
    )
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'list versions of shop'])
  })
})

describe('a secret on hold', () => {
  const onHold = { 'overlap:mode': 'enforce', 'overlap:hold': '2026-02-01T00:00:00Z audit' }
  const drained = encodeState({ drain: { version: 'old', since: RUN - 10 * DAY_MS } })
  const rolledBack = new Map([
    ['old', ['AWSCURRENT', 'DRAINING']],
    ['next', ['AWSPENDING']],
  ])
  const replaced = new Map([
    ['now', ['AWSCURRENT']],
    ['old', ['AWSPREVIOUS', 'DRAINING']],
  ])

  it('has AWSCURRENT made to work all the same', async () => {
    const { swept, lines } = recordedFleet()
    swept.set('shop', { versions: rolledBack }, onHold)
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'restore old of shop'])
    expect(lines('wait')).toEqual([expect.objectContaining({ reason: 'ON_HOLD' })])
  })

  it.each([
    {
      where: 'was rolled back to',
      versions: { old: ['AWSCURRENT', 'DRAINING'] },
      tags: {},
      severity: 'page',
    },
    {
      where: 'drained, beside a rotation',
      versions: { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'] },
      tags: { [STATE_TAG]: drained },
      severity: 'page',
    },
    {
      where: 'is only pinned by a rotation',
      versions: { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'] },
      tags: {},
      severity: 'ticket',
    },
  ])(
    'and AWSCURRENT, which $where, could not be made to work: that is a $severity',
    async ({ versions, tags, severity }) => {
      const retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'the server is gone'))
      const { swept, lines } = recordedFleet({ retire })
      swept.set('shop', { versions: new Map(Object.entries(versions)) }, { ...onHold, ...tags })
      await swept.pass()
      expect(lines('failed')).toEqual([expect.objectContaining({ severity, reason: 'UNREACHABLE' })])
    },
  )

  it.each([
    { when: 'long ago', lastChanged: RUN - 9 * DAY_MS, calls: [] },
    { when: 'a moment ago', lastChanged: RUN, calls: ['describe shop', 'enable old of shop'] },
  ])(
    'that drained and was changed $when: what a pass before had begun to retire is undone, by $calls',
    async ({ lastChanged, calls }) => {
      const { swept, lines } = recordedFleet()
      const tags = { ...onHold, [STATE_TAG]: drained }
      swept.set('shop', { versions: replaced, lastChanged: new Date(lastChanged) }, tags)
      expect(await swept.pass()).toMatchObject({ failed: 0 })
      // It is looked at, as ever, and nothing asks to have it disabled.
      expect(swept.calls).toEqual(['describe shop', 'inspect old of shop', ...calls])
      expect(lines('wait')).toEqual([expect.objectContaining({ reason: 'ON_HOLD' })])
    },
  )

  it('is looked at in the same way when a freeze has begun', async () => {
    const freezes = [{ from: RUN, until: RUN + DAY_MS, reason: 'release' }]
    const { swept } = recordedFleet({ deployment: { freezes } })
    const tags = { 'overlap:mode': 'enforce', [STATE_TAG]: drained }
    swept.set('shop', { versions: replaced, lastChanged: new Date(RUN - 9 * DAY_MS) }, tags)
    await swept.pass()
    expect(swept.calls.filter((call) => call !== 'describe shop')).toEqual([
      'inspect old of shop',
      'enable old of shop',
    ])
  })

  it('says that an attempt which was cut off could not be undone', async () => {
    const retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'the server is gone'))
    const { swept } = recordedFleet({ retire })
    swept.set('shop', { versions: replaced, lastChanged: new Date(RUN) }, { ...onHold, [STATE_TAG]: drained })
    expect(await swept.pass()).toMatchObject({ failed: 1 })
  })
})

describe('a visit that others were faster than', () => {
  it.each([
    { what: 'AWSCURRENT has left', versions: { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'] } },
    { what: 'somebody has retired', versions: { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] } },
  ])('is no failure: it looked at a version that $what meanwhile', async ({ versions }) => {
    const retire = () => Promise.reject(new OverlapError('LABELS_MOVED', 'the label is elsewhere'))
    const { swept, lines, metric } = recordedFleet({ retire })
    const drained = encodeState({ drain: { version: 'old', since: RUN - 10 * DAY_MS } })
    const tags = { 'overlap:mode': 'enforce', [STATE_TAG]: drained }
    swept.set('shop', { versions: new Map(Object.entries(versions)) }, tags)
    expect(await swept.pass()).toMatchObject({ seen: 1, failed: 0 })
    expect(lines('wait')).toEqual([expect.objectContaining({ reason: 'LABELS_MOVED' })])
    expect(metric('Failures')).toEqual([])
  })
})
