import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fence } from '../../../lambdas/adapters/adapter.ts'
import { lockStatement } from '../../../lambdas/adapters/postgres/locked-change.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { readStamp } from '../../../lambdas/adapters/postgres/stamp.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import type { Replica } from '../../../sandbox/postgres/replica.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  application,
  connect,
  disable,
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
let replica: Replica
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion(), replica: true })
  if (!server.replica) throw new Error('a replica was asked for')
  replica = server.replica
})
const wires: Wire[] = []
const clients: pg.Client[] = []
afterEach(async () => {
  await replica.resumeReplay()
  await Promise.all([
    ...wires.splice(0).map((wire) => wire.close()),
    ...clients.splice(0).map((client) => client.end()),
  ])
})
afterAll(() => server.stop())

function declared(port = replica.port): Partial<PostgresOptions> {
  return { endpoints: new Map([[`localhost:${server.port}`, [`localhost:${port}`]]]) }
}

/** The first version is disabled, the second is AWSCURRENT. */
async function disabled(change: Partial<PostgresOptions> = {}) {
  const app = await application(server)
  await replica.caughtUp()
  const first = firstVersion(app)
  const second = await rotate(app, first)
  await disable(app, first, second)
  const retirer = () => postgresRetirer(app.options())
  const state = async () => {
    const [row] = await server.query<{ comment: string }>(
      `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
      [second.credential.username],
    )
    const read = readStamp(row?.comment ?? null)
    return read.kind === 'stamp' ? read.stamp.slots.get(app.user)?.state : read.kind
  }
  const published: string[] = []
  /** The code of the error, or what was published. */
  const back = (
    publish: () => Promise<unknown> = async () => undefined,
    more: Partial<PostgresOptions> & { check?: Fence['check'] } = {},
  ): Promise<string> => {
    const { check, ...options } = more
    const reinstate = postgresAdapter(app.options({ ...change, ...options })).reinstate
    if (!reinstate) throw new Error('two users have a way back')
    return reinstate(first.credential, second.credential, fence(first.id, second.id, check), async () => {
      await publish()
      published.push(first.id)
    }).then(
      () => 'published',
      (error) => error.code,
    )
  }
  return { app, first, second, retirer, state, published, back }
}

async function adminThrough(wire: Wire): Promise<PostgresOptions['admins']> {
  return {
    read: async () => ({
      value: JSON.stringify({ host: 'localhost', port: wire.port, ...server.admin }),
      tags: new Map(),
    }),
    forget: () => undefined,
  }
}

/** Lets something happen when the fence has been asked for the `count`th time: 1 is before the password comes back, 2 before the version is published. */
function atCheck(count: number, happens: () => Promise<unknown>): Fence['check'] {
  let checks = 0
  return async () => {
    checks += 1
    if (checks === count) await happens()
  }
}

describe('the way back', () => {
  it('is published while no other change of the pair can be made', async () => {
    const { app, first, second, retirer, published, back } = await disabled()
    const seen: string[] = []
    const meanwhile = async () => {
      for (const user of [app.user, second.credential.username]) {
        const client = new pg.Client({
          ...{ host: 'localhost', port: server.port, database: 'postgres', ssl: { ca: server.ca } },
          ...{ user: server.superuser.username, password: server.superuser.password },
        })
        clients.push(client)
        await client.connect()
        await client.query("BEGIN; SET LOCAL lock_timeout = '200ms'")
        seen.push(
          await client.query(lockStatement([user])).then(
            () => 'free',
            (error) => error.code,
          ),
        )
      }
    }
    expect(await back(meanwhile)).toBe('published')
    expect(seen).toEqual(['55P03', '55P03'])
    expect([await works(app, first.credential), published]).toEqual([true, [first.id]])
    // And it is let go.
    expect(
      await retirer().enable(first.credential, {
        current: second.credential,
        fence: fence(first.id, second.id),
      }),
    ).toBe(false)
  })

  it.each([
    { what: 'disabled', leaked: false },
    { what: 'told to have leaked', leaked: true },
  ])('is closed when it is $what again while its logins are tried', async ({ leaked }) => {
    const { app, first, second, retirer, state, published, back } = await disabled()
    const again = {
      ...{ current: second.credential, fence: fence(first.id, second.id), leaked, accepts: () => true },
    }
    const probing = new Map([['overlap:probe', 'SELECT pg_sleep(1)']])
    const result = back(undefined, { tags: probing })
    while ((await state()) !== 'live') await new Promise((resolve) => setTimeout(resolve, 5))
    await retirer().disable(first.credential, again)
    expect(await result).toMatch(leaked ? /^(LEAKED|UNREACHABLE)$/ : /^(LOCK_TIMEOUT|UNREACHABLE)$/)
    expect([await works(app, first.credential), published]).toEqual([false, []])
  })

  it('is closed when it is disabled by the moment it would be published', async () => {
    const { app, first, second, retirer, published, back } = await disabled()
    const by = { current: second.credential, fence: fence(first.id, second.id) }
    await retirer().enable(first.credential, by)
    const standby = await wireTo(replica.port)
    wires.push(standby)
    const connected = standby.connections()
    standby.delay(700)
    const result = back(undefined, declared(standby.port))
    while (standby.connections() === connected) await new Promise((resolve) => setTimeout(resolve, 5))
    await retirer().disable(first.credential, { ...by, accepts: () => true, leaked: false })
    expect(await result).toMatch(/^(LOCK_TIMEOUT|PENDING_REFUSED)$/)
    expect([await works(app, first.credential), published]).toEqual([false, []])
  })

  it('leaves it valid and publishes nothing when the labels moved', async () => {
    const { app, first, published, back } = await disabled()
    const moved = () => Promise.reject(Object.assign(new Error('moved'), { code: 'LABELS_MOVED' }))
    expect(await back(undefined, { check: atCheck(1, moved) })).toBe('LABELS_MOVED')
    expect(await works(app, first.credential)).toBe(false)
    expect(await back(undefined, { check: atCheck(2, moved) })).toBe('LABELS_MOVED')
    expect([await works(app, first.credential), published]).toEqual([true, []])
  })

  it('waits for a standby, and is closed while one refuses it', async () => {
    const { published, back } = await disabled()
    await replica.pauseReplay()
    expect(await back(undefined, { ...declared(), deadline: Date.now() + 4_000 })).toMatch(
      /^(TIME_UP|UNREACHABLE)$/,
    )
    expect(published).toEqual([])
    await replica.resumeReplay()
    expect(await back(undefined, declared())).toBe('published')
  })

  it('is closed where it would not have its rights, or its probe fails', async () => {
    const { app, second, published, back } = await disabled()
    expect(await back(undefined, { tags: new Map([['overlap:probe', 'SELECT FROM nowhere']]) })).toBe(
      'PROBE_FAILED',
    )
    await server.query(`ALTER ROLE ${quoted(second.credential.username)} RESET role`)
    expect(await back()).toBe('RIGHTS_DIFFER')
    expect([published, app.user]).toEqual([[], app.user])
  })

  it('is closed where nothing is recorded, and where the role is gone', async () => {
    const app = await application(server)
    const reinstate = (username: string) =>
      postgresAdapter(app.options()).reinstate?.(
        { ...app.current, username },
        app.current,
        fence('any', 'any'),
        async () => {
          throw new Error('nothing is published')
        },
      )
    await expect(reinstate(app.user)).rejects.toMatchObject({ code: 'STAMP_INVALID' })
    await expect(reinstate('nobody')).rejects.toMatchObject({ code: 'NO_WAY_BACK' })
  })

  it("gives nothing away to a server that is not the admin's", async () => {
    const { app, first, second } = await disabled()
    await expect(
      postgresAdapter(app.options()).reinstate?.(
        { ...first.credential, host: 'elsewhere' },
        second.credential,
        fence(first.id, second.id),
        async () => {},
      ),
    ).rejects.toMatchObject({ code: 'TARGET_NOT_ALLOWED' })
  })
})

describe('a connection that breaks on the way back', () => {
  it.each([
    { at: 'when the password comes back', check: 1, fate: 'lose reply', outcome: 'published' },
    { at: 'before the password comes back', check: 1, fate: 'cut before', outcome: 'UNREACHABLE' },
    { at: 'when the lock is let go', check: 2, fate: 'lose reply', outcome: 'published' },
    { at: 'before the lock is let go', check: 2, fate: 'cut before', outcome: 'published' },
  ] as const)('$at ($fate): $outcome', async ({ check, fate, outcome }) => {
    const { app, first, published, back } = await disabled()
    const wire = await wireTo(server.port)
    wires.push(wire)
    const admins = await adminThrough(wire)
    const options = { admins, endpoints: new Map([[`localhost:${wire.port}`, [`localhost:${server.port}`]]]) }
    expect(await back(undefined, { ...options, check: atCheck(check, async () => wire.next(fate)) })).toBe(
      outcome,
    )
    expect(published).toEqual(outcome === 'published' ? [first.id] : [])
    expect(await works(app, first.credential)).toBe(outcome === 'published')
  })

  it('after it was published, when a retirement was faster, is told: consumers meet it', async () => {
    const { app, first, second, retirer, back } = await disabled()
    const wire = await wireTo(server.port)
    wires.push(wire)
    const options = {
      admins: await adminThrough(wire),
      endpoints: new Map([[`localhost:${wire.port}`, [`localhost:${server.port}`]]]),
    }
    // The server has ended the transaction, so the lock is free while this publishes.
    const late = async () => {
      await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'admin' AND state = 'idle in transaction'`,
      )
      await retirer().disable(first.credential, {
        ...{
          current: second.credential,
          fence: fence(first.id, second.id),
          accepts: () => true,
          leaked: false,
        },
      })
    }
    const reinstate = postgresAdapter(app.options(options)).reinstate
    await expect(
      reinstate?.(first.credential, second.credential, fence(first.id, second.id), late),
    ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', detail: { consumersAffected: true } })
    expect(await back()).toBe('published')
  })
})

it('a version that was removed is gone for good', async () => {
  const { app, first, second, back } = await disabled()
  await retire(app, first, second)
  expect(await back()).toBe('NO_WAY_BACK')
  const third = await rotate(app, second)
  expect(await back()).toBe('NO_WAY_BACK')
  expect(await works(app, third.credential)).toBe(true)
  await (await connect(app, second.credential)).end()
})
