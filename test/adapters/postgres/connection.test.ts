import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type PostgresCredential,
  parseCredential,
  serializeCredential,
} from '../../../lambdas/adapters/postgres/credential.ts'
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
  rotate,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'
import { type Wire, wireTo } from './wire.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({
    version: serverVersion(),
    hba: [
      'hostssl all cleartext_user all password',
      'hostssl all trusted_user all trust',
      'hostssl all md5_user,md5_user_b all md5',
      'hostssl all elsewhere,elsewhere_b all reject',
    ],
  })
})
afterAll(() => server.stop())

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

/** The secret and its admin at another port of localhost. */
function at(app: Application, port: number, change: Partial<PostgresOptions> = {}) {
  const options = app.options({
    admins: {
      read: async () => ({
        value: JSON.stringify({ host: 'localhost', port, ...server.admin }),
        tags: new Map(),
      }),
      forget: () => undefined,
    },
    ...change,
  })
  const current = parseCredential(serializeCredential(app.current).replace(`${server.port}`, `${port}`))
  return { current, create: () => postgresAdapter(options).create(current, { versionId: randomUUID() }) }
}

async function listening(connection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const listener: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    connection(socket)
  })
  listener.listen(0, 'localhost')
  await once(listener, 'listening')
  open.push({
    close: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  })
  return (listener.address() as AddressInfo).port
}

async function wired(listenOn = 0): Promise<Wire> {
  const wire = await wireTo(server.port, listenOn)
  open.push(wire)
  return wire
}

/** A server that speaks PostgreSQL's first messages over TLS, then asks for the password by `request`. It keeps what it is told. */
async function impostor(
  request: Buffer,
  certificate: { key: string; cert: string } = server.certificate,
): Promise<{ port: number; told: Buffer[] }> {
  const told: Buffer[] = []
  const port = await listening((socket) => {
    socket.once('data', () => {
      socket.write('S')
      const secure = new TLSSocket(socket, { isServer: true, key: certificate.key, cert: certificate.cert })
      secure.on('error', () => undefined)
      secure.on('data', (bytes) => told.push(bytes))
      secure.once('data', () => secure.write(request))
    })
  })
  return { port, told }
}

const authentication = (code: number, more = '') => {
  const message = Buffer.alloc(9 + more.length)
  message.write('R')
  message.writeInt32BE(8 + more.length, 1)
  message.writeInt32BE(code, 5)
  message.write(more, 9, 'latin1')
  return message
}

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

describe('TLS', () => {
  it('is refused by a certificate from an authority that is not known', async () => {
    const other = await startPostgres({ version: serverVersion() })
    open.push({ close: () => other.stop() })
    const app = await application(server)
    await expect(at(app, server.port, { certificates: async () => other.ca }).create()).rejects.toEqual(
      refusal('TLS_FAILED', new RegExp(`localhost:${server.port}`)),
    )
  })

  it.each([
    ['localhost', 'other.example'],
    ['127.0.0.1', 'localhost'],
  ])('is refused at %s by a certificate for %s', async (host, name) => {
    const app = await application(server)
    const certificate = await generate([{ name: 'commonName', value: name }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    })
    const { port, told } = await impostor(authentication(0), {
      key: certificate.private,
      cert: certificate.cert,
    })
    const current = parseCredential(
      serializeCredential(app.current)
        .replace('"localhost"', `"${host}"`)
        .replace(`${server.port}`, `${port}`),
    )
    const value = JSON.stringify({ host, port, ...server.admin })
    const adapter = postgresAdapter(
      app.options({
        admins: { read: async () => ({ value, tags: new Map() }), forget: () => undefined },
        certificates: async () => certificate.cert,
      }),
    )
    await expect(adapter.create(current, { versionId: randomUUID() })).rejects.toEqual(
      refusal('TLS_FAILED', new RegExp(`must name the host ${host}`)),
    )
    expect(told).toEqual([])
  })

  it('is not given up for a server that has none, and nothing is said to that server', async () => {
    const told: Buffer[] = []
    const port = await listening((socket) => {
      socket.on('data', (bytes) => told.push(bytes))
      socket.once('data', () => socket.write('N'))
    })
    const app = await application(server)
    await expect(at(app, port).create()).rejects.toEqual(
      refusal('TLS_FAILED', new RegExp(`localhost:${port}`)),
    )
    // SSLRequest and nothing else.
    expect(Buffer.concat(told).toString('hex')).toBe('0000000804d2162f')
  })
})

describe('a login', () => {
  it('never hands over the password itself', async () => {
    const app = await application(server, { password: 'CANARY-password-0123456789' })
    for (const request of [authentication(3), authentication(5, 'salt')]) {
      const { port, told } = await impostor(request)
      await expect(at(app, port).create()).rejects.toEqual(refusal('TARGET_UNSUITABLE', /localhost/))
      const [startup, ...answers] = told.map((bytes) => bytes.toString('latin1'))
      expect(startup).toContain(app.user)
      // Terminate, at most.
      expect(['', 'X\0\0\0\u0004']).toContain(answers.join(''))
    }
  })

  it('is not believed when nothing was asked', async () => {
    await server.query('CREATE ROLE trusted_user LOGIN')
    const app = await application(server)
    const trusted = { ...app.current, username: 'trusted_user', password: 'whatever' }
    await expect(postgresAdapter(app.options()).create(trusted, { versionId: randomUUID() })).rejects.toEqual(
      refusal('TARGET_UNSUITABLE', /proves nothing/),
    )
  })

  it('by cleartext is refused with the way out', async () => {
    const app = await application(server, { user: 'cleartext_user' })
    await expect(
      postgresAdapter(app.options()).create(app.current, { versionId: randomUUID() }),
    ).rejects.toEqual(refusal('TARGET_UNSUITABLE', /scram-sha-256 in pg_hba\.conf/))
  })

  it('by MD5 is refused until somebody says that the clients can do better', async () => {
    const app = await application(server, { user: 'md5_user' })
    await server.query(
      `SET password_encryption = 'md5'; ALTER ROLE md5_user PASSWORD '${app.current.password}'`,
    )
    await expect(
      postgresAdapter(app.options()).create(app.current, { versionId: randomUUID() }),
    ).rejects.toEqual(refusal('TARGET_UNSUITABLE', /overlap:allow-scram=true/))
    await rotate(app, firstVersion(app), { tags: new Map([['overlap:allow-scram', 'true']]) })
  })

  it('that pg_hba.conf lets nobody make from here tells nothing of the credential: nobody is woken', async () => {
    const app = await application(server, { user: 'elsewhere' })
    const unknown = refusal(
      'UNREACHABLE',
      /localhost:\d+ said .*pg_hba\.conf.*Whether the credential works is not known/,
    )
    const adapter = postgresAdapter(app.options())
    await expect(adapter.create(app.current, { versionId: randomUUID() })).rejects.toEqual(unknown)
    const value = JSON.stringify({
      host: 'localhost',
      port: server.port,
      username: 'elsewhere',
      password: 'any',
    })
    const admins = { read: async () => ({ value, tags: new Map() }), forget: () => undefined }
    const other = await application(server)
    await expect(postgresAdapter(other.options({ admins })).preflight(other.current)).rejects.toEqual(unknown)
    // What cannot get in is not published, wherever it comes from.
    await expect(adapter.test(app.current, app.current)).rejects.toEqual(refusal('PENDING_REFUSED', /pg_hba/))
  })

  it('of a user that may not log in is refused, though the server says so with the same SQLSTATE', async () => {
    const app = await application(server)
    await server.query(`ALTER ROLE ${quoted(app.user)} NOLOGIN`)
    await expect(
      postgresAdapter(app.options()).create(app.current, { versionId: randomUUID() }),
    ).rejects.toEqual(refusal('CURRENT_REFUSED', /28000/))
  })

  it('keeps a refused password out of the error', async () => {
    const app = await application(server)
    const wrong = { ...app.current, password: 'CANARY-wrong' }
    const error = await postgresAdapter(app.options())
      .create(wrong, { versionId: randomUUID() })
      .catch((thrown) => thrown)
    expect(error.code).toBe('CURRENT_REFUSED')
    expect(error.cause.message).toMatch(/^28P01: /)
    expect(JSON.stringify([error.stack, error.cause.stack, Object.keys(error.cause)])).not.toContain('CANARY')
  })

  it('to a database that does not exist names the field', async () => {
    const app = await application(server)
    const lost = { ...app.current, dbname: 'nowhere' }
    await expect(postgresAdapter(app.options()).create(lost, { versionId: randomUUID() })).rejects.toEqual(
      refusal('SECRET_INVALID', /dbname/),
    )
    await expect(
      postgresAdapter(app.options({ lockDatabase: 'nowhere' })).preflight(app.current),
    ).rejects.toEqual(refusal('CONFIGURATION_INVALID', /OVERLAP_LOCK_DATABASE/))
  })
})

describe('a host', () => {
  it.each(['from the beginning', 'after the login'])(
    'that is silent %s is named before the time is up',
    async (when) => {
      const app = await application(server)
      const deadline = Date.now() + 5_000
      const wire = await wired()
      if (when === 'from the beginning') wire.silence()
      const { current, create } = at(app, wire.port, { deadline })
      if (when === 'from the beginning')
        await expect(create()).rejects.toEqual(refusal('UNREACHABLE', new RegExp(`localhost:${wire.port}`)))
      else {
        const pending = await create()
        const admins = {
          read: async () => ({
            value: JSON.stringify({ host: 'localhost', port: wire.port, ...server.admin }),
            tags: new Map(),
          }),
          forget: () => undefined,
        }
        const adapter = postgresAdapter(app.options({ deadline, admins }))
        await expect(
          adapter.set(
            pending,
            current,
            fence(randomUUID(), app.versionId, async () => wire.silence()),
          ),
        ).rejects.toEqual(refusal('UNREACHABLE', new RegExp(`localhost:${wire.port}`)))
        expect(await works(app, { ...pending, port: server.port } as PostgresCredential)).toBe(false)
      }
      expect(Date.now()).toBeLessThan(deadline)
    },
  )

  it('is not even tried when no time is left', async () => {
    const app = await application(server)
    const wire = await wired()
    await expect(at(app, wire.port, { deadline: Date.now() - 1 }).create()).rejects.toEqual(
      refusal('TIME_UP', /localhost/),
    )
    expect(wire.connections()).toBe(0)
  })

  it('that refuses is tried until the time is up, and then named', async () => {
    const app = await application(server)
    const wire = await wired()
    const { port } = wire
    await wire.close()
    open.length = 0
    const began = Date.now()
    await expect(at(app, port, { deadline: began + 4_000 }).create()).rejects.toEqual(
      refusal('UNREACHABLE', new RegExp(`localhost:${port}.*ECONNREFUSED`)),
    )
    expect(Date.now()).toBeLessThan(began + 4_000)
  })

  it('that comes up late is waited for', async () => {
    const app = await application(server)
    const first = await wired()
    const { port } = first
    await first.close()
    open.length = 0
    const created = at(app, port).create()
    await sleep(400)
    const wire = await wired(port)
    await created
    expect(wire.connections()).toBe(1)
  })

  it('that has no connection left for the moment is tried again', async () => {
    const app = await application(server, { attributes: 'CONNECTION LIMIT 1' })
    const busy = await connect(app, app.current)
    const created = postgresAdapter(app.options()).create(app.current, { versionId: randomUUID() })
    // A refusal that ends it is told below.
    created.catch(() => undefined)
    await vi.waitFor(
      async () => expect(await server.logs()).toContain(`too many connections for role "${app.user}"`),
      { timeout: 15_000 },
    )
    await busy.end()
    await created
  })
})

describe('the single user whose new password the server refuses after all', () => {
  it('gets the old one back', async () => {
    const app = await application(server, { grantAdmin: false })
    const tags = new Map([
      ['overlap:strategy', 'single-user'],
      ['overlap:accept-failed-logins', 'true'],
    ])
    const adapter = () => postgresAdapter(app.options({ tags }))
    const id = randomUUID()
    const pending = await adapter().create(app.current, { versionId: id })
    const file = join(server.dataDirectory, 'pg_hba.conf')
    const hba = readFileSync(file, 'utf8')
    const reload = async (text: string) => {
      writeFileSync(file, text)
      await server.query('SELECT pg_reload_conf()')
    }
    const rejecting = fence(id, app.versionId, async () => {
      await reload(`hostssl all ${quoted(app.user)} all reject\n${hba}`)
    })
    await expect(adapter().set(pending, app.current, rejecting)).rejects.toEqual(
      refusal('PENDING_REFUSED', /the old one is back/),
    )
    await reload(hba)
    expect([await works(app, app.current), await works(app, pending)]).toEqual([true, false])
  })

  it('has to be asked for', async () => {
    const app = await application(server)
    const single = (more: [string, string][]) => () =>
      postgresAdapter(app.options({ tags: new Map([['overlap:strategy', 'single-user'], ...more]) }))
    expect(single([])).toThrow(refusal('FAILED_LOGINS_NOT_ACCEPTED', /overlap:accept-failed-logins=true/))
    expect(single([['overlap:accept-failed-logins', 'yes']])).toThrow(
      refusal('POLICY_INVALID', /true or false/),
    )
    expect(() => postgresAdapter(app.options({ tags: new Map([['overlap:strategy', 'both']]) }))).toThrow(
      refusal('POLICY_INVALID', /overlap:strategy/),
    )
  })

  it('is refused behind a proxy', async () => {
    const app = await application(server)
    const tags = new Map([
      ['overlap:strategy', 'single-user'],
      ['overlap:accept-failed-logins', 'true'],
    ])
    const proxied = { ...app.current, host: 'p.proxy-abc.us-east-1.rds.amazonaws.com' }
    await expect(
      postgresAdapter(app.options({ tags })).create(proxied, { versionId: randomUUID() }),
    ).rejects.toEqual(refusal('PROXY_UNSUPPORTED', /RDS Proxy/))
  })
})
