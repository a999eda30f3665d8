import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CredentialRetirer } from '../../../lambdas/adapters/adapter.ts'
import {
  type PostgresCredential,
  parseCredential,
  serializeCredential,
} from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { readStamp } from '../../../lambdas/adapters/postgres/stamp.ts'
import { postgresAdapter, postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { retire } from '../../../lambdas/rotation/retire.ts'
import type { RetireRequest } from '../../../lambdas/rotation/retire-request.ts'
import { severityOf } from '../../../lambdas/rotation/severity.ts'
import type { Replica } from '../../../sandbox/postgres/replica.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import { directly } from '../../fakes/process.ts'
import { fakeSecret } from '../../fakes/secret.ts'
import { SECRET_ARN } from '../../rotation/secret.ts'
import {
  adminArn,
  application,
  connect,
  fence,
  firstVersion,
  quoted,
  retire as retireFirst,
  rotate,
  type Version,
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

type Retirer = CredentialRetirer<PostgresCredential>

/** The replica is a declared endpoint of the server. */
function declared(port = replica.port): Partial<PostgresOptions> {
  return { endpoints: new Map([[`localhost:${server.port}`, [`localhost:${port}`]]]) }
}

async function replicaWire(): Promise<Wire> {
  const wire = await wireTo(replica.port)
  wires.push(wire)
  return wire
}

const idOf = (count: number) => `version-${count}-`.padEnd(32, '0')

/** The first version drains, the second is AWSCURRENT. */
async function draining() {
  const app = await application(server)
  await replica.caughtUp()
  const first: Version = { id: idOf(1), credential: app.current }
  const second = await rotate(app, first, declared(), idOf(2))
  const secret = fakeSecret(
    () => 0,
    [
      [['AWSCURRENT', 'DRAINING'], serializeCredential(first.credential)],
      [['AWSCURRENT'], serializeCredential(second.credential)],
    ],
  )
  const store = secret.storeFor(directly)
  const retirer = (change?: Partial<PostgresOptions>): Retirer =>
    postgresRetirer(app.options({ ...declared(), ...change }))
  /** One pass of the retire function: what became of it, or the code of its error. */
  const run = (
    request: Partial<RetireRequest> = {},
    change?: Partial<PostgresOptions>,
    around = (given: Retirer) => given,
  ): Promise<string> =>
    retire(
      { store, retirerFor: () => around(retirer(change)) },
      { action: 'disable', secretId: SECRET_ARN, versionId: first.id, evenIfUsed: false, ...request },
    ).then(
      ({ outcome }) => outcome,
      (error) => error.code,
    )
  /** As a function does it that dies before it can put anything back: at the latest where it would record what it did. */
  const interrupted = async (beforehand = async () => {}) => {
    let checks = 0
    const check = async () => {
      checks += 1
      if (checks === 2) throw new Error('killed')
      await beforehand()
    }
    const context = {
      current: second.credential,
      fence: fence(first.id, second.id, check),
      ...unused,
    }
    await expect(retirer().disable(first.credential, context)).rejects.toThrow()
    expect([await works(app, app.current), await slot()]).toEqual([false, 'disabling'])
  }
  const slot = async () => {
    const [role] = await server.query<{ comment: string }>(
      `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
      [second.credential.username],
    )
    const read = readStamp(role?.comment ?? null)
    return read.kind === 'stamp' ? read.stamp.slots.get(first.credential.username)?.state : read.kind
  }
  /** Changes whenever anybody alters the role, if only for a moment. */
  const row = async () =>
    JSON.stringify(
      await server.query('SELECT xmin::text, ctid::text FROM pg_authid WHERE rolname = $1', [app.user]),
    )
  const login = async (endpoint?: { host: string; port: number }) => {
    const client = await connect(app, app.current, endpoint)
    clients.push(client)
    return client
  }
  return { app, first, second, secret, retirer, run, interrupted, slot, row, login }
}

/** At the end of a drain that nobody contradicts. */
const unused = { accepts: () => false, leaked: false }

/** Lets something happen when the fence has been asked for the `count`th time: 1 is before the password goes, 2 before the record. */
function atCheck(count: number, happens: () => Promise<unknown>) {
  return (retirer: Retirer): Retirer => ({
    ...retirer,
    disable: (credential, context) => {
      let checks = 0
      const check = async () => {
        await context.fence.check()
        checks += 1
        if (checks === count) await happens()
      }
      return retirer.disable(credential, { ...context, fence: { ...context.fence, check } })
    },
  })
}

describe('a role is not touched', () => {
  it('while somebody uses it on the primary', async () => {
    const { run, row, login } = await draining()
    await login()
    const before = await row()
    expect(await run()).toBe('STILL_USED')
    expect(await row()).toBe(before)
  })

  it('while somebody uses it on a standby', async () => {
    const { app, run, row, login, retirer } = await draining()
    const reader = await login(replica)
    expect(await retirer().sightings(app.current, app.current)).toEqual({
      sightings: [
        expect.objectContaining({ endpoint: `localhost:${replica.port}`, application: 'consumer' }),
      ],
      endpoints: [`localhost:${server.port}`, `localhost:${replica.port}`],
      ...{ asleep: false, witness: 'admin', principal: app.user },
      mark: expect.stringMatching(/^overlap [0-9a-f]{16}$/),
    })
    const before = await row()
    expect(await run()).toBe('STILL_USED')
    expect(await row()).toBe(before)
    await reader.end()
    expect(await run()).toBe('disabled')
    expect(await works(app, app.current)).toBe(false)
  })

  it('is looked at by a name of its own each time, which the server is told', async () => {
    const { app, retirer } = await draining()
    const looks = [await retirer().sightings(app.current, app.current)]
    looks.push(await retirer().sightings(app.current, app.current))
    expect(new Set(looks.map(({ mark }) => mark)).size).toBe(2)
  })

  it('while a standby cannot be asked', async () => {
    const { run, row } = await draining()
    const gone = await replicaWire()
    await gone.close()
    const before = await row()
    expect(await run({}, { ...declared(gone.port), deadline: Date.now() + 2_000 })).toBe('UNREACHABLE')
    expect(await row()).toBe(before)
  })

  it.each([
    { what: 'is no longer valid', how: `VALID UNTIL '2000-01-01'` },
    { what: 'has another password', how: `PASSWORD 'by-hand'` },
  ])('while the credential of AWSCURRENT $what', async ({ how }) => {
    const { app, second, run, row, login, retirer } = await draining()
    await server.query(`ALTER ROLE ${quoted(second.credential.username)} ${how}`)
    const before = await row()
    expect(await run()).toBe('PRINCIPAL_IN_USE')
    expect(await run({ evenIfUsed: true })).toBe('PRINCIPAL_IN_USE')
    // Who is kept out by the new one may have gone back to the old one: that must not hide it.
    await login()
    const context = { current: second.credential, fence: fence(idOf(1), second.id), ...unused }
    const found = await retirer()
      .disable(app.current, context)
      .catch((error) => error)
    expect([found.code, severityOf(found)]).toEqual(['PRINCIPAL_IN_USE', 'page'])
    expect(await row()).toBe(before)
    expect(await works(app, app.current)).toBe(true)
  })

  it('while nobody can log in as AWSCURRENT, which wakes nobody: that it does not work is not known', async () => {
    const { app, second, retirer } = await draining()
    await server.query(`ALTER ROLE ${quoted(second.credential.username)} CONNECTION LIMIT 0`)
    const context = { current: second.credential, fence: fence(idOf(1), second.id), ...unused }
    const found = await retirer({ deadline: Date.now() + 3_000 })
      .disable(app.current, context)
      .catch((error) => error)
    expect([found.code, severityOf(found)]).toEqual(['UNREACHABLE', 'ticket'])
  })
})

describe('a login as AWSCURRENT', () => {
  const single = new Map([['overlap:strategy', 'single-user']])
  it.each([
    { of: 'a pair', tags: new Map(), admin: adminArn },
    { of: 'a single user', tags: single, admin: adminArn },
    { of: 'a user without an admin', tags: new Map(), admin: undefined },
  ])('of $of tells whether the target refuses it, and there alone', async ({ tags, admin }) => {
    const app = await application(server)
    const current = { ...app.current, masterarn: admin }
    const retirer = () => postgresRetirer(app.options({ tags, deadline: Date.now() + 3_000 }))
    await retirer().login(current)
    expect(await retirer().enable(current, { current, fence: fence('any', 'any') })).toBe(false)
    await expect(retirer().login({ ...current, password: 'wrong' })).rejects.toMatchObject({
      code: 'CURRENT_REFUSED',
    })
    const elsewhere = { ...current, host: 'db.invalid' }
    const code = tags.size === 0 && admin !== undefined ? 'TARGET_NOT_ALLOWED' : 'UNREACHABLE'
    await expect(retirer().login(elsewhere)).rejects.toMatchObject({ code })
  })
})

describe('until it is known that nobody needs the credential', () => {
  it('no rotation may take its place', async () => {
    const { app, second, run, slot } = await draining()
    const seen: unknown[] = []
    const look = async () => {
      seen.push(await slot(), await works(app, app.current))
      const create = postgresAdapter(app.options()).create(second.credential, { versionId: idOf(3) })
      seen.push(await create.catch((error) => error.code))
    }
    expect(await run({}, {}, atCheck(2, look))).toBe('disabled')
    expect(seen).toEqual(['disabling', false, 'DRAIN_IN_PROGRESS'])
    expect(await slot()).toBe('disabled')
  })

  it('who logged in after the first look keeps it', async () => {
    const { app, secret, run, slot, login } = await draining()
    expect(await run({}, {}, atCheck(1, login))).toBe('STILL_USED')
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
    expect(secret.holder('DRAINING')).toBe(idOf(1))
  })

  it('who is accepted keeps the session, too, as long as somebody else keeps the credential', async () => {
    const { first, second, retirer, login } = await draining()
    const accepted = await login()
    const disabled = retirer().disable(first.credential, {
      current: second.credential,
      fence: fence(first.id, second.id, async () => void (await login(replica))),
      accepts: ({ endpoint }) => endpoint === `localhost:${server.port}`,
      leaked: false,
    })
    await expect(disabled).rejects.toMatchObject({
      code: 'STILL_USED',
      detail: { endpoint: `localhost:${replica.port}` },
    })
    await accepted.query('SELECT 1')
  })

  it('a standby that has not replayed the change is waited for: who logs in there keeps it', async () => {
    const { app, second, run, slot, login } = await draining()
    await replica.pauseReplay()
    const retired = run()
    const deadline = Date.now() + 15_000
    while ((await slot()) !== 'disabling') {
      if (Date.now() > deadline) throw new Error('it was not disabled')
      await sleep(5)
    }
    await login(replica)
    await replica.resumeReplay()
    expect(await retired).toBe('STILL_USED')
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
    expect(await works(app, second.credential)).toBe(true)
  })

  it('two passes at once end with it disabled, and neither takes the other for a failure', async () => {
    const { app, first, run, slot } = await draining()
    await replica.pauseReplay()
    const passes = [run()]
    const deadline = Date.now() + 15_000
    while ((await slot()) !== 'disabling') {
      if (Date.now() > deadline) throw new Error('it was not disabled')
      await sleep(5)
    }
    await new Promise<void>((reached) => {
      passes.push(
        run(
          {},
          {},
          atCheck(1, async () => reached()),
        ),
      )
    })
    // It has only to commit what it decided.
    await sleep(200)
    await replica.resumeReplay()
    expect(await Promise.all(passes)).toEqual(['disabled', 'disabled'])
    expect([await works(app, first.credential), await slot()]).toEqual([false, 'disabled'])
  })

  it('a standby that can no longer be asked puts it back, in time', async () => {
    const { app, run, slot } = await draining()
    const wire = await replicaWire()
    const deadline = Date.now() + 6_000
    const silence = atCheck(1, async () => wire.silence())
    expect(await run({}, { ...declared(wire.port), deadline }, silence)).toBe('UNREACHABLE')
    expect(Date.now()).toBeLessThan(deadline)
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
  })

  it('a rollback puts it back', async () => {
    const { app, secret, run, slot } = await draining()
    const rollBack = async () => secret.moveLabel('AWSCURRENT', { from: idOf(2), to: idOf(1) })
    for (const check of [2, 1]) {
      expect(await run({}, {}, atCheck(check, rollBack))).toBe('PRINCIPAL_IN_USE')
      expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
      secret.moveLabel('AWSCURRENT', { from: idOf(1), to: idOf(2) })
    }
  })
})

describe('after a retirement that died half-way', () => {
  it('the next one completes it', async () => {
    const { app, run, interrupted, slot } = await draining()
    await interrupted()
    expect(await run()).toBe('disabled')
    expect([await works(app, app.current), await slot()]).toEqual([false, 'disabled'])
  })

  it('the next one puts it back for who uses it', async () => {
    const { app, run, interrupted, slot, login } = await draining()
    await interrupted(async () => void (await login()))
    expect(await run()).toBe('STILL_USED')
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
  })

  it('the next one puts it back when AWSCURRENT works no more', async () => {
    const { app, second, run, interrupted, slot } = await draining()
    await interrupted()
    await server.query(`ALTER ROLE ${quoted(second.credential.username)} VALID UNTIL '2000-01-01'`)
    expect(await run()).toBe('PRINCIPAL_IN_USE')
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
  })

  it('a rollback is restored, and restored again is nothing', async () => {
    const { app, secret, run, interrupted, slot } = await draining()
    await interrupted()
    secret.moveLabel('AWSCURRENT', { from: idOf(2), to: idOf(1) })
    expect(await run({ action: 'restore' })).toBe('restored')
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
    expect(await run({ action: 'restore' })).toBe('nothing')
  })
})

describe('restore', () => {
  it.each(['disabled', 'removed'])('gives back what was %s, too', async (state) => {
    const { app, secret, run, slot } = await draining()
    expect(await run()).toBe('disabled')
    if (state === 'removed') expect(await run({ action: 'remove' })).toBe('removed')
    secret.moveLabel('AWSCURRENT', { from: idOf(2), to: idOf(1) })
    expect(await run({ action: 'restore' })).toBe('restored')
    expect([await works(app, app.current), await slot()]).toEqual([true, 'live'])
  })

  it('leaves a password alone that somebody set on a slot that is live, and says that AWSCURRENT is another', async () => {
    const { app, secret, run } = await draining()
    await server.query(`ALTER ROLE ${quoted(app.user)} PASSWORD 'by-hand'`)
    secret.moveLabel('AWSCURRENT', { from: idOf(2), to: idOf(1) })
    expect(await run({ action: 'restore' })).toBe('CURRENT_REFUSED')
    expect(await works(app, { ...app.current, password: 'by-hand' })).toBe(true)
  })

  it('has nothing to do for a user that was never rotated', async () => {
    const app = await application(server)
    const context = { current: app.current, fence: fence('any', 'any') }
    expect(await postgresRetirer(app.options()).enable(app.current, context)).toBe(false)
  })
})

describe('a retirement', () => {
  it('leaves the owner its background workers, its tables and its LOGIN alone', async () => {
    const { app, second, run } = await draining()
    expect(await run()).toBe('disabled')
    const [role] = await server.query('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [app.user])
    expect(role).toEqual({ rolcanlogin: true })
    const client = await connect(app, second.credential)
    await client.query(`INSERT INTO ${quoted(app.user)}.orders VALUES (1)`)
    await client.end()
  })

  it('never gives back a LOGIN that somebody took away', async () => {
    const { app, run, slot, login } = await draining()
    const lockedOut = async () => {
      await login()
      await server.query(`ALTER ROLE ${quoted(app.user)} NOLOGIN`)
    }
    expect(await run({}, {}, atCheck(1, lockedOut))).toBe('STILL_USED')
    expect(await slot()).toBe('live')
    const [role] = await server.query('SELECT rolcanlogin FROM pg_roles WHERE rolname = $1', [app.user])
    expect(role).toEqual({ rolcanlogin: false })
  })

  it('ends sessions everywhere when told so', async () => {
    const { app, second, run, login, retirer } = await draining()
    const used = [await login(replica), await login(replica), await login()]
    expect((await retirer().sightings(app.current, second.credential)).sightings).toHaveLength(3)
    expect(await run({ evenIfUsed: true })).toBe('disabled')
    expect((await retirer().sightings(app.current, second.credential)).sightings).toEqual([])
    for (const client of used) await expect(client.query('SELECT 1')).rejects.toThrow()
  })

  it('asks the admin that AWSCURRENT names: the old one may be gone', async () => {
    const { app, first, second, retirer, slot } = await draining()
    const old = parseCredential(serializeCredential(first.credential).replace(adminArn, `${adminArn}-gone`))
    const admins: PostgresOptions['admins'] = {
      read: (arn) =>
        arn === adminArn ? app.options().admins.read(arn) : Promise.reject(new Error(`no secret ${arn}`)),
      forget: () => undefined,
    }
    const context = { current: second.credential, fence: fence(first.id, second.id), ...unused }
    await retirer({ admins }).disable(old, context)
    expect(await slot()).toBe('disabled')
    expect((await retirer({ admins }).sightings(old, second.credential)).sightings).toEqual([])
  })

  it('makes one connection to each endpoint and one as AWSCURRENT, none of them refused', async () => {
    const { second, run } = await draining()
    const logins = async () => (await server.logs()).match(/connection authorized: user=\S+/g) ?? []
    const refused = async () => (await server.logs()).match(/authentication failed/g)?.length ?? 0
    const before = { logins: await logins(), refused: await refused() }
    expect(await run()).toBe('disabled')
    const made = new Map<string, number>()
    for (const one of await logins()) made.set(one, (made.get(one) ?? 0) + 1)
    for (const one of before.logins) made.set(one, (made.get(one) ?? 0) - 1)
    expect([...made].filter(([, count]) => count > 0).sort()).toEqual([
      ['connection authorized: user=admin', 2],
      [`connection authorized: user=${second.credential.username}`, 1],
    ])
    expect(await refused()).toBe(before.refused)
  })

  it('of a role that is gone has nothing to do, on the server where it was', async () => {
    const app = await application(server)
    const first = firstVersion(app)
    const second = await rotate(app, first)
    await retireFirst(app, first, second)
    const third = await rotate(app, second)
    const partner = quoted(second.credential.username)
    await server.query(`DROP OWNED BY ${partner}; DROP ROLE ${partner}`)
    const disable = (credential: PostgresCredential) =>
      postgresRetirer(app.options()).disable(credential, {
        current: third.credential,
        fence: fence(second.id, third.id),
        ...unused,
      })
    await expect(disable(second.credential)).rejects.toMatchObject({ code: 'SUPERSEDED' })
    await expect(disable({ ...second.credential, host: 'elsewhere' })).rejects.toMatchObject({
      code: 'TARGET_NOT_ALLOWED',
    })
  })
})

describe('a slot', () => {
  it('is never the last of its pair that is valid', async () => {
    const { app, first, second, retirer, run } = await draining()
    expect(await run()).toBe('disabled')
    // A login that works is not enough: the other slot must be recorded as live.
    const context = { current: second.credential, fence: fence(second.id, first.id), ...unused }
    await expect(retirer().disable(second.credential, context)).rejects.toMatchObject({
      code: 'PRINCIPAL_IN_USE',
    })
    expect(await works(app, second.credential)).toBe(true)
  })

  it('is touched by nobody without a stamp', async () => {
    const app = await application(server)
    const context = { current: app.current, fence: fence('any', 'any'), ...unused }
    await expect(postgresRetirer(app.options()).disable(app.current, context)).rejects.toMatchObject({
      code: 'STAMP_INVALID',
    })
    expect(await works(app, app.current)).toBe(true)
  })

  it('counts a session that an admin without pg_monitor can hardly see', async () => {
    const { app, second, retirer } = await draining()
    const client = await connect(app, second.credential)
    await server.query('REVOKE pg_monitor FROM admin')
    try {
      expect((await retirer().sightings(second.credential, second.credential)).sightings).toEqual([
        { endpoint: `localhost:${server.port}`, application: 'consumer', address: '', since: '' },
      ])
    } finally {
      await server.query('GRANT pg_monitor TO admin')
      await client.end()
    }
    expect((await retirer().sightings(app.current, second.credential)).sightings).toEqual([])
  })
})
