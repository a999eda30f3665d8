import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
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

/** Both users have had their turn: the owner is current again, its partner retired. */
async function settled(wish?: Parameters<typeof application>[1]) {
  const app = await application(server, wish)
  const first = firstVersion(app)
  const second = await rotate(app, first)
  await retire(app, first, second)
  const current = await rotate(app, second)
  await retire(app, second, current)
  return { app, second, current, partner: second.credential.username }
}

type Change = Parameters<Application['options']>[0]

function leave(app: Application, { id, credential }: Version, check = async () => {}, change?: Change) {
  return postgresRetirer(app.options(change)).leave(credential, { fence: fence(id, id, check) })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited in vain')
    await sleep(20)
  }
}

async function roleOf(name: string) {
  const [role] = await server.query<{
    login: boolean
    comment: string | null
    settings: string[] | null
    members: string[]
  }>(
    `SELECT rolcanlogin AS login, shobj_description(oid, 'pg_authid') AS comment, rolconfig AS settings,
       ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid) AS members FROM pg_roles r WHERE rolname = $1`,
    [name],
  )
  return role
}

describe('a user that is handed back', () => {
  it('works as before, and its partner is neither a partner nor a login any more', async () => {
    const { app, current, partner } = await settled()
    const before = await roleOf(app.user)
    expect(await leave(app, current)).toBe(`DROP ROLE ${partner}`)
    expect(await roleOf(app.user)).toEqual(before)
    expect(await works(app, current.credential)).toBe(true)
    expect(await roleOf(partner)).toMatchObject({ login: false, comment: null, settings: null })
  })

  it('may be handed back again and again, whatever became of the partner', async () => {
    const { app, current, partner } = await settled()
    expect(await leave(app, current)).toBe(`DROP ROLE ${partner}`)
    // Nothing tells any more who made it.
    for (const _ of [1, 2])
      expect(await leave(app, current)).toBe(
        `-- Was ${partner} made by Overlap, as the partner of ${app.user}? Only then: DROP ROLE ${partner}`,
      )
    await server.query(`SET ROLE admin; DROP ROLE ${quoted(partner)}`)
    expect(await leave(app, current)).toBeUndefined()
    expect(await works(app, current.credential)).toBe(true)
  })

  it('comes back as any other user, once the partner is dropped as the answer says', async () => {
    const { app, current } = await settled()
    await server.query(`SET ROLE admin; ${await leave(app, current)}`)
    const next = await rotate(app, current)
    expect([await works(app, next.credential), await works(app, current.credential)]).toEqual([true, true])
  })

  it('comes back with its old partner, once that is adopted as the refusal says', async () => {
    const { app, current, partner } = await settled()
    await leave(app, current)
    const refused = await postgresAdapter(app.options())
      .preflight(current.credential)
      .catch((error) => error)
    expect(refused).toMatchObject({ code: 'PARTNER_TAKEN' })
    expect(refused.message).toContain(`overlap:adopt-partner=${partner}`)
    const next = await rotate(app, current, { tags: new Map([['overlap:adopt-partner', partner]]) })
    expect(await works(app, next.credential)).toBe(true)
  })

  it('keeps its name in quotes where it needs them', async () => {
    const { app, current } = await settled({ user: 'Order "App"' })
    expect(await leave(app, current)).toBe('DROP ROLE "Order ""App""_b"')
    expect(await works(app, current.credential)).toBe(true)
  })

  it('that takes a group at login keeps doing so', async () => {
    const app = await application(server)
    const group = `${app.user}_group`
    await server.query(
      `CREATE ROLE ${quoted(group)}; GRANT ${quoted(group)} TO ${quoted(app.user)}, admin WITH ADMIN OPTION;
       ALTER ROLE ${quoted(app.user)} SET role = ${quoted(group)}`,
    )
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    const current = await rotate(app, second)
    await retire(app, second, current)
    await leave(app, current)
    expect((await roleOf(app.user))?.settings).toEqual([`role=${group}`])
    expect(await leave(app, current)).toMatch(/^-- Was .*\? Only then: DROP ROLE \w+_b$/)
  })

  it('is told of no role that is not its partner', async () => {
    const app = await application(server)
    await server.query(`CREATE ROLE ${quoted(`${app.user}_b`)} NOLOGIN`)
    expect(await leave(app, firstVersion(app))).toBeUndefined()
  })

  it.each([
    ['has members of its own', 'CREATE ROLE %svc LOGIN; GRANT %b TO %svc'],
    ['is a member of something else', 'CREATE ROLE %group; GRANT %group TO %b'],
    ['owns something', 'CREATE TABLE %table (id int); ALTER TABLE %table OWNER TO %b'],
    ['was granted something', 'CREATE TABLE %table (id int); GRANT SELECT ON %table TO %b'],
  ])('is told of no role that looks like a partner and %s', async (_, statements) => {
    const app = await application(server)
    const other = `${app.user}_b`
    await server.query(`CREATE ROLE ${quoted(other)} NOLOGIN; GRANT ${quoted(app.user)} TO ${quoted(other)}`)
    expect(await leave(app, firstVersion(app))).toMatch(/^-- Was /)
    await server.query(statements.replaceAll(/%(\w+)/g, (_all, name) => quoted(`${app.user}_${name}`)))
    expect(await leave(app, firstVersion(app))).toBeUndefined()
  })

  it('is not told to drop a partner that has been given members', async () => {
    const { app, current, partner } = await settled()
    const member = `${app.user}_svc`
    await server.query(`CREATE ROLE ${quoted(member)}; GRANT ${quoted(partner)} TO ${quoted(member)}`)
    expect(await leave(app, current)).toBeUndefined()
    expect(await roleOf(partner)).toMatchObject({ login: false, comment: null })
  })

  it('leaves, too, where the name of the partner was taken all along', async () => {
    const app = await application(server)
    await server.query(`CREATE ROLE ${quoted(`${app.user}_b`)} LOGIN`)
    expect(await leave(app, firstVersion(app))).toBeUndefined()
    expect((await roleOf(`${app.user}_b`))?.login).toBe(true)
  })
})

describe('nothing is taken away', () => {
  it('while AWSCURRENT names the partner, and the refusal holds the way', async () => {
    const app = await application(server)
    const second = await rotate(app, firstVersion(app))
    await expect(leave(app, second)).rejects.toMatchObject({
      code: 'LEAVE_TOO_SOON',
      message: expect.stringMatching(
        new RegExp(
          `the partner of ${app.user}.*First set the mode to enforce.*Rotate once more.*aws secretsmanager rotate-secret --secret-id ${app.secretId}$`,
        ),
      ),
    })
    await expect(
      leave(app, second, undefined, { tags: new Map([['overlap:mode', 'enforce']]) }),
    ).rejects.toMatchObject({ message: expect.not.stringContaining('mode') })
    expect((await roleOf(second.credential.username))?.comment).toMatch(/^overlap\/1/)
  })

  it('while AWSCURRENT names the partner that somebody brought back to life by hand', async () => {
    const { app, current, second, partner } = await settled()
    await server.query(`ALTER ROLE ${quoted(partner)} PASSWORD 'set by hand'`)
    const revived = { ...second, credential: { ...second.credential, password: 'set by hand' } }
    await expect(leave(app, revived)).rejects.toMatchObject({ code: 'LEAVE_TOO_SOON' })
    expect([await works(app, revived.credential), await works(app, current.credential)]).toEqual([true, true])
  })

  it('while the partner has its password, though no label shows it', async () => {
    const app = await application(server)
    const first = firstVersion(app)
    const second = await rotate(app, first)
    await expect(leave(app, first)).rejects.toMatchObject({
      code: 'LEAVE_TOO_SOON',
      message: expect.stringContaining(`${app.user}_b is live`),
    })
    expect(await works(app, second.credential)).toBe(true)
  })

  it('while somebody uses the partner all the same', async () => {
    const { app, current, partner } = await settled()
    await server.query(`ALTER ROLE ${quoted(partner)} PASSWORD 'set by hand'`)
    const byHand = { ...current.credential, username: partner, password: 'set by hand' }
    clients.push(await connect(app, byHand))
    await expect(leave(app, current)).rejects.toMatchObject({
      code: 'STILL_USED',
      message: expect.stringContaining('consumer'),
    })
    expect(await roleOf(partner)).toMatchObject({ login: true, comment: expect.stringMatching(/^overlap/) })
  })

  it('while the partner owns something, and the refusal holds the statement that ends it', async () => {
    const { app, current, partner } = await settled()
    await server.query(`CREATE TABLE ${quoted(app.user)}.stray (id int);
      ALTER TABLE ${quoted(app.user)}.stray OWNER TO ${quoted(partner)}`)
    const refused = await leave(app, current).catch((error) => error)
    expect(refused).toMatchObject({
      code: 'TARGET_UNSUITABLE',
      detail: { statement: `ALTER TABLE ${app.user}.stray OWNER TO ${app.user}` },
    })
    expect((await roleOf(partner))?.login).toBe(true)
    await server.query(refused.detail.statement)
    await leave(app, current)
  })

  it('when AWSCURRENT does not log in', async () => {
    const { app, current, partner } = await settled()
    await server.query(`ALTER ROLE ${quoted(app.user)} PASSWORD 'set by hand'`)
    await expect(leave(app, current)).rejects.toMatchObject({ code: 'CURRENT_REFUSED' })
    expect((await roleOf(partner))?.login).toBe(true)
  })

  it('when the stamp is not to be trusted', async () => {
    const { app, current, partner } = await settled()
    await server.query(`COMMENT ON ROLE ${quoted(partner)} IS 'overlap/1 {'`)
    await expect(leave(app, current)).rejects.toMatchObject({ code: 'STAMP_INVALID' })
    await server.query(`COMMENT ON ROLE ${quoted(partner)} IS NULL`)
    await expect(leave(app, current)).rejects.toMatchObject({ code: 'STAMP_INVALID' })
    expect((await roleOf(partner))?.login).toBe(true)
  })

  it('when the partner comes to life while the lock is waited for', async () => {
    const { app, current, partner } = await settled()
    const adapter = postgresAdapter(app.options())
    const id = randomUUID()
    const pending = await adapter.create(current.credential, { versionId: id })
    let left: Promise<unknown> | undefined
    const check = async () => {
      left = leave(app, current).catch((error) => error.code)
      const waiting = `SELECT FROM pg_stat_activity WHERE usename = 'admin' AND wait_event = 'advisory'`
      await until(async () => (await server.query(waiting)).length === 1)
    }
    await adapter.set(pending, current.credential, fence(id, current.id, check))
    expect(await left).toBe('LEAVE_TOO_SOON')
    expect(await works(app, pending)).toBe(true)
    expect((await roleOf(partner))?.comment).toContain(id)
  })
})

describe('a leave that is cut off', () => {
  async function wired() {
    const { app, current, partner } = await settled()
    const wire = await wireTo(server.port)
    wires.push(wire)
    const value = JSON.stringify({ host: 'localhost', port: wire.port, ...server.admin })
    const change = { admins: { read: async () => ({ value, tags: new Map() }), forget: () => undefined } }
    const credential = { ...current.credential, port: wire.port }
    const leaving = (fate: Fate) =>
      leave(app, { ...current, credential }, async () => wire.next(fate), change)
    return { app, current, partner, leaving }
  }

  it('before its COMMIT arrives has taken nothing, and may be tried again', async () => {
    const { app, current, partner, leaving } = await wired()
    await expect(leaving('cut before')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('rolled it back'),
    })
    expect(await roleOf(partner)).toMatchObject({ login: true, comment: expect.stringMatching(/^overlap/) })
    expect(await leave(app, current)).toBe(`DROP ROLE ${partner}`)
    expect(await works(app, current.credential)).toBe(true)
  })

  it('after its COMMIT has been done, and finds that out', async () => {
    const { app, current, partner, leaving } = await wired()
    expect(await leaving('lose reply')).toBe(`DROP ROLE ${partner}`)
    expect(await roleOf(partner)).toMatchObject({ login: false, comment: null, settings: null })
    expect(await works(app, current.credential)).toBe(true)
  })

  it('by its own death under the lock has taken nothing', async () => {
    const { app, current, partner } = await settled()
    await expect(leave(app, current, () => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
    expect(await roleOf(partner)).toMatchObject({ login: true, comment: expect.stringMatching(/^overlap/) })
    await leave(app, current)
  })

  it('between two of its statements has taken nothing', async () => {
    const { app, current, partner } = await settled()
    const superuser = await connect(app, {
      ...current.credential,
      ...server.superuser,
    })
    clients.push(superuser)
    // The stamp is taken away, and then the role's row is somebody else's.
    await superuser.query('BEGIN')
    await superuser.query(`ALTER ROLE ${quoted(partner)} CONNECTION LIMIT 7`)
    const cut = leave(app, current).catch((error) => error.code)
    const waiting = `SELECT pid FROM pg_stat_activity WHERE usename = 'admin' AND wait_event_type = 'Lock' AND query LIKE 'COMMENT%'`
    await until(async () => (await server.query(waiting)).length === 1)
    await server.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) waiting`)
    expect(await cut).toBe('UNREACHABLE')
    await superuser.query('ROLLBACK')
    expect(await roleOf(partner)).toMatchObject({ login: true, comment: expect.stringMatching(/^overlap/) })
    expect(await works(app, current.credential)).toBe(true)
    expect(await leave(app, current)).toBe(`DROP ROLE ${partner}`)
  })
})

describe('a single user', () => {
  const tags = new Map([
    ['overlap:strategy', 'single-user'],
    ['overlap:accept-failed-logins', 'true'],
  ])

  it('is handed back by doing nothing, without an admin', async () => {
    const app = await application(server, { grantAdmin: false })
    const before = await roleOf(app.user)
    expect(await leave(app, firstVersion(app), undefined, { tags })).toBeUndefined()
    expect(await roleOf(app.user)).toEqual(before)
    expect(await works(app, app.current)).toBe(true)
  })

  it('is not handed back when it does not log in, nor as one of two that take turns', async () => {
    const { app, current } = await settled()
    await expect(leave(app, current, undefined, { tags })).rejects.toMatchObject({
      code: 'TARGET_UNSUITABLE',
    })
    const wrong = { ...current, credential: { ...current.credential, password: 'wrong' } }
    await expect(leave(app, wrong, undefined, { tags })).rejects.toMatchObject({ code: 'CURRENT_REFUSED' })
  })
})
