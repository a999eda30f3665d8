import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { severityOf } from '../../../lambdas/rotation/severity.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  fence,
  firstVersion,
  quoted,
  retire,
  rotate,
  type Version,
} from './application.ts'
import { serverVersion } from './server-version.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion() })
})
afterAll(() => server.stop())

/** Rotated, what it replaced retired, and one of the two users is free for the next rotation. */
async function settled(next: 'the owner' | 'the partner') {
  const app = await application(server)
  const first = firstVersion(app)
  const second = await rotate(app, first)
  await retire(app, first, second)
  const partner = second.credential.username
  if (next === 'the owner') return { app, partner, current: second }
  const third = await rotate(app, second)
  await retire(app, second, third)
  return { app, partner, current: third }
}

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ready',
    (error) => error.code,
  )
const preflight = (app: Application, current: Version, change?: Partial<PostgresOptions>) =>
  code(postgresAdapter(app.options(change)).preflight(current.credential))

describe('a preflight says what the test of the next rotation will refuse', () => {
  it.each(['the owner', 'the partner'] as const)(
    'where the partner alone was granted something, and %s is next',
    async (next) => {
      const { app, partner, current } = await settled(next)
      await server.query(`CREATE TABLE extra_${partner} (id int)`)
      expect(await preflight(app, current)).toBe('ready')
      await server.query(`GRANT SELECT ON extra_${partner} TO ${quoted(partner)}`)
      expect(await preflight(app, current)).toBe('RIGHTS_DIFFER')
      expect(await code(rotate(app, current))).toBe('RIGHTS_DIFFER')
    },
  )

  it.each([
    { next: 'the owner', foreseen: 'RIGHTS_DIFFER' },
    { next: 'the partner', foreseen: 'ready' },
  ] as const)(
    'where the partner was altered and $next is next: $foreseen, since a partner is altered back when it gets its password',
    async ({ next, foreseen }) => {
      const { app, partner, current } = await settled(next)
      await server.query(`ALTER ROLE ${quoted(partner)} CONNECTION LIMIT 7`)
      expect(await preflight(app, current)).toBe(foreseen)
      expect(await code(rotate(app, current))).toBe(foreseen)
    },
  )

  it('where the partner is a member of a role of its own', async () => {
    const { app, partner, current } = await settled('the partner')
    await server.query(`CREATE ROLE ${partner}_more; GRANT ${partner}_more TO ${quoted(partner)}`)
    expect(await preflight(app, current)).toBe('RIGHTS_DIFFER')
    expect(await code(rotate(app, current))).toBe('RIGHTS_DIFFER')
  })

  it.each([
    { probe: 'SELECT * FROM nowhere', foreseen: 'PROBE_FAILED' },
    { probe: 'CREATE TABLE written (id int)', foreseen: 'PROBE_FAILED' },
    { probe: 'SELECT 1', foreseen: 'ready' },
  ])('of the probe $probe: $foreseen', async ({ probe, foreseen }) => {
    const app = await application(server)
    const tags = new Map([['overlap:probe', probe]])
    expect(await preflight(app, firstVersion(app), { tags })).toBe(foreseen)
    expect(await code(rotate(app, firstVersion(app), { tags }))).toBe(foreseen)
  })

  it('with one connection of the user at a time, and writes nothing', async () => {
    const app = await application(server, { attributes: 'CONNECTION LIMIT 1' })
    const tags = new Map([['overlap:probe', 'SELECT 1']])
    const rows = () =>
      server.query(
        'SELECT oid, xmin::text FROM pg_authid UNION ALL SELECT oid, xmin::text FROM pg_class ORDER BY 1',
      )
    const before = await rows()
    expect(await preflight(app, firstVersion(app), { tags })).toBe('ready')
    expect(await rows()).toEqual(before)
  })
})

describe('a preflight in mid-rotation', () => {
  it('asks about the rotation that is under way, and not about another one that it would keep out', async () => {
    const app = await application(server)
    const first = firstVersion(app)
    const versionId = randomUUID()
    const credential = await postgresAdapter(app.options()).create(first.credential, { versionId })
    const asked = (change?: Partial<PostgresOptions>) =>
      code(postgresAdapter(app.options(change)).preflight(first.credential, { versionId, credential }))
    expect(await asked()).toBe('ready')
    await postgresAdapter(app.options()).set(credential, first.credential, fence(versionId, first.id))
    expect(await asked()).toBe('ready')
    expect(await preflight(app, first)).toBe('DRAIN_IN_PROGRESS')
  })

  it('finds out that it can never finish, since it was made for another partner', async () => {
    const app = await application(server)
    const versionId = randomUUID()
    const credential = await postgresAdapter(app.options()).create(app.current, { versionId })
    const tags = new Map([['overlap:partner', `${app.user}_other`]])
    const adapter = () => postgresAdapter(app.options({ tags }))
    expect(await code(adapter().preflight(app.current, { versionId, credential }))).toBe('TARGET_CHANGED')
    expect(await code(adapter().set(credential, app.current, fence(versionId, app.versionId)))).toBe(
      'TARGET_CHANGED',
    )
  })

  it('of a single user says that consumers wait for the password that works', async () => {
    const app = await application(server)
    const tags = new Map([
      ['overlap:strategy', 'single-user'],
      ['overlap:accept-failed-logins', 'true'],
    ])
    const adapter = () => postgresAdapter(app.options({ tags }))
    const versionId = randomUUID()
    const credential = await adapter().create(app.current, { versionId })
    const waiting = { versionId, credential }
    await adapter().preflight(app.current, waiting)
    await adapter().set(credential, app.current, fence(versionId, app.versionId))
    const error = await adapter()
      .preflight(app.current, waiting)
      .catch((thrown) => thrown)
    expect([error.code, severityOf(error)]).toEqual(['CURRENT_REFUSED', 'page'])
    expect(error.message).toContain('until this rotation has published its version')
    // Any other rotation is as lost as the current password.
    const lost = { versionId, credential: { ...credential, password: 'lost' } }
    await expect(adapter().preflight(app.current, lost)).rejects.toMatchObject({
      message: expect.stringContaining('somebody changed it outside'),
    })
    const elsewhere = { versionId, credential: { ...credential, username: 'another' } }
    expect(await code(adapter().preflight(app.current, elsewhere))).toBe('TARGET_CHANGED')
  })
})
