import dns from 'node:dns'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseCredential, serializeCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  connect,
  fence,
  firstVersion,
  retire,
  rotate,
  works,
} from './application.ts'
import { type Front, frontOf } from './front.ts'
import { serverVersion } from './server-version.ts'

const nameOf = (id: string) => `${id}.abc.us-east-1.rds.amazonaws.com`

let server: PostgresServer
let fronts: { readonly primary: Front; readonly reader: Front }
let closedPort: number
let certificate: string

// The names that RDS gives lead to this machine, where servers have a certificate for them.
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion(), replica: true })
  const names = ['shop', 'reader', 'gone'].map((id) => ({ type: 2 as const, value: nameOf(id) }))
  const made = await generate([{ name: 'commonName', value: 'shop' }], {
    extensions: [{ name: 'subjectAltName', altNames: names }],
  })
  certificate = made.cert
  const front = (port: number) => frontOf({ port, ca: server.ca }, { key: made.private, cert: made.cert })
  fronts = { primary: await front(server.port), reader: await front(server.replica?.port ?? 0) }
  const gone = await front(server.port)
  closedPort = gone.port
  await gone.close()
  const lookup = dns.lookup as (host: string, ...rest: unknown[]) => void
  vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...rest: unknown[]) =>
    lookup(host.endsWith('.amazonaws.com') ? 'localhost' : host, ...rest)) as typeof dns.lookup)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await Promise.all(Object.values(fronts).map((front) => front.close()))
  await server.stop()
})

interface Member {
  readonly id: string
  readonly port: number
  readonly status?: string
}

/** A rotation whose admin secret is a managed master's: RDS says where the server is and what belongs to it. */
async function managed(members: (ports: { reader: number; closed: number }) => readonly Member[]) {
  const app = await application(server)
  await server.replica?.caughtUp()
  const host = nameOf('shop')
  const known = [
    { id: 'shop', port: fronts.primary.port },
    ...members({ reader: fronts.reader.port, closed: closedPort }),
  ]
  const change = (deadline = Date.now() + 20_000): Partial<PostgresOptions> => ({
    deadline,
    certificates: async () => certificate,
    admins: {
      read: async () => ({ value: JSON.stringify(server.admin), owningService: 'rds', tags: new Map() }),
      forget: () => undefined,
    },
    rds: async () => ({
      masterEndpoint: async () => ({ host, port: fronts.primary.port }),
      serverOf: async () => ({
        members: known.map(({ id, port, status = 'available' }) => ({
          endpoint: { host: nameOf(id), port },
          status,
        })),
        entrances: [],
      }),
    }),
  })
  const current = parseCredential(
    serializeCredential(app.current)
      .replace('"localhost"', `"${host}"`)
      .replace(`${server.port}`, `${fronts.primary.port}`),
  )
  const wired: Application = { ...app, current }
  return { app: wired, change }
}

describe('members that RDS knows', () => {
  it('are tested, and looked at before a retirement', async () => {
    const { app, change } = await managed(({ reader }) => [{ id: 'reader', port: reader }])
    const second = await rotate(app, firstVersion(app), change())
    expect(app.notes).toEqual([])
    const client = await connect(app, app.current, server.replica)
    const { sightings } = await postgresRetirer(app.options(change())).sightings(app.current, app.current)
    expect(sightings.map(({ endpoint }) => endpoint)).toEqual([`${nameOf('reader')}:${fronts.reader.port}`])
    await client.end()
    expect(await works(app, second.credential)).toBe(true)
  })

  it('that do not answer are recorded as untested, and keep a credential from being retired', async () => {
    const { app, change } = await managed(({ closed }) => [{ id: 'gone', port: closed }])
    await rotate(app, firstVersion(app), change())
    const untested = { message: 'endpoint untested', facts: { endpoint: `${nameOf('gone')}:${closedPort}` } }
    expect(app.notes).toEqual([untested])
    await expect(
      postgresRetirer(app.options(change(Date.now() + 2_000))).sightings(app.current, app.current),
    ).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('that are being changed are not tested, and keep a credential from being retired', async () => {
    const { app, change } = await managed(({ closed }) => [{ id: 'gone', port: closed, status: 'rebooting' }])
    await rotate(app, firstVersion(app), change())
    await expect(
      postgresRetirer(app.options(change())).sightings(app.current, app.current),
    ).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('rebooting'),
    })
  })

  it.each([
    { what: 'a member is backing up', silent: false },
    { what: 'RDS does not answer', silent: true },
  ])('while $what a role is not touched, and the retirement says so in time', async ({ silent }) => {
    const { app, change } = await managed(({ reader }) => [
      { id: 'reader', port: reader, status: silent ? 'available' : 'backing-up' },
    ])
    const second = await rotate(app, firstVersion(app), change())
    const row = () => server.query('SELECT xmin::text FROM pg_authid WHERE rolname = $1', [app.user])
    const before = await row()
    const deadline = Date.now() + 3_000
    const known = change(deadline)
    const rds = async () => {
      const topology = await known.rds?.()
      if (!topology) throw new Error('a managed server has a topology')
      return silent ? { ...topology, serverOf: () => new Promise<never>(() => {}) } : topology
    }
    await expect(retire(app, firstVersion(app), second, { ...known, rds })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    })
    expect(Date.now()).toBeLessThan(deadline)
    expect(await row()).toEqual(before)
  })

  it.each([
    { what: 'a member is backing up', silent: false },
    { what: 'RDS does not answer', silent: true },
  ])(
    'while $what what leaked goes all the same, where it can be reached, and the rest is said',
    async ({ silent }) => {
      const { app, change } = await managed(({ reader, closed }) => [
        { id: 'gone', port: closed, status: 'backing-up' },
        { id: 'reader', port: reader },
      ])
      const first = firstVersion(app)
      const second = await rotate(app, first, change())
      await server.replica?.caughtUp()
      const used = [await connect(app, app.current, server), await connect(app, app.current, server.replica)]
      const known = change(Date.now() + 3_000)
      const rds = async () => {
        const topology = await known.rds?.()
        if (!topology) throw new Error('a managed server has a topology')
        return silent ? { ...topology, serverOf: () => new Promise<never>(() => {}) } : topology
      }
      const leaked = postgresRetirer(app.options({ ...known, rds })).disable(app.current, {
        current: second.credential,
        fence: fence(first.id, second.id),
        accepts: () => false,
        leaked: true,
      })
      await expect(leaked).rejects.toMatchObject({ code: 'UNREACHABLE' })
      expect(await works(app, app.current)).toBe(false)
      await expect(used[0]?.query('SELECT 1')).rejects.toThrow()
      if (!silent) await expect(used[1]?.query('SELECT 1')).rejects.toThrow()
      await Promise.all(used.map((client) => client.end()))
    },
  )

  it('that are stopped have no sessions', async () => {
    const { app, change } = await managed(({ closed }) => [{ id: 'gone', port: closed, status: 'stopped' }])
    await rotate(app, firstVersion(app), change())
    expect(await postgresRetirer(app.options(change())).sightings(app.current, app.current)).toMatchObject({
      sightings: [],
      endpoints: [`${nameOf('shop')}:${fronts.primary.port}`],
    })
  })

  it('are in the preflight as well', async () => {
    const { app, change } = await managed(({ reader, closed }) => [
      { id: 'reader', port: reader },
      { id: 'gone', port: closed },
    ])
    await postgresAdapter(app.options(change())).preflight(app.current)
    expect(app.notes).toEqual([
      { message: 'endpoint untested', facts: { endpoint: `${nameOf('gone')}:${closedPort}` } },
    ])
  })
})
