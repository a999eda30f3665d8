import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Proven, Watcher } from '../../lambdas/evidence/watcher.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import {
  answering,
  changes,
  DAY_MS,
  drained,
  draining,
  enabled,
  enforced,
  failing,
  HOUR_MS,
  logged,
  long,
  MINUTE_MS,
  off,
  replaced,
  reports,
  sighted,
} from './drained-secret.ts'
import { NOW_MS } from './recorded-fleet.ts'
import { nobody, provenByClock } from './watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('the life of a replaced version', () => {
  it('goes from its first sight to the free slot, in a pass every five minutes, with a record of each end', async () => {
    const { swept } = draining(undefined, { ...enforced, 'overlap:quarantine': '1h' })
    const ends: [string, number][] = []
    for (let pass = 0; pass < (27 * HOUR_MS) / (5 * MINUTE_MS); pass++) {
      const before = swept.journal.length
      await swept.pass()
      for (const { event } of swept.journal.slice(before))
        if (event !== 'sample') ends.push([event, (swept.clock.now - NOW_MS) / HOUR_MS])
      swept.clock.now += 5 * MINUTE_MS
    }
    expect(ends).toEqual([
      ['disabled', 24],
      ['removed', 25],
    ])
    expect([...swept.get('shop').versions.values()].flat()).not.toContain('DRAINING')
    const looks = swept.journal.filter(({ event }) => event === 'sample')
    expect(looks).toHaveLength(25 * 4)
    expect(
      swept.calls.filter((call) => !call.startsWith('describe ') && !call.startsWith('inspect ')),
    ).toEqual(['save shop', 'disable old of shop', 'save shop', 'remove old of shop'])
  }, 30_000)

  it.each([
    ['drains', { version: 'old', since: NOW_MS - HOUR_MS, seen: NOW_MS - HOUR_MS }],
    ['is disabled', off(HOUR_MS)],
  ])('costs no call in a pass in which nothing is to be asked, while it %s', async (_what, drain) => {
    const { swept } = draining(drain)
    await swept.pass()
    const [calls, kept] = [swept.calls.length, swept.journalCalls.length]
    for (const _ of [1, 2]) {
      swept.clock.now += 5 * MINUTE_MS
      await swept.pass()
    }
    expect([swept.calls.slice(calls), swept.journalCalls.slice(kept)]).toEqual([[], []])
    swept.clock.now += 5 * MINUTE_MS
    await swept.pass()
    expect(swept.calls.slice(calls)).toEqual(['describe shop', 'inspect old of shop'])
  })

  it.each<[string, (swept: ReturnType<typeof draining>['swept']) => void]>([
    ['it was changed', (swept) => swept.tag('shop', { 'overlap:mode': 'observe' })],
    ['it leaked', (swept) => swept.tag('shop', { 'overlap:leaked': 'old' })],
    ['the function has just started', (swept) => swept.coldStart()],
    [
      'its drain is over',
      (swept) => {
        swept.clock.now = NOW_MS + 23 * HOUR_MS
      },
    ],
  ])('is visited before the next look when %s', async (_what, happen) => {
    const { swept } = draining({ ...drained, seen: NOW_MS - HOUR_MS })
    await swept.pass()
    const calls = swept.calls.length
    swept.clock.now += 5 * MINUTE_MS
    happen(swept)
    await swept.pass()
    expect(swept.calls.slice(calls)).toContain('describe shop')
  })

  it('is visited in each pass while something is told of it, which each pass counts', async () => {
    const { swept } = draining(drained, { ...enforced, 'overlap:consumers': 'ecs:shop/api' })
    for (const _ of [1, 2, 3]) {
      expect(await swept.pass()).toMatchObject({ seen: 1, stuck: 1 })
      swept.clock.now += 5 * MINUTE_MS
    }
  })

  it('is looked at again by a function that has just started', async () => {
    const { swept } = draining({ ...drained, seen: NOW_MS - HOUR_MS })
    for (const start of ['warm', 'cold']) {
      if (start === 'cold') swept.coldStart()
      await swept.pass()
    }
    expect(swept.calls.filter((call) => call === 'inspect old of shop')).toHaveLength(2)
  })
})

describe('a version that may have been disabled by whoever lost its tag', () => {
  it('is made to work when its drain begins', async () => {
    const { swept, drain } = draining(undefined)
    swept.set('shop', { versions: replaced, lastRotated: new Date(NOW_MS - HOUR_MS) }, enforced)
    await swept.pass()
    expect(changes(swept)).toEqual(['enable old of shop', 'save shop'])
    expect(drain()).toEqual({ version: 'old', since: NOW_MS })
  })

  it('is made to work also where the secret is changed at that moment', async () => {
    const asked: RetireRequest[] = []
    const { swept } = draining(undefined, enforced, {
      retire: async (request) => {
        asked.push(request)
        return { outcome: 'enabled' }
      },
    })
    swept.set('shop', { versions: replaced, lastRotated: new Date(NOW_MS - HOUR_MS) }, enforced)
    await swept.pass()
    expect(asked).toMatchObject([{ action: 'enable' }])
    expect(asked[0]).not.toHaveProperty('unchangedSince')
  })

  it('is not asked about when a rotation has just replaced it', async () => {
    for (const versions of [replaced, new Map([...replaced, ['now', ['AWSCURRENT', 'AWSPENDING']]])]) {
      const { swept } = draining(undefined)
      const isFinishing = versions !== replaced
      swept.set('shop', { versions, lastRotated: new Date(isFinishing ? 0 : NOW_MS - HOUR_MS + 1) }, enforced)
      await swept.pass()
      expect(changes(swept)).toEqual(['save shop'])
    }
  })
})

describe('a look', () => {
  it('that saw a use begins the quiet time anew, once for each look', async () => {
    const { swept, drain } = draining({ ...drained, seen: NOW_MS - HOUR_MS }, enforced, {
      retire: answering({ inspect: sighted }),
    })
    await swept.pass()
    swept.clock.now += 5 * MINUTE_MS
    await swept.pass()
    expect(drain()).toEqual({ ...drained, seen: NOW_MS })
    expect(swept.calls.filter((call) => call === 'save shop')).toHaveLength(1)
    expect(swept.journal).toEqual([expect.objectContaining({ event: 'sample', sightings: [reports] })])
  })

  it('that failed is kept as unknown, is a warning, and no failure of the pass', async () => {
    const { swept, lines } = draining({ ...drained, seen: NOW_MS - HOUR_MS }, enforced, {
      retire: answering({ inspect: failing('UNREACHABLE') }),
    })
    expect(await swept.pass()).toMatchObject({ failed: 0 })
    expect(swept.journal).toEqual([expect.objectContaining({ event: 'sample', unknown: 'UNREACHABLE' })])
    expect(lines('unknown')).toEqual([
      expect.objectContaining({ level: 'WARN', step: 'look', reason: 'UNREACHABLE' }),
    ])
  })

  it('that could not be kept is made again by the next pass', async () => {
    const note = vi
      .fn()
      .mockRejectedValueOnce(new OverlapError('JOURNAL_FAILED', 'x'))
      .mockResolvedValue(undefined)
    const { swept } = draining({ ...drained, seen: NOW_MS - HOUR_MS }, enforced, { watcher: { note } })
    expect(await swept.pass()).toMatchObject({ failed: 1 })
    expect(await swept.pass()).toMatchObject({ failed: 0 })
    expect(note).toHaveBeenCalledTimes(2)
  })
})

describe('the end of a drain', () => {
  it.each<{ what: string; watcher: Partial<Watcher> }>([
    { what: 'looks cannot be kept', watcher: { note: failing('JOURNAL_FAILED') } },
    { what: 'the journal cannot be read', watcher: { prove: failing('JOURNAL_FAILED') } },
  ])('disables nothing when $what', async ({ watcher }) => {
    const { swept, lines } = draining(drained, enforced, { watcher })
    await swept.pass()
    expect(swept.calls).not.toContain('disable old of shop')
    expect(lines('failed')).toEqual([
      expect.objectContaining({ reason: 'JOURNAL_FAILED', severity: 'ticket' }),
    ])
  })

  it('is said in the tag only when the journal has it', async () => {
    const record = vi
      .fn()
      .mockRejectedValueOnce(new OverlapError('JOURNAL_FAILED', 'x'))
      .mockResolvedValue(undefined)
    const { swept, drain } = draining(drained, enforced, { watcher: { record } })
    await swept.pass()
    expect(drain()).toEqual(drained)
    await swept.pass()
    expect(drain()).toEqual({ ...drained, off: NOW_MS })
    expect(record.mock.calls.map(([{ event }]) => event)).toEqual(['disabled', 'disabled'])
  })

  it('proves the whole quiet time, and names who was there', async () => {
    const prove = vi.fn().mockResolvedValue(provenByClock)
    const rolled = { ...drained, rolled: NOW_MS - DAY_MS }
    const tags = { ...logged, 'overlap:consumers': 'ecs:shop/api' }
    const { swept } = draining(rolled, tags, { watcher: { prove }, rollout: async () => ({ state: 'done' }) })
    await swept.pass()
    expect(prove.mock.calls).toEqual([
      [
        {
          secretId: 'shop',
          versionId: 'old',
          from: rolled.rolled,
          until: NOW_MS,
          loginLogs: ['logs:/shop'],
          consumers: [{ name: 'ecs:shop/api', version: 'now' }],
          declared: 1,
        },
      ],
    ])
  })

  it('is one of the last drain: a gap before that does not count against it for ever', async () => {
    const prove = vi.fn<Watcher['prove']>(async () => provenByClock)
    const { swept } = draining(long, enforced, { watcher: { prove } })
    await swept.pass()
    expect(prove).toHaveBeenCalledWith(expect.objectContaining({ from: NOW_MS - DAY_MS, until: NOW_MS }))
  })

  it('that a log of logins contradicts begins the quiet time anew, at that use', async () => {
    const lastUse = { at: NOW_MS - HOUR_MS, sighting: reports }
    const { swept, drain } = draining(drained, logged, {
      watcher: { prove: async (): Promise<Proven> => ({ ...provenByClock, lastUse, uses: [lastUse] }) },
    })
    await swept.pass()
    expect(changes(swept)).toEqual(['inspect old of shop', 'enable old of shop', 'save shop'])
    expect(drain()).toEqual({ ...drained, seen: lastUse.at, noted: NOW_MS })
    const at = new Date(lastUse.at).toISOString()
    const kept = { v: 1, secret: 'shop', version: 'old', at, event: 'sample', sightings: [reports] }
    expect(swept.journal.filter((record) => record.at === at)).toEqual([kept])
  })

  it('that a log of logins contradicts keeps everybody whom that shows, since not everybody may read it', async () => {
    const lastUse = { at: NOW_MS - HOUR_MS, sighting: reports }
    const before = { at: NOW_MS - 2 * HOUR_MS, sighting: { ...reports, application: 'billing' } }
    const { swept } = draining(drained, logged, {
      watcher: {
        prove: async (): Promise<Proven> => ({ ...provenByClock, lastUse, uses: [before, lastUse] }),
      },
    })
    await swept.pass()
    expect(swept.journal).toContainEqual(
      expect.objectContaining({ event: 'sample', sightings: [before.sighting, reports] }),
    )
  })

  it('that a log of logins contradicts begins it anew also where that use is too old for the journal', async () => {
    const lastUse = { at: NOW_MS - HOUR_MS, sighting: reports }
    const { swept, drain } = draining(drained, logged, {
      watcher: {
        prove: async (): Promise<Proven> => ({ ...provenByClock, lastUse, uses: [lastUse] }),
        record: () => Promise.reject(new OverlapError('JOURNAL_FAILED', 'tooOldLogEventEndIndex')),
      },
    })
    await swept.pass()
    expect(drain()).toEqual({ ...drained, seen: lastUse.at, noted: NOW_MS })
  })

  it('asks for a proof that did not suffice once for each look', async () => {
    const prove = vi.fn().mockResolvedValue(provenByClock)
    const { swept } = draining(drained, { ...enforced, 'overlap:evidence': 'logged' }, { watcher: { prove } })
    for (let pass = 0; pass < 4; pass++) {
      await swept.pass()
      swept.clock.now += 5 * MINUTE_MS
    }
    expect(prove).toHaveBeenCalledTimes(2)
    expect(swept.calls).not.toContain('disable old of shop')
  })

  it('finds a credential of which there is nothing left, and lets the rotation behind it go on', async () => {
    const { swept } = draining(drained, enforced, {
      retire: answering({ disable: async () => ({ outcome: 'superseded' }) }),
    })
    const versions = new Map([...replaced, ['next', ['AWSPENDING']]])
    const pending = { version: 'next', since: NOW_MS }
    swept.set(
      'shop',
      { versions, lastChanged: new Date(0), lastRotated: new Date(NOW_MS) },
      { ...enforced, [STATE_TAG]: encodeState({ drain: drained, pending }) },
    )
    await swept.pass()
    expect(swept.journal.at(-1)).toMatchObject({ event: 'superseded', version: 'old' })
    expect(swept.calls.slice(-2)).toEqual(['disable old of shop', 'rotate shop'])
  })

  it('comes in the next pass where the drain is 0 and it failed in this one', async () => {
    const asked: RetireRequest[] = []
    const { swept } = draining(
      drained,
      { ...enforced, 'overlap:drain': '0s' },
      {
        deployment: { drainFloorSeconds: 0 },
        retire: async (request) => {
          asked.push(request)
          if (request.action !== 'remove') return { outcome: 'disabled' }
          const changed = swept.get('shop').lastChanged?.getTime() ?? 0
          if (
            asked.filter(({ action }) => action === 'remove').length === 1 ||
            changed > (request.unchangedSince ?? changed)
          )
            throw new OverlapError('UNREACHABLE', 'x')
          return { outcome: 'removed' }
        },
      },
    )
    for (const _ of [1, 2]) {
      await swept.pass()
      swept.clock.now += 5 * MINUTE_MS
    }
    expect(swept.journal.map(({ event }) => event)).toEqual(['disabled', 'disabled', 'removed'])
  })

  it('comes in one pass where the drain is 0', async () => {
    const { swept } = draining(
      undefined,
      { ...enforced, 'overlap:drain': '0s' },
      {
        deployment: { drainFloorSeconds: 0 },
      },
    )
    await swept.pass()
    expect(changes(swept)).toEqual(['disable old of shop', 'save shop', 'remove old of shop'])
    expect(swept.journal).toMatchObject([
      { event: 'disabled', proof: { rung: 'd' }, by: 'sweep' },
      { event: 'removed', proof: { rung: 'd' } },
    ])
  })
})

const refused = {
  principal: 'a',
  at: NOW_MS - 1,
  outcome: 'refused',
  address: '10.0.0.7',
  application: 'etl',
} as const

describe('what is disabled', () => {
  it.each([
    {
      by: 'a login that was refused',
      options: { watcher: { refused: async () => [refused] } },
      who: 'etl@10.0.0.7',
    },
    {
      by: 'a session that a look saw',
      options: { retire: answering({ inspect: sighted, enable: enabled }) },
      who: 'reports@10.0.0.7',
    },
  ])('works again at once after $by, drains anew, and somebody is called', async ({ options, who }) => {
    const { swept, lines, drain } = draining(off(HOUR_MS), logged, options)
    await swept.pass()
    expect(changes(swept)).toEqual(['inspect old of shop', 'enable old of shop', 'save shop'])
    expect(drain()).toEqual({ ...long, seen: NOW_MS })
    expect(swept.journal.at(-1)).toMatchObject({ event: 'enabled', reason: 'USED_WHILE_DISABLED' })
    expect(lines('failed')).toEqual([
      expect.objectContaining({
        reason: 'USED_WHILE_DISABLED',
        severity: 'page',
        error: expect.stringContaining(`version old was disabled, and is used by ${who}`),
      }),
    ])
  })

  describe.each([
    ['a login that was refused', { watcher: { refused: async () => [refused] } }, 'psql@10.0.0.7'],
    [
      'a session that a look saw',
      { retire: answering({ inspect: sighted, enable: enabled }) },
      'reports@10.0.0.7',
    ],
  ])('whose user a person accepted by name, by %s', (_by, options, name) => {
    const proof = { ...provenByClock.proof, rung: 'accepted', accepted: [name] } as const
    const word = { v: 1, event: 'disabled', by: 'ann@desk', reason: 'old', proof } as const
    const at = new Date(NOW_MS - HOUR_MS).toISOString()
    it.each([
      ['stays disabled, and nobody is called', 'old', false],
      ['works again when that was of another version', 'older', true],
    ])('%s', async (_what, version, isEnabled) => {
      const { swept, lines } = draining(off(HOUR_MS), logged, options)
      swept.journal.push({ ...word, at, secret: swept.get('shop').arn, version })
      await swept.pass()
      expect(swept.calls.includes('enable old of shop')).toBe(isEnabled)
      expect(lines('failed')).toHaveLength(isEnabled ? 1 : 0)
    })
  })

  it('with logins of accepted users alone is removed, and is no better known for that', async () => {
    const proof = { ...provenByClock.proof, rung: 'accepted', accepted: ['psql@10.0.0.7'] } as const
    const { swept } = draining(off(48 * HOUR_MS), logged, { watcher: { refused: async () => [refused] } })
    const about = {
      v: 1,
      secret: swept.get('shop').arn,
      version: 'old',
      at: new Date(NOW_MS - HOUR_MS).toISOString(),
    } as const
    swept.journal.push(
      { ...about, event: 'accepted', by: 'ann@desk', reason: 'old', names: ['psql@10.0.0.7'] },
      { ...about, event: 'disabled', proof, by: 'ann@desk' },
    )
    await swept.pass()
    expect(swept.calls.at(-1)).toBe('remove old of shop')
    expect(swept.journal.at(-1)).toMatchObject({ event: 'removed', proof: { rung: 'accepted' } })
  })

  it.each([
    ['that was refused, and was followed by a disabling on proof', [], provenByClock.proof],
    [
      'of one of two applications behind an address',
      [{ ...reports, application: 'billing' }],
      { ...provenByClock.proof, rung: 'accepted', accepted: ['psql@10.0.0.7'] } as const,
    ],
  ])('works again for a refused login though somebody gave a word %s', async (_what, sightings, proof) => {
    const { swept, lines } = draining(off(HOUR_MS), logged, { watcher: { refused: async () => [refused] } })
    const about = {
      v: 1,
      secret: swept.get('shop').arn,
      version: 'old',
      at: new Date(NOW_MS - HOUR_MS).toISOString(),
    } as const
    swept.journal.push(
      { ...about, event: 'sample', endpoints: ['db:5432'], sightings },
      { ...about, event: 'accepted', by: 'ann@desk', reason: 'old', names: ['psql@10.0.0.7'] },
      { ...about, event: 'disabled', proof, by: 'ann@desk' },
    )
    await swept.pass()
    expect(swept.calls).toContain('enable old of shop')
    expect(lines('failed')).toHaveLength(1)
  })

  it('and cannot be put back is a page, too', async () => {
    const { swept, lines, drain } = draining(off(HOUR_MS), logged, {
      watcher: { refused: async () => [refused] },
      retire: answering({ enable: failing('UNREACHABLE') }),
    })
    await swept.pass()
    expect(lines('failed')).toEqual([expect.objectContaining({ reason: 'UNREACHABLE', severity: 'page' })])
    expect(drain()).toEqual(off(HOUR_MS))
  })

  /** What the target says when it is asked, after a look that says nothing of it. */
  const disabledOnlyAsTold = (disabled: boolean | undefined) => {
    let looks = 0
    return async (): Promise<RetireResult> => {
      looks += 1
      return { outcome: 'inspected', ...nobody, ...(looks < 2 || disabled === undefined ? {} : { disabled }) }
    }
  }
  const working = async (): Promise<RetireResult> => ({ outcome: 'inspected', ...nobody, disabled: false })

  it('and is found to work, and not to be disabled, drains anew, in the journal as well, and nobody is called', async () => {
    const { swept, lines, drain } = draining(off(HOUR_MS), enforced, {
      retire: answering({ inspect: working }),
    })
    await swept.pass()
    expect(drain()).toEqual({ ...long, seen: NOW_MS })
    expect(swept.journal).toContainEqual(
      expect.objectContaining({ event: 'enabled', reason: 'it was found not to be disabled' }),
    )
    expect([lines('failed'), swept.calls.filter((call) => call.startsWith('enable'))]).toEqual([[], []])
  })

  it.each([
    { when: 'a target may still tell what it was', state: off(5 * MINUTE_MS), disabled: false },
    { when: 'nobody can say', state: off(HOUR_MS), disabled: undefined },
    { when: 'it is', state: off(HOUR_MS), disabled: true },
    {
      when: 'its target cannot disable',
      state: { ...off(HOUR_MS), works: true as const },
      disabled: undefined,
    },
  ])('and is asked about, stays in quarantine when $when', async ({ state, disabled }) => {
    const asked: RetireRequest[] = []
    const { swept, drain } = draining(state, enforced, {
      retire: async (request) => {
        asked.push(request)
        return { outcome: 'inspected', ...nobody, ...(disabled === undefined ? {} : { disabled }) }
      },
    })
    await swept.pass()
    expect(drain()).toEqual(state)
    expect(asked.map(({ action, disabledAt }) => [action, disabledAt])).toEqual([
      ['inspect', 'works' in state ? undefined : state.off],
    ])
  })

  it('is no page when it worked all along: it drains anew', async () => {
    const { swept, lines, drain } = draining(off(HOUR_MS), logged, {
      watcher: { refused: async () => [refused] },
      retire: answering({ inspect: disabledOnlyAsTold(false) }),
    })
    await swept.pass()
    expect(lines('failed')).toEqual([])
    expect(drain()).toEqual({ ...long, seen: NOW_MS })
  })

  it.each([true, undefined])(
    'is a page when nothing can be put back, and it is not known to work (disabled: %s)',
    async (isDisabled) => {
      const { swept, lines, drain } = draining(off(HOUR_MS), logged, {
        watcher: { refused: async () => [refused] },
        retire: answering({ inspect: disabledOnlyAsTold(isDisabled) }),
      })
      await swept.pass()
      expect(lines('failed')).toEqual([
        expect.objectContaining({
          reason: 'USED_WHILE_DISABLED',
          severity: 'page',
          error: expect.stringContaining('there is nothing that could be put back'),
        }),
      ])
      expect(drain()).toEqual({ ...long, seen: NOW_MS })
      expect(swept.journal.filter(({ event }) => event === 'enabled')).toEqual([])
    },
  )

  it('is removed only as long as the secret is as it was seen', async () => {
    const asked: RetireRequest[] = []
    const { swept } = draining(off(48 * HOUR_MS), enforced, {
      retire: async (request) => {
        asked.push(request)
        return request.action === 'inspect' ? { outcome: 'inspected', ...nobody } : { outcome: 'removed' }
      },
    })
    await swept.pass()
    expect(asked.at(-1)).toMatchObject({ action: 'remove', unchangedSince: 0 })
  })

  it('is a page, though the journal cannot be told', async () => {
    const { swept, lines } = draining(off(HOUR_MS), logged, {
      watcher: { refused: async () => [refused], record: failing('JOURNAL_FAILED') },
    })
    await swept.pass()
    expect(lines('failed')).toEqual([
      expect.objectContaining({ reason: 'USED_WHILE_DISABLED', severity: 'page' }),
    ])
  })

  it('is asked about in each pass, since the log was last known, and an interval more, and at its end as a whole', async () => {
    const ask = vi.fn().mockResolvedValue([])
    const { swept } = draining(off(47 * HOUR_MS), logged, { watcher: { refused: ask } })
    for (const minutes of [0, 5, 15, 60]) {
      swept.clock.now = NOW_MS + minutes * MINUTE_MS
      await swept.pass()
    }
    const since = ask.mock.calls.map(([{ from }]) => (from - NOW_MS) / MINUTE_MS)
    expect(since).toEqual([-47 * 60, -15, -10, -47 * 60])
    expect(swept.calls.at(-1)).toBe('remove old of shop')
  })

  it('and turns out to work is not removed, and drains anew', async () => {
    const { swept, drain } = draining(off(48 * HOUR_MS), enforced, {
      retire: answering({ remove: failing('STILL_USED') }),
    })
    await swept.pass()
    expect(drain()).toEqual({ ...long, seen: NOW_MS })
  })

  it('and turns out to work is told as that, though the journal cannot be told', async () => {
    const { swept, lines, drain } = draining(off(48 * HOUR_MS), enforced, {
      watcher: { record: failing('JOURNAL_FAILED') },
      retire: answering({ remove: failing('STILL_USED') }),
    })
    await swept.pass()
    expect(lines('deferred')).toEqual([expect.objectContaining({ reason: 'STILL_USED' })])
    expect(drain()).toEqual({ ...long, seen: NOW_MS })
  })

  it('is not put back by a tag that cannot be read', async () => {
    const { swept, lines } = draining(off(HOUR_MS), { ...enforced, 'overlap:evidence': 'much' })
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'inspect old of shop'])
    expect(lines('failed')).toEqual([expect.objectContaining({ reason: 'POLICY_INVALID' })])
  })
})

describe('a sweep with a wrong clock', () => {
  it('tells the retire function how long the drain and the quarantine are, and not only until when', async () => {
    const asked: RetireRequest[] = []
    const retire = async (request: RetireRequest) => {
      asked.push(request)
      return answering({ disable: async () => ({ outcome: 'disabled' }) })(request)
    }
    await draining(drained, enforced, { retire }).swept.pass()
    await draining(off(48 * HOUR_MS), enforced, { retire }).swept.pass()
    expect(asked.filter(({ action }) => action !== 'inspect')).toEqual([
      expect.objectContaining({ action: 'disable', quietForMs: DAY_MS }),
      expect.objectContaining({
        action: 'remove',
        quietForMs: 2 * DAY_MS,
        disabledAt: NOW_MS - 48 * HOUR_MS,
      }),
    ])
  })

  it('that is behind when it disables begins the quarantine by the clock of the retire function', async () => {
    const at = NOW_MS + 3 * MINUTE_MS
    const retire = answering({ disable: async () => ({ outcome: 'disabled', at }) })
    const { swept, drain } = draining(drained, enforced, { retire })
    await swept.pass()
    expect(drain()?.off).toBe(at)
  })
})

describe('a copy of a secret in another Region', () => {
  it('is nobody’s to touch', async () => {
    const { swept } = draining(drained)
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf'
    const tags = { ...enforced, [STATE_TAG]: encodeState({ drain: drained }) }
    swept.set(arn, { versions: replaced, lastChanged: new Date(0), primaryRegion: 'eu-west-1' }, tags)
    await swept.visit(arn)
    expect(swept.calls).toEqual([`describe ${arn}`])
    expect(await swept.pass()).toMatchObject({ seen: 1 })
  })
})
