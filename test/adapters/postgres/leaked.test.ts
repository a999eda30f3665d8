import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
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
import { wireTo } from './wire.ts'

let server: PostgresServer
let replica: Replica
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion(), replica: true })
  if (!server.replica) throw new Error('a replica was asked for')
  replica = server.replica
})
const clients: pg.Client[] = []
afterEach(async () => {
  await replica.resumeReplay()
  await Promise.all(clients.splice(0).map((client) => client.end()))
})
afterAll(() => server.stop())

function declared(port = replica.port): Partial<PostgresOptions> {
  return { endpoints: new Map([[`localhost:${server.port}`, [`localhost:${port}`]]]) }
}

/** The first version leaked and drains, the second is AWSCURRENT. */
async function leaking() {
  const app = await application(server)
  const first = firstVersion(app)
  const second = await rotate(app, first, declared())
  await replica.caughtUp()
  const leak = (change: Partial<PostgresOptions> = {}, check = async () => {}) =>
    postgresRetirer(app.options({ ...declared(), ...change }))
      .disable(first.credential, {
        current: second.credential,
        fence: fence(first.id, second.id, check),
        accepts: () => false,
        leaked: true,
      })
      .then(
        () => 'leaked',
        (error) => error.code,
      )
  const slots = async () => {
    const [row] = await server.query<{ comment: string }>(
      `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
      [`${app.user}_b`],
    )
    const read = readStamp(row?.comment ?? null)
    if (read.kind !== 'stamp') throw new Error(read.kind)
    return read.stamp.slots
  }
  const login = async (endpoint?: { host: string; port: number }) => {
    const client = await connect(app, app.current, endpoint)
    clients.push(client)
    return client
  }
  const state = async () => (await slots()).get(app.user)?.state
  return { app, first, second, leak, slots, state, login }
}

/** Whatever its password is, the partner's slot is on record as one that may be taken. */
async function recordRetired(partner: string): Promise<void> {
  const [row] = await server.query<{ comment: string }>(
    `SELECT quote_literal(regexp_replace(shobj_description($1::regrole, 'pg_authid'),
       '("${partner}":{"version":"[^"]*","state":)"live"', '\\1"retired"')) AS comment`,
    [partner],
  )
  await server.query(`COMMENT ON ROLE ${quoted(partner)} IS ${row?.comment}`)
}

describe('what leaked', () => {
  it('has no session left anywhere, and whoever is accepted has nothing to do with it', async () => {
    const { app, leak, login, state } = await leaking()
    const used = [await login(), await login(replica)]
    expect(await leak()).toBe('leaked')
    expect([await works(app, app.current), await state()]).toEqual([false, 'leaked'])
    for (const client of used) await expect(client.query('SELECT 1')).rejects.toThrow()
  })

  it('is out of use though an endpoint does not answer, which is said, and the next attempt ends the sessions there', async () => {
    const { app, leak, login, state } = await leaking()
    const used = await login(replica)
    const gone = await wireTo(replica.port)
    await gone.close()
    expect(await leak({ ...declared(gone.port), deadline: Date.now() + 3_000 })).toBe('UNREACHABLE')
    expect([await works(app, app.current), await state()]).toEqual([false, 'leaked'])
    await used.query('SELECT 1')
    expect(await leak()).toBe('leaked')
    await expect(used.query('SELECT 1')).rejects.toThrow()
  })

  it('has no session left at the primary though a replica does not answer, nor at one that does', async () => {
    const { leak, login } = await leaking()
    const used = [await login(), await login(replica)]
    const gone = await wireTo(replica.port)
    await gone.close()
    const both = [`localhost:${gone.port}`, `localhost:${replica.port}`]
    const endpoints = new Map([[`localhost:${server.port}`, both]])
    expect(await leak({ endpoints, deadline: Date.now() + 3_000 })).toBe('UNREACHABLE')
    for (const client of used) await expect(client.query('SELECT 1')).rejects.toThrow()
  })

  it('has no session left anywhere though a replica does not replay, which is said, since there the password still works', async () => {
    const { app, leak, login } = await leaking()
    const used = [await login(), await login(replica)]
    await replica.pauseReplay()
    expect(await leak({ deadline: Date.now() + 3_000 })).toBe('TIME_UP')
    for (const client of used) await expect(client.query('SELECT 1')).rejects.toThrow()
    expect(await works(app, app.current)).toBe(false)
    const late = await login(replica)
    await replica.resumeReplay()
    expect(await leak()).toBe('leaked')
    await expect(late.query('SELECT 1')).rejects.toThrow()
  })

  it('is out of use though it is the last of its pair that is valid; then that is said', async () => {
    const { app, second, leak, state } = await leaking()
    await recordRetired(second.credential.username)
    await server.query(`ALTER ROLE ${quoted(second.credential.username)} PASSWORD NULL`)
    expect(await leak()).toBe('CURRENT_REFUSED')
    expect([await works(app, app.current), await state()]).toEqual([false, 'leaked'])
  })

  it('is out of use where it is not known whether AWSCURRENT works, which is noted', async () => {
    const { app, second, leak } = await leaking()
    await server.query(`ALTER ROLE ${quoted(second.credential.username)} CONNECTION LIMIT 0`)
    expect(await leak({ deadline: Date.now() + 3_000 })).toBe('leaked')
    expect(app.notes).toEqual([expect.objectContaining({ message: expect.stringContaining('is not known') })])
    expect(await works(app, app.current)).toBe(false)
  })

  it('loses a password that somebody gives it by hand when it is told again', async () => {
    const { app, leak } = await leaking()
    expect(await leak()).toBe('leaked')
    await server.query(`ALTER ROLE ${quoted(app.user)} PASSWORD 'by-hand'`)
    expect(await leak()).toBe('leaked')
    expect(await works(app, { ...app.current, password: 'by-hand' })).toBe(false)
  })

  it('is not touched when the fence refuses', async () => {
    const { app, leak, state } = await leaking()
    const moved = () => Promise.reject(Object.assign(new Error('moved'), { code: 'LABELS_MOVED' }))
    expect(await leak({}, moved)).toBe('LABELS_MOVED')
    expect([await works(app, app.current), await state()]).toEqual([true, 'live'])
  })

  it('is told of a version that is not the one in the slot any more: that one is left alone', async () => {
    const { app, first, second, leak } = await leaking()
    await retire(app, first, second, declared())
    const third = await rotate(app, second, declared())
    expect(await leak()).toBe('SUPERSEDED')
    expect(await works(app, third.credential)).toBe(true)
  })

  it('stays on record as leaked when somebody has made it AWSCURRENT and working by hand, and it is rotated', async () => {
    const { app, first, second, leak, slots } = await leaking()
    expect(await leak()).toBe('leaked')
    await server.query(`ALTER ROLE ${quoted(app.user)} PASSWORD '${app.current.password}'`)
    await recordRetired(second.credential.username)
    const third = await rotate(app, first, declared())
    expect((await slots()).get(app.user)).toEqual({ version: first.id, state: 'leaked' })
    expect(await works(app, third.credential)).toBe(true)
    const by = { current: third.credential, fence: fence(first.id, third.id) }
    await expect(postgresRetirer(app.options()).enable(first.credential, by)).rejects.toMatchObject({
      code: 'LEAKED',
    })
  })

  it('frees the slot of its user: the next rotation takes it, and the user can be handed back', async () => {
    const { app, first, second, leak, slots } = await leaking()
    expect(await leak()).toBe('leaked')
    const third = await rotate(app, second, declared())
    expect((await slots()).get(app.user)).toEqual({ version: third.id, state: 'live' })
    const by = {
      current: third.credential,
      fence: fence(second.id, third.id),
      accepts: () => true,
      leaked: true,
    }
    await postgresRetirer(app.options(declared())).disable(second.credential, by)
    expect(
      await postgresRetirer(app.options(declared())).leave(third.credential, {
        fence: fence(third.id, third.id),
      }),
    ).toContain('DROP ROLE')
    expect([await works(app, third.credential), first.id]).toEqual([true, first.id])
  })
})

describe('what is disabled', () => {
  it('is held for its version until it is removed', async () => {
    const { app, first, second, state } = await leaking()
    await disable(app, first, second, declared())
    expect(await state()).toBe('disabled')
    await expect(postgresAdapter(app.options(declared())).preflight(second.credential)).rejects.toMatchObject(
      { code: 'DRAIN_IN_PROGRESS', detail: { holder: first.id } },
    )
  })

  it('is gone, and no slot left to free, where the role is gone on the server where it was', async () => {
    const { app, second } = await leaking()
    const first = firstVersion(app)
    await retire(app, first, second, declared())
    const third = await rotate(app, second, declared())
    const partner = quoted(second.credential.username)
    await server.query(`DROP OWNED BY ${partner}; DROP ROLE ${partner}`)
    const by = { current: third.credential, fence: fence(second.id, third.id) }
    const remove = (host: string) =>
      postgresRetirer(app.options(declared())).remove({ ...second.credential, host }, by)
    await remove('localhost')
    await expect(remove('elsewhere')).rejects.toMatchObject({ code: 'TARGET_NOT_ALLOWED' })
  })
})
