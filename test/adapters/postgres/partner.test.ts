import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCredential, serializeCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  adminArn,
  application,
  connect,
  fence,
  firstVersion,
  quoted,
  retire,
  rotate,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'

const version = serverVersion()
let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version })
})
afterAll(() => server.stop())

const from16: typeof it | typeof notHere = version >= 16 ? it : notHere
const before16: typeof it | typeof notHere = version < 16 ? it : notHere

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

/** Runs the statements that an error names, as the superuser. */
async function obey(error: unknown): Promise<void> {
  const { code, message } = error as { code: string; message: string }
  expect(code).toBe('ADMIN_LACKS_RIGHT')
  const statements = message.split('Run as a user that has it: ')[1] ?? ''
  expect(statements).not.toBe('')
  await server.query(statements)
}

/** A rule of other versions: there is no such test here. */
function notHere(_name: string, _test: () => Promise<void>): void {}

describe('the partner', () => {
  it('is the owner to everything but pg_stat_activity', async () => {
    const app = await application(server)
    const owner = await connect(app, app.current)
    await owner.query(`CREATE TABLE ${quoted(app.user)}.notes (who text, body text);
      ALTER TABLE ${quoted(app.user)}.notes ENABLE ROW LEVEL SECURITY; ALTER TABLE ${quoted(app.user)}.notes FORCE ROW LEVEL SECURITY;
      CREATE POLICY own ON ${quoted(app.user)}.notes USING (who = current_user);
      INSERT INTO ${quoted(app.user)}.notes VALUES (current_user, 'mine')`)
    await owner.end()
    const second = await rotate(app, firstVersion(app))
    const partner = await connect(app, second.credential)
    const { rows } = await partner.query(
      `SELECT session_user::text AS session, current_user::text AS current,
        (SELECT usename::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS seen,
        (SELECT count(*)::int FROM ${quoted(app.user)}.notes) AS notes`,
    )
    expect(rows).toEqual([{ session: `${app.user}_b`, current: app.user, seen: `${app.user}_b`, notes: 1 }])
    await partner.query(`CREATE TABLE ${quoted(app.user)}.made (id int)`)
    await partner.end()
    const [made] = await server.query(
      `SELECT tableowner FROM pg_tables WHERE schemaname = $1 AND tablename = 'made'`,
      [app.user],
    )
    expect(made).toEqual({ tableowner: app.user })
  })

  it('has the settings, the limit and the validity of the owner, and follows their changes', async () => {
    const app = await application(server, {
      attributes: "CONNECTION LIMIT 7 VALID UNTIL '2099-01-02 03:04:05.678+09'",
    })
    const role = quoted(app.user)
    await server.query(`ALTER ROLE ${role} SET search_path = "$user", "Odd, ""name""", public; ALTER ROLE ${role} SET work_mem = '5MB';
      ALTER ROLE ${role} SET temp_tablespaces = ''; ALTER ROLE ${role} IN DATABASE postgres SET statement_timeout = '77s'`)
    const second = await rotate(app, firstVersion(app))
    const show = async () => {
      const client = await connect(app, second.credential)
      const { rows } = await client.query(
        `SELECT current_setting('search_path') AS path, current_setting('work_mem') AS mem, current_setting('statement_timeout') AS timeout`,
      )
      await client.end()
      return rows[0]
    }
    expect(await show()).toEqual({ path: '"$user", "Odd, ""name""", public', mem: '5MB', timeout: '77s' })
    const attributes = `SELECT count(DISTINCT (rolconnlimit, rolvaliduntil)) AS n, min(rolconnlimit) AS connections FROM pg_roles WHERE rolname IN ($1, $2)`
    expect(await server.query(attributes, [app.user, `${app.user}_b`])).toEqual([{ n: '1', connections: 7 }])

    const third = await (async () => {
      await retire(app, firstVersion(app), second)
      return rotate(app, second)
    })()
    await retire(app, second, third)
    await server.query(`ALTER ROLE ${role} RESET work_mem; ALTER ROLE ${role} CONNECTION LIMIT -1 VALID UNTIL 'infinity';
      ALTER ROLE ${role} IN DATABASE postgres SET statement_timeout = '78s'`)
    const fourth = await rotate(app, third)
    expect(fourth.credential.username).toBe(`${app.user}_b`)
    const client = await connect(app, fourth.credential)
    const { rows } = await client.query(
      `SELECT current_setting('work_mem') AS mem, current_setting('statement_timeout') AS timeout`,
    )
    await client.end()
    expect(rows).toEqual([{ mem: '4MB', timeout: '78s' }])
  })

  it('takes the role that the owner takes itself', async () => {
    const app = await application(server)
    const team = quoted(`team_${app.user}`)
    await server.query(
      `CREATE ROLE ${team}; GRANT ${team} TO ${quoted(app.user)}; ALTER ROLE ${quoted(app.user)} SET role = ${team}`,
    )
    const second = await rotate(app, firstVersion(app))
    const client = await connect(app, second.credential)
    expect((await client.query('SELECT current_user::text AS who')).rows).toEqual([
      { who: `team_${app.user}` },
    ])
    await client.end()
  })

  it.each([
    ['quotes and spaces', `we"ird 'n' \\ame`],
    ['upper case and unicode', 'Äpp🐘'],
    ['a keyword', 'user'],
    ['63 bytes', 'l'.repeat(63)],
    ['63 bytes of two-byte characters', `${'é'.repeat(31)}x`],
    ['what a stamp looks like', '"ownerOid":1,"'],
    ['a name of JavaScript', '__proto__'],
  ])('works for a user with %s, there and back', async (_, user) => {
    const app = await application(server, { user })
    const first = firstVersion(app)
    const second = await rotate(app, first)
    await retire(app, first, second)
    const third = await rotate(app, second)
    expect(third.credential.username).toBe(user)
    await retire(app, second, third)
    expect((await rotate(app, third)).credential.username).toBe(second.credential.username)
  })

  it('works for a user whose password has every printable character', async () => {
    const password = `${Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')}é🐘`
    const app = await application(server, { password })
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    await rotate(app, second)
  })

  it('has the name that a tag gives it', async () => {
    const app = await application(server)
    const name = `Other ${app.user}`
    const tags = new Map([['overlap:partner', name]])
    const second = await rotate(app, firstVersion(app), { tags })
    expect(second.credential.username).toBe(name)
    await retire(app, firstVersion(app), second, { tags })
    // The pair is read from its stamp: a tag that is gone changes nothing.
    expect((await rotate(app, second)).credential.username).toBe(app.user)
  })

  it('belongs to one secret: another secret with the same user is refused and told so', async () => {
    const app = await application(server)
    await rotate(app, firstVersion(app))
    const other = postgresAdapter(app.options({ secretId: `${app.secretId}-other` }))
    await expect(other.create(app.current, { versionId: randomUUID() })).rejects.toEqual(
      refusal('STAMP_INVALID', new RegExp(app.secretId)),
    )
  })

  it('is not taken from somebody who has the name already', async () => {
    const app = await application(server)
    await server.query(`CREATE ROLE ${quoted(`${app.user}_b`)} LOGIN PASSWORD 'theirs-0123456789'`)
    const adapter = postgresAdapter(app.options())
    await expect(adapter.create(app.current, { versionId: randomUUID() })).rejects.toEqual(
      refusal('PARTNER_TAKEN', /_b/),
    )
    const pending = parseCredential(
      serializeCredential({ ...app.current, username: `${app.user}_b`, password: 'ours-01234567890123' }),
    )
    await expect(adapter.set(pending, app.current, fence(randomUUID(), app.versionId))).rejects.toEqual(
      refusal('PARTNER_TAKEN', /_b/),
    )
    expect(await works(app, { ...pending, password: 'theirs-0123456789' })).toBe(true)
  })

  it('may be a clone that was put out of use, and the errors lead there step by step', async () => {
    const app = await application(server)
    const clone = `${app.user}_clone`
    await server.query(`CREATE ROLE ${quoted(clone)} LOGIN PASSWORD 'theirs-0123456789';
      CREATE TABLE ${quoted(app.user)}.cloned (id int); ALTER TABLE ${quoted(app.user)}.cloned OWNER TO ${quoted(clone)};
      GRANT SELECT ON ${quoted(app.user)}.orders TO ${quoted(clone)}`)
    if (version >= 16)
      await server.query(`GRANT ${quoted(clone)} TO ${server.admin.username} WITH ADMIN OPTION`)
    const tags = new Map([['overlap:adopt-partner', clone]])
    const create = () =>
      postgresAdapter(app.options({ tags })).create(app.current, { versionId: randomUUID() })
    await expect(create()).rejects.toEqual(refusal('PARTNER_TAKEN', /ALTER ROLE \S+ NOLOGIN/))
    await server.query(`ALTER ROLE ${quoted(clone)} NOLOGIN`)
    await expect(create()).rejects.toEqual(
      refusal('PARTNER_TAKEN', /owns table .*cloned.*ALTER TABLE .*cloned OWNER TO/),
    )
    await server.query(`ALTER TABLE ${quoted(app.user)}.cloned OWNER TO ${quoted(app.user)}`)
    await expect(create()).rejects.toEqual(refusal('PARTNER_TAKEN', /is named by table .*orders/))
    await server.query(`REVOKE ALL ON ${quoted(app.user)}.orders FROM ${quoted(clone)}`)
    const second = await rotate(app, firstVersion(app), { tags })
    expect(second.credential.username).toBe(clone)
    await retire(app, firstVersion(app), second, { tags })
    await rotate(app, second, { tags })
  })

  it('is not a clone of which nobody knows what it owns elsewhere', async () => {
    const app = await application(server)
    const clone = `${app.user}_clone`
    await server.query(
      `CREATE ROLE ${quoted(clone)} NOLOGIN; GRANT ${quoted(clone)} TO ${server.admin.username} WITH ADMIN OPTION`,
    )
    await server.query(`CREATE DATABASE ${quoted(app.user)}`)
    await server.query(`CREATE TABLE there (id int); ALTER TABLE there OWNER TO ${quoted(clone)}`, [], {
      database: app.user,
    })
    const tags = new Map([['overlap:adopt-partner', clone]])
    await expect(
      postgresAdapter(app.options({ tags })).create(app.current, { versionId: randomUUID() }),
    ).rejects.toEqual(refusal('PARTNER_TAKEN', new RegExp(`something in database ${app.user}`)))
  })
})

describe('the admin', () => {
  from16('is told the GRANT that it lacks, and that is all it takes', async () => {
    const app = await application(server, { user: `App ${randomUUID().slice(0, 8)}`, grantAdmin: false })
    const create = () => postgresAdapter(app.options()).create(app.current, { versionId: randomUUID() })
    const error = await create().catch((thrown) => thrown)
    expect(error.message).toContain(`GRANT ${quoted(app.user)} TO admin WITH ADMIN OPTION`)
    await expect(postgresAdapter(app.options()).preflight(app.current)).rejects.toEqual(error)
    await obey(error)
    await rotate(app, firstVersion(app))
  })

  from16('needs the attributes that the owner has', async () => {
    const app = await application(server, { attributes: 'BYPASSRLS REPLICATION' })
    const error = await rotate(app, firstVersion(app)).catch((thrown) => thrown)
    expect(error.message).toContain('ALTER ROLE admin REPLICATION; ALTER ROLE admin BYPASSRLS')
    await obey(error)
    await rotate(app, firstVersion(app))
    await server.query('ALTER ROLE admin NOREPLICATION NOBYPASSRLS')
  })

  before16('cannot copy attributes that only a superuser gives, and says so', async () => {
    const app = await application(server, { attributes: 'BYPASSRLS' })
    await expect(rotate(app, firstVersion(app))).rejects.toEqual(
      refusal('ADMIN_LACKS_RIGHT', /NOBYPASSRLS \/\* only a superuser/),
    )
  })

  from16('may give itself the roles that it makes', async () => {
    await server.query(`ALTER ROLE admin SET createrole_self_grant = 'set, inherit'`)
    const app = await application(server)
    await rotate(app, firstVersion(app))
    await server.query('ALTER ROLE admin RESET createrole_self_grant')
  })

  from16('needs the right to copy a setting of a superuser', async () => {
    const app = await application(server)
    await server.query(
      `ALTER ROLE ${quoted(app.user)} SET log_min_duration_statement = '9s'; ALTER ROLE ${quoted(app.user)} SET app.tenant = 'a'`,
    )
    const error = await rotate(app, firstVersion(app)).catch((thrown) => thrown)
    expect(error.message).toContain('GRANT SET ON PARAMETER log_min_duration_statement TO admin')
    expect(error.message).toContain('GRANT SET ON PARAMETER app.tenant TO admin')
    await obey(error)
    const second = await rotate(app, firstVersion(app))
    const client = await connect(app, second.credential)
    expect((await client.query(`SELECT current_setting('app.tenant') AS tenant`)).rows).toEqual([
      { tenant: 'a' },
    ])
    await client.end()
  })

  before16('cannot copy a setting that only a superuser gives, and says so', async () => {
    const app = await application(server)
    await server.query(`ALTER ROLE ${quoted(app.user)} SET log_min_duration_statement = '9s'`)
    await expect(rotate(app, firstVersion(app))).rejects.toEqual(
      refusal('ADMIN_LACKS_RIGHT', /RESET log_min_duration_statement \/\* only a superuser/),
    )
  })

  it('needs rds_password where passwords are restricted, and so does a single user', async () => {
    await server.query('CREATE DATABASE restricted')
    await server.query(
      `ALTER DATABASE restricted SET rds.restrict_password_commands = 'on'; CREATE ROLE rds_password`,
    )
    const app = await application(server, { database: 'restricted' })
    const error = await rotate(app, firstVersion(app), { lockDatabase: 'restricted' }).catch(
      (thrown) => thrown,
    )
    expect(error.message).toContain('GRANT rds_password TO admin')
    await obey(error)
    await rotate(app, firstVersion(app), { lockDatabase: 'restricted' })
    const tags = new Map([
      ['overlap:strategy', 'single-user'],
      ['overlap:accept-failed-logins', 'true'],
    ])
    const single = await application(server, { database: 'restricted' })
    await expect(rotate(single, firstVersion(single), { tags })).rejects.toEqual(
      refusal('ADMIN_LACKS_RIGHT', new RegExp(`GRANT rds_password TO ${single.user}`)),
    )
  })

  it('is not rotated as a user, nor are superusers and users of IAM, also through another role', async () => {
    const app = await application(server)
    const create = (username: string, password: string) =>
      postgresAdapter(app.options()).create(
        { ...app.current, username, password },
        { versionId: randomUUID() },
      )
    await expect(create(server.admin.username, server.admin.password)).rejects.toEqual(
      refusal('TARGET_UNSUITABLE', /admin itself/),
    )
    await expect(create(server.superuser.username, server.superuser.password)).rejects.toEqual(
      refusal('TARGET_UNSUITABLE', /superuser/),
    )
    await server.query(
      `CREATE ROLE rds_iam; CREATE ROLE staff; GRANT rds_iam TO staff; GRANT staff TO ${quoted(app.user)}`,
    )
    await expect(create(app.user, app.current.password)).rejects.toEqual(
      refusal('TARGET_UNSUITABLE', /rds_iam/),
    )
  })

  it('is asked for when the secret does not name one', async () => {
    const app = await application(server)
    const alone = { ...app.current, masterarn: undefined }
    await expect(postgresAdapter(app.options()).create(alone, { versionId: randomUUID() })).rejects.toEqual(
      refusal('ADMIN_SECRET_INVALID', /masterarn.*overlap:strategy=single-user/),
    )
  })

  it('is read again once when the server refuses what was read before', async () => {
    const app = await application(server)
    const good = app.options().admins
    const { value } = await good.read(adminArn)
    const stale = JSON.stringify({ ...JSON.parse(value), password: 'rotated away' })
    let fresh = false
    const calls: string[] = []
    const admins = {
      read: async () => {
        calls.push('read')
        return { value: fresh ? value : stale, tags: new Map<string, string>() }
      },
      forget: (arn: string) => {
        calls.push(`forget ${arn}`)
        fresh = true
      },
    }
    await rotate(app, firstVersion(app), { admins })
    expect(calls.filter((call) => call !== 'read')).toEqual([`forget ${adminArn}`])

    const never = { read: async () => ({ value: stale, tags: new Map<string, string>() }), forget: () => {} }
    await expect(postgresAdapter(app.options({ admins: never })).preflight(app.current)).rejects.toEqual(
      refusal('ADMIN_LOGIN_REFUSED', /masterarn/),
    )
  })

  it.each([
    ['no JSON', 'CANARY', /not JSON/],
    ['null', 'null', /JSON object/],
    ['no username', '{"host":"localhost","password":"CANARY"}', /username/],
    ['no password', '{"host":"localhost","username":"admin"}', /password/],
    ['another engine', '{"engine":"mysql","host":"localhost","username":"a","password":"CANARY"}', /engine/],
    ['a socket as host', '{"host":"/tmp","username":"a","password":"CANARY"}', /host/],
    ['a port out of range', '{"host":"localhost","port":70000,"username":"a","password":"CANARY"}', /port/],
    [
      'a proxy as host',
      '{"host":"p.proxy-x.us-east-1.rds.amazonaws.com","username":"a","password":"CANARY"}',
      /RDS Proxy/,
    ],
  ])('secret may not be %s', async (_, value, message) => {
    const app = await application(server)
    const admins = { read: async () => ({ value, tags: new Map<string, string>() }), forget: () => {} }
    const error = await postgresAdapter(app.options({ admins }))
      .create(app.current, { versionId: randomUUID() })
      .catch((thrown) => thrown)
    expect(error).toEqual(refusal('ADMIN_SECRET_INVALID', message))
    expect(`${error.stack} ${error.cause}`).not.toContain('CANARY')
  })

  it("goes where its own secret says, never where the user's does", async () => {
    const app = await application(server)
    const elsewhere = { ...app.current, host: 'evil.example' }
    for (const attempt of [
      postgresAdapter(app.options()).create(elsewhere, { versionId: randomUUID() }),
      postgresAdapter(app.options()).preflight(elsewhere),
      postgresAdapter(app.options()).test(elsewhere, app.current),
    ])
      await expect(attempt).rejects.toEqual(refusal('TARGET_NOT_ALLOWED', /evil\.example/))
  })

  it('without a host leads where RDS says', async () => {
    const app = await application(server)
    const tags = new Map([['aws:rds:primaryDBInstanceArn', 'arn:aws:rds:us-east-1:1:db:x']])
    const admins = {
      read: async () => ({ value: JSON.stringify(server.admin), owningService: 'rds', tags }),
      forget: () => {},
    }
    const rds = async () => ({
      serverOf: async () => undefined,
      masterEndpoint: async (given: ReadonlyMap<string, string>) => {
        expect(given).toBe(tags)
        return { host: server.host, port: server.port }
      },
    })
    await rotate(app, firstVersion(app), { admins, rds })
  })
})
