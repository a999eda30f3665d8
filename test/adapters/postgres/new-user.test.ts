import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dialer } from '../../../lambdas/adapters/postgres/connection.ts'
import { newUser } from '../../../lambdas/adapters/postgres/new-user.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { timeLeft } from '../../../lambdas/adapters/postgres/time-left.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { severityOf } from '../../../lambdas/rotation/severity.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  connect,
  fence,
  firstVersion,
  newcomer,
  quoted,
  retire,
  rotate,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'
import { type Fate, type Wire, wireTo } from './wire.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion() })
})
afterAll(() => server.stop())

const clients: pg.Client[] = []
const wires: Wire[] = []
afterEach(async () => {
  await Promise.all([
    ...clients.splice(0).map((client) => client.end()),
    ...wires.splice(0).map((wire) => wire.close()),
  ])
})

const provision = (app: Application, check = async () => {}, change?: Partial<PostgresOptions>) =>
  postgresAdapter(app.options(change)).provision?.(app.current, fence(app.versionId, app.versionId, check))

const adminNamed = (username: string, password: string): Partial<PostgresOptions> => ({
  admins: {
    read: async () => ({
      value: JSON.stringify({ host: server.host, port: server.port, username, password }),
      tags: new Map(),
    }),
    forget: () => undefined,
  },
})

async function superuser(): Promise<pg.Client> {
  const app = newcomer(server)
  const client = await connect(app, { ...app.current, ...server.superuser })
  clients.push(client)
  return client
}

describe('a new user', () => {
  it('may log in and has nothing else, and the admin may rotate it: two turns without a further grant', async () => {
    const app = newcomer(server)
    expect(await provision(app)).toBe('provisioned')
    const [role] = await server.query(
      `SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolconnlimit, rolconfig,
         (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS memberships,
         (SELECT count(*)::int FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.classid <> 1261) AS mentions
       FROM pg_roles r WHERE rolname = $1`,
      [app.user],
    )
    expect(role).toEqual({
      rolcanlogin: true,
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
      rolconnlimit: -1,
      rolconfig: null,
      memberships: 0,
      mentions: 0,
    })
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    await rotate(app, second)
  })

  it('has a name that may need quotes, and its password is in no log of the server', async () => {
    const app = newcomer(server)
    const odd = { ...app.current, username: `New "User" ${randomUUID()}` }
    const made = postgresAdapter(app.options()).provision?.(odd, fence(app.versionId, app.versionId))
    expect(await made).toBe('provisioned')
    expect(await works(app, odd)).toBe(true)
    const log = await server.logs()
    expect(log).toContain('CREATE ROLE "New ""User"')
    expect(log).not.toContain(odd.password)
  })

  it('is not made over somebody else, whose password stays', async () => {
    const other = await application(server)
    const app = newcomer(server)
    const claiming = { ...app.current, username: other.user }
    await expect(
      postgresAdapter(app.options()).provision?.(claiming, fence(app.versionId, app.versionId)),
    ).rejects.toMatchObject({ code: 'USER_EXISTS', message: expect.stringContaining(other.user) })
    expect([await works(other, other.current), await works(app, claiming)]).toEqual([true, false])
  })

  it('that is there and may not connect exists: what it lacks is said by the preflight, with the GRANT', async () => {
    const app = newcomer(server)
    const database = `db_${app.user}`
    await server.query(`CREATE DATABASE ${quoted(database)}`)
    await server.query(`REVOKE CONNECT ON DATABASE ${quoted(database)} FROM PUBLIC`)
    const current = { ...app.current, dbname: database }
    const adapter = () => postgresAdapter(app.options())
    const guard = fence(app.versionId, app.versionId)
    expect(await adapter().provision?.(current, guard)).toBe('provisioned')
    expect(await adapter().provision?.(current, guard)).toBe('exists')
    const refused = await adapter()
      .preflight(current)
      .catch((error) => error)
    expect(refused).toMatchObject({
      code: 'CURRENT_REFUSED',
      detail: { statement: `GRANT CONNECT ON DATABASE ${database} TO ${app.user}` },
    })
    await server.query(refused.detail.statement)
    await adapter().preflight(current)
  })

  it('is not made by an admin that may not, and the statement that is printed helps', async () => {
    const app = newcomer(server)
    const admin = `admin_${app.user}`
    await server.query(`CREATE ROLE ${admin} LOGIN PASSWORD 'of the admin'`)
    const change = adminNamed(admin, 'of the admin')
    const lacking = {
      code: 'ADMIN_LACKS_RIGHT',
      detail: { admin, statement: `ALTER ROLE ${admin} CREATEROLE` },
    }
    await expect(provision(app, undefined, change)).rejects.toMatchObject(lacking)
    await expect(postgresAdapter(app.options(change)).preflight(app.current)).rejects.toMatchObject(lacking)
    await server.query(lacking.detail.statement)
    await expect(postgresAdapter(app.options(change)).preflight(app.current)).rejects.toMatchObject({
      code: 'USER_MISSING',
    })
    expect(await provision(app, undefined, change)).toBe('provisioned')
    await postgresAdapter(app.options(change)).preflight(app.current)
  })

  it('is not made through a secret that leads to another server than the admin’s', async () => {
    const app = newcomer(server)
    const elsewhere = { ...app.current, host: 'db.example.com' }
    await expect(
      postgresAdapter(app.options()).provision?.(elsewhere, fence(app.versionId, app.versionId)),
    ).rejects.toMatchObject({ code: 'TARGET_NOT_ALLOWED' })
  })

  it('that is made while somebody looks for it is looked at once more: nobody is woken for it', async () => {
    const app = newcomer(server)
    const options = app.options()
    const time = timeLeft(options.deadline, options.now)
    const seen: string[] = []
    const look = async () => {
      seen.push('looked')
      if (seen.length > 1) return 'works'
      await provision(app)
      throw new OverlapError('CURRENT_REFUSED', 'it was not there a moment ago')
    }
    const user = newUser(options, dialer(options.certificates, time), time)
    expect(await user.unlessMissing(app.current, look)).toBe('works')
    expect(seen).toHaveLength(2)
  })

  it('that consumers have used is refused, not missing, when somebody changed its password', async () => {
    const app = newcomer(server)
    await provision(app)
    await server.query(`ALTER ROLE ${quoted(app.user)} PASSWORD 'changed'`)
    const create = (change?: Partial<PostgresOptions>) =>
      postgresAdapter(app.options(change)).create(app.current, { versionId: randomUUID() })
    await expect(create()).rejects.toMatchObject({ code: 'CURRENT_REFUSED' })
    // Nor does an admin who cannot be asked hide that consumers are kept out.
    await expect(create(adminNamed('admin', 'wrong'))).rejects.toMatchObject({ code: 'CURRENT_REFUSED' })
  })
})

describe('a user that was new once', () => {
  it('and whose partner was dropped while it was AWSCURRENT is not made anew: it would have none of its rights', async () => {
    const app = newcomer(server)
    await provision(app)
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    await server.query(`SET ROLE admin; DROP ROLE ${quoted(second.credential.username)}; RESET ROLE`)
    const adapter = () => postgresAdapter(app.options({ rotated: true }))
    for (const refused of [
      () => adapter().preflight(second.credential),
      () => adapter().create(second.credential, { versionId: randomUUID() }),
    ]) {
      const error = await refused().then(
        () => undefined,
        (thrown) => thrown,
      )
      expect([error.code, severityOf(error)]).toEqual(['CURRENT_REFUSED', 'page'])
    }
    await expect(adapter().provision?.(second.credential, fence(second.id, second.id))).rejects.toMatchObject(
      { code: 'NEW_USER_NOT_ALLOWED', message: expect.stringContaining('not new') },
    )
    expect(
      await server.query('SELECT FROM pg_roles WHERE rolname = $1', [second.credential.username]),
    ).toEqual([])
  })
})

describe('making a user that is cut off', () => {
  async function wired() {
    const app = newcomer(server)
    const wire = await wireTo(server.port)
    wires.push(wire)
    const value = JSON.stringify({ host: 'localhost', port: wire.port, ...server.admin })
    const admins = { read: async () => ({ value, tags: new Map() }), forget: () => undefined }
    const current = { ...app.current, port: wire.port }
    const making = (fate?: Fate) =>
      postgresAdapter(app.options({ admins })).provision?.(
        current,
        fence(app.versionId, app.versionId, async () => {
          if (fate) wire.next(fate)
        }),
      )
    return { app, making }
  }

  it('before its COMMIT arrives has made nobody, and may be tried again', async () => {
    const { app, making } = await wired()
    await expect(making('cut before')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('rolled it back'),
    })
    expect(await works(app, app.current)).toBe(false)
    expect(await making()).toBe('provisioned')
    expect(await works(app, app.current)).toBe(true)
  })

  it('after its COMMIT has made it, and finds that out', async () => {
    const { app, making } = await wired()
    expect(await making('lose reply')).toBe('provisioned')
    expect(await works(app, app.current)).toBe(true)
    expect(await making()).toBe('exists')
  })

  it('in the middle of its statement has made nobody', async () => {
    const app = newcomer(server)
    const holder = await superuser()
    await holder.query(`BEGIN`)
    await holder.query(`CREATE ROLE ${quoted(app.user)}`)
    const cut = provision(app)?.catch((error) => error.code)
    const waiting = `SELECT pid FROM pg_stat_activity WHERE usename = 'admin' AND wait_event_type = 'Lock' AND query LIKE 'CREATE ROLE%'`
    const deadline = Date.now() + 20_000
    while ((await server.query(waiting)).length === 0 && Date.now() < deadline) await sleep(20)
    await server.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) waiting`)
    expect(await cut).toBe('UNREACHABLE')
    await holder.query('ROLLBACK')
    expect(await server.query(`SELECT FROM pg_roles WHERE rolname = $1`, [app.user])).toEqual([])
    expect(await provision(app)).toBe('provisioned')
  })
})
