import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PostgresCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { readStamp, type Slot, writeStamp } from '../../../lambdas/adapters/postgres/stamp.ts'
import { postgresAdapter } from '../../../lambdas/adapters/postgres.ts'
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts'
import {
  type Application,
  application,
  fence,
  firstVersion,
  quoted,
  retire,
  rotate,
  works,
} from './application.ts'
import { serverVersion } from './server-version.ts'

let server: PostgresServer
const MD5_USER = 'legacy_md5'
beforeAll(async () => {
  server = await startPostgres({
    version: serverVersion(),
    hba: [`hostssl all ${MD5_USER} all md5`],
  })
})
afterAll(() => server.stop())

const single = new Map([
  ['overlap:strategy', 'single-user'],
  ['overlap:accept-failed-logins', 'true'],
])

/** What was done, or the error. */
function repair(
  app: Application,
  current: PostgresCredential,
  versionId: string,
  change: Partial<PostgresOptions> & { check?: () => Promise<void> } = {},
): Promise<string | { code: string; message: string }> {
  const { check, ...options } = change
  const { repair: repairing } = postgresAdapter(app.options({ rotated: true, ...options }))
  if (!repairing) throw new Error('a user can be repaired')
  return repairing(current, fence(versionId, versionId, check)).catch((error) => error)
}

async function stampOf(partner: string) {
  const [row] = await server.query<{ comment: string }>(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [partner],
  )
  const read = readStamp(row?.comment ?? null)
  if (read.kind !== 'stamp') throw new Error(read.kind)
  return read.stamp
}

/** Changes whenever anybody alters the role. */
const rowOf = async (user: string) =>
  JSON.stringify(
    await server.query('SELECT xmin::text, rolpassword FROM pg_authid WHERE rolname = $1', [user]),
  )

/** The owner's slot and the partner's. */
async function record(partner: string, slots: Readonly<Record<string, Slot>>): Promise<void> {
  const stamp = await stampOf(partner)
  const written = writeStamp({ ...stamp, slots: new Map([...stamp.slots, ...Object.entries(slots)]) })
  await server.query(`COMMENT ON ROLE ${quoted(partner)} IS '${written}'`)
}

/** A server as it was when the owner drained and the partner was current; AWSCURRENT is a later version of the owner. */
async function older(change: { owner?: Slot['state']; partner?: Slot['state'] } = {}) {
  const app = await application(server)
  const first = firstVersion(app)
  const second = await rotate(app, first)
  const partner = `${app.user}_b`
  await record(partner, {
    [app.user]: { version: first.id, state: change.owner ?? 'live' },
    [partner]: { version: second.id, state: change.partner ?? 'live' },
  })
  const current = { ...app.current, password: randomUUID() }
  return { app, first, second, partner, current, version: randomUUID() }
}

describe('a server that is older than the labels', () => {
  it.each(['live', 'disabling', 'disabled', 'retired', 'leaked'] as const)(
    'lets AWSCURRENT in, whose slot was on record as %s with another version, and AWSCURRENT alone is recorded anew',
    async (owner) => {
      const { app, second, partner, current, version } = await older({ owner })
      const other = await rowOf(partner)
      expect(await repair(app, current, version)).toBe('repaired')
      expect([await works(app, current), await works(app, second.credential)]).toEqual([true, true])
      expect((await stampOf(partner)).slots).toEqual(
        new Map([
          [app.user, { version, state: 'live' }],
          [partner, { version: second.id, state: 'live' }],
        ]),
      )
      expect(JSON.parse(await rowOf(partner))[0].rolpassword).toBe(JSON.parse(other)[0].rolpassword)
      expect(await repair(app, current, version)).toBe('works')
    },
  )

  it.each([
    ['live', 'DRAIN_IN_PROGRESS'],
    ['disabling', 'DRAIN_IN_PROGRESS'],
    ['disabled', 'DRAIN_IN_PROGRESS'],
    ['retired', undefined],
    ['leaked', undefined],
  ] as const)(
    'keeps the other slot as that server has it (%s): the next rotation meets %s',
    async (state, refusal) => {
      const { app, second, partner, current, version } = await older({ partner: state })
      expect(await repair(app, current, version)).toBe('repaired')
      expect((await stampOf(partner)).slots.get(partner)).toEqual({ version: second.id, state })
      const next = postgresAdapter(app.options()).create(current, { versionId: randomUUID() })
      expect(
        await next.then(
          () => undefined,
          (error) => error.code,
        ),
      ).toBe(refusal)
    },
  )

  it('than the pair: its owner is let in, and its partner is made anew by the next rotation', async () => {
    const app = await application(server)
    const current = { ...app.current, password: randomUUID() }
    const version = randomUUID()
    expect(await repair(app, current, version)).toBe('repaired')
    expect(await repair(app, current, version)).toBe('works')
    const next = await rotate(app, { id: version, credential: current })
    expect([await works(app, current), await works(app, next.credential)]).toEqual([true, true])
  })

  it('than the pair, where somebody else has the name of the partner: the owner is let in, and that role is left alone', async () => {
    const app = await application(server)
    await server.query(`CREATE ROLE ${quoted(`${app.user}_b`)} LOGIN PASSWORD 'of somebody else';
       GRANT ${quoted(`${app.user}_b`)} TO admin WITH ADMIN OPTION`)
    const before = await rowOf(`${app.user}_b`)
    const current = { ...app.current, password: randomUUID() }
    expect(await repair(app, current, randomUUID())).toBe('repaired')
    expect([await works(app, current), await rowOf(`${app.user}_b`)]).toEqual([true, before])
    // And a partner of that name is not taken for this secret's.
    const partner = { ...current, username: `${app.user}_b` }
    expect(await repair(app, partner, randomUUID())).toMatchObject({ code: 'STAMP_INVALID' })
    const named = { tags: new Map([['overlap:partner', `${app.user}_b`]]) }
    expect(await repair(app, partner, randomUUID(), named)).toMatchObject({ code: 'STAMP_INVALID' })
    expect(await rowOf(`${app.user}_b`)).toBe(before)
  })

  it('than the partner, which is AWSCURRENT: nobody is made, and what to do is said', async () => {
    const app = await application(server)
    const partner = { ...app.current, username: `${app.user}_b`, password: randomUUID() }
    expect(await repair(app, partner, randomUUID())).toMatchObject({
      code: 'USER_MISSING',
      message: expect.stringMatching(new RegExp(`whose value names ${app.user} AWSCURRENT.*rotate`)),
    })
    const owner = { ...app.current, username: 'gone', password: randomUUID() }
    expect(await repair(app, owner, randomUUID())).toMatchObject({
      code: 'USER_MISSING',
      message: expect.stringContaining('Bring the role back'),
    })
    expect(
      await server.query('SELECT FROM pg_roles WHERE rolname = ANY ($1)', [[partner.username, 'gone']]),
    ).toEqual([])
  })
})

describe('a repair', () => {
  it('writes nothing when AWSCURRENT works and its record is right', async () => {
    const { app, second, partner } = await older()
    const before = await rowOf(partner)
    const check = () => Promise.reject(new Error('nothing is written'))
    expect(await repair(app, second.credential, second.id, { check })).toBe('works')
    expect(await rowOf(partner)).toBe(before)
  })

  it('puts a record right and leaves a password that works as it is stored', async () => {
    const { app, second, partner } = await older()
    await record(partner, { [partner]: { version: second.id, state: 'disabled' } })
    const password = JSON.parse(await rowOf(partner))[0].rolpassword
    expect(await repair(app, second.credential, second.id)).toBe('repaired')
    expect((await stampOf(partner)).slots.get(partner)).toEqual({ version: second.id, state: 'live' })
    expect(JSON.parse(await rowOf(partner))[0].rolpassword).toBe(password)
  })

  it('never makes a version valid again that is on record as leaked', async () => {
    const { app, second, partner } = await older()
    await record(partner, { [partner]: { version: second.id, state: 'leaked' } })
    const lost = { ...second.credential, password: randomUUID() }
    for (const value of [lost, second.credential])
      expect(await repair(app, value, second.id)).toMatchObject({ code: 'LEAKED' })
    expect([await works(app, lost), await works(app, second.credential)]).toEqual([false, true])
  })

  it('asks the fence behind the lock, and writes nothing when it refuses', async () => {
    const { app, partner, current, version } = await older()
    const before = [await rowOf(app.user), await stampOf(partner)]
    const moved = Object.assign(new Error('moved'), { code: 'LABELS_MOVED' })
    expect(await repair(app, current, version, { check: () => Promise.reject(moved) })).toBe(moved)
    expect([await rowOf(app.user), await stampOf(partner)]).toEqual(before)
  })

  it.each([
    { what: 'is no longer valid', how: `VALID UNTIL '2000-01-01'`, fix: /VALID UNTIL 'infinity'/ },
    { what: 'may not log in', how: 'NOLOGIN', fix: /ALTER ROLE \S+ LOGIN/ },
  ])(
    'gives back the password alone: a user that $what is told of, with what to run',
    async ({ how, fix }) => {
      const { app, current, version } = await older()
      await server.query(`ALTER ROLE ${quoted(app.user)} ${how}`)
      const found = await repair(app, current, version)
      expect(found).toMatchObject({ code: 'CURRENT_REFUSED', message: expect.stringMatching(fix) })
      const statement = /run (.*)$/.exec(typeof found === 'string' ? found : found.message)?.[1]
      await server.query(statement ?? '')
      expect(await repair(app, current, version)).toBe('works')
    },
  )

  it('of the admin itself, or of a superuser, is refused', async () => {
    const app = await application(server)
    for (const { username } of [server.admin, server.superuser]) {
      const before = await rowOf(username)
      expect(await repair(app, { ...app.current, username, password: 'x' }, randomUUID())).toMatchObject({
        code: 'TARGET_UNSUITABLE',
      })
      expect(await rowOf(username)).toBe(before)
    }
  })

  it("gives nothing away to a server that is not the admin's", async () => {
    const app = await application(server)
    expect(await repair(app, { ...app.current, host: 'elsewhere' }, randomUUID())).toMatchObject({
      code: 'TARGET_NOT_ALLOWED',
    })
  })

  it('says which right the admin lacks', async () => {
    const app = await application(server, { grantAdmin: false })
    const current = { ...app.current, password: randomUUID() }
    const found = await repair(app, current, randomUUID())
    if (server.version >= 16)
      expect(found).toMatchObject({
        code: 'ADMIN_LACKS_RIGHT',
        message: expect.stringContaining('ADMIN OPTION'),
      })
    else expect(found).toBe('repaired')
  })

  it('of a user whose password is stored for MD5 waits for a word that its clients know SCRAM', async () => {
    await server.query(
      `SET password_encryption = 'md5'; CREATE ROLE ${MD5_USER} LOGIN PASSWORD 'old'; GRANT ${MD5_USER} TO admin WITH ADMIN OPTION`,
    )
    const app = await application(server)
    const old = { ...app.current, username: MD5_USER, password: 'old' }
    const before = await rowOf(MD5_USER)
    expect(await repair(app, old, randomUUID())).toBe('works')
    const current = { ...old, password: randomUUID() }
    expect(await repair(app, current, randomUUID())).toMatchObject({
      code: 'TARGET_UNSUITABLE',
      message: expect.stringContaining('overlap:allow-scram'),
    })
    expect(await rowOf(MD5_USER)).toBe(before)
    expect(
      await repair(app, current, randomUUID(), { tags: new Map([['overlap:allow-scram', 'true']]) }),
    ).toBe('repaired')
    expect(JSON.parse(await rowOf(MD5_USER))[0].rolpassword).toMatch(/^SCRAM-SHA-256\$/)
  })

  it('leaves no password in the log of the server', async () => {
    const { app, current, version } = await older()
    expect(await repair(app, current, version)).toBe('repaired')
    expect(await server.logs()).not.toContain(current.password)
  })
})

describe('a repair of a user that is rotated by itself', () => {
  it('needs the admin, and says what to do without one', async () => {
    const app = await application(server)
    const current = { ...app.current, password: randomUUID() }
    const without = { ...current, masterarn: undefined }
    expect(await repair(app, { ...app.current, masterarn: undefined }, randomUUID(), { tags: single })).toBe(
      'works',
    )
    expect(await repair(app, without, randomUUID(), { tags: single })).toMatchObject({
      code: 'CURRENT_REFUSED',
      message: expect.stringContaining('masterarn'),
    })
    expect(await works(app, app.current)).toBe(true)
    expect(await repair(app, current, randomUUID(), { tags: single })).toBe('repaired')
    expect(await repair(app, current, randomUUID(), { tags: single })).toBe('works')
    expect(await works(app, current)).toBe(true)
  })

  it('is refused where the user takes turns with another one, and asks the fence', async () => {
    const { app, current, version } = await older()
    expect(await repair(app, current, version, { tags: single })).toMatchObject({ code: 'TARGET_UNSUITABLE' })
    const alone = await application(server)
    const moved = Object.assign(new Error('moved'), { code: 'LABELS_MOVED' })
    const lost = { ...alone.current, password: randomUUID() }
    const check = () => Promise.reject(moved)
    expect(await repair(alone, lost, randomUUID(), { tags: single, check })).toBe(moved)
    expect(await works(alone, lost)).toBe(false)
    expect(await repair(alone, { ...lost, username: 'gone' }, randomUUID(), { tags: single })).toMatchObject({
      code: 'USER_MISSING',
    })
  })
})

it('a pair that was repaired is rotated, drained and rotated again', async () => {
  const { app, second, current, version } = await older()
  expect(await repair(app, current, version)).toBe('repaired')
  await retire(app, second, { id: version, credential: current })
  const third = await rotate(app, { id: version, credential: current })
  expect([await works(app, third.credential), await works(app, second.credential)]).toEqual([true, false])
})
