import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessKey } from '../../lambdas/inventory/access-key.ts'
import { listedAge } from '../../lambdas/inventory/age.ts'
import { agesMemory } from '../../lambdas/inventory/ages-memory.ts'
import { DEFAULT_THRESHOLDS, type Entry } from '../../lambdas/inventory/entry.ts'
import { accessKeyEntries, type Judging, secretEntries } from '../../lambdas/inventory/gather.ts'
import { leftBehindBy } from '../../lambdas/inventory/left-behind.ts'
import { KeysOfSecrets, markOf } from '../../lambdas/inventory/recorded-key.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { daysAgo, listed, NOW, OUR_FUNCTION, ours, REGION } from './account.ts'

const judging: Judging = {
  now: NOW,
  region: REGION,
  thresholds: DEFAULT_THRESHOLDS,
  deployment: undefined,
  isOurs: () => false,
  ownerTags: [],
  exact: false,
}
const DATES = new Map([
  ['new', daysAgo(80)],
  ['old', daysAgo(300)],
])
const inDoubt = (name: string) => listed(name)
const stale = (name: string) => listed(name, { lastChanged: daysAgo(100) })
const first = new Map([['new', ['AWSCURRENT']]])
const original = (name: string) => listed(name, { versions: first, lastChanged: daysAgo(365) })

async function* from<T>(elements: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* elements
}

async function all(entries: AsyncIterable<Entry>): Promise<readonly Entry[]> {
  const found: Entry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

/** An account whose calls are answered by `dates`, and counted. */
function account(
  secrets: Iterable<ListedSecret>,
  dates: (arn: string) => Promise<ReadonlyMap<string, Date>> = async () => DATES,
) {
  const asked: string[] = []
  return {
    asked,
    secrets: () => from(secrets),
    createdDates: (arn: string) => {
      asked.push(arn)
      return dates(arn)
    },
  }
}

describe('the entries of secrets', () => {
  it('come in the order of the listing, with one call for each that is in doubt', async () => {
    const secrets = [inDoubt('a'), stale('b'), inDoubt('c'), original('d')]
    const sources = account(secrets)
    const entries = await all(secretEntries(sources, judging))
    expect(entries.map(({ name, age, states }) => [name, age?.precision, states[0]])).toEqual([
      ['a', 'exact', 'DUE'],
      ['b', 'at least', 'STALE'],
      ['c', 'exact', 'DUE'],
      ['d', 'exact', 'NEVER_ROTATED'],
    ])
    expect(sources.asked).toEqual([secrets[0]?.arn, secrets[2]?.arn])
  })

  it('are all to the moment when that is asked for; what is so already costs no call', async () => {
    const sources = account([stale('a'), original('b')])
    const entries = await all(secretEntries(sources, { ...judging, exact: true }))
    expect(entries.map(({ age }) => age?.precision)).toEqual(['exact', 'exact'])
    expect(entries[0]?.age?.since).toBe(daysAgo(80).getTime())
    expect(sources.asked).toHaveLength(1)
  })

  it('keep what the listing proves where the moment is asked for and refused', async () => {
    const fresh = listed('fresh', { created: daysAgo(10), lastChanged: daysAgo(1) })
    const denied = () => Promise.reject(new OverlapError('SECRETS_MANAGER_FAILED', 'AccessDenied'))
    const sources = account([fresh, stale('stale'), inDoubt('doubtful')], denied)
    const entries = await all(secretEntries(sources, { ...judging, exact: true }))
    expect(entries.map(({ age, states }) => [age?.precision, states[0]])).toEqual([
      ['at most', 'FRESH'],
      ['at least', 'STALE'],
      [undefined, 'AGE_UNKNOWN'],
    ])
    expect(sources.asked).toHaveLength(3)
  })

  it('judge a secret that promises less by its own promise, also about whether to ask', async () => {
    const secret = ours('a', { lastChanged: daysAgo(40) }, { 'overlap:max-age': '30d' })
    const sources = account([secret])
    const [entry] = await all(secretEntries(sources, { ...judging, isOurs: () => true }))
    expect(entry?.states).toContain('STALE')
    expect(sources.asked).toEqual([])
  })

  it.each([false, true])('ask nothing about a replica (exact: %s)', async (exact) => {
    const replica = { primaryRegion: 'us-east-1' }
    const sources = account([
      { ...inDoubt('a'), ...replica },
      { ...stale('b'), ...replica },
    ])
    for (const entry of await all(secretEntries(sources, { ...judging, exact })))
      expect(entry).toMatchObject({ states: ['REPLICA'], age: undefined, reason: undefined })
    expect(sources.asked).toEqual([])
  })

  it.each([
    {
      what: 'is denied',
      answer: () => Promise.reject(new OverlapError('SECRETS_MANAGER_FAILED', 'AccessDenied')),
      reason: 'SECRETS_MANAGER_FAILED',
      because: 'AccessDenied',
    },
    {
      what: 'fails in a way that nobody foresaw',
      answer: () => Promise.reject(new TypeError('x is not a function')),
      reason: 'UNEXPECTED',
      because: 'an unexpected error kept its age from being found out',
    },
    {
      what: 'throws at once',
      answer: () => {
        throw new OverlapError('TIME_UP', 'no time')
      },
      reason: 'TIME_UP',
      because: 'no time',
    },
    {
      what: 'leaves the version out',
      answer: async () => new Map([['old', daysAgo(300)]]),
      reason: 'AGE_UNKNOWN',
      because: 'Secrets Manager does not say when each version that works was created',
    },
  ])(
    'of a secret whose call $what say why its age is unknown, and never that it is fresh',
    async ({ answer, reason, because }) => {
      const bad = inDoubt('bad')
      const sources = account([inDoubt('a'), bad, inDoubt('b')], (arn) =>
        arn === bad.arn ? answer() : Promise.resolve(DATES),
      )
      const entries = await all(secretEntries(sources, judging))
      expect(entries.map(({ states }) => states[0])).toEqual(['DUE', 'AGE_UNKNOWN', 'DUE'])
      expect(entries[1]).toMatchObject({ age: undefined, reason, because })
      expect(entries[1]?.states).not.toContain('FRESH')
    },
  )

  it('ask about the only value of a secret that may have been empty before', async () => {
    const sources = account([listed('a', { versions: first })])
    const [entry] = await all(secretEntries(sources, judging))
    expect(entry).toMatchObject({
      age: { since: daysAgo(80).getTime(), precision: 'exact', of: 'secret' },
      states: ['NEVER_ROTATED', 'DUE', 'UNOWNED', 'UNMANAGED'],
    })
    expect(sources.asked).toHaveLength(1)
  })

  it('ask nothing about an empty secret, which has no age, not even one that is unknown', async () => {
    const sources = account([listed('a', { versions: new Map() })])
    expect(await all(secretEntries(sources, { ...judging, exact: true }))).toMatchObject([
      { age: undefined, reason: undefined, states: ['EMPTY', 'UNOWNED', 'UNMANAGED'] },
    ])
    expect(sources.asked).toEqual([])
  })

  it.each<{ what: string; changes: Partial<ListedSecret>; date: Date; asked: number }>([
    { what: 'of the secret', changes: { lastChanged: daysAgo(-1) }, date: daysAgo(3), asked: 0 },
    { what: 'of its version', changes: {}, date: daysAgo(-1), asked: 1 },
  ])(
    'take no date $what that is yet to come for an age: a clock is wrong',
    async ({ changes, date, asked }) => {
      const sources = account([listed('a', changes)], async () => new Map([['new', date]]))
      const [entry] = await all(secretEntries(sources, judging))
      expect(entry).toMatchObject({ age: undefined, reason: 'CLOCK_WRONG' })
      expect(entry?.states[0]).toBe('AGE_UNKNOWN')
      expect(sources.asked).toHaveLength(asked)
    },
  )

  it('say of a secret that its network left behind that nothing rotates it, and of no other', async () => {
    const gone = { rotationFunction: OUR_FUNCTION.replace(/main$/, 'gone') }
    const others = { rotationFunction: OUR_FUNCTION.replace('overlap-rotate', 'payments-rotate') }
    const secrets = [ours('left', gone), ours('kept'), ours('others', others), listed('nobodys')]
    const leftBehind = leftBehindBy('overlap', new Set([OUR_FUNCTION]))
    const entries = await all(secretEntries(account(secrets), { ...judging, leftBehind }))
    expect(entries.map(({ states, reason }) => [states.includes('BLOCKED'), reason])).toEqual([
      [true, 'SECRET_NOT_OURS'],
      [false, undefined],
      [false, undefined],
      [false, undefined],
    ])
    expect(entries[0]?.path).toMatchObject({ says: expect.stringContaining('network'), run: undefined })
  })

  it('come before the failure of a listing that breaks off', async () => {
    const sources = {
      ...account([]),
      async *secrets() {
        yield inDoubt('a')
        yield stale('b')
        throw new OverlapError('SECRETS_MANAGER_FAILED', 'slow down')
      },
    }
    const found: string[] = []
    const taking = async () => {
      for await (const { name } of secretEntries(sources, judging)) found.push(name)
    }
    await expect(taking()).rejects.toMatchObject({ code: 'SECRETS_MANAGER_FAILED' })
    expect(found).toEqual(['a', 'b'])
  })

  it('cost as many calls as there are secrets in doubt, whatever they are', async () => {
    const secret = fc
      .record({
        created: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
        changed: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
        replaced: fc.boolean(),
        draining: fc.boolean(),
      })
      .map(({ created, changed, replaced, draining }) =>
        listed('a', {
          created: created === undefined ? undefined : daysAgo(created),
          lastChanged: changed === undefined ? undefined : daysAgo(changed),
          versions: new Map<string, readonly string[]>([
            ['new', ['AWSCURRENT']],
            ...(replaced ? [['old', draining ? ['AWSPREVIOUS', 'DRAINING'] : ['AWSPREVIOUS']] as const] : []),
          ]),
        }),
      )
    await fc.assert(
      fc.asyncProperty(fc.array(secret, { maxLength: 30 }), async (some) => {
        const secrets = some.map((each, at) => ({ ...each, arn: `${each.arn}${at}`, name: `${at}` }))
        const sources = account(secrets)
        const entries = await all(secretEntries(sources, judging))
        const doubtful = secrets.filter((each) => listedAge(each, DEFAULT_THRESHOLDS, NOW) === 'in doubt')
        expect(sources.asked).toEqual(doubtful.map(({ arn }) => arn))
        expect(entries.map(({ name }) => name)).toEqual(secrets.map(({ name }) => name))
      }),
      { numRuns: 200 },
    )
  })
})

describe('ten thousand secrets', () => {
  it('are never held at once: eight calls, a page of entries, in order', async () => {
    const most = { listedAhead: 0, underWay: 0 }
    let [listedSoFar, taken, underWay] = [0, 0, 0]
    const sources = {
      async *secrets() {
        for (let at = 0; at < 10_000; at++) {
          listedSoFar++
          most.listedAhead = Math.max(most.listedAhead, listedSoFar - taken)
          yield at % 2 === 0 ? inDoubt(`s${at}`) : stale(`s${at}`)
        }
      },
      async createdDates(arn: string) {
        underWay++
        most.underWay = Math.max(most.underWay, underWay)
        // Some are faster than those before them, and one waits for long.
        const turns = arn.includes(':s500-') ? 100 : 1 + (Number(/s(\d+)-/.exec(arn)?.[1]) % 3)
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
        underWay--
        return DATES
      },
    }
    for await (const { name } of secretEntries(sources, judging)) {
      expect(name).toBe(`s${taken}`)
      taken++
    }
    expect(taken).toBe(10_000)
    expect(most.underWay).toBe(8)
    expect(most.listedAhead).toBeLessThanOrEqual(101)
  })

  it('are listed no further than they are taken', async () => {
    let listedSoFar = 0
    let isClosed = false
    const sources = {
      async *secrets() {
        try {
          for (;;) yield stale(`s${listedSoFar++}`)
        } finally {
          isClosed = true
        }
      },
      createdDates: async () => DATES,
    }
    let taken = 0
    for await (const _ of secretEntries(sources, judging)) if (++taken === 5) break
    expect(listedSoFar).toBeLessThanOrEqual(101)
    expect(isClosed).toBe(true)
  })
})

describe('a memory of dates', () => {
  it('spares the call for as long as the same versions are in use', async () => {
    const memory = agesMemory()
    const secret = inDoubt('a')
    const sources = account([secret])
    const pass = (changes: Partial<ListedSecret> = {}) =>
      all(secretEntries({ ...sources, secrets: () => from([{ ...secret, ...changes }]) }, judging, memory))
    const [one] = await pass()
    const [two] = await pass({ lastChanged: daysAgo(0) })
    expect(two).toEqual(one)
    expect(sources.asked).toHaveLength(1)
    await pass({
      versions: new Map([
        ['newer', ['AWSCURRENT']],
        ['new', ['AWSPREVIOUS']],
      ]),
    })
    expect(sources.asked).toHaveLength(2)
    await pass({
      versions: new Map([
        ['new', ['AWSCURRENT']],
        ['old', ['AWSPREVIOUS', 'DRAINING']],
      ]),
    })
    expect(sources.asked).toHaveLength(3)
  })

  it('does not hold on to a failure', async () => {
    const memory = agesMemory()
    let fails = true
    const sources = account([inDoubt('a')], async () => {
      if (fails) throw new OverlapError('SECRETS_MANAGER_FAILED', 'slow down')
      return DATES
    })
    expect((await all(secretEntries(sources, judging, memory)))[0]?.states[0]).toBe('AGE_UNKNOWN')
    fails = false
    expect((await all(secretEntries(sources, judging, memory)))[0]?.states[0]).toBe('DUE')
  })

  it('is bounded, and keeps of a secret what is in use alone', () => {
    const memory = agesMemory(2)
    for (const name of ['a', 'b', 'a', 'c']) memory.remember(inDoubt(name), DATES)
    expect(['a', 'b', 'c'].map((name) => memory.recall(inDoubt(name)) !== undefined)).toEqual([
      true,
      false,
      true,
    ])
    expect(memory.recall(inDoubt('a'))).toEqual(new Map([['new', daysAgo(80)]]))
  })
})

describe('the entries of access keys', () => {
  const key = (id: string, tags: Record<string, string> = {}): AccessKey => ({
    id,
    userName: 'alice',
    userArn: 'arn:aws:iam::111122223333:user/alice',
    active: true,
    created: daysAgo(100),
    isOnly: true,
    tags: new Map(Object.entries(tags)),
  })

  it('come in the order of the listing', async () => {
    const entries = await all(accessKeyEntries({ accessKeys: () => from([key('A'), key('B')]) }, judging))
    expect(entries.map(({ id, states }) => [id, states])).toEqual([
      ['A', ['STALE', 'UNOWNED', 'UNMANAGED']],
      ['B', ['STALE', 'UNOWNED', 'UNMANAGED']],
    ])
  })

  const ours = (name: string, tags: Record<string, string>) =>
    listed(name, {
      rotationFunction: 'arn:aws:lambda:us-east-1:111122223333:function:overlap-rotate-iam-access-key-main',
      tags: new Map(Object.entries(tags)),
    })

  it('leave out what a secret in rotation holds, which was told with that', async () => {
    const record = (arn: string) =>
      `v=1 secret=${markOf(arn)} version=a state=live since=2026-01-01T00:00:00Z`
    const [kept, other] = [
      ours('kept', { 'overlap:kind': 'iam-access-key' }),
      ours('other', { 'overlap:kind': 'postgres' }),
    ]
    const secrets = new KeysOfSecrets()
    for (const secret of [kept, other]) secrets.hear(secret)
    const keys = [
      key('A', { 'overlap:key:A': record(kept.arn) }),
      key('B', { 'overlap:key:A': record(kept.arn) }),
      key('C', { 'overlap:key:C': record(other.arn) }),
    ]
    const entries = await all(accessKeyEntries({ accessKeys: () => from(keys) }, judging, secrets))
    expect(entries.map(({ id }) => id)).toEqual(['B', 'C'])
  })

  it('name the secret that an adopted key is held by, before a rotation has put it on record', async () => {
    const secrets = new KeysOfSecrets()
    const tags = { 'overlap:kind': 'iam-access-key', 'overlap:iam-user': 'Alice' }
    secrets.hear(ours('robots/deploy', tags))
    const mine = key('A')
    const keys: AccessKey[] = [
      mine,
      { ...mine, id: 'B', isOnly: false },
      { ...mine, id: 'C', userName: 'bob' },
      { ...mine, id: 'D', userArn: 'arn:aws:iam::444455556666:user/alice' },
      // Whatever the secret holds, this one opens nothing.
      { ...mine, id: 'E', active: false },
    ]
    const entries = await all(accessKeyEntries({ accessKeys: () => from(keys) }, judging, secrets))
    expect(
      entries.map(({ states, path }) => [states.includes('UNMANAGED'), path.entry !== undefined]),
    ).toEqual([
      [false, false],
      [true, false],
      [true, true],
      [true, true],
      [true, false],
    ])
    expect(entries[0]?.path.says).toContain('robots/deploy')
  })

  it('believe no tag of a secret that Overlap does not rotate', async () => {
    const secrets = new KeysOfSecrets()
    const tags = new Map([['overlap:iam-user', 'alice']])
    secrets.hear(listed('a', { tags: new Map([...tags, ['overlap:kind', 'iam-access-key']]) }))
    secrets.hear(ours('b', { 'overlap:kind': 'postgres', 'overlap:iam-user': 'alice' }))
    const entries = await all(accessKeyEntries({ accessKeys: () => from([key('A')]) }, judging, secrets))
    expect(entries[0]?.path.entry).toBeDefined()
  })
})
