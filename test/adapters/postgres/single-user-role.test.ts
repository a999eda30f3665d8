import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCredential, serializeCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { severityOf } from '../../../lambdas/rotation/severity.ts'
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
  works,
} from './application.ts'
import { frontOf } from './front.ts'
import { serverVersion } from './server-version.ts'
import { wireTo } from './wire.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ version: serverVersion() })
})
afterAll(() => server.stop())

const tags = new Map([
  ['overlap:strategy', 'single-user'],
  ['overlap:accept-failed-logins', 'true'],
])
const single = (app: Application, change?: Partial<PostgresOptions>) =>
  postgresAdapter(app.options({ tags, ...change }))

const refusal = (code: string, message: RegExp, detail: object = expect.anything()) =>
  expect.objectContaining({ code, message: expect.stringMatching(message), detail })
/** What pages somebody: the old password is gone and the new one is not published. */
const hurting = expect.objectContaining({ consumersAffected: true })
const harmless = expect.not.objectContaining({ consumersAffected: true })

const hbaFile = () => join(server.dataDirectory, 'pg_hba.conf')
/** Puts a line before all others of pg_hba.conf; without one, brings back what was there. */
async function authenticate(line?: string): Promise<void> {
  hba ??= readFileSync(hbaFile(), 'utf8')
  writeFileSync(hbaFile(), line === undefined ? hba : `${line}\n${hba}`)
  await server.query('SELECT pg_reload_conf()')
}
let hba: string | undefined

describe('a single user that takes another role at login', () => {
  it.each(['', '"odd" \'name\''])(
    'has its own password changed, not that of the other one (%s)',
    async (odd) => {
      const other = await application(server)
      const user = odd && `${randomUUID().slice(0, 8)} ${odd}`
      const service = await application(server, user ? { user } : {})
      await server.query(
        `GRANT ${quoted(other.user)} TO ${quoted(service.user)}; ALTER ROLE ${quoted(service.user)} SET role = ${quoted(other.user)}`,
      )
      const { credential } = await rotate(service, firstVersion(service), { tags })
      expect(credential.username).toBe(service.user)
      expect([await works(service, credential), await works(service, service.current)]).toEqual([true, false])
      expect(await works(other, other.current)).toBe(true)
      for (const { password } of [credential, service.current])
        expect(await works(other, { ...other.current, password })).toBe(false)
    },
  )

  it('gets its own password back when the new one is refused', async () => {
    const other = await application(server)
    const service = await application(server)
    await server.query(
      `GRANT ${quoted(other.user)} TO ${quoted(service.user)}; ALTER ROLE ${quoted(service.user)} SET role = ${quoted(other.user)}`,
    )
    const id = randomUUID()
    const pending = await single(service).create(service.current, { versionId: id })
    const rejecting = fence(id, service.versionId, () =>
      authenticate(`hostssl all ${quoted(service.user)} all reject`),
    )
    await expect(single(service).set(pending, service.current, rejecting)).rejects.toEqual(
      refusal('PENDING_REFUSED', /the old one is back/, harmless),
    )
    await authenticate()
    expect([await works(service, service.current), await works(service, pending)]).toEqual([true, false])
    expect(await works(other, other.current)).toBe(true)
  })
})

describe('a single user whose new password is refused when the rotation was overtaken', () => {
  it('says that the old one could not be put back, and why', async () => {
    const app = await application(server)
    const id = randomUUID()
    const pending = await single(app).create(app.current, { versionId: id })
    let asked = 0
    const overtaken = fence(id, app.versionId, async () => {
      if (++asked > 1) throw new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')
      await authenticate(`hostssl all ${quoted(app.user)} all reject`)
    })
    await expect(single(app).set(pending, app.current, overtaken)).rejects.toEqual(
      refusal('PENDING_REFUSED', /could not be put back: AWSCURRENT is elsewhere/, hurting),
    )
    await authenticate()
    expect([await works(app, pending), await works(app, app.current)]).toEqual([true, false])
  })
})

describe('a single user whose old password is refused and whose new one nobody can try', () => {
  it('keeps its consumers out for all that is known', async () => {
    const app = await application(server)
    const id = randomUUID()
    const pending = await single(app).create(app.current, { versionId: id })
    await single(app).set(pending, app.current, fence(id, app.versionId))
    await server.query(`ALTER ROLE ${quoted(app.user)} CONNECTION LIMIT 0`)
    const again = single(app, { deadline: Date.now() + 3_000 }).set(
      pending,
      app.current,
      fence(id, app.versionId),
    )
    const error = await again.catch((thrown) => thrown)
    expect([error.code, severityOf(error)]).toEqual(['CURRENT_REFUSED', 'page'])
  })
})

describe('a single user whose login is mapped to another user on the way', () => {
  it('is refused, and neither password is changed', async () => {
    const [app, other] = [await application(server), await application(server)]
    await server.query(`ALTER ROLE ${quoted(other.user)} PASSWORD '${app.current.password}'`)
    let mapped = false
    const front = await frontOf(server, server.certificate, (bytes) =>
      mapped
        ? Buffer.from(
            bytes.toString('latin1').replace(`user\0${app.user}\0`, `user\0${other.user}\0`),
            'latin1',
          )
        : bytes,
    )
    try {
      const current = parseCredential(
        serializeCredential(app.current).replace(`:${server.port},`, `:${front.port},`),
      )
      const pending = await single(app).create(current, { versionId: randomUUID() })
      mapped = true
      const refused = refusal('TARGET_UNSUITABLE', new RegExp(`a session of ${other.user}`))
      await expect(single(app).preflight(current)).rejects.toEqual(refused)
      await expect(single(app).set(pending, current, fence(randomUUID(), app.versionId))).rejects.toEqual(
        refused,
      )
    } finally {
      await front.close()
    }
    for (const username of [app.user, other.user])
      expect(await works(app, { ...app.current, username })).toBe(true)
  })
})

describe('a user that takes turns with another one', () => {
  it.each(['owner', 'partner'])('is not changed by itself, in the middle of a drain (%s)', async (which) => {
    const app = await application(server)
    const second = await rotate(app, firstVersion(app))
    const current = which === 'owner' ? app.current : second.credential
    const refused = refusal('TARGET_UNSUITABLE', /overlap:strategy/)
    await expect(single(app).preflight(current)).rejects.toEqual(refused)
    await expect(single(app).create(current, { versionId: randomUUID() })).rejects.toEqual(refused)
    const pending = { ...current, password: 'never-to-be-valid-0123' }
    await expect(single(app).set(pending, current, fence(randomUUID(), second.id))).rejects.toEqual(refused)
    for (const credential of [app.current, second.credential]) expect(await works(app, credential)).toBe(true)
    expect(await works(app, pending)).toBe(false)
  })

  it('is not changed for another secret either', async () => {
    const app = await application(server)
    await rotate(app, firstVersion(app))
    await expect(
      single(app, { secretId: `${app.secretId}-other` }).create(app.current, { versionId: randomUUID() }),
    ).rejects.toEqual(refusal('TARGET_UNSUITABLE', /takes turns/))
  })

  it('that became one after createSecret is refused under the lock', async () => {
    const app = await application(server)
    const id = randomUUID()
    const pending = await single(app).create(app.current, { versionId: id })
    const second = await rotate(app, firstVersion(app))
    await expect(single(app).set(pending, app.current, fence(id, app.versionId))).rejects.toEqual(
      refusal('TARGET_UNSUITABLE', /takes turns/),
    )
    expect([await works(app, app.current), await works(app, second.credential)]).toEqual([true, true])
  })

  it('is rotated by itself once what the error says was done', async () => {
    const app = await application(server)
    const second = await rotate(app, firstVersion(app))
    await retire(app, firstVersion(app), second)
    const error = await single(app)
      .create(second.credential, { versionId: randomUUID() })
      .catch((thrown) => thrown)
    expect(error.message).toContain('which is retired')
    await server.query(/run (COMMENT ON ROLE \S+ IS NULL)$/.exec(error.message)?.[1] ?? 'no statement')
    expect(await works(app, second.credential)).toBe(true)
    const third = await rotate(app, second, { tags })
    expect([third.credential.username, await works(app, third.credential)]).toEqual([`${app.user}_b`, true])
  })
})

describe('a single user that may have one connection', () => {
  it('is rotated all the same, within a second or two', async () => {
    const app = await application(server, { attributes: 'CONNECTION LIMIT 1' })
    const second = await rotate(app, firstVersion(app), { tags, deadline: Date.now() + 8_000 })
    expect([await works(app, second.credential), await works(app, app.current)]).toEqual([true, false])
  })

  it('is rotated all the same when it is the database that has one place', async () => {
    const database = `one_${randomUUID().slice(0, 8)}`
    await server.query(`CREATE DATABASE ${quoted(database)} CONNECTION LIMIT 1`)
    const app = await application(server, { database })
    const change = { tags, lockDatabase: database, deadline: Date.now() + 20_000 }
    const second = await rotate(app, firstVersion(app), change)
    expect([await works(app, second.credential), await works(app, app.current)]).toEqual([true, false])
  })

  it('is rotated where a login takes its time, too', async () => {
    const app = await application(server, { attributes: 'CONNECTION LIMIT 1' })
    const wire = await wireTo(server.port)
    try {
      const current = parseCredential(
        serializeCredential(app.current).replace(`:${server.port},`, `:${wire.port},`),
      )
      const id = randomUUID()
      const pending = await single(app).create(current, { versionId: id })
      await single(app, { deadline: Date.now() + 10_000 }).set(
        pending,
        current,
        fence(id, app.versionId, async () => wire.delay(700)),
      )
      expect([await works(app, pending), await works(app, current)]).toEqual([true, false])
    } finally {
      await wire.close()
    }
  })

  it('whose place somebody takes in that moment is told that the change stands, and the next attempt goes on', async () => {
    const app = await application(server, { attributes: 'CONNECTION LIMIT 2' })
    const id = randomUUID()
    const adapter = (ms: number) => single(app, { deadline: Date.now() + ms })
    const pending = await adapter(8_000).create(app.current, { versionId: id })
    // The limit falls below what is open already, so neither the second place nor the first one is free afterwards.
    const busy = await connect(app, app.current)
    const full = fence(id, app.versionId, async () => {
      await server.query(`ALTER ROLE ${quoted(app.user)} CONNECTION LIMIT 1`)
    })
    await expect(adapter(5_000).set(pending, app.current, full)).rejects.toEqual(
      refusal('UNREACHABLE', /new password of \S+ is set and stands.*The step is tried again/, hurting),
    )
    await busy.end()
    expect([await works(app, pending), await works(app, app.current)]).toEqual([true, false])
    await adapter(8_000).set(pending, app.current, fence(id, app.versionId))
    await adapter(8_000).test(pending, app.current)
  })

  it('is not put back on a guess: only a refusal is one', async () => {
    const app = await application(server)
    const id = randomUUID()
    const pending = await single(app).create(app.current, { versionId: id })
    // A method that Overlap gives nothing to says nothing of the password.
    const unclear = fence(id, app.versionId, () =>
      authenticate(`hostssl all ${quoted(app.user)} all password`),
    )
    await expect(single(app).set(pending, app.current, unclear)).rejects.toEqual(
      refusal('UNREACHABLE', /is set and stands/),
    )
    await authenticate()
    expect([await works(app, pending), await works(app, app.current)]).toEqual([true, false])
    await single(app).set(pending, app.current, fence(id, app.versionId))
  })
})

describe('a single user whose secret repeats the password', () => {
  it.each(['alternating-users', 'single-user'])(
    'is refused before anything is written (%s)',
    async (strategy) => {
      const app = await application(server)
      const url = `postgres://${app.user}:${app.current.password}@localhost/`
      const current = { ...app.current, stored: { ...app.current.stored, url } }
      const change = { tags: new Map([...tags, ['overlap:strategy', strategy]]) }
      const refused = refusal('SECRET_INVALID', /field url/)
      await expect(single(app, change).preflight(current)).rejects.toEqual(refused)
      await expect(single(app, change).create(current, { versionId: randomUUID() })).rejects.toEqual(refused)
    },
  )
})
