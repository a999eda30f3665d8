import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Watched, Watcher } from '../../lambdas/evidence/watcher.ts'
import {
  answering,
  draining,
  enabled,
  failing,
  HOUR_MS,
  logged,
  MINUTE_MS,
  off,
  sighted,
} from './drained-secret.ts'
import type { FleetOptions } from './fleet.ts'
import { NOW_MS } from './recorded-fleet.ts'
import { nobody } from './watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const refused = {
  principal: 'a',
  at: NOW_MS - MINUTE_MS,
  outcome: 'refused',
  address: '10.0.0.9',
  application: '',
} as const

describe('a version that is disabled, while its policy or the journal cannot be read', () => {
  const session: FleetOptions = { retire: answering({ inspect: sighted, enable: enabled }) }
  const login = { refused: async () => [refused] }
  it.each<[string, Readonly<Record<string, string>>, FleetOptions, string]>([
    ['a session, beside an edited tag', { 'overlap:drain': 'a day' }, session, 'reports@10.0.0.7'],
    ['a session, beside a schedule of another name', { 'overlap:schedule': 'sundays' }, session, 'reports'],
    ['a refused login, beside an edited tag', { 'overlap:drain': 'a day' }, { watcher: login }, '10.0.0.9'],
    [
      'a session, beside logs that nobody can name',
      { 'overlap:login-log': 'nowhere' },
      session,
      'reports@10.0.0.7',
    ],
    [
      'a session that cannot be kept',
      {},
      { ...session, watcher: { note: failing('JOURNAL_FAILED') } },
      'reports@10.0.0.7',
    ],
    [
      'a session of which nobody knows whether it was accepted',
      {},
      { ...session, watcher: { accepted: failing('JOURNAL_FAILED') } },
      'reports@10.0.0.7',
    ],
    [
      'a refused login, beside a look that cannot be kept',
      {},
      { watcher: { ...login, note: failing('JOURNAL_FAILED') } },
      '10.0.0.9',
    ],
  ])('works again at once for %s', async (_what, tags, options, who) => {
    const { swept, lines, drain } = draining(off(HOUR_MS), { ...logged, ...tags }, options)
    await swept.pass()
    expect(swept.calls).toContain('enable old of shop')
    expect(drain()).toMatchObject({ seen: NOW_MS })
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        reason: 'USED_WHILE_DISABLED',
        severity: 'page',
        error: expect.stringContaining(who),
      }),
    ])
  })

  it.each([
    ['a tag', { 'overlap:drain': 'a day' }, {}, 'POLICY_INVALID'],
    ['the journal', {}, { note: failing('JOURNAL_FAILED') }, 'JOURNAL_FAILED'],
  ] as const)(
    'stays as it is when nobody needs it, and %s is a failure',
    async (_what, tags, watcher, reason) => {
      const { swept, lines } = draining(off(HOUR_MS), { ...logged, ...tags }, { watcher })
      await swept.pass()
      expect(swept.calls).not.toContain('enable old of shop')
      expect(lines('failed')).toEqual([expect.objectContaining({ reason })])
    },
  )

  it('is looked at no more often than otherwise', async () => {
    const { swept } = draining(off(HOUR_MS), { ...logged, 'overlap:drain': 'a day' })
    for (let pass = 0; pass < 12; pass++) {
      await swept.pass()
      swept.clock.now += 5 * MINUTE_MS
    }
    expect(swept.calls.filter((call) => call.startsWith('inspect'))).toHaveLength(4)
  })
})

describe('a log of logins that could not be read for a while', () => {
  /** One login was refused a minute after the version was disabled. */
  function unreadable(minutes: number) {
    const early = { ...refused, at: NOW_MS - HOUR_MS + MINUTE_MS }
    const asked: number[] = []
    const isKnown = () => wired.swept.clock.now >= NOW_MS + minutes * MINUTE_MS
    const watcher: Partial<Watcher> = {
      refused: async ({ from, until }: Watched) => {
        asked.push((until - from) / MINUTE_MS)
        if (!isKnown()) return undefined
        return early.at > from && early.at <= until ? [early] : []
      },
    }
    const retire = answering({ inspect: async () => ({ outcome: 'inspected', ...nobody, sightings: [] }) })
    const wired = draining(off(HOUR_MS), logged, { watcher, retire })
    const pass = async () => {
      await wired.swept.pass()
      wired.swept.clock.now += 5 * MINUTE_MS
    }
    return { ...wired, asked, pass }
  }

  it('is read from when it was last known, so that whoever was refused meanwhile is helped', async () => {
    const { swept, pass } = unreadable(60)
    for (let passes = 0; passes < 12; passes++) await pass()
    expect(swept.calls).not.toContain('enable old of shop')
    for (let passes = 0; passes < 4; passes++) await pass()
    expect(swept.calls).toContain('enable old of shop')
  })

  it('is read as a whole once for each look, and not in every pass', async () => {
    const { asked, pass } = unreadable(1000)
    for (let passes = 0; passes < 7; passes++) await pass()
    expect(asked).toEqual([60, 30, 30, 75, 30, 30, 90])
  })
})
