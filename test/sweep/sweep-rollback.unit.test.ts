import { afterEach, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest } from '../../lambdas/rotation/retire-request.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { HOUR_MS, MINUTE_MS, world } from '../fakes/world.ts'
import type { FleetOptions } from './fleet.ts'
import { DAY_MS, RUN, recordedFleet } from './recorded-fleet.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const enforced = { 'overlap:mode': 'enforce' }
const remembered = {
  ...enforced,
  [STATE_TAG]: encodeState({ drain: { version: 'old', since: RUN - 9 * DAY_MS } }),
}
const stored = new Map([
  ['old', new Date(RUN - 14 * DAY_MS)],
  ['bad', new Date(RUN - 7 * DAY_MS)],
])
const rolledBack = { old: ['AWSCURRENT'], bad: ['AWSPREVIOUS'] }
const restored = async () => ({ outcome: 'restored' }) as const

/** A secret with these labels, after its label has moved or in a pass. */
function visited(
  versions: Readonly<Record<string, readonly string[]>>,
  tags: Readonly<Record<string, string>>,
  options: FleetOptions = {},
) {
  const { swept, lines } = recordedFleet({ stored, retire: restored, ...options })
  swept.set('shop', { versions: new Map(Object.entries(versions)), lastRotated: new Date(RUN) }, tags)
  return { swept, lines }
}

describe('a rollback by hand to a version that was retired', () => {
  it('is made to work by whatever pass comes next, and forgotten then', async () => {
    const { swept } = visited(rolledBack, remembered)
    await swept.pass()
    expect(swept.calls).toEqual(['describe shop', 'restore old of shop', 'describe shop', 'save shop'])
    expect(swept.state('shop')).toEqual({})
    await swept.pass()
    expect(swept.calls).toHaveLength(4)
  })

  it('is seen when its label moves, though the tag that remembers the version is gone', async () => {
    const { swept } = visited(rolledBack, enforced)
    await swept.visit('shop')
    expect(swept.calls).toEqual(['describe shop', 'list versions of shop', 'restore old of shop'])
  })

  it.each([
    { code: 'CURRENT_REFUSED', says: /old is AWSCURRENT again, and does not work: x/ },
    { code: 'UNREACHABLE', says: /old is AWSCURRENT again, and whether it works is not known: x/ },
  ] as const)('that cannot be undone ($code) wakes somebody', async ({ code, says }) => {
    for (const waiting of [{}, { next: ['AWSPENDING'] }]) {
      const retire = () => Promise.reject(new OverlapError(code, 'x'))
      const { swept, lines } = visited({ ...rolledBack, ...waiting }, enforced, { retire })
      await swept.visit('shop')
      expect(lines('failed')).toEqual([
        expect.objectContaining({ reason: code, severity: 'page', error: expect.stringMatching(says) }),
      ])
    }
  })

  it('works again in truth, within one pass, whichever pass retired it', async () => {
    const { secret, target, sweep, clock, current, excuse, violations } = world({}, 'draining')
    for (let pass = 0; pass < 3; pass++) {
      await sweep().run()
      clock.now += 3 * HOUR_MS
    }
    expect(target.slot('a').stamp?.state).toBe('retired')
    const [from, to] = [secret.holder('AWSCURRENT'), secret.holder('AWSPREVIOUS')]
    if (from === undefined || to === undefined) throw new Error('it was rotated once')
    secret.moveLabel('AWSCURRENT', { from, to })
    excuse()
    clock.now += MINUTE_MS
    expect(target.works(current())).toBe(false)
    await sweep().run()
    expect([target.works(current()), target.slot('a').stamp?.state, violations]).toEqual([true, 'live', []])
  })
})

describe('a label that moves', () => {
  const finished = { bad: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] }
  const refused = () => Promise.reject(new OverlapError('CURRENT_REFUSED', 'nobody is to be asked'))

  it.each([
    {
      by: 'a rotation that finishes',
      versions: { ...finished, bad: ['AWSCURRENT', 'AWSPENDING'] },
      calls: ['describe shop', 'describe shop', 'save shop'],
    },
    {
      by: 'a rotation that pins what it replaces',
      versions: { old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPENDING'] },
      tags: {
        ...enforced,
        [STATE_TAG]: encodeState({ pending: { version: 'bad', since: RUN + 9 * HOUR_MS } }),
      },
      calls: ['describe shop', 'list versions of shop'],
    },
    {
      by: 'a retirement',
      versions: { bad: ['AWSCURRENT'], old: ['AWSPREVIOUS'] },
      tags: remembered,
      calls: ['describe shop', 'list versions of shop'],
    },
    { by: 'whoever stores a first value', versions: { bad: ['AWSCURRENT'] }, calls: ['describe shop'] },
  ])('by $by costs no alarm, and no login', async ({ versions, tags = enforced, calls }) => {
    const { swept, lines } = visited(versions, tags, { retire: refused })
    await swept.visit('shop')
    expect(swept.calls).toEqual(calls)
    expect(lines('failed')).toEqual([])
  })

  it('is no failure where nobody says how old the versions are', async () => {
    const { swept, lines } = visited(rolledBack, enforced, { stored: new Map(), retire: refused })
    expect(await swept.visit('shop')).toMatchObject({ failed: 0 })
    expect(lines('failed')).toEqual([])
  })

  it('of a secret that is not ours costs nothing but the look at it', async () => {
    const { swept } = recordedFleet({ stored })
    const versions = new Map(Object.entries(rolledBack))
    swept.set('theirs', { versions, rotationFunction: 'arn:theirs' })
    await swept.visit('theirs')
    expect(swept.calls).toEqual(['describe theirs'])
  })
})

describe('a retirement that was cut off, and then a tag that nobody can read', () => {
  it.each(['overlap:hold', 'overlap:mode', 'overlap:drain', 'overlap:schedule'])(
    'is undone by the next pass, whatever is wrong with %s',
    async (tag) => {
      const { secret, target, sweep, loose, clock, violations } = world({}, 'draining')
      await sweep().run()
      clock.now += 3 * HOUR_MS
      const dying = sweep()
      await dying.run('COMMIT and record')
      for (const process of [...loose.splice(0), dying]) process.kill()
      expect(target.slot('a').stamp?.state).toBe('disabling')
      clock.now += MINUTE_MS
      secret.tag(tag, 'nonsense, alas')
      await sweep().run()
      expect([target.slot('a').stamp?.state, violations]).toEqual(['live', []])
      expect(secret.holder('DRAINING')).toBeDefined()
    },
  )

  it('asks that nothing be retired, and tells of the tag', async () => {
    const requests: RetireRequest[] = []
    const versions = { now: ['AWSCURRENT'], old: ['AWSPREVIOUS', 'DRAINING'] }
    const { swept, lines } = visited(
      versions,
      { 'overlap:mode': 'off' },
      {
        retire: (request) => {
          requests.push(request)
          return Promise.reject(new OverlapError('DRAIN_IN_PROGRESS', 'x'))
        },
      },
    )
    await swept.pass()
    expect(requests).toMatchObject([{ action: 'enable', secretId: 'shop', versionId: 'old' }])
    expect(lines('failed')).toEqual([expect.objectContaining({ reason: 'POLICY_INVALID' })])
  })
})
