import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG, leakedToken } from '../../lambdas/rotation/leaked.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import type { FleetOptions } from './fleet.ts'
import { NOW_MS, recordedFleet } from './recorded-fleet.ts'
import { nobody } from './watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS
const enforced = { 'overlap:mode': 'enforce' }
const off = { drain: { version: 'old', since: NOW_MS - 3 * DAY_MS, off: NOW_MS - HOUR_MS } }

function visited(
  versions: Readonly<Record<string, readonly string[]>>,
  tags: Readonly<Record<string, string>>,
  options: FleetOptions = {},
) {
  const { swept, lines } = recordedFleet(options)
  const facts = { versions: new Map(Object.entries(versions)), lastRotated: new Date(NOW_MS - 4 * DAY_MS) }
  swept.set('shop', { ...facts, lastChanged: new Date(0) }, { ...enforced, ...tags })
  return { swept, lines }
}

const answering =
  (answers: Partial<Record<RetireRequest['action'], RetireResult>>) =>
  async ({ action }: RetireRequest): Promise<RetireResult> =>
    answers[action] ?? (action === 'inspect' ? { outcome: 'inspected', ...nobody } : { outcome: 'nothing' })

describe('a value that was stored by hand over what drains', () => {
  /** AWSPREVIOUS went to the version that the rotation had made. */
  const edited = { byHand: ['AWSCURRENT'], rotated: ['AWSPREVIOUS'], old: ['DRAINING'] }
  const tags = { [STATE_TAG]: encodeState(off) }

  it('is made to work at once, by any pass, when it is what was disabled, and somebody is called', async () => {
    const retire = answering({
      restore: { outcome: 'restored', editedOutside: true },
      disable: { outcome: 'superseded' },
    })
    const { swept, lines } = visited(edited, tags, { retire })
    await swept.pass()
    expect(swept.calls).toEqual([
      'describe shop',
      'inspect old of shop',
      'restore byHand of shop',
      'disable old of shop',
    ])
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        reason: 'EDITED_OUTSIDE',
        severity: 'page',
        error: expect.stringContaining('version byHand, which is AWSCURRENT, was stored by hand'),
      }),
    ])
  })

  it('is asked about once, and nothing is disabled by that', async () => {
    const requests: RetireRequest[] = []
    const { swept, lines } = visited(edited, tags, {
      retire: async (request) => {
        requests.push(request)
        return answering({ disable: { outcome: 'disabled' } })(request)
      },
    })
    for (let pass = 0; pass < 3; pass++) await swept.pass()
    expect(requests.filter(({ action }) => action === 'restore')).toHaveLength(1)
    expect(requests.filter(({ action }) => action === 'disable')).toEqual([
      expect.objectContaining({ versionId: 'old', unchangedSince: 0, evenIfUsed: false }),
    ])
    expect(lines('failed')).toEqual([])
    swept.coldStart()
    await swept.pass()
    expect(requests.filter(({ action }) => action === 'restore')).toHaveLength(2)
  })

  it('that nobody can open is a page, and one of which nobody knows is a ticket', async () => {
    for (const [code, severity] of [
      ['CURRENT_REFUSED', 'page'],
      ['UNREACHABLE', 'ticket'],
    ] as const) {
      const retire = async (request: RetireRequest) => {
        if (request.action === 'restore') throw new OverlapError(code, 'x')
        return answering({})(request)
      }
      const { swept, lines } = visited(edited, tags, { retire })
      await swept.pass()
      expect(lines('failed')).toEqual([expect.objectContaining({ reason: code, severity })])
      vi.restoreAllMocks()
    }
  })
})

describe('a value that was stored by hand while nothing drains', () => {
  const edited = { byHand: ['AWSCURRENT'], rotated: ['AWSPREVIOUS'] }
  const stored = (ms: number) =>
    new Map([
      ['rotated', new Date(0)],
      ['byHand', new Date(NOW_MS - ms)],
    ])

  it('is asked about when its label has moved: it is newer than the last rotation', async () => {
    const retire = answering({ restore: { outcome: 'restored', editedOutside: true } })
    const { swept, lines } = visited(edited, {}, { retire, stored: stored(DAY_MS) })
    await swept.visit('shop')
    expect(swept.calls).toEqual(['describe shop', 'list versions of shop', 'restore byHand of shop'])
    expect(lines('failed')).toEqual([expect.objectContaining({ reason: 'EDITED_OUTSIDE' })])
  })

  it.each([
    { what: 'made before the last rotation ended', versions: edited, ms: 5 * DAY_MS },
    {
      what: 'of a rotation that is ending',
      versions: { ...edited, byHand: ['AWSCURRENT', 'AWSPENDING'] },
      ms: DAY_MS,
    },
  ])('is not when it was $what', async ({ versions, ms }) => {
    const { swept } = visited(versions, {}, { stored: stored(ms) })
    await swept.visit('shop')
    expect(swept.calls).toEqual(['describe shop', 'list versions of shop'])
  })
})

describe('a leak', () => {
  const replaced = { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] }
  const leaked = (version: string, state: object) => ({
    [LEAKED_TAG]: version,
    [STATE_TAG]: encodeState(state),
  })
  const drain = { version: 'old', since: NOW_MS - HOUR_MS }
  const against = {
    'overlap:hold': '2999-01-01T00:00:00Z close',
    'overlap:mode': 'observe',
    'overlap:drain': 'soon',
  }

  it('of what drains ends it in one pass, whoever uses it and whatever the tags say', async () => {
    const requests: RetireRequest[] = []
    const { swept } = visited(
      replaced,
      { ...leaked('old', { drain }), ...against },
      {
        retire: async (request) => {
          requests.push(request)
          return { outcome: request.action === 'remove' ? 'removed' : 'disabled' }
        },
      },
    )
    await swept.pass()
    expect(requests).toEqual([
      { action: 'disable', secretId: 'shop', versionId: 'old', evenIfUsed: true, leaked: true },
      { action: 'remove', secretId: 'shop', versionId: 'old', evenIfUsed: false },
    ])
    expect(swept.journal).toMatchObject([
      { event: 'disabled', proof: { rung: 'leaked' }, by: 'sweep' },
      { event: 'removed', proof: { rung: 'leaked' } },
    ])
  })

  it('of what drains is ended, though the journal cannot be written, and is recorded by the next pass', async () => {
    const record = vi
      .fn()
      .mockRejectedValueOnce(new OverlapError('JOURNAL_FAILED', 'x'))
      .mockResolvedValue(undefined)
    const { swept } = visited(replaced, leaked('old', { drain }), { watcher: { record } })
    await swept.pass()
    expect(swept.calls).toContain('disable old of shop')
    expect(swept.calls).not.toContain('remove old of shop')
    await swept.pass()
    expect(swept.calls.at(-1)).toBe('remove old of shop')
  })

  it('of AWSCURRENT has it replaced at once, on hold and before its schedule', async () => {
    const { swept } = visited({ now: ['AWSCURRENT'] }, { [LEAKED_TAG]: 'now', ...against })
    await swept.pass()
    expect(swept.begun).toEqual([['shop', leakedToken('shop', 'now')]])
    await swept.pass()
    expect(swept.begun).toHaveLength(1)
  })

  it('of a version that somebody went back to wakes somebody, and nothing brings it back', async () => {
    const retire = async ({ action }: RetireRequest): Promise<RetireResult> => {
      if (action === 'restore') throw new OverlapError('LEAKED', 'it stays disabled: publish another version')
      return answering({})({ action } as RetireRequest)
    }
    const back = { old: ['AWSCURRENT'], now: ['AWSPREVIOUS'] }
    const { swept, lines } = visited(back, leaked('old', { drain }), { retire })
    await swept.pass()
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        reason: 'LEAKED',
        severity: 'page',
        error: expect.stringContaining('does not work'),
      }),
    ])
    expect(swept.begun).toEqual([])
  })

  it('of AWSCURRENT, with what it replaced still disabled beside it, is told as stuck', async () => {
    const { swept, lines } = visited(replaced, leaked('now', off))
    expect(await swept.pass()).toMatchObject({ stuck: 1 })
    expect(lines('stuck')).toEqual([expect.objectContaining({ reason: 'LEAKED' })])
  })
})

describe('a drain that does not end', () => {
  it('is told by the last use that the journal knows, which is asked for once', async () => {
    const sighting = { endpoint: 'db:5432', application: 'nightly', address: '10.0.0.9', since: '' }
    const prove = vi.fn().mockResolvedValue({ proof: {}, lastUse: { at: NOW_MS - 5 * HOUR_MS, sighting } })
    const drain = { version: 'old', since: NOW_MS - 3 * DAY_MS, seen: NOW_MS - 5 * HOUR_MS }
    const { swept, lines } = visited(
      { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] },
      { [STATE_TAG]: encodeState({ drain }) },
      { watcher: { prove } },
    )
    for (let pass = 0; pass < 2; pass++) expect(await swept.pass()).toMatchObject({ stuck: 1, failed: 0 })
    expect(prove).toHaveBeenCalledTimes(1)
    expect(prove).toHaveBeenCalledWith(expect.objectContaining({ from: drain.since }))
    for (const line of lines('stuck'))
      expect(line).toMatchObject({ reason: 'STILL_USED', error: expect.stringContaining('nightly@10.0.0.9') })
  })

  it('is told without it where the journal cannot be read, which is no reason to look less', async () => {
    const prove = vi.fn().mockRejectedValue(new OverlapError('JOURNAL_FAILED', 'x'))
    const drain = { version: 'old', since: NOW_MS - 3 * DAY_MS, seen: NOW_MS - 5 * HOUR_MS }
    const { swept } = visited(
      { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] },
      { [STATE_TAG]: encodeState({ drain }) },
      { watcher: { prove } },
    )
    expect(await swept.pass()).toMatchObject({ stuck: 1, failed: 0 })
  })
})

describe('a value that was stored by hand over one that is not followed by a drain', () => {
  const edited = { byHand: ['AWSCURRENT'], rotated: ['AWSPREVIOUS'] }
  const stored = new Map([['byHand', new Date(NOW_MS - HOUR_MS)]])
  const restores = (calls: readonly string[]) => calls.filter((call) => call.startsWith('restore'))
  const later = async ({ swept }: ReturnType<typeof visited>, passes: number) => {
    for (let pass = 0; pass < passes; pass++) {
      swept.clock.now += HOUR_MS / 12
      await swept.pass()
    }
  }

  it('is asked about again until it is known to work, and costs nothing after that', async () => {
    let fails = 3
    const retire = (request: RetireRequest) =>
      request.action === 'restore' && fails-- > 0
        ? Promise.reject(new OverlapError('UNREACHABLE', 'x'))
        : answering({})(request)
    const wired = visited(edited, {}, { retire, stored })
    await wired.swept.visit('shop')
    await later(wired, 4)
    expect(restores(wired.swept.calls)).toHaveLength(4)
    expect(wired.lines('failed')).toHaveLength(3)
    const calls = wired.swept.calls.length
    await later(wired, 20)
    expect(wired.swept.calls).toHaveLength(calls)
  })

  it('is asked about without an event, once after each change, and once by a function that has just started', async () => {
    const wired = visited(edited, {}, { retire: answering({}), stored })
    await later(wired, 3)
    expect(restores(wired.swept.calls)).toHaveLength(1)
    wired.swept.tag('shop', { 'overlap:owner': 'team shop' })
    await later(wired, 3)
    expect(restores(wired.swept.calls)).toHaveLength(2)
    wired.swept.coldStart()
    await later(wired, 3)
    expect(restores(wired.swept.calls)).toHaveLength(3)
  })

  it('is a failure, in each pass, as long as nobody can tell whether it is one', async () => {
    const broken = {
      get: () => {
        throw new OverlapError('SECRETS_MANAGER_FAILED', 'slow down')
      },
    }
    const wired = visited(edited, {}, { stored: broken as unknown as ReadonlyMap<string, Date> })
    await wired.swept.visit('shop')
    await later(wired, 2)
    expect(wired.lines('failed')).toHaveLength(3)
  })

  it.each<[string, Readonly<Record<string, readonly string[]>>, Readonly<Record<string, string>>]>([
    [
      'whose drain came to its end',
      { byHand: ['AWSCURRENT'], old: ['AWSPREVIOUS'] },
      { [STATE_TAG]: encodeState(off) },
    ],
    ['that was never replaced', { byHand: ['AWSCURRENT'] }, {}],
  ])('is not looked for in a secret %s', async (_what, versions, tags) => {
    const wired = visited(versions, tags, { retire: answering({}), stored })
    await later(wired, 3)
    expect(wired.swept.calls).toEqual([])
  })

  it('is not looked for in a secret that was handed back, or is a replica', async () => {
    for (const facts of [{ rotationEnabled: false }, { primaryRegion: 'eu-west-1' }]) {
      const wired = visited(edited, {}, { retire: answering({}), stored })
      wired.swept.set('shop', { versions: new Map(Object.entries(edited)), ...facts })
      await later(wired, 3)
      expect(wired.swept.calls).toEqual([])
    }
  })
})

describe('a version that leaked, from which somebody went back by hand to one that was removed', () => {
  const versions = { one: ['AWSCURRENT'], two: ['AWSPREVIOUS'] }
  const stored = new Map([
    ['one', new Date(NOW_MS - 9 * DAY_MS)],
    ['two', new Date(NOW_MS - 8 * DAY_MS)],
  ])
  const removed = {
    [LEAKED_TAG]: 'two',
    [STATE_TAG]: encodeState({ drain: { ...off.drain, version: 'one' } }),
  }

  it('drains once AWSCURRENT works, and not before', async () => {
    let works = false
    const restore = async (): Promise<RetireResult> => {
      if (works) return { outcome: 'restored' }
      throw new OverlapError('CURRENT_REFUSED', 'x')
    }
    const { swept } = visited(versions, removed, {
      stored,
      retire: (request) => (request.action === 'restore' ? restore() : answering({})(request)),
    })
    for (let pass = 0; pass < 3; pass++) await swept.pass()
    expect(swept.calls).not.toContain('move DRAINING of shop')
    works = true
    await swept.pass()
    expect(swept.calls.slice(-2)).toEqual(['restore one of shop', 'move DRAINING of shop'])
  })

  it('is ended for good, also where its place was taken before', async () => {
    for (const outcome of ['disabled', 'superseded'] as const) {
      const drains = { one: ['AWSCURRENT'], two: ['AWSPREVIOUS', 'DRAINING'] }
      const { swept } = visited(
        drains,
        {
          [LEAKED_TAG]: 'two',
          [STATE_TAG]: encodeState({ drain: { version: 'two', since: NOW_MS - HOUR_MS } }),
        },
        { stored, retire: answering({ disable: { outcome }, remove: { outcome: 'removed' } }) },
      )
      await swept.pass()
      expect(swept.state('shop').drain?.off).toBe(NOW_MS)
      swept.set(
        'shop',
        { ...swept.get('shop'), versions: new Map(Object.entries(versions)) },
        Object.fromEntries(swept.get('shop').tags),
      )
      const calls = swept.calls.length
      await swept.pass()
      expect(swept.calls).toHaveLength(calls)
    }
  })
})
