import { GetSecretValueCommand, ListSecretVersionIdsCommand } from '@aws-sdk/client-secrets-manager'
import { createColors } from 'picocolors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectPerRequest } from '../../../sandbox/demo/connect-per-request.ts'
import { pooled } from '../../../sandbox/demo/pooled.ts'
import { type Moment, play } from '../../../sandbox/demo/scenario.ts'
import { secretReader } from '../../../sandbox/demo/secret-reader.ts'
import { Tally } from '../../../sandbox/demo/tally.ts'
import { linesOf } from '../../../sandbox/demo/timeline.ts'
import { Witness } from '../../../sandbox/demo/witness.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { eventually } from '../program.ts'

let sandbox: Sandbox
const witness = new Witness()

beforeAll(async () => {
  sandbox = await startSandbox({
    onEvent: witness.onEvent,
    onWork: witness.onWork,
    replica: true,
    drain: '2s',
    sweepEverySeconds: 0.25,
    retryDelaysMs: Array.from({ length: 100 }, () => 300),
  })
})

afterAll(() => sandbox.stop())

describe('the scenario, cut down', () => {
  it('rotates under traffic without a failure, survives a botched rotation, and runs both controls', async () => {
    const moments: Moment[] = []
    const facts = await play({
      sandbox,
      witness,
      rotations: 2,
      controlRotations: 1,
      cadenceMs: 0,
      scenes: { lateReplica: 1, report: 0, botched: 2 },
      epoch: performance.now(),
      signal: new AbortController().signal,
      tell: (moment) => moments.push(moment),
    })

    expect(facts.real.traffic.failures).toEqual({})
    expect(facts.real.rotations.map(({ from, to }) => [from, to])).toEqual([
      ['app', 'app_b'],
      ['app_b', 'app'],
    ])
    expect(facts.real.rotations[0]?.scene).toContain('publishing waited')
    expect(facts.real.leastBusy).toBeGreaterThan(0)
    expect(facts.botched).toMatchObject({ code: 'RIGHTS_DIFFER', failed: 0, completed: true })
    expect(facts.botched.currentMeanwhile).toBe(facts.botched.currentBefore)
    const [single, noDrain] = facts.controls.map(({ rotations }) => rotations[0])
    expect(single).toMatchObject({ from: 'solo', to: 'solo', phases: { drain: undefined } })
    expect(noDrain).toMatchObject({ from: 'swap', to: 'swap_b' })
    const told = [facts, ...moments.flatMap((moment) => linesOf(moment, createColors(false)))]
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
