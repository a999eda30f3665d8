import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresOptions, postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import type { Replica } from '../../../sandbox/postgres/replica.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  connect,
  fence,
  firstVersion,
  quoted,
  retire,
  rotate,
  type Version,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'
import { wireTo } from './wire.ts'

let server: PostgresServer
let replica: Replica
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion(), replica: true })
  if (!server.replica) throw new Error('a replica was asked for')
  replica = server.replica
})
afterEach(() => replica.resumeReplay())
afterAll(() => server.stop())

/** The replica is a declared endpoint of the server. */
function declared(port = replica.port): Partial<PostgresOptions> {
  return { endpoints: new Map([[`localhost:${server.port}`, [`localhost:${port}`]]]) }
}

async function replicated(): Promise<Application> {
  const app = await application(server)
  await replica.caughtUp()
  return app
}

async function set(app: Application, change: Partial<PostgresOptions> = declared()) {
  const id = randomUUID()
  const adapter = () => postgresAdapter(app.options(change))
  const pending = await adapter().create(app.current, { versionId: id })
  await adapter().set(pending, app.current, fence(id, app.versionId))
  return { id, pending, adapter }
}

const refusedLogins = async () => (await server.logs()).match(/password authentication failed/g)?.length ?? 0

describe('a standby', () => {
  it('is waited for without a refused login, however late it replays', async () => {
    const app = await replicated()
    const before = await refusedLogins()
    await replica.pauseReplay()
    const { pending, adapter } = await set(app)
    let replaying = false
    const tested = adapter()
      .test(pending, app.current)
      .then(() => replaying)
    await sleep(500)
    replaying = true
    await replica.resumeReplay()
    expect(await tested).toBe(true)
    await (await connect(app, pending, replica)).end()
    expect(await refusedLogins()).toBe(before)
  })

  it('that never replays stops the rotation by name, in time', async () => {
    const app = await replicated()
    await replica.pauseReplay()
    const { pending } = await set(app)
    const deadline = Date.now() + 4_000
    await expect(
      postgresAdapter(app.options({ ...declared(), deadline })).test(pending, app.current),
    ).rejects.toMatchObject({
      code: 'TIME_UP',
      message: expect.stringContaining(`localhost:${replica.port}`),
    })
    expect(Date.now()).toBeLessThan(deadline)
  })

  it('may be where the secret leads; the admin is where things are written', async () => {
    const app = await replicated()
    const change = declared()
    const secret = {
      ...app.current,
      port: replica.port,
      stored: { ...app.current.stored, port: replica.port },
    }
    const adapter = () => postgresAdapter(app.options(change))
    await adapter().preflight(secret)
    const id = randomUUID()
    const pending = await adapter().create(secret, { versionId: id })
    await adapter().set(pending, secret, fence(id, app.versionId))
    await adapter().test(pending, secret)
    expect(await works(app, { ...pending, port: server.port })).toBe(true)
  })

  it('is not what an admin secret may lead to', async () => {
    const app = await replicated()
    const admins = {
      read: async () => ({
        value: JSON.stringify({ host: 'localhost', port: replica.port, ...server.admin }),
        tags: new Map(),
      }),
      forget: () => undefined,
    }
    const secret = { ...app.current, port: replica.port }
    const adapter = () => postgresAdapter(app.options({ admins }))
    const readOnly = { code: 'UNREACHABLE', message: expect.stringContaining('read-only') }
    await expect(adapter().create(secret, { versionId: randomUUID() })).rejects.toMatchObject(readOnly)
    await expect(adapter().preflight(secret)).rejects.toMatchObject(readOnly)
    const pending = { ...secret, username: `${app.user}_b`, password: 'never-used-0123456789' }
    await expect(adapter().set(pending, secret, fence(randomUUID(), app.versionId))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    })
  })

  it('that is declared must answer', async () => {
    const app = await replicated()
    const wire = await wireTo(replica.port)
    await wire.close()
    const gone = declared(wire.port)
    const { pending } = await set(app, gone)
    const options = () => app.options({ ...gone, deadline: Date.now() + 2_000 })
    const named = { code: 'UNREACHABLE', message: expect.stringContaining(`localhost:${wire.port}`) }
    await expect(postgresAdapter(options()).test(pending, app.current)).rejects.toMatchObject(named)
    await expect(postgresRetirer(options()).sightings(app.current, app.current)).rejects.toMatchObject(named)
  })
})

describe('retirement', () => {
  async function draining() {
    const app = await replicated()
    const second = await rotate(app, firstVersion(app), declared())
    const retirer = () => postgresRetirer(app.options(declared()))
    const disable = (evenIfUsed = false) =>
      retirer().disable(app.current, {
        current: second.credential,
        fence: fence(app.versionId, second.id),
        evenIfUsed,
      })
    return { app, second, retirer, disable }
  }

  it('sees sessions on the standby', async () => {
    const { app, retirer, disable } = await draining()
    const reader = await connect(app, app.current, replica)
    expect(await retirer().sightings(app.current, app.current)).toEqual([
      expect.objectContaining({ endpoint: `localhost:${replica.port}`, application: 'consumer' }),
    ])
    await expect(disable()).rejects.toMatchObject({
      code: 'STILL_USED',
      detail: { endpoint: `localhost:${replica.port}`, application: 'consumer' },
    })
    expect(await works(app, app.current)).toBe(true)
    await reader.end()
    await disable()
    expect(await works(app, app.current)).toBe(false)
  })

  it('waits until the standby refuses new logins before it believes that there are none', async () => {
    const { app, second, disable } = await draining()
    await replica.pauseReplay()
    const disabled = disable().then(
      () => 'retired',
      (error) => error.code,
    )
    // Whoever looks for sessions on the standby is there already, and it does not know of the change: a consumer slips in.
    const deadline = Date.now() + 15_000
    const observed = () => replica.query(`SELECT FROM pg_stat_activity WHERE usename = 'admin'`)
    while ((await observed()).length === 0) {
      if (Date.now() > deadline) throw new Error('nobody waits on the standby')
      await sleep(10)
    }
    const late = await connect(app, app.current, replica)
    await replica.resumeReplay()
    expect(await disabled).toBe('STILL_USED')
    expect(await works(app, app.current)).toBe(true)
    await late.end()
    expect(await works(app, second.credential)).toBe(true)
  })

  it('puts the credential back when the standby can no longer be asked', async () => {
    const { app, second } = await draining()
    const wire = await wireTo(replica.port)
    const retirer = postgresRetirer(app.options({ ...declared(wire.port), deadline: Date.now() + 8_000 }))
    const silencing = fence(app.versionId, second.id, async () => wire.silence())
    await expect(
      retirer.disable(app.current, { current: second.credential, fence: silencing, evenIfUsed: false }),
    ).rejects.toMatchObject({
      code: 'UNREACHABLE',
    })
    expect(await works(app, app.current)).toBe(true)
    await wire.close()
  })

  it('ends sessions everywhere when told so', async () => {
    const { app, retirer, disable } = await draining()
    const clients = await Promise.all([
      connect(app, app.current, replica),
      connect(app, app.current, replica),
      connect(app, app.current),
    ])
    expect(await retirer().sightings(app.current, app.current)).toHaveLength(3)
    await disable(true)
    expect(await retirer().sightings(app.current, app.current)).toEqual([])
    for (const client of clients) await expect(client.query('SELECT 1')).rejects.toThrow()
  })
})

describe('a retired slot', () => {
  it('is never the last of its pair that is valid', async () => {
    const app = await replicated()
    const second = await rotate(app, firstVersion(app))
    const disable = (which: Version, current: Version) =>
      postgresRetirer(app.options()).disable(which.credential, {
        current: current.credential,
        fence: fence(which.id, current.id),
        evenIfUsed: true,
      })
    await disable(firstVersion(app), second)
    // A login that works is not enough: the other slot must be recorded as live.
    await expect(disable(second, second)).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(await works(app, second.credential)).toBe(true)
  })

  it('is touched by nobody without a stamp', async () => {
    const app = await replicated()
    const retirer = postgresRetirer(app.options())
    await expect(
      retirer.disable(app.current, {
        current: app.current,
        fence: fence(app.versionId, 'any'),
        evenIfUsed: true,
      }),
    ).rejects.toMatchObject({ code: 'STAMP_INVALID' })
    expect(await works(app, app.current)).toBe(true)
  })

  it('leaves the owner its background workers, its tables and its NOLOGIN alone', async () => {
    const app = await replicated()
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    const [role] = await server.query('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [app.user])
    expect(role).toEqual({ rolcanlogin: true })
    const client = await connect(app, second.credential)
    await client.query(`INSERT INTO ${quoted(app.user)}.orders VALUES (1)`)
    await client.end()
  })

  it('counts a session that an admin without pg_monitor can hardly see', async () => {
    const app = await replicated()
    const second = await rotate(app, firstVersion(app))
    const client = await connect(app, second.credential)
    await server.query('REVOKE pg_monitor FROM admin')
    try {
      expect(await postgresRetirer(app.options()).sightings(second.credential, app.current)).toEqual([
        { endpoint: `localhost:${server.port}`, application: 'consumer', address: '', since: '' },
      ])
    } finally {
      await server.query('GRANT pg_monitor TO admin')
      await client.end()
    }
    expect(await postgresRetirer(app.options()).sightings(app.current, app.current)).toEqual([])
  })

  it('is not touched at all while somebody uses it', async () => {
    const app = await replicated()
    const second = await rotate(app, firstVersion(app))
    const client = await connect(app, app.current)
    const row = () => server.query('SELECT xmin::text FROM pg_authid WHERE rolname = $1', [app.user])
    const before = await row()
    await expect(retire(app, firstVersion(app), second)).rejects.toMatchObject({ code: 'STILL_USED' })
    expect(await row()).toEqual(before)
    await client.end()
  })
})
