import { afterEach, describe, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'

let server: PostgresServer
afterEach(() => server.stop())

const count = 'SELECT count(*)::int AS n FROM t'

async function start(version: 14 | 16 | 18) {
  server = await startPostgres({ version, replica: true })
  if (!server.replica) throw new Error('no replica was started')
  return server.replica
}

describe.each([14, 16, 18] as const)('a replica of PostgreSQL %i', (version) => {
  it('streams, pauses, goes on and can be promoted', async () => {
    const replica = await start(version)
    await server.query('CREATE TABLE t (); INSERT INTO t DEFAULT VALUES')
    await replica.caughtUp()
    expect(await replica.query(count)).toEqual([{ n: 1 }])
    await expect(replica.query('INSERT INTO t DEFAULT VALUES')).rejects.toMatchObject({ code: '25006' })

    await replica.pauseReplay()
    const state = await replica.query('SELECT pg_get_wal_replay_pause_state() AS state')
    expect(state).toEqual([{ state: 'paused' }])
    await server.query('INSERT INTO t DEFAULT VALUES')
    expect(await replica.query(count)).toEqual([{ n: 1 }])
    await replica.resumeReplay()
    await replica.caughtUp()
    expect(await replica.query(count)).toEqual([{ n: 2 }])

    await replica.promote()
    await replica.query('INSERT INTO t DEFAULT VALUES')
    expect(await replica.query(count)).toEqual([{ n: 3 }])
    expect(await server.query(count)).toEqual([{ n: 2 }])
  })

  it('refuses an old password only once it has applied the change', async () => {
    const replica = await start(version)
    const as = { user: 'consumer', password: 'first' }
    await server.query("CREATE ROLE consumer LOGIN PASSWORD 'first'")
    await replica.caughtUp()
    await replica.pauseReplay()
    await server.query("ALTER ROLE consumer PASSWORD 'second'")
    await expect(server.query('SELECT 1', [], as)).rejects.toMatchObject({ code: '28P01' })
    expect(await replica.query('SELECT 1 AS one', [], as)).toEqual([{ one: 1 }])
    await replica.resumeReplay()
    await replica.caughtUp()
    await expect(replica.query('SELECT 1', [], as)).rejects.toMatchObject({ code: '28P01' })
  })
})
