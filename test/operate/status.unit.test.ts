import { describe, expect, it } from 'vitest'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import { operate } from '../../lambdas/operate/operate.ts'
import type { Act, Operating } from '../../lambdas/operate/operating.ts'
import { status } from '../../lambdas/operate/status.ts'
import { acknowledging } from '../../lambdas/rollout/acknowledged.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { encodeState, STATE_TAG, type SweepState } from '../../lambdas/sweep/state.ts'
import { manySecrets } from '../fakes/operated-secrets.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { clockProof, HOUR_MS, operating } from './operating.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const SINCE = NOW - 3 * HOUR_MS
const HOLD = { 'overlap:hold': '2026-12-27T00:00:00.000Z year-end' }

interface Row {
  readonly versions?: Readonly<Record<string, readonly string[]>>
  readonly tags?: Readonly<Record<string, string>>
  readonly state?: SweepState
  readonly different?: Partial<SecretDescription>
}

const DRAINS = { now: ['AWSCURRENT'], old: ['DRAINING', 'AWSPREVIOUS'] }
const drain = (more: object = {}): SweepState => ({ drain: { version: 'old', since: SINCE, ...more } })

function standing({ versions = { now: ['AWSCURRENT'] }, tags = {}, state = {}, different = {} }: Row) {
  const secret = secretWith(versions, {
    lastChanged: new Date(SINCE),
    lastRotated: new Date(SINCE),
    tags: new Map(
      Object.entries({
        'overlap:mode': 'enforce',
        'overlap:drain': '4h',
        [STATE_TAG]: encodeState(state),
        ...tags,
      }),
    ),
    ...different,
  })
  const many = manySecrets([secret])
  const made = operating(many.operated, () => NOW)
  const run = async (change: Partial<Operating> = {}, target: object = { secret: 'app/db' }) => {
    const [entry] = await operate({ ...made, ...change }, { status }, {
      action: 'status',
      target,
      by: undefined,
    } as never)
    if (entry === undefined) throw new Error('there is one secret')
    return entry
  }
  return { ...made, ...many, run }
}

describe('status, in one line', () => {
  const waiting = { now: ['AWSCURRENT'], next: ['AWSPENDING'] }
  const pending: SweepState = { pending: { version: 'next', since: SINCE } }
  it.each<[string, Row, string, string]>([
    [
      'nothing happens',
      {},
      'at-rest',
      'at rest, last rotated 2026-11-25T09:00:00Z, no schedule asks for the next rotation',
    ],
    [
      'a schedule asks',
      { tags: { 'overlap:schedule': 'weekly' } },
      'at-rest',
      'at rest, last rotated 2026-11-25T09:00:00Z, next run 2026-11-29T03:00:00Z',
    ],
    ['it is on hold', { tags: HOLD }, 'at-rest', expect.stringMatching(/^at rest, .*, on hold$/)],
    [
      'it never was rotated',
      { different: { lastRotated: undefined } },
      'at-rest',
      expect.stringMatching(/^at rest, never rotated, /),
    ],
    [
      'rotation is off',
      { different: { rotationEnabled: false } },
      'at-rest',
      'at rest, last rotated 2026-11-25T09:00:00Z, rotation is turned off',
    ],
    [
      'a rotation runs',
      { versions: waiting, state: pending },
      'rotating',
      'a rotation is under way since 2026-11-25T09:00:00Z',
    ],
    ['a rotation began a moment ago', { versions: waiting }, 'rotating', 'a rotation is under way'],
    [
      'a rotation waits for a hold',
      { versions: waiting, tags: HOLD },
      'rotating',
      'a rotation waits for the hold to end, at 2026-12-27T00:00:00Z',
    ],
    [
      'a rotation was cancelled',
      { versions: waiting, different: { rotationEnabled: false } },
      'rotating',
      'a rotation waits, since rotation is turned off',
    ],
    [
      'the sweep has yet to see it',
      { versions: DRAINS },
      'draining',
      'draining, which the sweep has yet to see',
    ],
    [
      'it drains',
      { versions: DRAINS, state: drain() },
      'draining',
      'draining since 2026-11-25T09:00:00Z, quiet since 2026-11-25T09:00:00Z, disabled at 2026-11-25T13:00:00Z at the earliest',
    ],
    [
      'it was used since',
      { versions: DRAINS, state: drain({ seen: NOW - HOUR_MS }) },
      'draining',
      'draining since 2026-11-25T09:00:00Z, quiet since 2026-11-25T11:00:00Z, disabled at 2026-11-25T15:00:00Z at the earliest',
    ],
    [
      'it is only observed',
      { versions: DRAINS, state: drain(), tags: { 'overlap:mode': 'observe' } },
      'draining',
      expect.stringMatching(/kept valid in observe mode$/),
    ],
    [
      'it drains on hold',
      { versions: DRAINS, state: drain(), tags: HOLD },
      'draining',
      expect.stringMatching(/kept valid on hold$/),
    ],
    [
      'it leaked and drains on hold',
      { versions: DRAINS, state: drain(), tags: { ...HOLD, [LEAKED_TAG]: 'old' } },
      'draining',
      'draining since 2026-11-25T09:00:00Z, leaked, disabled at 2026-11-25T09:10:00Z at the earliest',
    ],
    [
      'it is disabled',
      { versions: DRAINS, state: drain({ off: NOW - HOUR_MS }) },
      'disabled',
      'the credential before is disabled since 2026-11-25T11:00:00Z, removed at 2026-11-27T11:00:00Z at the earliest',
    ],
    [
      'it is disabled and held',
      { versions: DRAINS, state: drain({ off: NOW - HOUR_MS }), tags: HOLD },
      'disabled',
      expect.stringMatching(/and stays so on hold$/),
    ],
    [
      'AWSCURRENT leaked',
      { tags: { [LEAKED_TAG]: 'now' } },
      'at-rest',
      expect.stringMatching(/^AWSCURRENT leaked and is to be replaced: at rest/),
    ],
  ])('when %s', async (_, row, outcome, headline) => {
    const { run, written } = standing(row)
    expect(await run()).toMatchObject({ name: 'app/db', outcome, headline, standing: { phase: outcome } })
    expect(written).toEqual([])
  })

  it('when it is overdue says so', async () => {
    const row = { different: { lastRotated: new Date(0), created: new Date(0) } }
    const { run } = standing(row)
    expect(await run()).toMatchObject({
      outcome: 'overdue',
      code: 'MAX_AGE_EXCEEDED',
      headline: expect.stringMatching(/^overdue, MAX_AGE_EXCEEDED: at rest/),
      information: [expect.stringMatching(/longer ago than tag overlap:max-age allows/)],
    })
  })

  it('of a policy that cannot be read fails, and names the tag', async () => {
    const { run } = standing({ tags: { 'overlap:evidence': 'much' } })
    expect(await run()).toMatchObject({
      outcome: 'failed',
      code: 'POLICY_INVALID',
      message: expect.stringContaining('overlap:evidence'),
    })
  })
})

describe('status of consumers', () => {
  const three = {
    'overlap:consumers': 'ecs:shop/api lambda:mailer manual:mainframe',
    'overlap:acknowledged': acknowledging('now', NOW - HOUR_MS, ['manual:mainframe']),
  }
  const rolling = { versions: DRAINS, state: drain({ since: NOW - HOUR_MS }), tags: three }

  it('counts those on the old version, and names them with what they wait for', async () => {
    const { run, progress, asked } = standing(rolling)
    progress.set('ecs:shop/api', { state: 'running', detail: '1 of 2 tasks' })
    const entry = await run()
    expect(entry).toMatchObject({
      outcome: 'rolling-out',
      headline:
        'draining since 2026-11-25T11:00:00Z, 1 of 3 consumers still on the old version: ecs:shop/api (running: 1 of 2 tasks)',
      information: expect.arrayContaining([
        'lambda:mailer runs the new version',
        'manual:mainframe runs the new version',
      ]),
    })
    expect(entry.standing?.consumers).toEqual([
      { name: 'ecs:shop/api', state: 'running', detail: '1 of 2 tasks' },
      { name: 'lambda:mailer', state: 'done' },
      { name: 'manual:mainframe', state: 'done' },
    ])
    expect(asked).toEqual(['look ecs:shop/api', 'look lambda:mailer'])
  })

  it('claims nothing of them before a pass has seen what drains: what one said before a rollback does not count after it', async () => {
    const state = drain({ version: 'now', since: NOW - HOUR_MS })
    const { run, asked } = standing({ ...rolling, state })
    expect((await run()).standing?.consumers).toBeUndefined()
    expect(asked).toEqual([])
  })

  it('never counts one that is not known as there, or as not there', async () => {
    const { run, progress } = standing(rolling)
    progress.set('ecs:shop/api', new OverlapError('ECS_FAILED', 'throttled'))
    expect((await run()).headline).toMatch(
      /of 1 of 3 consumers it is not known: ecs:shop\/api \(unknown: throttled\)$/,
    )
  })

  it('that failed is stuck, with its name', async () => {
    const { run, progress } = standing(rolling)
    progress.set('ecs:shop/api', { state: 'failed', detail: 'rolled back by ECS' })
    expect(await run()).toMatchObject({
      outcome: 'stuck',
      code: 'ROLLOUT_FAILED',
      headline: expect.stringMatching(
        /^stuck, ROLLOUT_FAILED: draining.*ecs:shop\/api \(failed: rolled back by ECS\)/,
      ),
    })
  })

  it('that are not declared is unknown, and said', async () => {
    const { run } = standing({ versions: DRAINS, state: drain() })
    expect((await run()).information).toContainEqual(
      expect.stringMatching(/no consumers are declared.*not known/),
    )
  })
})

describe('status of what leaked and is gone', () => {
  const versions = { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] }
  const tags = { 'overlap:consumers': 'ecs:shop/api kubernetes:eks/web/deployment/api', [LEAKED_TAG]: 'old' }
  const late = 'kubernetes:eks/web/deployment/api'

  it('names consumers that nobody brings to the new version any more', async () => {
    const { run, progress, asked } = standing({ versions, tags, state: drain({ off: NOW }) })
    progress.set(late, { state: 'absent', detail: 'its Secret is not synced' })
    const { information = [] } = await run()
    expect(information.filter((line) => line.includes('Restart it'))).toEqual([
      `${late} (not begun: its Secret is not synced) is not known to run the new version, and version old, which leaked, is gone: nothing brings it there any more. Restart it`,
    ])
    expect(asked).toEqual(['look ecs:shop/api', `look ${late}`])
  })

  it.each<[string, Row]>([
    ['went when every consumer had come', { versions, tags, state: drain({ off: NOW, rolled: NOW }) }],
    ['did not leak', { versions, tags: { ...tags, [LEAKED_TAG]: '' }, state: drain({ off: NOW }) }],
    ['still drains', { versions: DRAINS, tags, state: drain({ off: NOW }) }],
  ])('asks nobody where the version before %s', async (_what, row) => {
    const { run, asked } = standing(row)
    expect((await run()).standing?.goneEarly).toBeUndefined()
    expect(asked).toEqual([])
  })
})

describe('status of evidence', () => {
  const about = { v: 1, secret: SECRET_ARN, version: 'old' } as const
  const sighting = {
    application: 'psql',
    address: '10.0.0.7',
    endpoint: 'db:5432',
    since: '2026-11-25T10:58:00.000Z',
  }
  const at = (hours: number) => new Date(NOW - hours * HOUR_MS).toISOString()
  const sample = (hours: number, ...sightings: (typeof sighting)[]): EvidenceRecord => ({
    ...about,
    event: 'sample',
    at: at(hours),
    sightings,
  })

  it('names the last use, not the last look', async () => {
    const { run, records } = standing({ versions: DRAINS, state: drain() })
    records.push(sample(2, { ...sighting, application: 'earlier' }), sample(1, sighting), sample(0))
    const entry = await run()
    expect(entry.information).toContain(
      'last seen in use at 2026-11-25T11:00:00Z by psql@10.0.0.7: application psql, from 10.0.0.7, at db:5432 since 2026-11-25T10:58:00.000Z',
    )
    expect(entry.standing?.lastSighting).toEqual({ ...sighting, seen: at(1) })
  })

  it.each([
    [['pg_cron@db:5432'], '1 background worker runs as app_b and needs no password: pg_cron@db:5432'],
    [
      ['pg_cron@db:5432', 'pg_cron@db:5432'],
      '2 background workers run as app_b and need no password: pg_cron@db:5432, pg_cron@db:5432',
    ],
  ])(
    'says of %j, as the last look that was answered saw them, that they need no password',
    async (others, words) => {
      const { run, records } = standing({ versions: DRAINS, state: drain() })
      const answered = { ...sample(1), principal: 'app_b', others } as EvidenceRecord
      const [earlier, later] = [
        { ...answered, at: at(2), others: [...others, 'gone'] },
        { ...sample(0), unknown: 'TIME_UP' },
      ]
      records.push(earlier as EvidenceRecord, answered, later as EvidenceRecord)
      const { information, standing: told } = await run()
      expect(information).toContain(words)
      expect(told?.background).toEqual({ principal: 'app_b', workers: others })
    },
  )

  it('that is none is said to be none on record', async () => {
    const { run, records } = standing({ versions: DRAINS, state: drain() })
    records.push(sample(5, sighting))
    expect((await run()).information).toContain('no use of it is on record in this drain')
  })

  it('of a use for too long is stuck, with the name and the command', async () => {
    const since = NOW - 40 * HOUR_MS
    const { run, records } = standing({
      versions: DRAINS,
      state: { drain: { version: 'old', since, seen: NOW - HOUR_MS } },
      different: { lastChanged: new Date(NOW - HOUR_MS) },
    })
    records.push(sample(1, sighting))
    expect(await run()).toMatchObject({
      outcome: 'stuck',
      code: 'STILL_USED',
      information: [
        expect.stringMatching(/psql@10\.0\.0\.7/),
        ...Array(3).fill(expect.anything()),
        expect.anything(),
      ],
      run: 'npm run overlap -- retire app/db',
    })
  })

  it.each([
    { evidence: 'sampled', quietHours: 5, mode: 'enforce', stuck: true },
    { evidence: 'clock', quietHours: 5, mode: 'enforce', stuck: false },
    { evidence: 'sampled', quietHours: 4, mode: 'enforce', stuck: false },
    { evidence: 'sampled', quietHours: 5, mode: 'observe', stuck: false },
  ])(
    'may be less than $evidence asks for, after $quietHours quiet hours in mode $mode: $stuck',
    async (row) => {
      const since = NOW - row.quietHours * HOUR_MS
      const { run } = standing({
        versions: DRAINS,
        state: { drain: { version: 'old', since } },
        tags: { 'overlap:evidence': row.evidence, 'overlap:mode': row.mode },
        different: { lastChanged: new Date(since) },
      })
      const entry = await run()
      expect(entry.outcome).toBe(row.stuck ? 'stuck' : 'draining')
      if (row.stuck)
        expect(entry).toMatchObject({
          code: 'EVIDENCE_LACKING',
          information: expect.arrayContaining([
            expect.stringMatching(/may be less than the tag overlap:evidence=sampled/),
          ]),
          run: 'npm run overlap -- retire app/db',
        })
    },
  )

  it('tells how versions before it ended: how sure that was, by whom, when', async () => {
    const { run, records } = standing({ versions: { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] } })
    records.push(
      {
        ...about,
        event: 'disabled',
        at: at(60),
        proof: { ...clockProof, rung: 'accepted' },
        by: 'ann@desk',
        reason: 'a terminal',
      },
      { ...about, event: 'removed', at: at(12), proof: { ...clockProof, rung: 'accepted' } },
    )
    expect((await run()).information).toEqual([
      `version old was removed at ${at(12)}: it was in use, and a person accepted that by name`,
      `version old was disabled at ${at(60)} by ann@desk: it was in use, and a person accepted that by name (a terminal)`,
    ])
  })

  it('that cannot be read is not known, and the rest is told all the same', async () => {
    const { run, journal } = standing({ versions: DRAINS, state: drain() })
    const read = () => Promise.reject(new OverlapError('JOURNAL_FAILED', 'throttled'))
    const entry = await run({ journal: { ...journal, read } })
    expect(entry).toMatchObject({
      outcome: 'draining',
      information: expect.arrayContaining(['what was seen and retired before is not known: throttled']),
    })
    expect(entry.information).not.toContain('no use of it is on record in this drain')
  })
})

describe('status of a quarantine', () => {
  const words = async (tags = {}) =>
    String((await standing({ tags, versions: DRAINS, state: drain({ off: NOW }) }).run()).information)

  it('has the way back for an emergency, as a sentence', async () => {
    expect(await words()).toMatch(
      /does not work and can be put back,.*if a consumer fails now, .*overlap -- rollback/,
    )
  })

  it('has none for what leaked, and does not say that it can be put back', async () => {
    expect(await words({ 'overlap:leaked': 'old' })).not.toMatch(/can be put back|rollback/)
  })
})

describe('status, what to run', () => {
  it.each<[string, Row, string | undefined]>([
    ['on hold', { tags: HOLD, versions: DRAINS, state: drain() }, 'npm run overlap -- release app/db'],
    [
      'turned off',
      { different: { rotationEnabled: false } },
      `aws secretsmanager rotate-secret --secret-id ${SECRET_ARN} --no-rotate-immediately`,
    ],
    [
      'observed',
      { tags: { 'overlap:mode': 'observe' }, versions: DRAINS, state: drain() },
      `aws secretsmanager tag-resource --secret-id ${SECRET_ARN} --tags Key=overlap:mode,Value=enforce`,
    ],
    ['disabled, which is well', { versions: DRAINS, state: drain({ off: NOW }) }, undefined],
    [
      'rotating',
      { versions: { now: ['AWSCURRENT'], next: ['AWSPENDING'] } },
      'npm run overlap -- check app/db',
    ],
    ['draining', { versions: DRAINS, state: drain() }, undefined],
    ['at rest', {}, undefined],
  ])('when it is %s', async (_, row, run) => {
    expect((await standing(row).run()).run).toBe(run)
  })
})

describe('status of all', () => {
  it('has one line for each, and asks only the consumers that something waits for', async () => {
    const named = (name: string, more: Partial<SecretDescription>) =>
      secretWith(DRAINS, {
        name,
        arn: SECRET_ARN.replace('app/db', name),
        lastChanged: new Date(SINCE),
        lastRotated: new Date(SINCE),
        tags: new Map([
          ['overlap:mode', 'enforce'],
          ['overlap:consumers', 'ecs:shop/api'],
          [STATE_TAG, encodeState(drain(more.name ? {} : { rolled: SINCE }))],
        ]),
      })
    const many = manySecrets([named('rolling', { name: 'x' }), named('rolled', {})])
    const made = operating(many.operated, () => NOW)
    made.progress.set('ecs:shop/api', { state: 'running' })
    let spare = 2
    const run = () =>
      operate(
        { ...made, spare: () => spare-- },
        { status },
        { action: 'status', target: { all: true }, by: undefined },
      )
    expect(await run()).toEqual([
      expect.objectContaining({
        name: 'rolling',
        outcome: 'stuck',
        headline: expect.stringMatching(/^stuck, ROLLOUT_LATE.*1 of 1 consumers still/),
      }),
      {
        secret: SECRET_ARN.replace('app/db', 'rolled'),
        name: 'rolled',
        outcome: 'draining',
        headline: expect.stringMatching(/^draining since/),
      },
    ])
    expect(made.asked).toEqual(['look ecs:shop/api'])
    spare = 1
    expect((await run())[1]).toMatchObject({
      outcome: 'failed',
      code: 'TIME_UP',
      message: expect.stringMatching(/no time was left for this secret/),
    })
  })
})

describe('status of very many', () => {
  it('looks at eight at a time, and tells them in the order of the listing', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `s${at}`)
    const many = manySecrets(
      names.map((name) =>
        secretWith({ now: ['AWSCURRENT'] }, { name, arn: SECRET_ARN.replace('app/db', name) }),
      ),
    )
    const made = operating(many.operated, () => NOW)
    let [running, most] = [0, 0]
    const looking: Act<'status'> = async (_operating, { secret }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, secret.name === 's0' ? 5 : 1))
      running--
      return { secret: secret.arn, name: secret.name, outcome: 'at-rest' }
    }
    const request = { action: 'status', target: { all: true }, by: undefined } as const
    const entries = await operate(made, { status: looking }, request)
    expect(entries.map(({ name }) => name)).toEqual(names)
    expect(most).toBe(8)
  })
})

describe('status of names that are hostile', () => {
  it('puts none of them into a command that is to be pasted', async () => {
    const { run } = standing({
      different: { name: "a'; rm -rf / #\u001b[2J" },
      versions: DRAINS,
      state: drain({ off: NOW }),
    })
    expect((await run({}, { secret: SECRET_ARN })).information).toContainEqual(
      expect.stringMatching(
        new RegExp(`go back: npm run overlap -- rollback ${SECRET_ARN} --reason REASON$`),
      ),
    )
  })
})
