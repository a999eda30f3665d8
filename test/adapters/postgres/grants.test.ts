import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import { type Application, application, firstVersion, quoted, rotate, works } from './application.ts'
import { serverVersion } from './server-version.ts'

const version = serverVersion()
let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version })
})
afterAll(() => server.stop())

let admins = 0

/** An admin of the test's own, as RDS makes one, or with less. */
async function adminWith(attributes: string): Promise<{ name: string; change: Partial<PostgresOptions> }> {
  admins += 1
  const name = `admin_${admins}`
  await server.query(`CREATE ROLE ${name} LOGIN ${attributes} PASSWORD 'of the admin'`)
  const value = JSON.stringify({
    host: server.host,
    port: server.port,
    username: name,
    password: 'of the admin',
  })
  return {
    name,
    change: { admins: { read: async () => ({ value, tags: new Map() }), forget: () => undefined } },
  }
}

const preflight = (app: Application, change: Partial<PostgresOptions>) =>
  postgresAdapter(app.options(change)).preflight(app.current)

/** What a check would print. */
async function printed(app: Application, change: Partial<PostgresOptions>): Promise<string> {
  const refused = await preflight(app, change).catch((error) => error)
  expect(refused).toMatchObject({ code: 'ADMIN_LACKS_RIGHT' })
  expect(refused.message).toContain(refused.detail.statement)
  return refused.detail.statement
}

describe('what is printed for an admin that lacks a right', () => {
  const owners: readonly (readonly [name: string, attributes: string, further: string])[] = [
    ['a plain user', '', ''],
    ['one that may make databases', 'CREATEDB', ''],
    ['one that may make roles', 'CREATEROLE', ''],
    ['one that replicates', 'REPLICATION', ''],
    ['one that no row policy holds', 'BYPASSRLS', ''],
    ['one with a setting of a superuser’s', '', "SET log_min_duration_statement = '1s'"],
    ['one with several', 'CREATEDB BYPASSRLS', "SET log_min_duration_statement = '1s'"],
  ]
  describe.each(owners)('to rotate %s', (_, attributes, further) => {
    it('makes the check ready when it is run by a superuser, and then the user is rotated', async () => {
      const app = await application(server, { attributes, grantAdmin: false })
      if (further) await server.query(`ALTER ROLE ${quoted(app.user)} ${further}`)
      const { change } = await adminWith('')
      await server.query(await printed(app, change))
      await preflight(app, change)
      const next = await rotate(app, firstVersion(app), change)
      expect(await works(app, next.credential)).toBe(true)
    })
  })

  it('is, from PostgreSQL 16 on, a GRANT for whoever may administer the user; before that, CREATEROLE is enough', async () => {
    const app = await application(server, { grantAdmin: false })
    const { name, change } = await adminWith('CREATEROLE')
    if (version >= 16) {
      const statement = await printed(app, change)
      expect(statement).toBe(`GRANT ${app.user} TO ${name} WITH ADMIN OPTION`)
      await server.query(
        `CREATE ROLE granter CREATEROLE; GRANT ${app.user} TO granter WITH ADMIN OPTION; SET ROLE granter; ${statement}`,
      )
    }
    await preflight(app, change)
    const next = await rotate(app, firstVersion(app), change)
    expect(await works(app, next.credential)).toBe(true)
  })

  it('is one text that is pasted as it stands, whatever the users are called', async () => {
    const app = await application(server, {
      user: 'Shop "App"; DROP',
      grantAdmin: false,
      attributes: 'REPLICATION',
    })
    const { change } = await adminWith('')
    await server.query(await printed(app, change))
    await preflight(app, change)
  })
})
