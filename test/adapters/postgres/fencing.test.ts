import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseCredential, serializeCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import { lockStatement } from '../../../lambdas/adapters/postgres/locked-change.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { readStamp } from '../../../lambdas/adapters/postgres/stamp.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  fence,
  firstVersion,
  quoted,
  retire,
  rotate,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'
import { type Wire, wireTo } from './wire.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion() })
})
afterAll(() => server.stop())

const wires: Wire[] = []
const clients: pg.Client[] = []
afterEach(async () => {
  await Promise.all([
    ...wires.splice(0).map((wire) => wire.close()),
    ...clients.splice(0).map((client) => client.end()),
  ])
})

/** An application whose admin is reached through a wire that the test can cut; its user goes there too. */
async function wired() {
  const wire = await wireTo(server.port)
  wires.push(wire)
  const app = await application(server)
  const admins: PostgresOptions['admins'] = {
    read: async () => ({
      value: JSON.stringify({ host: 'localhost', port: wire.port, ...server.admin }),
      tags: new Map(),
    }),
    forget: () => undefined,
  }
  const current = parseCredential(serializeCredential(app.current).replace(`${server.port}`, `${wire.port}`))
  const id = randomUUID()
  const adapter = (change?: Partial<PostgresOptions>) => postgresAdapter(app.options({ admins, ...change }))
  const pending = await adapter().create(current, { versionId: id })
  return { app, wire, admins, current, pending, id, adapter }
}

async function superuser(database = 'postgres'): Promise<pg.Client> {
  const client = new pg.Client({
    ...{
      host: server.host,
      port: server.port,
      database,
      user: server.superuser.username,
      password: server.superuser.password,
    },
    ssl: { ca: server.ca },
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

/** What the stamp on a partner says that the roles of its pair hold. */
async function slotsOf(partner: string) {
  const [row] = await server.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [partner],
  )
  const read = readStamp(row?.comment ?? null)
  return read.kind === 'stamp' ? Object.fromEntries(read.stamp.slots) : read
}

/** The admin's own sessions, by who holds what. */
const adminSessions = async () =>
  (await server.query(`SELECT pid FROM pg_stat_activity WHERE usename = 'admin'`)).length

describe('a reply to COMMIT that is lost', () => {
  it('is answered by the server: what was written counts', async () => {
    const { app, wire, current, pending, id, adapter } = await wired()
    await adapter().set(
      pending,
      current,
      fence(id, app.versionId, async () => wire.next('lose reply')),
    )
    expect(await works(app, pending)).toBe(true)
    await adapter().test(pending, current)
  })

  it('is answered by the server: what was not written is an error, and may be tried again', async () => {
    const { app, wire, current, pending, id, adapter } = await wired()
    await expect(
      adapter().set(
        pending,
        current,
        fence(id, app.versionId, async () => wire.next('cut before')),
      ),
    ).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('rolled') })
    expect(await works(app, pending)).toBe(false)
    expect(await works(app, current)).toBe(true)
    await adapter().set(pending, current, fence(id, app.versionId))
    await adapter().test(pending, current)
  })

  it.each([
    { commit: 'that disables', check: 1, fate: 'lose reply', disabled: true, recorded: false },
    { commit: 'that disables', check: 1, fate: 'cut before', disabled: false, recorded: false },
    { commit: 'that records', check: 2, fate: 'lose reply', disabled: true, recorded: true },
    { commit: 'that records', check: 2, fate: 'cut before', disabled: true, recorded: false },
  ] as const)('does not fool a retirement ($commit, $fate)', async ({ check, fate, disabled, recorded }) => {
    const { app, wire, admins, current, pending, id, adapter } = await wired()
    await adapter().set(pending, current, fence(id, app.versionId))
    const retirer = postgresRetirer(app.options({ admins }))
    let checks = 0
    const cutting = fence(app.versionId, id, async () => {
      checks += 1
      if (checks === check) wire.next(fate)
    })
    const outcome = retirer.disable(current, {
      current: pending,
      fence: cutting,
      accepts: () => false,
      leaked: false,
    })
    if (recorded) await outcome
    else await expect(outcome).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(await works(app, current)).toBe(!disabled)
    expect(await works(app, pending)).toBe(true)
    const context = { current: pending, fence: fence(app.versionId, id) }
    // What is recorded as disabled may be removed, and nothing else.
    const removed = await retirer.remove(current, context).then(
      () => true,
      (error) => error.code !== 'STILL_USED',
    )
    expect(removed).toBe(recorded)
    expect(await retirer.enable(current, context)).toBe(disabled && !recorded)
    expect(await works(app, current)).toBe(!recorded)
  })

  it('is answered for a single user by logging in', async () => {
    const { app, wire, current } = await wired()
    const tags = new Map([
      ['overlap:strategy', 'single-user'],
      ['overlap:accept-failed-logins', 'true'],
    ])
    const adapter = () => postgresAdapter(app.options({ tags }))
    const id = randomUUID()
    const pending = await adapter().create(current, { versionId: id })
    await expect(
      adapter().set(
        pending,
        current,
        fence(id, app.versionId, async () => wire.next('cut before')),
      ),
    ).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(await works(app, current)).toBe(true)
    await adapter().set(
      pending,
      current,
      fence(id, app.versionId, async () => wire.next('lose reply')),
    )
    expect([await works(app, pending), await works(app, current)]).toEqual([true, false])
    // Another delivery of the same step finds it done.
    await adapter().set(pending, current, fence(id, app.versionId))
  })
})

describe('a writer that was paused', () => {
  /** A `set` that sleeps inside its fence until the server has ended its transaction. */
  async function zombie(app: Application, meanwhile: () => Promise<void>) {
    const id = randomUUID()
    const adapter = postgresAdapter(app.options({ deadline: Date.now() + 6_000 }))
    const pending = await adapter.create(app.current, { versionId: id })
    const outcome = adapter
      .set(
        pending,
        app.current,
        fence(id, app.versionId, async () => {
          expect(await adminSessions()).toBe(1)
          await until(async () => (await adminSessions()) === 0)
          await meanwhile()
        }),
      )
      .then(
        () => 'written',
        (error) => error.code,
      )
    return { pending, outcome: await outcome }
  }

  it('finds its transaction ended by the server and writes nothing', async () => {
    const app = await application(server)
    const { pending, outcome } = await zombie(app, async () => {})
    expect(outcome).toBe('UNREACHABLE')
    expect(await works(app, pending)).toBe(false)
    expect(await works(app, app.current)).toBe(true)
  })

  it('leaves alone what its successor wrote', async () => {
    const app = await application(server)
    const successors: Awaited<ReturnType<typeof rotate>>[] = []
    const { pending, outcome } = await zombie(app, async () => {
      successors.push(await rotate(app, firstVersion(app)))
    })
    expect(outcome).not.toBe('written')
    expect(await works(app, pending)).toBe(false)
    for (const { credential } of successors) expect(await works(app, credential)).toBe(true)
    expect(successors).toHaveLength(1)
  })
})

describe('the lock', () => {
  it.each(['owner', 'partner'])(
    'is taken in one database, whatever database the secret names, for the %s',
    async (which) => {
      const app = await application(server)
      await server.query(`CREATE DATABASE ${quoted(app.user)}`)
      const current = parseCredential(
        serializeCredential(app.current).replace('"dbname":"postgres"', `"dbname":"${app.user}"`),
      )
      const adapter = () => postgresAdapter(app.options({ deadline: Date.now() + 3_000 }))
      const id = randomUUID()
      const pending = await adapter().create(current, { versionId: id })
      const holder = await superuser('postgres')
      await holder.query(`BEGIN; ${lockStatement([which === 'owner' ? app.user : `${app.user}_b`])}`)
      const checked: string[] = []
      await expect(
        adapter().set(
          pending,
          current,
          fence(id, app.versionId, async () => void checked.push('checked')),
        ),
      ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
      expect(checked).toEqual([])
      expect(await works(app, pending)).toBe(false)
      await holder.query('ROLLBACK')
      await adapter().set(pending, current, fence(id, app.versionId))
      expect(await works(app, pending)).toBe(true)
    },
  )

  it('is let go, and nothing written, when somebody else holds the role', async () => {
    const app = await application(server)
    const adapter = () => postgresAdapter(app.options({ deadline: Date.now() + 3_000 }))
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    const id = randomUUID()
    const pending = await adapter().create(second.credential, { versionId: id })
    const holder = await superuser()
    await holder.query(`BEGIN; ALTER ROLE ${quoted(app.user)} CONNECTION LIMIT 50`)
    await expect(adapter().set(pending, second.credential, fence(id, second.id))).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    })
    await holder.query('ROLLBACK')
    expect(await works(app, second.credential)).toBe(true)
    await adapter().set(pending, second.credential, fence(id, second.id))
    expect(await works(app, pending)).toBe(true)
  })

  it('lets ten pairs be rotated at once, and one of two writers at a time for each', async () => {
    const deadline = Date.now() + 60_000
    const rotations = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const app = await application(server)
        const id = randomUUID()
        const adapter = () => postgresAdapter(app.options({ deadline }))
        return { app, id, adapter, pending: await adapter().create(app.current, { versionId: id }) }
      }),
    )
    const inside: string[] = []
    let letGo = () => {}
    const isLetGo = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const writers = rotations.flatMap(({ app, id, adapter, pending }) => {
      const check = async () => {
        inside.push(app.user)
        await isLetGo
      }
      return [1, 2].map(() => adapter().set(pending, app.current, fence(id, app.versionId, check)))
    })
    const written = Promise.all(writers)
    // What ends it early is told below.
    written.catch(() => undefined)
    const waiting = `SELECT pid FROM pg_stat_activity WHERE usename = 'admin' AND wait_event = 'advisory'`
    // Whoever has the lock is told so a moment after the other one waits for it.
    await until(async () => inside.length >= 10 && (await server.query(waiting)).length === 10).finally(letGo)
    expect(inside.toSorted()).toEqual(rotations.map(({ app }) => app.user).toSorted())
    await written
    for (const { app, id, pending } of rotations) {
      expect([await works(app, pending), await works(app, app.current)]).toEqual([true, true])
      expect(await slotsOf(`${app.user}_b`)).toEqual({
        [app.user]: { version: app.versionId, state: 'live' },
        [`${app.user}_b`]: { version: id, state: 'live' },
      })
    }
  })
})

describe('a slot', () => {
  it('is checked again under the lock: what was free at create may be held at set', async () => {
    const app = await application(server)
    const adapter = () => postgresAdapter(app.options())
    const [one, two] = [randomUUID(), randomUUID()]
    const first = await adapter().create(app.current, { versionId: one })
    const second = await adapter().create(app.current, { versionId: two })
    await adapter().set(first, app.current, fence(one, app.versionId))
    await expect(adapter().set(second, app.current, fence(two, app.versionId))).rejects.toMatchObject({
      code: 'DRAIN_IN_PROGRESS',
      detail: { holder: one },
    })
    expect([await works(app, first), await works(app, second), await works(app, app.current)]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('is not overwritten when its stamp was edited', async () => {
    const app = await application(server)
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    const id = randomUUID()
    const adapter = () => postgresAdapter(app.options())
    const pending = await adapter().create(second.credential, { versionId: id })
    await server.query(`COMMENT ON ROLE ${quoted(`${app.user}_b`)} IS 'overlap/1 {}'`)
    await expect(adapter().set(pending, second.credential, fence(id, second.id))).rejects.toMatchObject({
      code: 'STAMP_INVALID',
    })
    expect([await works(app, pending), await works(app, second.credential)]).toEqual([false, true])
  })

  it('is not overwritten when the stamp is gone', async () => {
    const app = await application(server)
    const second = await rotate(app, firstVersion(app))
    await server.query(`COMMENT ON ROLE ${quoted(`${app.user}_b`)} IS NULL`)
    await expect(
      postgresAdapter(app.options()).create(app.current, { versionId: randomUUID() }),
    ).rejects.toMatchObject({
      code: 'STAMP_INVALID',
    })
    expect(await works(app, second.credential)).toBe(true)
  })
})

describe('what a rotation costs and leaves behind', () => {
  it("is three connections, none of them refused, and no password in the server's log", async () => {
    const app = await application(server)
    const first = firstVersion(app)
    const warm = await rotate(app, first)
    await retire(app, first, warm)
    const before = (await server.logs()).length
    const second = await rotate(app, warm)
    const log = (await server.logs()).slice(before)
    const logins = log.match(/connection authorized: user=\S+/g)
    expect(logins).toEqual(
      [`user=${app.user}_b`, 'user=admin', `user=${app.user}`].map(
        (user) => `connection authorized: ${user}`,
      ),
    )
    expect(log).not.toContain('authentication failed')
    expect(log).toContain('ALTER ROLE')
    const all = await server.logs()
    for (const { password } of [warm.credential, second.credential]) expect(all).not.toContain(password)
  })
})
