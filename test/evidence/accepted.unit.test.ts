import { describe, expect, it } from 'vitest'
import {
  type Acceptance,
  acceptedIn,
  isAcceptedLogin,
  isAcceptedSighting,
} from '../../lambdas/evidence/accepted.ts'
import { prove } from '../../lambdas/evidence/ladder.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import { complete, FROM, login, SAMPLE_EVERY, SECRET, sample, sighting, UNTIL, VERSION } from './drain.ts'

const about = { v: 1, secret: SECRET, version: VERSION, at: new Date(FROM).toISOString() } as const
const word: EvidenceRecord = {
  ...about,
  ...{ event: 'accepted', by: 'ann@desk', reason: 'it is old', names: ['psql@10.0.0.7'] },
}
const { proof } = prove(complete)
const disabled = (...accepted: string[]): EvidenceRecord => ({
  ...about,
  ...{ event: 'disabled', by: 'ann@desk', proof: { ...proof, rung: 'accepted', accepted } },
})
const onProof: EvidenceRecord = { ...about, event: 'disabled', by: 'sweep', proof }
const enabled: EvidenceRecord = { ...about, event: 'enabled' }
const rolledBack: EvidenceRecord = { ...about, event: 'rolled-back', by: 'ann@desk', reason: 'missed' }
const seen = (application: string, address: string, leftOut = 0) =>
  sample(10, { sightings: [{ ...sighting, application, address }], ...(leftOut === 0 ? {} : { leftOut }) })

/** Nobody else was seen. */
const only = (name: string): Acceptance => acceptedIn([disabled(name)])

describe('what is accepted for a version', () => {
  it.each([
    [
      'is what it was disabled with',
      [word, disabled('psql@10.0.0.7', 'cron@10.0.0.9')],
      ['psql@10.0.0.7', 'cron@10.0.0.9'],
    ],
    ['is nothing where nobody named anything', [...complete.records, onProof], []],
    ['is not a word after which nothing was disabled', [word], []],
    ['is not a word that came before a disabling on proof', [word, onProof], []],
    [
      'is not what a disabling on proof has beside it',
      [{ ...onProof, proof: { ...proof, accepted: ['a@b'] } }],
      [],
    ],
    ['is not what an earlier disabling was for', [disabled('psql@10.0.0.7'), onProof], []],
    ['is not what was accepted before it was put back', [disabled('psql@10.0.0.7'), enabled], []],
    ['is not what was accepted before somebody went back to it', [disabled('psql@10.0.0.7'), rolledBack], []],
    ['is what was accepted after that', [disabled('a@b'), enabled, disabled('c@d')], ['c@d']],
  ])('%s', (_what, records, names) => {
    expect(acceptedIn(records).names).toEqual(names)
  })

  it.each([
    ['the accepted ones alone were seen', [seen('psql', '10.0.0.7')], ['10.0.0.7']],
    ['another one was seen elsewhere', [seen('cron', '10.0.0.70')], ['10.0.0.7']],
    ['another one was seen, too', [seen('psql', '10.0.0.7'), seen('cron', '10.0.0.7')], []],
    ['there were more than the journal names', [seen('psql', '10.0.0.7', 1)], []],
  ])('stands for its address, or not, where %s', (_what, records, addresses) => {
    expect(acceptedIn([...records, disabled('psql@10.0.0.7')]).addresses).toEqual(addresses)
  })

  it('is read from the journal, of that version, since a moment', async () => {
    const asked: unknown[] = []
    const read = async (...question: unknown[]) => {
      asked.push(question)
      return [disabled('psql@10.0.0.7')]
    }
    const journal = { append: async () => undefined, read }
    const loginLog = () => ({ read: async () => [] })
    const watch = watcher({ journal, loginLog, sampleEveryMs: SAMPLE_EVERY, now: () => UNTIL })
    expect(await watch.accepted(SECRET, VERSION, FROM)).toEqual(only('psql@10.0.0.7'))
    expect(asked).toEqual([[SECRET, VERSION, FROM]])
  })
})

describe('a refused login', () => {
  const refused = (address: string, application = '') =>
    login(1, { outcome: 'refused', address, application })
  it.each([
    ['from an accepted address', refused('10.0.0.7'), true],
    ['from there, by what calls itself something', refused('10.0.0.7', 'cron'), true],
    ['from another address', refused('10.0.0.70'), false],
    ['from an address that ends as the accepted one', refused('110.0.0.7'), false],
    ['from a local socket', refused(''), false],
  ])('%s: accepted %#', (_what, one, is) => {
    expect(isAcceptedLogin(one, only('me@home@10.0.0.7'))).toBe(is)
  })

  it('from the address of one that is accepted and another one that is not is not accepted: it may be either', () => {
    const accepted = acceptedIn([seen('billing', '10.0.0.7'), disabled('cron@10.0.0.7')])
    expect(isAcceptedLogin(refused('10.0.0.7'), accepted)).toBe(false)
    expect(isAcceptedSighting({ ...sighting, application: 'cron', address: '10.0.0.7' }, accepted)).toBe(true)
  })

  it('from a local socket is accepted where one was', () => {
    expect(isAcceptedLogin(refused(''), only('psql@local'))).toBe(true)
  })
})

describe('whoever gets in', () => {
  it.each([
    ['by its name', 'nightly@10.0.0.9', true],
    ['and not by its address alone', 'psql@10.0.0.9', false],
  ])('is accepted %s', (_what, name, is) => {
    expect(isAcceptedLogin(login(1), only(name))).toBe(is)
    expect(isAcceptedSighting({ ...sighting, application: 'nightly', address: '10.0.0.9' }, only(name))).toBe(
      is,
    )
  })
})
