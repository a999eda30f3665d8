import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../../sandbox/postgres/server.ts'
import { messageSplitter } from './postgres-messages.ts'
import {
  type PostgresWire,
  type StatementFate,
  startPostgresWire,
  type WireConnection,
} from './postgres-wire.ts'

let server: PostgresServer
let wire: PostgresWire
/** What passed the wire: `user: text`. */
let seen: string[]
let fateOf: (sql: string, user: string) => StatementFate | Promise<StatementFate>
let lost: number
const clients: pg.Client[] = []

beforeAll(async () => {
  server = await startPostgres()
  await server.query('CREATE TABLE t (n int)')
  wire = await startPostgresWire({
    server,
    onStatement: (count, sql, connection: WireConnection) => {
      seen.push(`${connection.user}: ${sql}`)
      expect(count).toBeGreaterThan(0)
      return fateOf(sql, connection.user)
    },
    onLost: () => {
      lost += 1
    },
  })
})
afterAll(async () => {
  await wire.close()
  await server.stop()
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})))
  await server.query('TRUNCATE t')
})

function client(options: pg.ClientConfig = {}): pg.Client {
  seen = []
  lost = 0
  fateOf = () => 'pass'
  const made = new pg.Client({
    host: wire.host,
    port: wire.port,
    database: 'postgres',
    user: server.admin.username,
    password: server.admin.password,
    ssl: { ca: server.ca },
    ...options,
  })
  made.on('error', () => {})
  clients.push(made)
  return made
}

async function superuserClient(): Promise<pg.Client> {
  const { username: user, password } = server.superuser
  const made = client({ user, password })
  await made.connect()
  seen = []
  return made
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code ?? (error as Error).message,
  )
const rows = async () => (await server.query<{ n: number }>('SELECT n FROM t ORDER BY n')).map(({ n }) => n)
const sessionsOf = async (user: string) =>
  (await server.query('SELECT FROM pg_stat_activity WHERE usename = $1', [user])).length

/** Polls, since a server ends a session a little after its client is gone. */
async function untilNoSession(user: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while ((await sessionsOf(user)) > 0)
    if (Date.now() > deadline) throw new Error(`a session of ${user} is left`)
}

describe('what passes', () => {
  it('is counted as one: a connection with its authentication, a simple query however many statements, a group up to its Sync', async () => {
    const admin = client()
    await admin.connect()
    const several = (await admin.query('SELECT 1 AS a; SELECT 2 AS b')) as unknown as pg.QueryResult[]
    expect(several.map((result) => result.rows)).toEqual([[{ a: 1 }], [{ b: 2 }]])
    expect((await admin.query('SELECT $1::int AS n', [3])).rows).toEqual([{ n: 3 }])
    await admin.end()
    expect(seen).toEqual([
      'admin: startup',
      'admin: SELECT 1 AS a; SELECT 2 AS b',
      'admin: SELECT $1::int AS n',
    ])
  })

  it('is named by the statement that was prepared earlier', async () => {
    const admin = client()
    await admin.connect()
    const prepared = { name: 'twice', text: 'SELECT $1::int AS n' }
    await admin.query(prepared, [1])
    expect((await admin.query(prepared, [2])).rows).toEqual([{ n: 2 }])
    expect(seen.slice(1)).toEqual(['admin: SELECT $1::int AS n', 'admin: SELECT $1::int AS n'])
  })

  it('are answers of any size, and errors that leave the session usable', async () => {
    const admin = client()
    await admin.connect()
    const { rows: big } = await admin.query("SELECT repeat('x', 1000000) AS x FROM generate_series(1, 5)")
    expect(big.map(({ x }) => x.length)).toEqual(Array(5).fill(1_000_000))
    expect(await outcome(admin.query('SELECT no_such_column'))).toBe('42703')
    expect(await outcome(admin.query('SELECT $1::int', ['x']))).toBe('22P02')
    expect(await outcome(admin.query('SELECT 1'))).toBe('done')
  })

  it('is a refused password, as the server refuses it', async () => {
    expect(await outcome(client({ password: 'wrong' }).connect())).toBe('28P01')
  })

  it('is SCRAM with channel binding, which looks at the certificate', async () => {
    const bound = client({ enableChannelBinding: true } as pg.ClientConfig)
    await bound.connect()
    expect(await outcome(bound.query('SELECT 1'))).toBe('done')
  })

  it('is not a connection without TLS', async () => {
    expect(await outcome(client({ ssl: false }).connect())).toBe('28000')
    expect(seen).toEqual([])
  })
})

describe('a connection', () => {
  it.each([
    ['kill-before', 1],
    ['kill-after', 1],
  ] as const)('is cut by %s', async (fate, kills) => {
    const admin = client()
    fateOf = () => fate
    expect(await outcome(admin.connect())).not.toBe('done')
    expect(lost).toBe(kills)
    await untilNoSession('admin')
  })

  it('was authenticated when only its reply was lost, and never reached the server when it was cut before', async () => {
    const logins = async () => (await server.logs()).split('connection authorized: user=admin').length
    const before = await logins()
    const one = client()
    fateOf = () => 'kill-before'
    await outcome(one.connect())
    expect(await logins()).toBe(before)
    const other = client()
    fateOf = () => 'kill-after'
    await outcome(other.connect())
    expect(await logins()).toBe(before + 1)
  })

  it('that is refused is cut as well when its reply is lost', async () => {
    const admin = client({ password: 'wrong' })
    fateOf = () => 'kill-after'
    expect(await outcome(admin.connect())).not.toBe('28P01')
    expect(lost).toBe(1)
  })

  it('gets an error', async () => {
    const admin = client()
    fateOf = () => 'error'
    expect(await outcome(admin.connect())).toBe('57P01')
    expect(lost).toBe(0)
  })

  it('hangs', async () => {
    const admin = client({ connectionTimeoutMillis: 300 })
    fateOf = () => 'hang'
    expect(await outcome(admin.connect())).toMatch(/timeout/)
  })
})

describe.each([
  ['a simple query', (one: pg.Client) => one.query('INSERT INTO t VALUES (1)')],
  ['an extended query', (one: pg.Client) => one.query('INSERT INTO t VALUES ($1)', [1])],
  [
    'several statements in one query',
    (one: pg.Client) => one.query('INSERT INTO t VALUES (0); UPDATE t SET n = 1'),
  ],
])('%s', (_, run) => {
  it('is not carried out when killed before', async () => {
    const one = await superuserClient()
    fateOf = () => 'kill-before'
    expect(await outcome(run(one))).toMatch(/terminated|ECONNRESET/)
    expect([lost, seen.length, await rows()]).toEqual([1, 1, []])
  })

  it('is carried out when killed after, and the client is not told', async () => {
    const one = await superuserClient()
    fateOf = () => 'kill-after'
    expect(await outcome(run(one))).toMatch(/terminated|ECONNRESET/)
    expect([lost, seen.length, await rows()]).toEqual([1, 1, [1]])
  })

  it('is not carried out when it gets an error', async () => {
    const one = await superuserClient()
    fateOf = () => 'error'
    expect(await outcome(run(one))).toBe('57P01')
    expect([lost, await rows()]).toEqual([0, []])
  })

  it('is neither carried out nor answered when it hangs', async () => {
    const one = await superuserClient()
    const other = client()
    fateOf = (_sql, user) => (user === 'postgres' ? 'hang' : 'pass')
    const answered = outcome(run(one))
    // Another connection goes through meanwhile, so the silence is this one's.
    await other.connect()
    await other.query('SELECT 1')
    expect(await Promise.race([answered, Promise.resolve('nothing yet')])).toBe('nothing yet')
    expect(await rows()).toEqual([])
    await one.end()
    expect(await answered).toMatch(/terminated/)
  })
})

describe('a transaction', () => {
  it.each([
    ['kill-before', []],
    ['kill-after', [7]],
  ] as const)('whose COMMIT meets %s ends as the server saw it', async (fate, left) => {
    const one = await superuserClient()
    await one.query('BEGIN')
    await one.query('INSERT INTO t VALUES (7)')
    fateOf = (sql) => (sql === 'COMMIT' ? fate : 'pass')
    expect(await outcome(one.query('COMMIT'))).toMatch(/terminated|ECONNRESET/)
    expect(await rows()).toEqual(left)
  })

  it('is rolled back when the reply of a statement inside it is lost', async () => {
    const one = await superuserClient()
    await one.query('BEGIN')
    fateOf = (sql) => (sql.startsWith('INSERT') ? 'kill-after' : 'pass')
    await outcome(one.query('INSERT INTO t VALUES (7)'))
    expect(await rows()).toEqual([])
  })

  it('loses the reply of a statement that fails', async () => {
    const one = await superuserClient()
    fateOf = () => 'kill-after'
    expect(await outcome(one.query('SELECT no_such_column'))).not.toBe('42703')
    expect(lost).toBe(1)
  })
})

/** The bare connection of a client that is logged in. */
function streamOf(one: pg.Client): Duplex {
  return (one as unknown as { connection: { stream: Duplex } }).connection.stream
}

it('a client that does not wait for replies loses only the one that is to be lost', async () => {
  const one = await superuserClient()
  fateOf = (sql) => (sql.endsWith('2)') ? 'kill-after' : 'pass')
  const stream = streamOf(one)
  stream.removeAllListeners('data')
  const replies: string[] = []
  stream.on(
    'data',
    messageSplitter({ opening: false }, ({ type }) => replies.push(type)),
  )
  const query = (sql: string) => {
    const frame = Buffer.alloc(6 + sql.length)
    frame.write('Q')
    frame.writeInt32BE(5 + sql.length, 1)
    frame.write(sql, 5)
    return frame
  }
  stream.write(Buffer.concat([query('INSERT INTO t VALUES (1)'), query('INSERT INTO t VALUES (2)')]))
  await once(stream, 'close')
  expect(replies).toEqual(['C', 'Z'])
  expect(await rows()).toEqual([1, 2])
})

describe('a fate that is awaited', () => {
  it('holds up the statement and whatever the client sends after it, and no other connection', async () => {
    const [one, other] = [await superuserClient(), await superuserClient()]
    let release = (_fate: StatementFate): void => {}
    const awaited = new Promise<StatementFate>((resolve) => {
      release = resolve
    })
    fateOf = (sql) => (sql.endsWith('(1)') ? awaited : 'pass')
    const first = one.query('INSERT INTO t VALUES (1)')
    await other.query('INSERT INTO t VALUES ($1)', [2])
    expect(await rows()).toEqual([2])
    const second = one.query('INSERT INTO t VALUES ($1)', [3])
    release('pass')
    await Promise.all([first, second])
    expect(await rows()).toEqual([1, 2, 3])
  })

  it('may be a bad one', async () => {
    const one = await superuserClient()
    fateOf = async (sql) => (sql.startsWith('INSERT') ? 'kill-before' : 'pass')
    expect(await outcome(one.query('INSERT INTO t VALUES (1)'))).toBe('Connection terminated unexpectedly')
    expect(await rows()).toEqual([])
    expect(lost).toBe(1)
  })
})

it('a client that goes away takes its session along', async () => {
  const admin = client()
  await admin.connect()
  expect(await sessionsOf('admin')).toBe(1)
  streamOf(admin).destroy()
  await untilNoSession('admin')
})
