import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
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
} from './application.ts'
import { serverVersion } from './server-version.ts'

const version = serverVersion()
let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version })
  await server.query('CREATE DATABASE elsewhere')
})
afterAll(() => server.stop())

let app: Application
let owner: string
let partner: string
let second: Version

beforeEach(async () => {
  app = await application(server)
  owner = quoted(app.user)
  partner = quoted(`${app.user}_b`)
  second = await rotate(app, firstVersion(app))
})

const test = (change?: Partial<PostgresOptions>) =>
  postgresAdapter(app.options(change)).test(second.credential, app.current)

const run = (sql: string, database = 'postgres') => server.query(sql, [], { database })

/** A membership is revoked by the one that granted it. */
const asAdmin = 'SET ROLE admin;'

async function refused(change?: Partial<PostgresOptions>): Promise<string> {
  const error = await test(change).then(
    () => undefined,
    (thrown) => thrown,
  )
  expect(error).toMatchObject({ code: 'RIGHTS_DIFFER' })
  return error.message
}

describe('the test of the partner', () => {
  /** What somebody did, what the error must say, and the statement in it that undoes it. */
  const broken: [string, () => string, RegExp][] = [
    ['lost its membership', () => `${asAdmin} REVOKE ${owner} FROM ${partner}`, /no member of/],
    ['got a role of its own', () => `GRANT pg_read_all_data TO ${partner}`, /REVOKE pg_read_all_data FROM/],
    [
      'got members of its own',
      () => `CREATE ROLE ${quoted(`bob_${app.user}`)}; GRANT ${partner} TO ${quoted(`bob_${app.user}`)}`,
      /is a member of/,
    ],
    ['got another search_path', () => `ALTER ROLE ${partner} SET search_path = pg_catalog`, /search_path/],
    [
      'got a setting in one database',
      () => `ALTER ROLE ${partner} IN DATABASE elsewhere SET work_mem = '9MB'`,
      /work_mem/,
    ],
    ['got a limit', () => `ALTER ROLE ${partner} CONNECTION LIMIT 3`, /CONNECTION LIMIT -1/],
    ['expires', () => `ALTER ROLE ${partner} VALID UNTIL '2099-01-01'`, /VALID UNTIL 'infinity'/],
    ['does not inherit', () => `ALTER ROLE ${partner} NOINHERIT`, /INHERIT/],
    ['may create databases', () => `ALTER ROLE ${partner} CREATEDB`, /NOCREATEDB/],
    [
      'owns a table',
      () => `CREATE TABLE ${owner}.its (id int); ALTER TABLE ${owner}.its OWNER TO ${partner}`,
      /owns table .*its/,
    ],
    [
      'owns a function',
      () =>
        `CREATE FUNCTION ${owner}.f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION ${owner}.f OWNER TO ${partner}`,
      /ALTER FUNCTION .*f\(integer,pg_catalog.text\) OWNER TO/,
    ],
    ['owns a schema', () => `CREATE SCHEMA ${partner} AUTHORIZATION ${partner}`, /ALTER SCHEMA \S+ OWNER TO/],
    [
      'has a privilege on a table',
      () => `CREATE TABLE public.${owner} (id int); GRANT SELECT ON public.${owner} TO ${partner}`,
      /REVOKE ALL ON TABLE public/,
    ],
    [
      'has a privilege with grant option',
      () =>
        `CREATE TABLE public.${owner} (id int); GRANT SELECT ON public.${owner} TO ${owner}; GRANT SELECT ON public.${owner} TO ${partner} WITH GRANT OPTION`,
      /REVOKE ALL ON TABLE/,
    ],
    [
      'has a privilege on a column',
      () =>
        `CREATE TABLE public.${owner} (id int, more int); GRANT SELECT (more) ON public.${owner} TO ${partner}`,
      /column more of table/,
    ],
    [
      'has a privilege on a sequence',
      () => `CREATE SEQUENCE public.${owner}; GRANT USAGE ON SEQUENCE public.${owner} TO ${partner}`,
      /REVOKE ALL ON SEQUENCE/,
    ],
    [
      'has a privilege on a schema',
      () =>
        `CREATE SCHEMA ${quoted(`s_${app.user}`)}; GRANT USAGE ON SCHEMA ${quoted(`s_${app.user}`)} TO ${partner}`,
      /REVOKE ALL ON SCHEMA/,
    ],
    [
      'has a privilege on a database',
      () => `GRANT CREATE ON DATABASE elsewhere TO ${partner}`,
      /REVOKE ALL ON DATABASE elsewhere/,
    ],
    [
      'has a privilege on a function',
      () =>
        `CREATE FUNCTION public.${owner}() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION public.${owner} FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.${owner} TO ${partner}`,
      /REVOKE ALL ON FUNCTION/,
    ],
    [
      'has default privileges',
      () => `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${partner}`,
      /privileges on default privileges/,
    ],
    [
      'grants default privileges',
      () => `ALTER DEFAULT PRIVILEGES FOR ROLE ${partner} GRANT SELECT ON TABLES TO PUBLIC`,
      /owns default privileges/,
    ],
    [
      'is named by a policy',
      () => `CREATE POLICY p ON ${owner}.orders TO ${partner} USING (true)`,
      /policy p on table/,
    ],
    [
      'has a privilege on a large object',
      () =>
        `DO $$ DECLARE o oid := lo_create(0); BEGIN EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO ${partner.replaceAll("'", "''")}', o); END $$`,
      /large object/,
    ],
  ]
  it.each(broken)('refuses it when it %s', async (_, sabotage, message) => {
    await test()
    await run(sabotage())
    expect(await refused()).toMatch(message)
  })

  it.each([
    ['a table', () => `CREATE TABLE its (id int); ALTER TABLE its OWNER TO ${partner}`],
    ['a privilege', () => `CREATE TABLE theirs (id int); GRANT SELECT ON theirs TO ${partner}`],
  ])('refuses it when it has %s in another database', async (_, sabotage) => {
    await run(`CREATE DATABASE ${owner}`)
    await run(sabotage(), app.user)
    expect(await refused()).toContain(`something in database ${app.user}`)
  })

  it('looks at everything that names it, however much that is', async () => {
    const policies = Array.from(
      { length: 60 },
      (_, i) => `CREATE POLICY p${i} ON ${owner}.orders TO ${partner}`,
    )
    await run(policies.join(';'))
    const error = await test().catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'RIGHTS_DIFFER', detail: { differences: 60 } })
    await run(policies.map((_, i) => `DROP POLICY p${i} ON ${owner}.orders`).join(';'))
    await test()
  })

  /** Statements in the error, run as they stand. */
  const fixed: [string, () => string, RegExp][] = [
    [
      'its membership',
      () => `${asAdmin} REVOKE ${owner} FROM ${partner}`,
      /\((GRANT .+? TO \S+(?: WITH INHERIT TRUE, SET TRUE)?)(?:\)| and)/,
    ],
    [
      'a setting',
      () => `ALTER ROLE ${partner} SET search_path = pg_catalog`,
      /\((ALTER ROLE \S+ RESET search_path)/,
    ],
    ['a limit', () => `ALTER ROLE ${partner} CONNECTION LIMIT 3`, /\((ALTER ROLE \S+ CONNECTION LIMIT -1)/],
    [
      'a table',
      () => `CREATE TABLE ${owner}.its (id int); ALTER TABLE ${owner}.its OWNER TO ${partner}`,
      /\((ALTER TABLE .+? OWNER TO \S+)\)/,
    ],
    [
      'a privilege',
      () => `CREATE VIEW public.${owner} AS SELECT 1; GRANT SELECT ON public.${owner} TO ${partner}`,
      /\((REVOKE ALL ON .+? FROM \S+),/,
    ],
    ['a role', () => `GRANT pg_read_all_data TO ${partner}`, /(REVOKE pg_read_all_data FROM \S+)\)/],
  ]
  it.each(fixed)('names the statement that brings back %s', async (_, sabotage, statement) => {
    await run(sabotage())
    const found = statement.exec(await refused())?.[1]
    expect(found).toBeDefined()
    await run(found ?? '')
    await test()
  })

  it.each([
    ['the owner has it too', () => `GRANT SELECT ON public.${owner} TO ${owner}`],
    ['everybody has it', () => `GRANT SELECT ON public.${owner} TO PUBLIC`],
    [
      'the owner has it through a role',
      () =>
        `CREATE ROLE ${quoted(`r_${app.user}`)}; GRANT ${quoted(`r_${app.user}`)} TO ${owner}; GRANT SELECT ON public.${owner} TO ${quoted(`r_${app.user}`)}`,
    ],
  ])('does not mind a privilege of its own when %s', async (_, grant) => {
    await run(`CREATE TABLE public.${owner} (id int); GRANT SELECT ON public.${owner} TO ${partner}`)
    await refused()
    await run(grant())
    await test()
  })

  it('does not mind rights that the owner got or lost meanwhile', async () => {
    await run(`CREATE TABLE public.${owner} (id int); GRANT ALL ON public.${owner} TO ${owner}; REVOKE ALL ON ${owner}.orders FROM ${owner};
      CREATE SCHEMA ${quoted(`s_${app.user}`)} AUTHORIZATION ${owner}; ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO PUBLIC`)
    await test()
  })

  it('notices a login that ends up as somebody else', async () => {
    await run(`ALTER ROLE ${partner} IN DATABASE postgres SET role = ${partner}`)
    expect(await refused()).toMatch(
      new RegExp(`current_user of ${app.user}_b at localhost:\\d+ is ${app.user}_b instead of ${app.user}`),
    )
  })

  it('needs CONNECT where consumers connect', async () => {
    await run(`CREATE DATABASE ${owner}`)
    await run(
      `REVOKE CONNECT ON DATABASE ${owner} FROM PUBLIC; GRANT CONNECT ON DATABASE ${owner} TO ${owner}`,
    )
    const there = { ...second.credential, dbname: app.user }
    const adapter = postgresAdapter(app.options())
    await adapter.test(there, { ...app.current, dbname: app.user })
    await run(`REVOKE CONNECT ON DATABASE ${owner} FROM ${owner}`)
    await expect(postgresAdapter(app.options()).test(there, app.current)).rejects.toMatchObject({
      code: 'RIGHTS_DIFFER',
      message: expect.stringContaining('CONNECT'),
    })
  })

  it('holds for the owner as well, when its turn comes', async () => {
    await retire(app, firstVersion(app), second)
    const adapter = () => postgresAdapter(app.options())
    const id = randomUUID()
    const third = await adapter().create(second.credential, { versionId: id })
    await adapter().set(third, second.credential, fence(id, second.id))
    await adapter().test(third, second.credential)
    await run(`ALTER ROLE ${owner} SET statement_timeout = '5s'`)
    await expect(adapter().test(third, second.credential)).rejects.toMatchObject({
      code: 'RIGHTS_DIFFER',
      message: expect.stringContaining('statement_timeout'),
    })
  })

  it('sees a wrong password as such and as nothing else', async () => {
    const wrong = { ...second.credential, password: 'CANARY-wrong-password' }
    const error = await postgresAdapter(app.options())
      .test(wrong, app.current)
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'PENDING_REFUSED' })
    expect(JSON.stringify([error.stack, `${error.cause}`, error.detail])).not.toContain('CANARY')
  })
})

describe('the probe', () => {
  const probe = (query: string) => test({ tags: new Map([['overlap:probe', query]]) })

  /** Divides by zero in a session of anybody else. */
  const isSessionOf = (user: string) => `SELECT 1 / (session_user = '${user}')::int`

  it('runs as the new user, with the rights of the owner', async () => {
    await probe(`SELECT 1 FROM ${app.user}.orders`)
    await probe(isSessionOf(`${app.user}_b`))
    await expect(probe(isSessionOf(app.user))).rejects.toMatchObject({ code: 'PROBE_FAILED' })
  })

  it.each([
    ['fails', () => 'SELECT no_such_column'],
    ['writes', () => `INSERT INTO ${app.user}.orders VALUES (1)`],
    ['is two', () => 'SELECT 1; SELECT 2'],
  ])('refuses the version when the query %s', async (_, query) => {
    await expect(probe(query())).rejects.toMatchObject({ code: 'PROBE_FAILED' })
    expect(await server.query(`SELECT count(*)::int AS n FROM ${owner}.orders`)).toEqual([{ n: 0 }])
  })

  it('gives up with the function', async () => {
    const began = Date.now()
    const tags = new Map([['overlap:probe', 'SELECT pg_sleep(60)']])
    await expect(test({ tags, deadline: Date.now() + 2_000 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(PROBE_FAILED|UNREACHABLE)$/),
    })
    expect(Date.now() - began).toBeLessThan(10_000)
  })
})

describe('a session of the partner', () => {
  it.each([
    ['DISCARD ALL'],
    ['RESET ALL'],
    ['RESET ROLE'],
    ['SET SESSION AUTHORIZATION DEFAULT'],
    ['RESET SESSION AUTHORIZATION'],
    ['SET ROLE pg_monitor; RESET ROLE'],
  ])('is the owner still after %s', async (statement) => {
    await run(`GRANT pg_monitor TO ${owner}`)
    expect(await userAfter(statement)).toEqual([{ who: app.user }])
  })

  it('is the partner after SET ROLE NONE, and the next rotation hands over what was made then', async () => {
    expect(await userAfter(`SET ROLE NONE; CREATE TABLE ${owner}.stray (id int)`)).toEqual([
      { who: `${app.user}_b` },
    ])
    const statement = /ALTER TABLE \S+ OWNER TO \S+?(?=\))/.exec(await refused())?.[0]
    await run(statement ?? 'no statement')
    await test()
  })

  async function userAfter(statements: string): Promise<unknown[]> {
    const client = await connect(app, second.credential)
    for (const statement of statements.split('; ')) await client.query(statement)
    const { rows } = await client.query('SELECT current_user::text AS who')
    await client.end()
    return rows
  }
})
