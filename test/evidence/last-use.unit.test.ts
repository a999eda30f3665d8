import { describe, expect, it } from 'vitest'
import { type Evidence, prove } from '../../lambdas/evidence/ladder.ts'
import { readRecord } from '../../lambdas/evidence/read-record.ts'
import type { EvidenceRecord, Sample } from '../../lambdas/evidence/record.ts'
import { isUsedSince, usedAt } from '../../lambdas/evidence/used-at.ts'
import { complete, FROM, MINUTE, MINUTES, sample, sighting, UNTIL } from './drain.ts'

/* A key whose place tells of its last use alone, as much as half an hour late. */

const LATE = 30 * MINUTE
const at = (minute: number) => new Date(FROM + minute * MINUTE).toISOString()
/** `minute`: when the key was last used, counted from the beginning of the drain. */
const used = (minute: number, application = 's3') => ({
  endpoint: 'iam.amazonaws.com:443',
  application,
  address: 'eu-central-1',
  since: at(minute),
  lastUsed: at(minute),
})
const look = (minute: number, change: Partial<Sample> = {}): EvidenceRecord => {
  const { witness: _, mark: __, ...sampled } = sample(minute, change) as EvidenceRecord & Sample
  return { ...sampled, endpoints: ['iam.amazonaws.com:443'], ...change } as EvidenceRecord
}
const looks = (told: (minute: number) => Partial<Sample>) =>
  MINUTES.map((minute) => look(minute, told(minute)))
const never = looks(() => ({}))
const before = looks(() => ({ sightings: [used(-90)] }))
const evidence = (change: Partial<Evidence>): Evidence => ({
  ...complete,
  log: { logins: [], unknown: 'no log of logins is named' },
  toldLateMs: LATE,
  records: before,
  ...change,
})
const nobodyDeclared = { consumers: [], declared: 0 }

describe('when a use was', () => {
  const seenAt = FROM + 60 * MINUTE
  it.each([
    { what: 'the moment of the look, where it is used right now', one: sighting, moment: 60 },
    { what: 'the moment that the target names', one: used(20), moment: 20 },
    { what: 'no later than the look, whatever the target’s clock says', one: used(70), moment: 60 },
    { what: 'that of the look where none can be read', one: { ...used(1), lastUsed: 'N/A' }, moment: 60 },
  ])('is $what', ({ one, moment }) => {
    expect((usedAt(one, seenAt) - FROM) / MINUTE).toBe(moment)
  })

  it.each([
    { one: used(20), since: 19, isNew: true },
    { one: used(20), since: 20, isNew: false },
    { one: used(20), since: 21, isNew: false },
    { one: { ...used(1), lastUsed: 'N/A' }, since: 59, isNew: true },
    { one: sighting, since: 61, isNew: true },
  ])('is after minute $since: $isNew', ({ one, since, isNew }) => {
    expect(isUsedSince(one, seenAt, FROM + since * MINUTE)).toBe(isNew)
  })
})

describe('the ladder of what tells of a last use alone', () => {
  it.each<[string, 'b' | 'd', Partial<Evidence>]>([
    ['last used before, and consumers moved: b', 'b', {}],
    ['never used, and consumers moved: b', 'b', { records: never }],
    ['no consumers are declared: d', 'd', nobodyDeclared],
    ['one of three consumers was not seen: d', 'd', { declared: 3 }],
    [
      'used in between: d',
      'd',
      { records: looks((minute) => ({ sightings: [used(minute < 100 ? -90 : 40)] })) },
    ],
    ['used when the stretch begins: b', 'b', { records: looks(() => ({ sightings: [used(0)] })) }],
    ['used a second after that: d', 'd', { records: looks(() => ({ sightings: [used(1 / 60)] })) }],
    ['nobody looked: d', 'd', { records: [] }],
    [
      'the target does not tell: d',
      'd',
      { records: looks(() => ({ endpoints: [], unknown: 'LAST_USE_UNKNOWN' })) },
    ],
    [
      'one look failed: d',
      'd',
      { records: looks((m) => (m === 100 ? { endpoints: [], unknown: 'UNREACHABLE' } : {})) },
    ],
    // Such as somebody has named by mistake.
    [
      'a log of logins has every look of another: b, and never a',
      'b',
      { records: complete.records, log: complete.log },
    ],
    [
      'it tells at once: b, and never a',
      'b',
      { records: complete.records, log: complete.log, toldLateMs: 0 },
    ],
  ])('%s', (_sentence, rung, change) => {
    expect(prove(evidence(change)).proof.rung).toBe(rung)
  })

  it('says that nothing is known yet of what may be told late', () => {
    const { proof } = prove(evidence({}))
    expect(proof).toMatchObject({ from: at(0), until: new Date(UNTIL - LATE).toISOString() })
    expect(proof.missing).toEqual([
      'the target tells of the last use alone, as much as 1h late, which is no log of all',
    ])
    expect(prove(evidence({ until: FROM + 10 * MINUTE })).proof.until).toBe(at(0))
  })

  it('says why, where a target tells nothing', () => {
    const silent = looks(() => ({ endpoints: [], unknown: 'LAST_USE_UNKNOWN' }))
    const { proof } = prove(evidence({ records: silent, ...nobodyDeclared }))
    expect(proof.missing).toEqual([
      'the target does not tell when it was last used',
      expect.stringContaining('the last use alone'),
      expect.stringContaining('no consumers are declared'),
    ])
  })

  it('tells a use by its own moment, and each once, however many looks tell of it', () => {
    const records = looks((minute) => ({ sightings: [minute < 100 ? used(40) : used(95, 'sqs')] }))
    const { lastUse, uses } = prove(evidence({ records }))
    expect(uses.map(({ at, sighting: { application } }) => [(at - FROM) / MINUTE, application])).toEqual([
      [40, 's3'],
      [95, 'sqs'],
    ])
    expect(lastUse).toEqual(uses.at(-1))
  })

  it('tells of the last use before, which a look of the stretch may have told first', () => {
    expect(prove(evidence({})).proof.lastSighting).toEqual(used(-90))
    const records = looks((minute) => ({ sightings: [minute < 30 ? used(-90) : used(-5, 'sqs')] }))
    expect(prove(evidence({ records })).proof.lastSighting).toEqual(used(-5, 'sqs'))
  })
})

describe('a line of the journal', () => {
  const line = (lastUsed: unknown) =>
    JSON.stringify(look(10, { sightings: [{ ...used(1), lastUsed }] as never }))

  it('keeps when a use was', () => {
    expect(readRecord(line(at(1)))).toEqual(look(10, { sightings: [used(1)] }))
  })

  it.each(['N/A', 7, null])('with %j in place of a moment is none: it may be a use', (lastUsed) => {
    expect(readRecord(line(lastUsed))).toBeUndefined()
  })
})
