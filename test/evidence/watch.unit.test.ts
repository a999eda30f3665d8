import { describe, expect, it } from 'vitest'
import type { Inspection } from '../../lambdas/adapters/adapter.ts'
import type { Journal, LoginLog, ServerLogin } from '../../lambdas/evidence/journal.ts'
import { proofAfterQuarantine } from '../../lambdas/evidence/quarantine.ts'
import type { EvidenceRecord, Proof } from '../../lambdas/evidence/record.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import {
  complete,
  FROM,
  login,
  MINUTE,
  SAMPLE_EVERY,
  SECRET,
  SERVERS,
  sample,
  sighting,
  UNTIL,
  VERSION,
  without,
  witnesses,
} from './drain.ts'

const [PRIMARY = '', REPLICA = ''] = SERVERS
const unreadable = new OverlapError('LOGIN_LOG_FAILED', 'logs:shop: no right')

interface World {
  readonly records?: readonly EvidenceRecord[]
  /** By source. */
  readonly logs?: Readonly<Record<string, readonly ServerLogin[] | Error>>
}

function watching({ records = complete.records, logs = {} }: World = {}) {
  const kept: EvidenceRecord[] = []
  const asked: unknown[] = []
  const journal: Journal = {
    append: async (record) => void kept.push(record),
    async read(secretId, versionId, from) {
      asked.push(['journal', secretId, versionId, from])
      return records.filter(({ at }) => Date.parse(at) >= from)
    },
  }
  const loginLog = (source: string): LoginLog => ({
    async read(principals, from, until) {
      asked.push([source, principals, from, until])
      const logins = logs[source] ?? []
      if (logins instanceof Error) throw logins
      return logins.filter(({ principal, at }) => principals.includes(principal) && at >= from && at <= until)
    },
  })
  const watch = watcher({ journal, loginLog, sampleEveryMs: SAMPLE_EVERY, now: () => UNTIL })
  return { watch, kept, asked }
}

const ofServer = (server: string) => complete.log.logins.filter((one) => one.server === server)
const bothLogs = { 'logs:shop': ofServer(PRIMARY), 'logs:replica': ofServer(REPLICA) }
const stretch = {
  secretId: SECRET,
  versionId: VERSION,
  from: FROM,
  until: UNTIL,
  loginLogs: ['logs:shop', 'logs:replica'],
}
const proving = { ...stretch, consumers: complete.consumers, declared: complete.declared }

describe('a look', () => {
  const look: Inspection = {
    sightings: [sighting],
    endpoints: ['shop.db:5432'],
    asleep: false,
    witness: 'admin',
    principal: 'app_b',
  }
  const subject = {
    v: 1,
    secret: SECRET,
    version: VERSION,
    at: new Date(UNTIL).toISOString(),
    event: 'sample',
  }

  it.each([
    [
      'that was answered',
      look,
      { sightings: [sighting], endpoints: look.endpoints, witness: 'admin', principal: 'app_b' },
    ],
    [
      'at a database that is asleep',
      { ...look, sightings: [], endpoints: [], asleep: true, witness: undefined },
      { sightings: [], endpoints: [], asleep: true, principal: 'app_b' },
    ],
    ['that was none', { unknown: 'UNREACHABLE' } as const, { sightings: [], unknown: 'UNREACHABLE' }],
  ])('%s is kept', async (_what, noted, expected) => {
    const { watch, kept } = watching()
    await watch.note(SECRET, VERSION, noted)
    expect(kept).toEqual([{ ...subject, ...expected }])
  })
})

describe('a proof', () => {
  it('is made of the journal and of every log', async () => {
    const { watch, asked } = watching({ logs: bothLogs })
    expect((await watch.prove(proving)).proof.rung).toBe('a')
    expect(asked).toEqual([
      ['journal', SECRET, VERSION, FROM - 24 * 60 * MINUTE],
      ['logs:shop', ['app_b', 'admin'], FROM - 5 * MINUTE, UNTIL],
      ['logs:replica', ['app_b', 'admin'], FROM - 5 * MINUTE, UNTIL],
    ])
  })

  it.each([
    ['no log is named', [], {}, 'no log of logins is named'],
    [
      'one cannot be read',
      ['logs:shop', 'logs:replica'],
      { ...bothLogs, 'logs:replica': unreadable },
      'a log of logins could not be read: logs:shop: no right',
    ],
    [
      'the replica’s is not named',
      ['logs:shop'],
      bothLogs,
      'the look of 2026-03-02T04:10:00.000Z is in the logs of 1 of the 2 servers that it asked',
    ],
  ])('is no better than its looks where %s', async (_what, loginLogs, logs, missing) => {
    const { watch } = watching({ logs })
    expect(await watch.prove({ ...proving, loginLogs })).toMatchObject({
      proof: { rung: 'b', missing: [missing] },
      lastUse: undefined,
    })
  })

  it('is none where one log shows a use and the other cannot be read', async () => {
    const { watch } = watching({ logs: { 'logs:shop': [login(105)], 'logs:replica': unreadable } })
    expect(await watch.prove(proving)).toMatchObject({
      proof: { rung: 'd' },
      lastUse: { at: FROM + 105 * MINUTE + 999 },
    })
  })

  it('has no logs to read where no look says for whom', async () => {
    const { watch, asked } = watching({ records: [], logs: bothLogs })
    expect((await watch.prove(proving)).proof.missing).toContain(
      'no look says whom to find in the log of logins',
    )
    expect(asked).toHaveLength(1)
  })

  it('tells the last sighting before it', async () => {
    const { watch } = watching({ records: [sample(-60, { sightings: [sighting] }), ...complete.records] })
    expect((await watch.prove(proving)).proof.lastSighting).toEqual(sighting)
  })

  it('is a defect where a log fails with what is not ours', async () => {
    const { watch } = watching({ logs: { 'logs:shop': new TypeError('x') } })
    await expect(watch.prove(proving)).rejects.toThrow(TypeError)
  })

  it('of the last disabling can be found again', async () => {
    const { proof } = await watching().watch.prove(proving)
    const subject = { v: 1, secret: SECRET, version: VERSION, event: 'disabled', by: 'sweep' } as const
    const records = [
      { ...subject, at: '2026-03-02T08:00:00.000Z', proof: { ...proof, rung: 'd' as const } },
      { ...subject, at: '2026-03-03T08:00:00.000Z', proof },
    ]
    expect(await watching({ records }).watch.disabling(SECRET, VERSION, FROM)).toEqual(proof)
    expect(await watching({ records: [] }).watch.disabling(SECRET, VERSION, FROM)).toBeUndefined()
  })
})

describe('logins while it is disabled', () => {
  const refused = login(105, { outcome: 'refused', application: '' })
  const missed = 'unknown' as const

  it.each<[string, World, readonly string[], readonly ServerLogin[] | typeof missed]>([
    ['there was none, and the log has every look', { logs: bothLogs }, stretch.loginLogs, []],
    [
      'one was refused',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), refused] } },
      stretch.loginLogs,
      [refused],
    ],
    [
      'two were refused, the later one at the server that is read first',
      {
        logs: {
          'logs:shop': [...ofServer(PRIMARY), { ...refused, at: refused.at + 1_000 }],
          'logs:replica': [...ofServer(REPLICA), refused],
        },
      },
      stretch.loginLogs,
      [refused, { ...refused, at: refused.at + 1_000 }],
    ],
    [
      'one was not refused',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), login(105)] } },
      stretch.loginLogs,
      [login(105)],
    ],
    [
      'one was refused, and the log lacks the looks',
      { logs: { 'logs:shop': [refused] } },
      ['logs:shop'],
      [refused],
    ],
    [
      'one was refused, and another log cannot be read',
      { logs: { 'logs:shop': [refused], 'logs:replica': unreadable } },
      stretch.loginLogs,
      [refused],
    ],
    [
      'one was refused before',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), { ...refused, at: FROM - 2_000 }] } },
      stretch.loginLogs,
      [],
    ],
    [
      'one was refused in the second at whose end the tag has the disabling',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), { ...refused, at: FROM - 999 }] } },
      stretch.loginLogs,
      [{ ...refused, at: FROM - 999 }],
    ],
    [
      'one was refused in that second, of which the log knows no parts',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), { ...refused, at: FROM - 1_000 }] } },
      stretch.loginLogs,
      [{ ...refused, at: FROM - 1_000 }],
    ],
    [
      'one was not refused in that second, which may be before it',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), login(0, { at: FROM - 1_000 })] } },
      stretch.loginLogs,
      [],
    ],
    [
      'the look’s own was refused once',
      { logs: { ...bothLogs, 'logs:shop': [...ofServer(PRIMARY), { ...refused, principal: 'admin' }] } },
      stretch.loginLogs,
      [],
    ],
    ['no log is named', { logs: bothLogs }, [], missed],
    ['a log cannot be read', { logs: { ...bothLogs, 'logs:shop': unreadable } }, stretch.loginLogs, missed],
    [
      'the log lacks a look',
      { logs: { 'logs:shop': without([100]).flatMap(witnesses) } },
      ['logs:shop'],
      missed,
    ],
    ['nobody looked', { records: [sample(-5)], logs: bothLogs }, stretch.loginLogs, missed],
    [
      'nobody looked for an hour',
      { records: without([100, 115, 130]).map((minute) => sample(minute)), logs: bothLogs },
      stretch.loginLogs,
      missed,
    ],
    ['no look says for whom', { records: [], logs: bothLogs }, stretch.loginLogs, missed],
  ])('%s', async (_what, world, loginLogs, expected) => {
    const { watch } = watching(world)
    expect((await watch.refused({ ...stretch, loginLogs })) ?? missed).toEqual(expected)
  })

  it('are not known where one of three logs cannot be read, though the others have every look', async () => {
    const { watch } = watching({ logs: { ...bothLogs, 'logs:third': unreadable } })
    expect(
      await watch.refused({ ...stretch, loginLogs: [...stretch.loginLogs, 'logs:third'] }),
    ).toBeUndefined()
  })

  it('are not known where looks do not say for whom they are', async () => {
    const records = complete.records.map((record) => ({ ...record, principal: undefined }) as never)
    expect(await watching({ records, logs: bothLogs }).watch.refused(stretch)).toBeUndefined()
  })

  it('are found before the next look is noted', async () => {
    const { watch } = watching({ records: [sample(100)], logs: { 'logs:shop': [refused] } })
    const since = { ...stretch, from: FROM + 101 * MINUTE, until: FROM + 115 * MINUTE }
    expect(await watch.refused(since)).toEqual([refused])
  })
})

describe('the end of the quarantine', () => {
  const proof = (rung: Proof['rung']): Proof => ({
    rung,
    from: '2026-03-02T04:00:00.000Z',
    until: '2026-03-02T08:00:00.000Z',
    samples: 0,
    gaps: [],
    consumers: [],
    missing: ['nobody looked'],
  })

  it.each(['a', 'b', 'accepted', 'leaked'] as const)('leaves rung %s as it is', (rung) => {
    for (const refused of [undefined, [], [login(105)]])
      expect(proofAfterQuarantine(proof(rung), refused)).toEqual(proof(rung))
  })

  it('makes the clock more than a clock where nobody tried, as the log shows', () => {
    expect(proofAfterQuarantine(proof('d'), [])).toEqual(proof('c'))
    expect(proofAfterQuarantine(proof('d'), [login(105)])).toEqual(proof('d'))
    expect(proofAfterQuarantine(proof('d'), undefined)).toEqual({
      ...proof('d'),
      missing: [
        'nobody looked',
        'no log of logins without a gap says whether a login was refused while the credential was disabled',
      ],
    })
  })
})
