import { GetSecretValueCommand, ListSecretVersionIdsCommand } from '@aws-sdk/client-secrets-manager'
import { createColors } from 'picocolors'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { shortTime } from '../../../sandbox/demo/calendar.ts'
import { connectPerRequest } from '../../../sandbox/demo/connect-per-request.ts'
import { Crew } from '../../../sandbox/demo/crew.ts'
import { pooled } from '../../../sandbox/demo/pooled.ts'
import { play } from '../../../sandbox/demo/scenario.ts'
import type { Moment } from '../../../sandbox/demo/scenes/stage.ts'
import { secretReader } from '../../../sandbox/demo/secret-reader.ts'
import { Tally } from '../../../sandbox/demo/tally.ts'
import { linesOf } from '../../../sandbox/demo/timeline.ts'
import { judge } from '../../../sandbox/demo/verdict.ts'
import { Witness } from '../../../sandbox/demo/witness.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { eventually } from '../program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 420_000, hookTimeout: 180_000 })

/** Eight days before clocks are put forward in Berlin. */
const BEGINNING = Date.UTC(2027, 2, 20, 9)
const RETRY_MS = 5 * 60_000
const HOUR_MS = 3_600_000

/** As the demo's own, but for its length. */
const required = {
  rotations: 10,
  controlRotations: 1,
  clients: 8,
  queriesPerRotation: 10,
  queriesPerClient: 1,
  drainMs: 24 * HOUR_MS,
  quarantineMs: 48 * HOUR_MS,
  consumers: 4,
  leakMs: HOUR_MS,
  keys: {
    calls: 50,
    callsPerClient: 5,
    controlCalls: 10,
    controlCallsPerClient: 1,
    drainMs: 48 * HOUR_MS,
    quarantineMs: 48 * HOUR_MS,
  },
}

const crew = new Crew()
let sandbox: Sandbox
let clock = () => BEGINNING
const witness = new Witness(() => clock())

beforeAll(async () => {
  sandbox = await startSandbox({
    consumers: crew,
    startAt: BEGINNING,
    onEvent: witness.onEvent,
    onWork: witness.onWork,
    onMessage: witness.onMessage,
    retryDelaysMs: Array.from({ length: 100 }, () => RETRY_MS),
  })
  clock = sandbox.clock.now
})

afterAll(() => sandbox.stop())

describe('the scenario, cut down', () => {
  it('lives through weeks of production without a failure, and runs both controls', async () => {
    const moments: Moment[] = []
    const facts = await play({
      sandbox,
      crew,
      witness,
      scenes: [
        'lateReplica',
        'keys',
        'held',
        'silent',
        'rolledBack',
        'leaked',
        'missed',
        'accepted',
        'botched',
        'byHand',
      ],
      controlRotations: 1,
      cadenceMs: 0,
      retryMs: RETRY_MS,
      signal: new AbortController().signal,
      tell: (moment) => moments.push(moment),
    })

    const { objections } = judge({ ...facts, postgresVersion: '', tookMs: 0 }, required)
    // Whether one rotation of a control hits somebody is a matter of chance.
    expect(objections.filter((objection) => !objection.startsWith('Control: '))).toEqual([])
    expect(
      facts.real.rotations.map(({ from, begunBy, at, retirement }) => [
        from,
        begunBy,
        shortTime(at, 'UTC'),
        retirement?.rung,
      ]),
    ).toEqual([
      ['app', 'schedule', 'Sun 21 Mar 02:00', 'a'],
      ['app_b', 'schedule', 'Sun 28 Mar 01:00', 'a'],
      ['app', 'make-up', 'Mon 05 Apr 10:00', 'a'],
      ['app_b', 'schedule', 'Sun 11 Apr 01:00', 'a'],
      ['app', 'schedule', 'Sun 18 Apr 01:00', 'a'],
      ['app', 'leak', 'Thu 22 Apr 09:00', 'leaked'],
      ['app_b', 'make-up', expect.stringContaining('Mon 26 Apr 07:'), 'a'],
      ['app', 'schedule', 'Sun 02 May 01:00', 'accepted'],
      ['app_b', 'schedule', 'Sun 09 May 01:00', 'a'],
      ['app', 'person', 'Wed 12 May 09:00', 'a'],
    ])
    expect(facts.real.rotations[0]?.scene).toContain('publishing waited')
    expect(
      facts.keys.runs.map(({ title, rotations, traffic }) => [
        title,
        rotations.map(({ at, retirement }) => [shortTime(at, 'UTC'), retirement?.rung]),
        traffic.failures,
      ]),
    ).toEqual([
      ['IAM access key', [['Sun 28 Mar 01:00', 'd']], {}],
      ['Provider key', [['Sun 28 Mar 01:00', 'b']], {}],
    ])
    expect(facts.botched.code).toBe('RIGHTS_DIFFER')
    expect(moments.some((moment) => moment.is === 'message' && moment.lines.length === 3)).toBe(true)
    const [single, noDrain] = facts.controls.map(({ rotations }) => rotations[0])
    expect(single).toMatchObject({ from: 'solo', to: 'solo', phases: { drain: undefined } })
    expect(noDrain).toMatchObject({ from: 'swap', to: 'swap_b' })
    expect(noDrain?.phases.drain).toBeLessThan(60_000)
    expect(noDrain?.phases.quarantine).toBeLessThan(60_000)
    expect(noDrain?.retirement).toMatchObject({ rung: 'd', looks: 0 })
    const told = [facts, ...moments.flatMap((moment) => linesOf(moment, createColors(false), facts.timezone))]
    expect(await secretsIn(JSON.stringify(told))).toEqual([])
  })
})

describe('a client', () => {
  it.each([
    ['connects per request', connectPerRequest, ['login refused (28P01)']],
    ['keeps a pool', pooled, ['login refused (28P01)', 'session ended by the server (57P01)']],
  ])('that %s counts what is refused', async (_, start, expected) => {
    const owner = start.name.toLowerCase()
    const secretId = await sandbox.addApplication({ secretId: `shop/${owner}`, username: owner, tags: {} })
    const tally = new Tally(['shopper-1'], () => performance.now())
    const client = start({
      name: 'shopper-1',
      owner,
      read: secretReader(sandbox.client, secretId),
      ca: sandbox.postgres.ca,
      replica: sandbox.postgres.replica,
      pauseMs: 10,
      startAfterMs: 0,
      tally,
    })
    try {
      await eventually('the client to work', () => tally.leastBusy > 0)
      expect(tally.traffic().failures).toEqual({})

      await sandbox.postgres.query(`ALTER ROLE ${owner} PASSWORD NULL`)
      await sandbox.postgres.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1',
        [owner],
      )

      for (const kind of expected)
        await eventually(kind, () => Object.keys(tally.traffic().failures).includes(kind))
    } finally {
      await client.stop()
    }
  })
})

const holders = [
  ...['shop/app', 'shop/single-user', 'shop/no-drain', 'robots/deploy', 'robots/by-script'],
  ...['mail/admin', 'mail/sender', 'mail/by-script'],
]

/** Those passwords and keys, of any version of any secret, that a text holds. */
async function secretsIn(text: string): Promise<readonly string[]> {
  const { client, adminSecret } = sandbox
  const secrets: string[] = []
  for (const SecretId of [adminSecret, ...holders]) {
    const { Versions } = await client.send(
      new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }),
    )
    for (const { VersionId } of Versions ?? []) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionId }))
      const { password, secretAccessKey, key, token } = JSON.parse(SecretString ?? '{}')
      secrets.push(password ?? secretAccessKey ?? key ?? token)
    }
  }
  expect(secrets.length).toBeGreaterThanOrEqual(16)
  expect(secrets.every((secret) => secret.length >= 16)).toBe(true)
  return secrets.filter((secret) => text.includes(secret))
}
