import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import type { Replica } from '../../../sandbox/postgres/replica.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import { type Application, application, connect, fence, works } from './application.ts'
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
