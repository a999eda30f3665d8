import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ServerLogin } from '../../lambdas/evidence/journal.ts'
import { type Evidence, prove } from '../../lambdas/evidence/ladder.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import {
  complete,
  ENDPOINTS,
  FROM,
  login,
  MINUTE,
  MINUTES,
  SERVERS,
  sample,
  sighting,
  UNTIL,
  without,
  witnesses,
} from './drain.ts'

const off = { logins: [], unknown: 'no log of logins is named' }
const nobodyDeclared = { consumers: [], declared: 0 }
const looking = (minutes: readonly number[]): Partial<Evidence> => ({
  records: minutes.map((minute) => sample(minute)),
})
const logging = (logins: readonly ServerLogin[]): Partial<Evidence> => ({
  log: { logins, unknown: undefined },
})
const changing = (minute: number, changed: EvidenceRecord): Partial<Evidence> => ({
  records: MINUTES.map((one) => (one === minute ? changed : sample(one))),
})
const asleepAt = (minutes: readonly number[]): Partial<Evidence> => ({
  records: MINUTES.map((minute) =>
    minutes.includes(minute)
      ? sample(minute, { asleep: true, endpoints: [], witness: undefined } as never)
      : sample(minute),
  ),
  log: { logins: without(minutes).flatMap(witnesses), unknown: undefined },
})

describe('the ladder', () => {
  it.each<[string, 'a' | 'b' | 'd', Partial<Evidence>]>([
    ['everything is known: rung a', 'a', {}],
    ['no consumers are declared, and the log has every look: still a', 'a', nobodyDeclared],
    ['no log is named, consumers moved: b', 'b', { log: off }],
    ['no log is named, no consumers declared: d', 'd', { log: off, ...nobodyDeclared }],
    ['no log is named, one consumer was not seen: d', 'd', { log: off, declared: 3 }],
    [
      'no log is named, one consumer was seen twice in place of two: d',
      'd',
      { log: off, consumers: [complete.consumers[0], complete.consumers[0]].flatMap((one) => one ?? []) },
    ],
    ['a log could not be read: b', 'b', { log: { ...complete.log, unknown: 'one failed' } }],
    ['the log is empty: b', 'b', logging([])],
    ['the log lacks one look: b', 'b', logging(without([100]).flatMap(witnesses))],
    [
      'the log lacks the look of a minute ago, which may be on its way, and has the one before: b',
      'b',
      { until: FROM + 236 * MINUTE, ...logging(without([235]).flatMap(witnesses)) },
    ],
    [
      'the log lacks the only look, of a minute ago: b',
      'b',
      { until: FROM + 11 * MINUTE, records: [sample(10)], ...logging([]) },
    ],
    [
      'the look of a minute ago logged in as nobody: b',
      'b',
      { until: FROM + 236 * MINUTE, ...changing(235, { ...sample(235), witness: undefined } as never) },
    ],
    ['the log lacks the last look: b', 'b', logging(without([235]).flatMap(witnesses))],
    [
      'the replica’s log lacks a look: b',
      'b',
      logging(
        complete.log.logins.filter(({ at, server }) => server === SERVERS[0] || at < FROM + 100 * MINUTE),
      ),
    ],
    [
      'many others log in as the admin, at the primary: b',
      'b',
      logging(complete.log.logins.map((one) => ({ ...one, server: SERVERS[0] ?? '' }))),
    ],
    [
      'a cluster’s endpoint leads to an instance that was asked, too: a',
      'a',
      {
        records: MINUTES.map((minute) =>
          sample(minute, {
            endpoints: ['shop.cluster-cx1.eu-central-1.rds.amazonaws.com:5432', ...ENDPOINTS],
          }),
        ),
      },
    ],
    [
      'another name for a server that was asked: b',
      'b',
      changing(100, sample(100, { endpoints: ['db:5432', ...ENDPOINTS] })),
    ],
    [
      'the look’s login was refused: b',
      'b',
      logging(complete.log.logins.map((one) => ({ ...one, outcome: 'refused' as const }))),
    ],
    [
      'somebody else logged in when the look did: b',
      'b',
      logging(complete.log.logins.map((one) => ({ ...one, principal: 'admin2' }))),
    ],
    [
      'the look’s login is of ten minutes before: b',
      'b',
      logging(complete.log.logins.map((one) => ({ ...one, at: one.at - 10 * MINUTE }))),
    ],
    ['the look logs in as nobody: b', 'b', changing(100, { ...sample(100), witness: undefined } as never)],
    [
      'no look says whom it was for: b',
      'b',
      { records: MINUTES.map((minute) => ({ ...sample(minute), principal: undefined }) as never) },
    ],
    ['nobody looked: d', 'd', looking([])],
    ['one look is missing: a', 'a', looking(without([100]))],
    ['two looks are missing, one after the other: d', 'd', looking(without([100, 115]))],
    ['nobody looked in the first forty minutes: d', 'd', looking(without([10, 25]))],
    ['nobody looked in the last fifty minutes: d', 'd', looking(without([205, 220, 235]))],
    ['two looks are as far apart as they may be: a', 'a', looking(without([100]))],
    ['one look was no answer: d', 'd', changing(100, sample(100, { unknown: 'UNREACHABLE', endpoints: [] }))],
    [
      'two looks were no answer: d',
      'd',
      {
        records: MINUTES.map((minute) =>
          sample(minute, minute === 100 || minute === 115 ? { unknown: 'UNREACHABLE' } : {}),
        ),
      },
    ],
    [
      'two looks did not see every endpoint: d',
      'd',
      {
        records: MINUTES.map((minute) =>
          sample(minute, minute === 100 || minute === 115 ? { endpoints: [] } : {}),
        ),
      },
    ],
    ['the database slept for an hour: a', 'a', asleepAt([100, 115, 130, 145])],
    ['it slept but for one look: b', 'b', asleepAt(without([10]))],
    ['it has slept since, but for one look at the end: a', 'a', asleepAt(without([10, 25, 40, 220, 235]))],
    [
      'the log is of another server, which the same looks’ admin asks as well: b',
      'b',
      logging(
        MINUTES.flatMap((minute) =>
          witnesses(minute).map((one) => ({ ...one, application: `overlap of another secret ${minute}` })),
        ),
      ),
    ],
    [
      'the log was last written before a look and a pass: b',
      'b',
      {
        until: FROM + 235 * MINUTE,
        ...logging(without([220, 235]).flatMap(witnesses)),
        records: without([220, 235]).map((minute) => sample(minute)),
      },
    ],
    ['the database slept all the time, and the log was never seen at work: b', 'b', asleepAt(MINUTES)],
    ['it was seen: d', 'd', changing(100, sample(100, { sightings: [sighting] }))],
    ['it was seen by a look that left all out: d', 'd', changing(100, sample(100, { leftOut: 3 }))],
    [
      'it was seen by a look that did not see every endpoint: d',
      'd',
      changing(100, sample(100, { sightings: [sighting], endpoints: [] })),
    ],
    [
      'it was seen when the stretch begins: a',
      'a',
      { records: [sample(0, { sightings: [sighting] }), ...complete.records] },
    ],
    [
      'two clusters were asked, and one has a log: b',
      'b',
      {
        records: MINUTES.map((minute) =>
          sample(minute, { endpoints: ['a.cluster-cx1.db:5432', 'b.cluster-cx1.db:5432'] }),
        ),
        ...logging(complete.log.logins.filter(({ server }) => server === SERVERS[0])),
      },
    ],
    [
      'a login that is there for one look is taken for that of another: b',
      'b',
      {
        from: FROM + 9 * MINUTE,
        until: FROM + 18 * MINUTE,
        sampleEveryMs: MINUTE,
        records: [sample(10), sample(11.5), sample(13)],
        ...logging([...witnesses(10), ...witnesses(13)]),
      },
    ],
    ['it logged in between two looks: d', 'd', logging([...complete.log.logins, login(105)])],
    [
      'it logged in, and another log could not be read: d',
      'd',
      { log: { logins: [login(105)], unknown: 'one failed' } },
    ],
    [
      'it was refused, which is no use: a',
      'a',
      logging([...complete.log.logins, login(105, { outcome: 'refused' })]),
    ],
    ['its partner logged in: a', 'a', logging([...complete.log.logins, login(105, { principal: 'app' })])],
    ['it logged in before: a', 'a', logging([...complete.log.logins, login(-1)])],
    [
      'the use that the stretch begins with, as it was written down: a',
      'a',
      logging([...complete.log.logins, login(0, { at: FROM - 1_000 })]),
    ],
    [
      'a use in its first second, of which the log knows no parts: d',
      'd',
      { from: FROM + 700, ...logging([...complete.log.logins, login(0)]) },
    ],
    ['it logged in afterwards: a', 'a', logging([...complete.log.logins, login(241)])],
  ])('%s', (_sentence, rung, change) => {
    expect(prove({ ...complete, ...change }).proof.rung).toBe(rung)
  })

  it('asks for a look also where the stretch is so short that none is missed', () => {
    const short = { ...complete, until: FROM + 10 * MINUTE - 1 }
    expect(prove(short).proof).toMatchObject({
      rung: 'd',
      gaps: [],
      missing: ['nobody looked', expect.anything()],
    })
  })

  it('is worth asking for again where the log of the last minutes alone is lacking', () => {
    const until = FROM + 236 * MINUTE
    const logged = (minutes: readonly number[]) => logging(minutes.flatMap(witnesses))
    expect(prove({ ...complete, until, ...logged(without([235])) }).late).toBe(true)
    expect(prove({ ...complete, until, ...logged(without([220, 235])) }).late).toBe(false)
    const { proof, late } = prove({
      ...complete,
      until: FROM + 230 * MINUTE,
      records: [...(looking(without([235])).records ?? []), sample(228)],
      ...logged(without([235])),
    })
    expect([proof.rung, late]).toEqual(['a', false])
  })

  it('says what it is made of', () => {
    const before = sample(-20, {
      sightings: [sighting, { ...sighting, application: 'first', since: '2026-03-02T01:00:00.000Z' }],
    })
    expect(prove({ ...complete, records: [before, ...complete.records] })).toEqual({
      lastUse: undefined,
      uses: [],
      late: false,
      proof: {
        rung: 'a',
        from: '2026-03-02T04:00:00.000Z',
        until: '2026-03-02T08:00:00.000Z',
        samples: 16,
        gaps: [],
        lastSighting: sighting,
        consumers: complete.consumers,
        missing: [],
      },
    })
  })

  it('tells every name of a use, each once and as seen last, whoever saw it', () => {
    const other = { ...sighting, application: 'batch', since: '2026-03-02T04:30:00.000Z' }
    const seen = { ...complete, ...changing(100, sample(100, { sightings: [sighting, other] })) }
    const cron = { application: 'cron', address: '10.0.0.2' }
    const { lastUse, uses } = prove({
      ...seen,
      ...logging([
        login(90),
        login(120, cron),
        login(110),
        login(107, cron),
        login(-5, { application: 'before' }),
      ]),
    })
    expect(
      uses.map(({ at, sighting: { application } }) => [Math.floor((at - FROM) / MINUTE), application]),
    ).toEqual([
      [100, 'batch'],
      [100, 'reports'],
      [110, 'nightly'],
      [120, 'cron'],
    ])
    expect(uses.at(-1)).toEqual(lastUse)
  })

  it('tells the last use, whoever saw it', () => {
    const seen = { ...complete, ...changing(100, sample(100, { sightings: [sighting] })) }
    expect(prove(seen).lastUse).toEqual({ at: FROM + 100 * MINUTE, sighting })
    const logged = { ...seen, ...logging([login(105), login(103)]) }
    expect(prove(logged)).toMatchObject({
      lastUse: {
        at: FROM + 105 * MINUTE + 999,
        sighting: {
          endpoint: SERVERS[0],
          application: 'nightly',
          address: '10.0.0.9',
          since: '2026-03-02T05:45:00.000Z',
        },
      },
      proof: {
        rung: 'd',
        missing: expect.arrayContaining(['it was used by nightly@10.0.0.9 at 2026-03-02T05:45:00.000Z']),
      },
    })
  })

  it.each<[string, Partial<Evidence>, readonly string[]]>([
    [
      'a log that is off',
      logging([]),
      ['log_connections is off or the log is late: the look of 2026-03-02T04:10:00.000Z is not in it'],
    ],
    [
      'a look that is not logged',
      changing(100, { ...sample(100), witness: undefined } as never),
      [
        'the look of 2026-03-02T05:40:00.000Z logged in as nobody, so nothing shows that the log of logins has no gap',
      ],
    ],
    [
      'a server whose log is not named',
      logging(complete.log.logins.filter(({ server }) => server === SERVERS[0])),
      ['the look of 2026-03-02T04:10:00.000Z is in the logs of 1 of the 2 servers that it asked'],
    ],
    [
      'gaps, no log and consumers that stay behind',
      { ...looking([10, 25, 175, 235]), log: off, declared: 3 },
      [
        'no look was answered between 2026-03-02T04:25:00.000Z and 2026-03-02T06:55:00.000Z, and 1 more gaps',
        'no log of logins is named',
        '2 of 3 consumers were seen on the new version',
      ],
    ],
    [
      'nothing declared',
      { log: off, ...nobodyDeclared },
      ['no log of logins is named', 'no consumers are declared, so nobody knows who has to move'],
    ],
  ])('says of %s what is missing', (_what, change, missing) => {
    expect(prove({ ...complete, ...change }).proof.missing).toEqual(missing)
  })
})

describe('evidence that is taken away', () => {
  const height = (evidence: Evidence) => ['d', 'b', 'a'].indexOf(prove(evidence).proof.rung)
  const someOf = <T>(all: readonly T[]) => fc.subarray([...all])

  /** Whatever speaks for it that nothing uses the credential: any part of it. */
  const evidences = fc.record({
    records: someOf([
      ...MINUTES.map((minute) => sample(minute)),
      ...MINUTES.map((minute) => sample(minute + 5, { asleep: true, endpoints: [] })),
    ]),
    logins: fc.oneof(fc.constant(complete.log.logins), someOf(complete.log.logins)),
    consumers: someOf(complete.consumers),
    declared: fc.constantFrom(0, 2),
    named: fc.boolean(),
  })
  const evidenceOf = ({
    records,
    logins,
    consumers,
    declared,
    named,
  }: typeof evidences extends fc.Arbitrary<infer T> ? T : never): Evidence => ({
    ...complete,
    records,
    consumers,
    declared,
    log: named ? { logins, unknown: undefined } : off,
  })

  it('never makes the rung better', () => {
    fc.assert(
      fc.property(evidences, fc.nat(), (some, index) => {
        const whole = evidenceOf(some)
        const drop = <T>(all: readonly T[]) => all.filter((_, at) => at !== index % Math.max(1, all.length))
        // A look that the log does not have speaks against the log, so looks go with nothing but what they say themselves.
        const witnessed = some.logins.length === complete.log.logins.length
        const less: readonly Evidence[] = [
          ...(witnessed ? [evidenceOf({ ...some, records: drop(some.records) })] : []),
          evidenceOf({ ...some, logins: drop(some.logins) }),
          evidenceOf({ ...some, consumers: drop(some.consumers) }),
          evidenceOf({ ...some, named: false }),
          { ...whole, log: { ...whole.log, unknown: 'one failed' } },
        ]
        return less.every((one) => height(one) <= height(whole))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is worth nothing once a use is known', () => {
    fc.assert(
      fc.property(evidences, fc.constantFrom(...MINUTES), fc.boolean(), (some, minute, seen) => {
        const whole = evidenceOf(some)
        const used = seen
          ? { ...whole, records: [...whole.records, sample(minute, { sightings: [sighting] })] }
          : {
              ...whole,
              records: [...whole.records, sample(1)],
              log: { ...whole.log, logins: [...whole.log.logins, login(minute)] },
            }
        const { proof, lastUse } = prove(used)
        return (
          proof.rung === 'd' &&
          lastUse !== undefined &&
          lastUse.at >= FROM + minute * MINUTE &&
          lastUse.at <= UNTIL
        )
      }),
    )
  })
})
