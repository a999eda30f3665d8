import { GetSecretValueCommand, ListSecretVersionIdsCommand } from '@aws-sdk/client-secrets-manager'
import { createColors } from 'picocolors'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { shortTime } from '../../../sandbox/demo/calendar.ts'
import { connectPerRequest } from '../../../sandbox/demo/connect-per-request.ts'
import { pooled } from '../../../sandbox/demo/pooled.ts'
import { play } from '../../../sandbox/demo/scenario.ts'
import type { Moment } from '../../../sandbox/demo/scenes/stage.ts'
import { secretReader } from '../../../sandbox/demo/secret-reader.ts'
import { Tally } from '../../../sandbox/demo/tally.ts'
import { linesOf } from '../../../sandbox/demo/timeline.ts'
import { Witness } from '../../../sandbox/demo/witness.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { eventually } from '../program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

/** Eight days before clocks are put forward in Berlin. */
const BEGINNING = Date.UTC(2027, 2, 20, 9)
const RETRY_MS = 5 * 60_000

let sandbox: Sandbox
let clock = () => BEGINNING
const witness = new Witness(() => clock())

beforeAll(async () => {
  sandbox = await startSandbox({
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
      witness,
      rotations: 6,
      controlRotations: 1,
      cadenceMs: 0,
      retryMs: RETRY_MS,
      scenes: { lateReplica: 1, hold: 2, byHand: 3, report: 4, missed: 5, botched: 6 },
      signal: new AbortController().signal,
      tell: (moment) => moments.push(moment),
    })

    expect(facts.real.traffic.failures).toEqual({})
    expect(
      facts.real.rotations.map(({ from, begunBy, at }) => [from, begunBy, shortTime(at, 'UTC')]),
    ).toEqual([
      ['app', 'schedule', 'Sun 21 Mar 02:00'],
      ['app_b', 'make-up', 'Mon 29 Mar 10:00'],
      ['app', 'person', 'Wed 31 Mar 09:00'],
      ['app_b', 'schedule', 'Sun 04 Apr 01:00'],
      ['app', 'make-up', expect.stringContaining('Mon 12 Apr 07:')],
      ['app_b', 'schedule', 'Sun 18 Apr 01:00'],
    ])
    expect(facts.real.rotations[0]?.scene).toContain('publishing waited')
    expect(facts.real.rotations[3]?.scene).toContain('2 times (STILL_USED), and waited')
    expect(facts.real.leastBusy).toBeGreaterThan(0)
    expect(Math.min(...facts.real.rotations.map(({ phases }) => phases.drain ?? 0))).toBeGreaterThan(
      86_400_000,
    )
    expect(facts.held.begunMeanwhile).toBe(0)
    expect(facts.missed).toEqual({ begunMeanwhile: 0, alarmTold: true })
    expect(facts.botched).toMatchObject({
      code: 'RIGHTS_DIFFER',
      failed: 0,
      completed: true,
      named: { secret: true, owner: true, code: true },
    })
    expect(facts.botched.currentMeanwhile).toBe(facts.botched.currentBefore)
    const [single, noDrain] = facts.controls.map(({ rotations }) => rotations[0])
    expect(single).toMatchObject({ from: 'solo', to: 'solo', phases: { drain: undefined } })
    expect(noDrain).toMatchObject({ from: 'swap', to: 'swap_b' })
    expect(noDrain?.phases.drain).toBeLessThan(60_000)
    const told = [facts, ...moments.flatMap((moment) => linesOf(moment, createColors(false), facts.timezone))]
    expect(await passwordsIn(JSON.stringify(told))).toEqual([])
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

/** Those passwords, of any version of any secret, that a text holds. */
async function passwordsIn(text: string): Promise<readonly string[]> {
  const { client, adminSecret, secret } = sandbox
  const passwords: string[] = []
  for (const SecretId of [adminSecret, secret, 'shop/single-user', 'shop/no-drain']) {
    const { Versions } = await client.send(
      new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }),
    )
    for (const { VersionId } of Versions ?? []) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionId }))
      passwords.push(JSON.parse(SecretString ?? '{}').password)
    }
  }
  expect(passwords.length).toBeGreaterThanOrEqual(8)
  return passwords.filter((password) => text.includes(password))
}
