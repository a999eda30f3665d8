import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Evidence, prove } from '../../lambdas/evidence/ladder.ts'
import type { Proof } from '../../lambdas/evidence/record.ts'
import type { Proving } from '../../lambdas/evidence/watcher.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import {
  answering,
  DAY_MS,
  draining,
  enforced,
  failing,
  HOUR_MS,
  long,
  MINUTE_MS,
  off,
} from './drained-secret.ts'
import type { FleetOptions } from './fleet.ts'
import { NOW_MS, recordedFleet } from './recorded-fleet.ts'
import { nobody } from './watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const key = { ...enforced, 'overlap:kind': 'iam-access-key' }
const iso = (ms: number) => new Date(ms).toISOString()

/** A key that is used at these moments, each of which IAM tells three hours later. */
function told(uses: readonly number[], now: () => number): RetireResult {
  const last = uses.filter((at) => at <= now() - 3 * HOUR_MS).at(-1)
  const { witness: _, ...look } = nobody
  const sightings =
    last === undefined
      ? []
      : [
          {
            endpoint: 'iam.amazonaws.com:443',
            application: 's3',
            address: 'eu-central-1',
            since: iso(last),
            lastUsed: iso(last),
          },
        ]
  return { outcome: 'inspected', ...look, witness: undefined, sightings }
}

function usedAt(
  uses: readonly number[],
  drain: Parameters<typeof draining>[0],
  tags = {},
  options: FleetOptions = {},
) {
  const wired = draining(
    drain,
    { ...key, ...tags },
    {
      ...options,
      retire: async (request) => {
        if (request.action === 'inspect') return told(uses, () => wired.swept.clock.now)
        if (request.action === 'disable') return { outcome: 'disabled' }
        if (request.action === 'remove') return { outcome: 'removed' }
        return { outcome: wired.drain()?.off === undefined ? 'nothing' : 'enabled' }
      },
    },
  )
  const pass = async (minutes = 5) => {
    await wired.swept.pass()
    wired.swept.clock.now += minutes * MINUTE_MS
  }
  const saves = () => wired.swept.calls.filter((call) => call === 'save shop').length
  return { ...wired, pass, saves }
}

describe('a key that drains', () => {
  it('is disabled once neither it nor the secret was touched for drain and lag together', async () => {
    const { swept, pass } = usedAt([NOW_MS - HOUR_MS], undefined)
    const hours = () => (swept.clock.now - NOW_MS) / HOUR_MS
    let disabledAt = 0
    while (disabledAt === 0 && hours() < 60) {
      const before = hours()
      await pass(15)
      if (swept.calls.includes('disable old of shop')) disabledAt = before
    }
    expect(disabledAt).toBe(48)
  }, 30_000)

  it('whose use is told again and again is noted once, and drains from that note', async () => {
    const use = NOW_MS + HOUR_MS
    const { swept, pass, saves, drain } = usedAt([use], undefined)
    for (let hour = 0; hour < 10; hour++) await pass(60)
    // That it was seen replaced, and that it was used.
    expect(saves()).toBe(2)
    expect(drain()).toMatchObject({ since: NOW_MS, seen: use, noted: NOW_MS + 4 * HOUR_MS })
    expect(swept.get('shop').lastChanged?.getTime()).toBe(NOW_MS + 4 * HOUR_MS)
    swept.coldStart()
    for (let hour = 0; hour < 40; hour++) await pass(60)
    expect([saves(), swept.calls.includes('disable old of shop')]).toEqual([2, false])
    for (let hour = 0; hour < 4; hour++) await pass(60)
    expect(swept.calls).toContain('disable old of shop')
  }, 30_000)

  it('is noted to be used no later than it was, however late that is told', async () => {
    const { pass, drain } = usedAt([NOW_MS - HOUR_MS], { version: 'old', since: NOW_MS - 9 * HOUR_MS })
    await pass(60)
    await pass(60)
    expect(drain()?.seen).toBeUndefined()
    await pass(60)
    expect(drain()).toMatchObject({ seen: NOW_MS - HOUR_MS, noted: NOW_MS + 2 * HOUR_MS })
  })

  it.each([
    { what: 'a use of the drain', use: 20, reason: 'STILL_USED' },
    { what: 'none that was before it', use: 10 * 24, reason: 'DRAIN_IN_PROGRESS' },
  ])('is stuck for $what', async ({ use, reason }) => {
    const [seen, noted] = [NOW_MS - 20 * HOUR_MS, NOW_MS - 17 * HOUR_MS]
    const { swept, lines, pass } = usedAt([NOW_MS - use * HOUR_MS], { ...long, seen, noted })
    swept.set(
      'shop',
      { ...swept.get('shop'), lastChanged: new Date(noted) },
      Object.fromEntries(swept.get('shop').tags),
    )
    await pass()
    expect(lines('stuck').map((line) => line.reason)).toEqual([reason])
    const told = `by s3@eu-central-1, last used at ${iso(seen)}, as iam.amazonaws.com:443 tells`
    expect(`${lines('stuck')[0]?.error}`.includes(told)).toBe(reason === 'STILL_USED')
  })

  it('is proven with how late a use may be told', async () => {
    const asked: Proving[] = []
    const { pass } = usedAt(
      [],
      long,
      { 'overlap:lag': '6h' },
      {
        watcher: {
          prove: async (question) => {
            asked.push(question)
            return prove({
              ...question,
              sampleEveryMs: 900_000,
              records: [],
              log: { logins: [], unknown: '' },
            } satisfies Evidence)
          },
        },
      },
    )
    await pass()
    expect(asked).toEqual([
      expect.objectContaining({ toldLateMs: 6 * HOUR_MS, from: NOW_MS - 30 * HOUR_MS, until: NOW_MS }),
    ])
  })

  it('of which its place tells nothing is a matter for nobody’s alarm', async () => {
    const { swept, lines } = draining({ version: 'old', since: NOW_MS - HOUR_MS }, key, {
      retire: answering({ inspect: failing('LAST_USE_UNKNOWN') }),
    })
    await swept.pass()
    expect(lines('failed')).toEqual([])
    expect(swept.journal).toEqual([expect.objectContaining({ event: 'sample', unknown: 'LAST_USE_UNKNOWN' })])
  })
})

describe('a key that is disabled', () => {
  it('is enabled for a use shortly before that, which was told too late', async () => {
    const { swept, lines, pass } = usedAt([NOW_MS - 3 * HOUR_MS - MINUTE_MS], off(HOUR_MS))
    await pass()
    expect(swept.calls).toContain('enable old of shop')
    expect(lines('failed')).toEqual([
      expect.objectContaining({ reason: 'USED_WHILE_DISABLED', severity: 'page' }),
    ])
  })

  it('stays so for a use that was known, and asks the journal nothing about it', async () => {
    const { swept, pass } = usedAt([NOW_MS - 50 * HOUR_MS], off(HOUR_MS))
    await pass()
    expect(swept.calls).not.toContain('enable old of shop')
    expect(swept.journalCalls).toEqual(['note a look'])
  })

  it('stays so for a use of the drain that a person accepted by name', async () => {
    const { swept, pass } = usedAt([NOW_MS - 4 * HOUR_MS], off(HOUR_MS))
    swept.journal.push({ ...disabledBy('accepted'), at: iso(NOW_MS - HOUR_MS) })
    await pass()
    expect(swept.calls).not.toContain('enable old of shop')
  })

  const unreadable = { 'overlap:drain': 'a day' }
  it.each([
    { what: 'known when it was disabled', use: 30, proven: true, isHelped: false },
    { what: 'not known then', use: 20, proven: true, isHelped: true },
    { what: 'of the drain, and nobody knows what was known', use: 30, proven: false, isHelped: true },
    { what: 'before it was replaced, and nobody knows', use: 10 * 24, proven: false, isHelped: false },
  ])('while its policy cannot be read, for a use $what: helped $isHelped', async (row) => {
    const { swept, pass } = usedAt([NOW_MS - row.use * HOUR_MS], off(HOUR_MS), unreadable)
    if (row.proven) swept.journal.push({ ...disabledBy('b'), at: iso(NOW_MS - HOUR_MS) })
    await pass()
    expect(swept.calls.includes('enable old of shop')).toBe(row.isHelped)
  })

  /** With what it was disabled: nothing was known of a use in the day before. */
  function disabledBy(rung: Proof['rung']) {
    const proof: Proof = {
      rung,
      from: iso(NOW_MS - 25 * HOUR_MS),
      until: iso(NOW_MS - HOUR_MS),
      samples: 9,
      gaps: [],
      consumers: [],
      missing: [],
      ...(rung === 'accepted' ? { accepted: ['s3@eu-central-1'] } : {}),
    }
    return { v: 1, secret: 'shop', version: 'old', event: 'disabled', proof, by: 'sweep' } as const
  }
})

describe('a key that works until it is deleted, since its provider cannot disable', () => {
  const left = (
    removed: () => Promise<RetireResult>,
    uses: readonly number[] = [],
    at = off(90 * HOUR_MS),
    options: FleetOptions = {},
  ) => {
    const provider = { ...enforced, 'overlap:kind': 'http-api-key' }
    const asked: RetireRequest[] = []
    const wired = draining({ ...at, works: true }, provider, {
      ...options,
      retire: async (request) => {
        asked.push(request)
        if (request.action === 'inspect') return told(uses, () => wired.swept.clock.now)
        return request.action === 'remove' ? removed() : { outcome: 'nothing' }
      },
    })
    return { ...wired, asked: (action: string) => asked.filter((request) => request.action === action) }
  }
  const gone = async (): Promise<RetireResult> => ({ outcome: 'removed' })

  it('is said to, in the journal and in the tag, when it was found unused', async () => {
    const { swept, drain } = draining(
      long,
      { ...key, 'overlap:kind': 'http-api-key' },
      {
        retire: answering({ disable: async () => ({ outcome: 'disabled', works: true }) }),
      },
    )
    await swept.pass()
    expect(drain()).toMatchObject({ off: NOW_MS, works: true })
    expect(swept.journal).toContainEqual(expect.objectContaining({ event: 'disabled', works: true }))
  })

  it('drains anew when it is used, and nobody is paged', async () => {
    const use = NOW_MS - 4 * HOUR_MS
    const { swept, lines, drain, asked } = left(gone, [use], off(5 * HOUR_MS))
    await swept.pass()
    expect(drain()).toMatchObject({ seen: use })
    expect(drain()).not.toHaveProperty('off')
    expect(drain()).not.toHaveProperty('works')
    expect([lines('failed'), asked('enable'), asked('remove')]).toEqual([[], [], []])
  })

  it('is deleted only if it was not used since, but for whom a person accepted', async () => {
    const { swept, asked } = left(gone)
    await swept.pass()
    expect(asked('remove')).toEqual([
      expect.objectContaining({ unusedSince: NOW_MS - 138 * HOUR_MS, despite: [] }),
    ])
  })

  it('drains anew where its deletion finds that it was used', async () => {
    const { swept, lines, drain } = left(failing('STILL_USED'))
    await swept.pass()
    expect(drain()).not.toHaveProperty('off')
    expect(lines('failed')).toEqual([])
  })

  it('is missed by nobody while its policy cannot be read', async () => {
    const { swept, lines, asked } = left(gone, [NOW_MS - 4 * HOUR_MS], off(HOUR_MS))
    swept.tag('shop', { 'overlap:drain': 'a day' })
    await swept.pass()
    expect(lines('failed')).toEqual([expect.objectContaining({ reason: 'POLICY_INVALID' })])
    expect(asked('enable')).toEqual([])
  })

  it('is not deleted while nobody can tell whom a person accepted', async () => {
    const { swept, lines, asked } = left(gone, [], off(90 * HOUR_MS), {
      watcher: { accepted: failing('JOURNAL_FAILED') },
    })
    await swept.pass()
    expect(lines('failed')).toEqual([expect.objectContaining({ reason: 'JOURNAL_FAILED' })])
    expect(asked('remove')).toEqual([])
  })
})

describe('a key that leaked, of which AWSCURRENT is a copy', () => {
  it.each([
    { what: 'that leaked as well is not said to be over before that one is', also: true },
    { what: 'with another key is over', also: false },
  ])('$what', async ({ also }) => {
    const { swept, drain } = draining(
      long,
      { ...key, 'overlap:leaked': also ? 'old now' : 'old' },
      { retire: answering({ disable: async () => ({ outcome: 'superseded' }) }) },
    )
    await swept.pass()
    expect(swept.calls).toContain('disable old of shop')
    expect(drain()?.off).toBe(also ? undefined : NOW_MS)
  })
})

describe('a key that leaked, and was found unused while it worked', () => {
  it('does not work any more once it is ended, whatever was found before', async () => {
    const { swept, drain } = draining(
      { ...off(HOUR_MS), works: true },
      { ...key, 'overlap:leaked': 'old' },
      {
        retire: answering({
          disable: async () => ({ outcome: 'disabled' }),
          remove: async () => ({ outcome: 'removed' }),
        }),
      },
    )
    await swept.pass()
    expect(swept.calls).toContain('disable old of shop')
    expect(drain()).toMatchObject({ version: 'old', off: NOW_MS })
    expect(drain()).not.toHaveProperty('works')
  })
})

describe('a rotation that waits and whose target mints keys', () => {
  const pending = { version: 'next', since: NOW_MS - HOUR_MS }
  const waiting = new Map([
    ['now', ['AWSCURRENT']],
    ['next', ['AWSPENDING']],
  ])

  /** `answer`: what comes of reclaiming. */
  function waits(
    answer: () => Promise<RetireResult>,
    { tags = {}, versions = waiting, since = pending.since, drain = {} } = {},
  ) {
    const { swept, lines } = recordedFleet({
      retire: answering({ reclaim: answer, peek: async () => ({ outcome: 'dispensable' }) }),
    })
    const state = { [STATE_TAG]: encodeState({ pending: { version: 'next', since }, ...drain }) }
    swept.set(
      'shop',
      { versions, lastRotated: new Date(NOW_MS), lastChanged: new Date(0) },
      { ...key, ...state, ...tags },
    )
    const done = () => swept.calls.filter((call) => !call.startsWith('describe') && !call.startsWith('list'))
    return { swept, lines, done }
  }
  const reclaiming = async (): Promise<RetireResult> => ({ outcome: 'reclaiming' })
  const nothing = async (): Promise<RetireResult> => ({ outcome: 'nothing' })

  it('is neither resumed nor given up while a lost key is being removed, and goes on after that', async () => {
    const answers = [reclaiming, reclaiming, nothing]
    const { swept, done } = waits(() => (answers.shift() ?? nothing)())
    await swept.pass()
    swept.clock.now += 25 * HOUR_MS
    await swept.pass()
    expect(done()).toEqual(['reclaim next of shop', 'reclaim next of shop'])
    await swept.pass()
    expect(done().slice(2)).toEqual(['reclaim next of shop', 'rotate shop'])
  })

  it('has the lost key removed also while AWSCURRENT is marked to drain, since the rotation is about to finish', async () => {
    const versions = new Map([
      ['now', ['AWSCURRENT', 'DRAINING']],
      ['next', ['AWSPENDING']],
    ])
    const { swept, done } = waits(reclaiming, { versions })
    await swept.pass()
    expect(done()).toContain('reclaim next of shop')
    expect(done()).not.toContain('rotate shop')
  })

  it('is given up a good day later than any other: it may have waited for that key', async () => {
    const { swept, done } = waits(nothing)
    swept.clock.now = pending.since + 49 * HOUR_MS
    await swept.pass()
    expect(done()).toEqual(['reclaim next of shop', 'rotate shop'])
    swept.clock.now = pending.since + 50 * HOUR_MS
    await swept.pass()
    expect(done().slice(2)).toEqual(['reclaim next of shop', 'peek next of shop', 'move AWSPENDING of shop'])
  })

  it.each([
    { what: 'unknown is not "no"', code: 'UNREACHABLE', done: 'rotate shop' },
    {
      what: 'a key that is used is somebody’s, and does not go',
      code: 'FOREIGN_KEY',
      done: 'move AWSPENDING of shop',
    },
  ] as const)('is given up only where nothing is to be reclaimed: $what', async ({ code, done: last }) => {
    const { swept, done } = waits(() => Promise.reject(new OverlapError(code, 'x')))
    swept.clock.now = pending.since + 50 * HOUR_MS
    await swept.pass()
    expect(done().at(-1)).toBe(last)
  })

  it.each<{ what: string; options: Parameters<typeof waits>[1] }>([
    { what: 'it has only just begun', options: { since: NOW_MS - 9 * MINUTE_MS } },
    { what: 'its target mints nothing', options: { tags: { 'overlap:kind': 'postgres' } } },
    {
      what: 'the secret is on hold',
      options: { tags: { 'overlap:hold': `${iso(NOW_MS + DAY_MS)} year-end close` } },
    },
    {
      what: 'it waits for what drains',
      options: {
        versions: new Map([...waiting, ['old', ['AWSPREVIOUS', 'DRAINING']]]),
        drain: { drain: { version: 'old', since: NOW_MS - HOUR_MS } },
      },
    },
  ])('has nothing reclaimed when $what', async ({ options }) => {
    const { swept, done } = waits(reclaiming, options)
    await swept.pass()
    expect(done()).not.toContain('reclaim next of shop')
  })

  it('says what it waits for to whoever is told that it is overdue', async () => {
    const { swept, lines } = waits(reclaiming, { tags: { 'overlap:max-age': '1d' } })
    swept.clock.now += 2 * DAY_MS
    await swept.pass()
    expect(lines('overdue')).toEqual([
      expect.objectContaining({
        error: expect.stringMatching(/waits until a key is removed .*goes on by itself/),
      }),
    ])
  })
})
