import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Sighting, sightingName } from '../../../lambdas/adapters/adapter.ts'
import { postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import { type Application, application, fence, firstVersion, quoted, rotate, works } from './application.ts'

// Who may own a subscription, and what a backend is called, differ by version: the newest will do.
let server: PostgresServer
beforeAll(async () => {
  // A worker whose start fails, as while its subscription changes hands, is started again without a pause of seconds.
  server = await startPostgres({ settings: { wal_level: 'logical', wal_retrieve_retry_interval: '100ms' } })
})
const clients: pg.Client[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)))
})
afterAll(() => server.stop())

async function draining(attributes = '') {
  const app = await application(server, { attributes })
  const first = firstVersion(app)
  // The admin may not give REPLICATION away, so the pair is rotated before its user has it.
  const second = await rotate(app, first)
  const retirer = () => postgresRetirer(app.options())
  const look = () => retirer().sightings(first.credential, second.credential)
  const names = async () => (await look()).sightings.map(sightingName)
  const disable = (accepts: (sighting: Sighting) => boolean, leaked = false) =>
    retirer()
      .disable(first.credential, {
        ...{ current: second.credential, fence: fence(first.id, second.id), accepts, leaked },
      })
      .then(
        () => 'disabled',
        (error) => `${error.code} ${error.detail.sighting}`,
      )
  return { app, first, second, look, names, disable }
}

async function clientOf(
  app: Application,
  more: pg.ClientConfig & { replication?: string },
): Promise<pg.Client> {
  const { username: user, password, dbname: database } = app.current
  const client = new pg.Client({
    ...{ host: 'localhost', port: server.port, database, user, password, ssl: { ca: server.ca } },
    ...more,
  })
  client.on('error', () => undefined)
  clients.push(client)
  await client.connect()
  return client
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited in vain')
    await sleep(20)
  }
}

describe('a backend of a role', () => {
  it('that replicates logged in with its password: it is seen, and ended when it is accepted', async () => {
    const { app, names, disable } = await draining()
    await server.query(`ALTER ROLE ${quoted(app.user)} REPLICATION`)
    const walsender = await clientOf(app, { replication: 'database', application_name: 'warehouse' })
    expect(await names()).toEqual(['warehouse (walsender)@local'].map(atLoopback))
    expect(await disable(() => false)).toBe(atLoopback('STILL_USED warehouse (walsender)@local'))
    expect(await works(app, app.current)).toBe(true)
    expect(
      await disable((sighting) => sightingName(sighting) === atLoopback('warehouse (walsender)@local')),
    ).toBe('disabled')
    await expect(walsender.query('IDENTIFY_SYSTEM')).rejects.toThrow()
  })

  it('that works for a session is a part of it', async () => {
    const { app, names } = await draining()
    const client = await clientOf(app, { application_name: 'report' })
    await client.query('SET debug_parallel_query = on')
    const working = client.query('SELECT pg_sleep(60)').catch(() => undefined)
    const workers = () =>
      server.query(`SELECT FROM pg_stat_activity WHERE backend_type = 'parallel worker' AND usename = $1`, [
        app.user,
      ])
    await until(async () => (await workers()).length > 0)
    expect(await names()).toEqual([atLoopback('report@local')])
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [
      app.user,
    ])
    await working
  })

  it('that works in the background needs no password: it is reported, keeps nothing from being disabled, and works on', async () => {
    const { app, look, disable } = await draining()
    const publisher = `source_${app.user}`
    await server.query(`CREATE DATABASE ${publisher}`)
    await server.query('CREATE PUBLICATION everything', undefined, { database: publisher })
    await server.query(`SELECT pg_create_logical_replication_slot('${app.user}', 'pgoutput')`, undefined, {
      database: publisher,
    })
    const { username, password } = server.superuser
    const source = `host=localhost port=${server.port} dbname=${publisher} user=${username} password=${password} sslmode=verify-full sslrootcert=${server.caFile}`
    await server.query(
      `CREATE SUBSCRIPTION ${app.user} CONNECTION '${source}' PUBLICATION everything
       WITH (create_slot = false, slot_name = '${app.user}', password_required = false)`,
    )
    await server.query(
      `GRANT CREATE ON DATABASE postgres TO ${app.user}; ALTER SUBSCRIPTION ${app.user} OWNER TO ${app.user}`,
    )
    const worker = `logical replication apply worker of subscription ${app.user}@localhost:${server.port}`
    await until(async () => (await look()).others?.includes(worker) === true)
    try {
      expect((await look()).sightings).toEqual([])
      const before = await server.query<{ pid: number }>(WORKERS, [app.user])
      expect(await disable(() => false)).toBe('disabled')
      expect(await works(app, app.current)).toBe(false)
      expect(await disable(() => false, true)).toBe('disabled')
      await sleep(200)
      expect(await server.query(WORKERS, [app.user])).toEqual(before)
      expect(before).toHaveLength(1)
    } finally {
      await server.query(`ALTER SUBSCRIPTION ${app.user} DISABLE`)
      await server.query(`ALTER SUBSCRIPTION ${app.user} SET (slot_name = NONE)`)
      await server.query(`DROP SUBSCRIPTION ${app.user}`)
    }
  })
})

const WORKERS = `SELECT pid, backend_start FROM pg_stat_activity WHERE usename = $1 AND backend_type LIKE 'logical replication%'`

/** The clients here come over the loopback interface, by whichever protocol the system prefers. */
function atLoopback(name: string): string {
  return name.replace('@local', `@${loopback}`)
}
let loopback = ''
beforeAll(async () => {
  const [row] = await server.query<{ address: string }>('SELECT host(inet_client_addr()) AS address')
  loopback = row?.address ?? ''
})
