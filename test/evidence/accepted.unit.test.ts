import { describe, expect, it } from 'vitest'
import { acceptedIn, isAcceptedLogin, isAcceptedSighting } from '../../lambdas/evidence/accepted.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import { complete, FROM, login, SAMPLE_EVERY, SECRET, sighting, UNTIL, VERSION } from './drain.ts'

const about = { v: 1, secret: SECRET, version: VERSION, at: new Date(FROM).toISOString() } as const
const accepted = (...names: string[]): EvidenceRecord => ({
  ...about,
  ...{ event: 'accepted', by: 'ann@desk', reason: 'it is old', names },
})
const enabled: EvidenceRecord = { ...about, event: 'enabled' }
const rolledBack: EvidenceRecord = { ...about, event: 'rolled-back', by: 'ann@desk', reason: 'missed' }

describe('what is accepted for a version', () => {
  it.each([
    [
      'is what a person named',
      [accepted('psql@10.0.0.7'), accepted('cron@10.0.0.9')],
      ['psql@10.0.0.7', 'cron@10.0.0.9'],
    ],
    ['is nothing where nobody named anything', complete.records, []],
    ['is not what was accepted before it was put back', [accepted('psql@10.0.0.7'), enabled], []],
    ['is not what was accepted before somebody went back to it', [accepted('psql@10.0.0.7'), rolledBack], []],
    ['is what was accepted after that', [accepted('a@b'), enabled, accepted('c@d')], ['c@d']],
  ])('%s', (_what, records, names) => {
    expect(acceptedIn(records)).toEqual(names)
  })

  it('is read from the journal, of that version, since a moment', async () => {
    const asked: unknown[] = []
    const read = async (...question: unknown[]) => {
      asked.push(question)
      return [accepted('psql@10.0.0.7')]
    }
    const journal = { append: async () => undefined, read }
    const loginLog = () => ({ read: async () => [] })
    const watch = watcher({ journal, loginLog, sampleEveryMs: SAMPLE_EVERY, now: () => UNTIL })
    expect(await watch.accepted(SECRET, VERSION, FROM)).toEqual(['psql@10.0.0.7'])
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
    expect(isAcceptedLogin(one, ['me@home@10.0.0.7'])).toBe(is)
  })

  it('from a local socket is accepted where one was', () => {
    expect(isAcceptedLogin(refused(''), ['psql@local'])).toBe(true)
  })
})

describe('whoever gets in', () => {
  it.each([
    ['by its name', 'nightly@10.0.0.9', true],
    ['and not by its address alone', 'psql@10.0.0.9', false],
  ])('is accepted %s', (_what, name, is) => {
    expect(isAcceptedLogin(login(1), [name])).toBe(is)
    expect(isAcceptedSighting({ ...sighting, application: 'nightly', address: '10.0.0.9' }, [name])).toBe(is)
  })
})
