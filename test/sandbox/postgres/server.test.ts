import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCertificateAuthority } from '../../../sandbox/postgres/certificate.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres({
    hba: ['hostssl all legacy all md5'],
    settings: { log_line_prefix: "it's %m " },
  })
})
afterAll(() => server.stop())

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  )

describe('the server', () => {
  it('verifies a password by SCRAM', async () => {
    expect(await refusal(server.query('SELECT 1', [], { password: 'wrong' }))).toBe('28P01')
    const [row] = await server.query<{ password_encryption: string }>('SHOW password_encryption')
    expect(row?.password_encryption).toBe('scram-sha-256')
    expect(readFileSync(join(server.dataDirectory, 'pg_hba.conf'), 'utf8')).not.toContain('trust')
  })

  it('refuses a connection without TLS', async () => {
    const { username: user, password } = server.superuser
    const client = new pg.Client({
      host: server.host,
      port: server.port,
      user,
      password,
      database: 'postgres',
    })
    expect(await refusal(client.connect())).toBe('28000')
  })

  it.each(['localhost', '127.0.0.1'])(
    'shows a certificate for %s that its own authority vouches for',
    async (host) => {
      const { username: user, password } = server.superuser
      const login = { host, port: server.port, user, password, database: 'postgres' }
      const trusting = new pg.Client({ ...login, ssl: { ca: readFileSync(server.caFile, 'utf8') } })
      await trusting.connect()
      const { rows } = await trusting.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
      await trusting.end()
      expect(rows).toEqual([{ ssl: true }])

      const { ca } = await createCertificateAuthority()
      const wary = new pg.Client({ ...login, ssl: { ca } })
      expect(await refusal(wary.connect())).not.toBe('accepted')
    },
  )

  it('gives the admin what RDS gives, and no more', async () => {
    const [role] = await server.query(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
         pg_has_role('admin', 'pg_monitor', 'member') AS monitor, pg_has_role('admin', 'pg_signal_backend', 'member') AS signal
       FROM pg_roles WHERE rolname = 'admin'`,
    )
    expect(role).toEqual({
      rolsuper: false,
      rolcreaterole: true,
      rolcreatedb: true,
      rolreplication: false,
      rolbypassrls: false,
      monitor: true,
      signal: true,
    })
  })

  it('lets the admin make roles, but not take over those of others', async () => {
    const as = { user: server.admin.username, password: server.admin.password }
    await server.query('CREATE ROLE made_by_superuser LOGIN')
    await server.query('CREATE ROLE made_by_admin LOGIN', [], as)
    expect(await refusal(server.query('ALTER ROLE made_by_superuser PASSWORD NULL', [], as))).toBe('42501')
  })

  it('takes settings and pg_hba lines from its caller', async () => {
    expect(await server.query('SHOW log_line_prefix')).toEqual([{ log_line_prefix: "it's %m " }])
    await server.query("SET password_encryption = md5; CREATE ROLE legacy LOGIN PASSWORD 'an-old-password'")
    const rows = await server.query('SELECT current_user::text AS me', [], {
      user: 'legacy',
      password: 'an-old-password',
    })
    expect(rows).toEqual([{ me: 'legacy' }])
  })

  it('logs statements that change roles, logins and errors, and none of its own passwords', async () => {
    await server.query('CREATE ROLE seen_in_the_log')
    await refusal(server.query('SELECT no_such_column'))
    const log = await server.logs()
    expect(log).toContain('CREATE ROLE seen_in_the_log')
    expect(log).toContain('STATEMENT:  SELECT no_such_column')
    expect(log).toContain('connection authorized: user=postgres')
    expect(log).toContain('disconnection:')
    expect(log).not.toContain(server.superuser.password)
    expect(log).not.toContain(server.admin.password)
  })

  it('keeps its private key and data from other users', () => {
    const key = join(dirname(server.caFile), 'tls', 'server.key')
    expect(statSync(key).mode & 0o777).toBe(0o600)
    expect(statSync(server.dataDirectory).mode & 0o777).toBe(0o700)
  })

  it('runs beside another one and is gone after stop, files and all', async () => {
    const other = await startPostgres()
    expect(other.port).not.toBe(server.port)
    expect(other.superuser.password).not.toBe(server.superuser.password)
    await other.stop()
    await other.stop()
    expect(() => process.kill(other.pid, 0)).toThrow('ESRCH')
    expect(existsSync(other.dataDirectory)).toBe(false)
    expect(existsSync(dirname(other.caFile))).toBe(false)
    expect(await server.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('says what the server said when it does not start', async () => {
    await expect(startPostgres({ settings: { no_such_setting: '1' } })).rejects.toThrow(
      'unrecognized configuration parameter "no_such_setting"',
    )
  })
})

describe('every version', () => {
  it.each([14, 16, 18] as const)('PostgreSQL %i authenticates', async (version) => {
    const each = await startPostgres({ version })
    try {
      const [row] = await each.query<{ server_version_num: string }>('SHOW server_version_num')
      expect(Math.floor(Number(row?.server_version_num) / 10_000)).toBe(version)
      expect(await refusal(each.query('SELECT 1', [], { password: 'wrong' }))).toBe('28P01')
    } finally {
      await each.stop()
    }
  })
})
