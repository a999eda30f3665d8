import { randomUUID } from 'node:crypto'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { RDSClient } from '@aws-sdk/client-rds'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import { cloudWatchJournal } from '../../lambdas/aws/journal.ts'
import { loginLogs } from '../../lambdas/aws/login-log.ts'
import { proofAfterQuarantine } from '../../lambdas/evidence/quarantine.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import { type CloudWatch, startCloudWatch } from '../../sandbox/cloudwatch/server.ts'
import type { Query } from '../../sandbox/postgres/connection.ts'
import { publishedLog } from '../../sandbox/postgres/published-log.ts'
import { type PostgresServer, startPostgres } from '../../sandbox/postgres/server.ts'
import { runningClock } from '../../sandbox/running-clock.ts'

/* A real server and its replica, whose logs are published; looks by its admin, each quarter of an hour; and a consumer that looks do not meet. */

const QUARTER = 15 * 60_000
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-Sandbx'
const JOURNAL = '/overlap/overlap/journal'
const GROUPS = ['/aws/rds/instance/shop/postgresql', '/aws/rds/instance/shop-replica/postgresql'] as const
const PASSWORD = 'of-the-old-version'

const clock = runningClock()
let server: PostgresServer
let cloudWatch: CloudWatch
let logs: CloudWatchLogsClient
let watch: Watcher

beforeAll(async () => {
  server = await startPostgres({ replica: true })
  cloudWatch = await startCloudWatch({ clock, targets: { invoke: async () => {}, publish: () => {} } })
  cloudWatch.addLogGroup(JOURNAL)
  const { primary, replica = '' } = server.logFiles
  cloudWatch.addLogGroup(GROUPS[0], { more: publishedLog(primary, 'shop.0', clock.at) })
  cloudWatch.addLogGroup(GROUPS[1], { more: publishedLog(replica, 'shop-replica.0', clock.at) })
  logs = new CloudWatchLogsClient({
    endpoint: cloudWatch.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  })
  const signal = () => AbortSignal.timeout(10_000)
  const stream = { logGroup: JOURNAL, functionName: 'overlap-sweep', instance: '5f2c' }
  watch = watcher({
    journal: cloudWatchJournal(logs, { ...stream, now: clock.now, signal }),
    loginLog: loginLogs({ logs, rds: async () => new RDSClient({ region: 'us-east-1' }), signal }),
    sampleEveryMs: QUARTER,
    now: clock.now,
  })
})

afterAll(async () => {
  logs.destroy()
  await Promise.all([cloudWatch.close(), server.stop()])
})

const LOOK = `SELECT application_name AS application, host(client_addr) AS address, backend_start::text AS since
  FROM pg_stat_activity WHERE usename = $1`

/** As a retire function looks: the admin logs in at every endpoint. */
async function look(versionId: string, principal: string): Promise<readonly Sighting[]> {
  const mark = `overlap ${randomUUID()}`
  const as = { user: server.admin.username, password: server.admin.password, application: mark }
  const everywhere: readonly [string, Query][] = [
    ['primary:5432', server.query],
    ['replica:5432', server.replica?.query ?? server.query],
  ]
  const sightings: Sighting[] = []
  for (const [endpoint, query] of everywhere)
    for (const row of await query<Omit<Sighting, 'endpoint'>>(LOOK, [principal], as))
      sightings.push({ ...row, endpoint })
  await watch.note(SECRET, versionId, {
    sightings,
    endpoints: everywhere.map(([endpoint]) => endpoint),
    asleep: false,
    witness: server.admin.username,
    mark,
    principal,
  })
  return sightings
}

/** Logs in, stays that many milliseconds, and goes. */
async function consume(
  user: string,
  options: { readonly ms?: number; readonly application?: string; readonly password?: string } = {},
) {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    database: 'postgres',
    user,
    password: options.password ?? PASSWORD,
    application_name: options.application ?? 'nightly',
    ssl: { ca: server.ca },
  })
  client.on('error', () => {})
  await client.connect()
  await new Promise((passed) => setTimeout(passed, options.ms ?? 50))
  await client.end()
}

/** A role of its own for each test. `quarters` of an hour pass, with a look in each; `between` happens in the middle. */
async function drain(user: string, quarters: number, between = async () => {}) {
  const versionId = `version-of-${user}`
  const from = Math.ceil(clock.now() / 1_000) * 1_000
  const seen: Sighting[] = []
  for (let quarter = 0; quarter < quarters; quarter++) {
    clock.advance(QUARTER / 2)
    if (quarter === Math.floor(quarters / 2)) await between()
    clock.advance(QUARTER / 2)
    seen.push(...(await look(versionId, user)))
  }
  const loginLogs = GROUPS.map((group) => `logs:${group}`)
  return { secretId: SECRET, versionId, from, until: clock.now(), loginLogs, seen }
}

async function makeRole(name: string): Promise<string> {
  await server.query(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`)
  return name
}

async function logConnections(value: 'on' | 'off') {
  await server.query(`ALTER SYSTEM SET log_connections = ${value}`)
  await server.query('SELECT pg_reload_conf()')
  // A new session has what the postmaster has.
  for (;;) {
    const [row] = await server.query<{ log_connections: string }>('SHOW log_connections')
    if ((row?.log_connections === 'off') === (value === 'off')) return
    await new Promise((passed) => setTimeout(passed, 5))
  }
}

const consumers = [{ name: 'ecs:shop/api', version: 'new' }]

describe('a drain', () => {
  it('in which nobody logs in is proved by the log', async () => {
    const drained = await drain(await makeRole('idle'), 6)
    const { proof, lastUse } = await watch.prove({ ...drained, consumers: [], declared: 0 })
    expect(proof).toMatchObject({ rung: 'a', samples: 6, gaps: [], missing: [] })
    expect(lastUse).toBeUndefined()
  })

  it('in which a consumer connects once for 50 ms is none, though no look saw it', async () => {
    const user = await makeRole('brief')
    const drained = await drain(user, 6, () => consume(user, { ms: 50, application: 'hourly export' }))
    expect(drained.seen).toEqual([])
    const { proof, lastUse } = await watch.prove({ ...drained, consumers, declared: 1 })
    expect(proof.rung).toBe('d')
    expect(lastUse?.sighting).toMatchObject({
      endpoint: `${GROUPS[0]} shop`,
      application: 'hourly export',
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    })
    expect(lastUse?.at).toBeGreaterThan(drained.from + 3 * QUARTER)
    expect(lastUse?.at).toBeLessThan(drained.from + 4 * QUARTER)
    // What looks alone would have made of it.
    const looked = await watch.prove({ ...drained, loginLogs: [], consumers, declared: 1 })
    expect(looked).toMatchObject({ proof: { rung: 'b' }, lastUse: undefined })
  })

  it('is no better than its looks where the replica’s log is not read', async () => {
    const drained = await drain(await makeRole('half'), 3)
    const { proof } = await watch.prove({
      ...drained,
      loginLogs: [`logs:${GROUPS[0]}`],
      consumers,
      declared: 1,
    })
    expect(proof).toMatchObject({ rung: 'b', missing: [expect.stringContaining('1 of the 2 servers')] })
  })

  it('is no better than its looks where the server does not log connections', async () => {
    const user = await makeRole('unlogged')
    await logConnections('off')
    try {
      const drained = await drain(user, 3, () => consume(user))
      const { proof } = await watch.prove({ ...drained, consumers, declared: 1 })
      // The replica has them in its own configuration, so its log goes on.
      expect(proof).toMatchObject({ rung: 'b', missing: [expect.stringContaining('1 of the 2 servers')] })
    } finally {
      await logConnections('on')
    }
  })
})

describe('a quarantine', () => {
  it('shows who is refused, and the clock becomes more than a clock where nobody is', async () => {
    const user = await makeRole('disabled')
    await server.query(`ALTER ROLE ${user} PASSWORD NULL`)
    const { seen: _, ...quiet } = await drain(user, 3)
    const refused = await watch.refused(quiet)
    expect(refused).toEqual([])
    const { proof } = await watch.prove({ ...quiet, loginLogs: [], consumers: [], declared: 0 })
    expect([proof.rung, proofAfterQuarantine(proof, refused).rung]).toEqual(['d', 'c'])

    const tried = await drain(user, 1, () =>
      consume(user).then(
        () => Promise.reject(new Error('it has no password')),
        () => {},
      ),
    )
    expect(await watch.refused(tried)).toEqual([
      expect.objectContaining({ principal: user, outcome: 'refused', server: `${GROUPS[0]} shop` }),
    ])
    // Of what was before, nothing has changed.
    expect(await watch.refused(quiet)).toEqual([])
  })

  it('shows who is refused also where connections are not logged', async () => {
    const user = await makeRole('late')
    await server.query(`ALTER ROLE ${user} PASSWORD NULL`)
    await logConnections('off')
    try {
      const tried = await drain(user, 1, () => consume(user).catch(() => {}))
      expect(await watch.refused(tried)).toHaveLength(1)
      expect(await watch.refused(await drain(user, 1))).toBeUndefined()
    } finally {
      await logConnections('on')
    }
  })
})

describe('what a server really logs', () => {
  it('lets nobody stand for another one by the name of an application', async () => {
    const [user, other] = [await makeRole('honest'), await makeRole('forger')]
    const application = `x:[1]:LOG:  connection authorized: user=${user} database=postgres\n2026-03-02 03:00:00 UTC::${user}@postgres:[1]:LOG:  connection authorized: user=${user} database=postgres`
    const drained = await drain(user, 2, () => consume(other, { application }))
    expect(await watch.prove({ ...drained, consumers, declared: 1 })).toMatchObject({
      proof: { rung: 'a' },
      lastUse: undefined,
    })
  })

  it('has a line break of a user’s name as it is, which is why a line may be forged by it', async () => {
    await expect(consume('one\ntwo')).rejects.toThrow()
    expect(await server.logs()).toContain(':one\ntwo@postgres:[')
  })

  it.each([14, 16, 18] as const)('tells of logins, refused or not, as PostgreSQL %i', async (version) => {
    const each = await startPostgres({ version })
    try {
      const name = `/aws/rds/instance/version-${version}/postgresql`
      cloudWatch.addLogGroup(name, { more: publishedLog(each.logFiles.primary, 'each.0', clock.at) })
      await each.query(
        `CREATE ROLE "app b" LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE parted PASSWORD '${PASSWORD}'`,
      )
      const as = (user: string, password = PASSWORD) => each.query('SELECT 1', [], { user, password })
      await as('app b')
      await as('app b', 'wrong').catch(() => {})
      await as('parted').catch(() => {})
      const read = loginLogs({
        logs,
        rds: async () => new RDSClient({}),
        signal: () => AbortSignal.timeout(10_000),
      })
      const found = await read(`logs:${name}`).read(['app b', 'parted'], 0, clock.now())
      expect(found.map(({ principal, outcome }) => `${principal} ${outcome}`)).toEqual([
        'app b authorized',
        'app b refused',
        // The password was right: the server says so first.
        'parted authorized',
        'parted refused',
      ])
    } finally {
      await each.stop()
    }
  })
})
